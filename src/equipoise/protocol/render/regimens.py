"""The regimens in sentences, from their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from equipoise.protocol.model import Protocol
from equipoise.protocol.treatments import Basiliximab, CalcineurinInhibitor, CellTherapy, SteroidTaper

if TYPE_CHECKING:
    from equipoise.protocol.render.synopsis import Say

GRADES = ("0", "I", "II", "III", "IV")


def regimens(protocol: Protocol, say: Say) -> list[tuple[str, str, list[str]]]:
    """Each regimen of the protocol: key, title, sentences."""
    treatments = protocol.treatments
    made: list[tuple[str, str, list[str]]] = []
    makers: tuple[tuple[str, Any, Callable[[Any, Say], list[str]]], ...] = (
        ("basiliximab", treatments.basiliximab, _basiliximab),
        ("cni", treatments.cni, _cni),
        ("steroid_taper", treatments.steroid_taper, _taper),
        ("msc", treatments.msc, _msc),
    )
    for name, given, sentences in makers:
        if given is not None:
            own = given.text.of(say.language)
            title = given.title.of(say.language) or protocol.forms[given.form].title.of(say.language)
            made.append((name, title, [*sentences(given, say), *([own] if own else [])]))
    if treatments.crossover is not None:
        crossover = treatments.crossover
        arm = protocol.arm[crossover.arm].title.of(say.language)
        titles = {name: title for name, title, _ in made}
        treatment = titles.get(crossover.to, crossover.to)
        text = say("crossover_text", arm=arm, treatment=treatment, rule=crossover.when.text)
        made.append(("crossover", crossover.title.of(say.language) or say("crossover"), [text]))
    if treatments.other_agents is not None:
        agents = treatments.other_agents
        title = agents.title.of(say.language) or protocol.forms[agents.form].title.of(say.language)
        text = say("agents_text", day=agents.after_cycle_day, agents=say.codes("AGENT", agents.agents))
        made.append(("other_agents", title, [text]))
    return made


def _basiliximab(given: Basiliximab, say: Say) -> list[str]:
    windows = say.listed(
        f"{say('weekly') if day == 'weekly' else say('day_of', day=day)} {_span(*window)}"
        for day, window in given.windows.items()
    )
    sentences = [
        say(
            "bsx_dose", dose=f"{given.dose:g}", unit=given.unit, route=given.route,
            days=_days(given.fixed_days, given.axis, say),
            every=given.then_every_days, grade=GRADES[given.stop_when_grade_below],
        ),
        say("bsx_decision", hours=given.grade_within_hours),
        f"{say('given_windows')}: {windows}",
    ]  # fmt: skip
    if given.review_after_doses is not None:
        sentences.append(say("bsx_review", doses=given.review_after_doses))
    return sentences


def _cni(given: CalcineurinInhibitor, say: Say) -> list[str]:
    troughs = [
        say(
            "cni_trough", drug=say.code("CNI", drug), low=f"{trough.low:g}", high=f"{trough.high:g}",
            flag_low=f"{trough.flag_low:g}", flag_high=f"{trough.flag_high:g}",
        )
        for drug, trough in given.trough_ng_ml.items()
    ]  # fmt: skip
    return [
        say("cni_order", drugs=say.codes("CNI", given.order), day=_days((given.start_day,), given.axis, say)),
        say("cni_switch", reasons=say.codes("CNI_REASON", given.switch_reasons)),
        *troughs,
    ]


def _taper(given: SteroidTaper, say: Say) -> list[str]:
    return [
        say(
            f"taper_{given.reading}", day=_days((given.first_reduction_day,), given.axis, say), every=given.every_days,
            percent=f"{100 * given.fraction:g}", stop=given.geometric_stop_day,
        )
    ]  # fmt: skip


def _msc(given: CellTherapy, say: Say) -> list[str]:
    return [
        say(
            "msc_dose", dose=f"{given.dose_cells_per_kg / 1e6:g}", days=_days(given.cycle_days, given.axis, say),
            first=given.start_sl_days[0], last=given.start_sl_days[1],
        ),
        say("msc_tolerance", low=f"{given.tolerance[0]:g}", high=f"{given.tolerance[1]:g}"),
        say(
            "msc_continue", day=given.decision_day, responses=say.listed(given.continue_on), until=given.until,
            days=_days(given.continue_days, given.axis, say), most=given.max_doses,
        ),
        say(
            "msc_interval", low=given.interval_days[0], high=given.interval_days[1], hours=f"{given.watch_hours:g}",
        ),
    ]  # fmt: skip


def _days(days: Iterable[int], axis: str, say: Say) -> str:
    """Days with the axis that counts them: `1, 3, 8 (second-line day)`."""
    title = say.protocol.axes[axis].title.of(say.language) or axis
    return f"{say.listed(days)} ({title.lower() if say.language == 'en' and not title.isupper() else title})"


def _span(first: int, last: int) -> str:
    if first == last == 0:
        return "±0"
    return f"±{last}" if first == -last else f"{first:+d}/{last:+d}"
