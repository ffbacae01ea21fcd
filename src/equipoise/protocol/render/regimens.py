"""The regimens in sentences, from their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from equipoise.protocol.model import Protocol
from equipoise.protocol.treatments import (
    Basiliximab,
    CalcineurinInhibitor,
    CellTherapy,
    Crossover,
    Registered,
    SteroidTaper,
    Treatment,
)

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
            title = given.title.of(say.language) or protocol.forms[given.form].title.of(say.language)
            made.append((name, title, sentences(given, say) + _own(given, say)))
    if treatments.crossover is not None:
        crossover = treatments.crossover
        arm = protocol.arm[crossover.arm].title.of(say.language)
        titles = {name: title for name, title, _ in made}
        treatment = titles.get(crossover.to, crossover.to)
        texts = [say("crossover_text", arm=arm, treatment=treatment, rule=crossover.when.text)]
        made.append(("crossover", crossover.title.of(say.language) or say("crossover"), texts + _own(crossover, say)))
    if treatments.other_agents is not None:
        agents = treatments.other_agents
        title = agents.title.of(say.language) or protocol.forms[agents.form].title.of(say.language)
        texts = [say("agents_text", day=agents.after_cycle_day, agents=say.codes("AGENT", agents.agents))]
        texts += [say("agents_rule", rule=agents.when.text)] if agents.when is not None else []
        made.append(("other_agents", title, texts + _own(agents, say)))
    return made


def _own(given: Treatment | Crossover, say: Say) -> list[str]:
    """The text that the protocol itself gives."""
    own = given.text.of(say.language)
    return [own] if own else []


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
    return sentences + _registered(given.registry, say)


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
        *_other_troughs(given, say),
    ]


def _other_troughs(given: CalcineurinInhibitor, say: Say) -> list[str]:
    """Levels early on and levels aimed at, where they differ."""
    return [
        say(name, drug=say.code("CNI", drug), low=f"{low:g}", high=f"{high:g}")
        for drug, trough in given.trough_ng_ml.items()
        for name, low, high in (
            ("cni_early", trough.early_low, trough.early_high),
            ("cni_aim", trough.aim_low, trough.aim_high),
        )
        if low is not None and high is not None
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
        *_msc_product(given, say),
        *_registered(given.registry, say),
    ]  # fmt: skip


def _msc_product(given: CellTherapy, say: Say) -> list[str]:
    """Weight for the dose, when an infusion is held back, and the product."""
    sentences = [say("msc_weight", days=given.weight_days)]
    if given.reweigh_change is not None:
        sentences.append(say("msc_reweigh", percent=f"{100 * given.reweigh_change:g}"))
    if given.hold is not None:
        sentences.append(say("msc_hold", temperature=f"{given.hold.temperature_c:g}", days=given.hold.late_days))
    if given.product is not None:
        product = given.product
        sentences.append(
            say(
                "msc_product", first=product.passages[0], last=product.passages[1],
                viability=f"{product.viability_percent:g}", volume=f"{product.volume_ml:g}",
                hours=f"{product.shelf_life_hours:g}", most=f"{product.shelf_life_most_hours:g}",
            )
        )  # fmt: skip
    return sentences


def _registered(said: Registered | None, say: Say) -> list[str]:
    """What the public registry says where it differs."""
    return [] if said is None else [say("registered", days=say.listed(said.days), text=said.text.of(say.language))]


def _days(days: Iterable[int], axis: str, say: Say) -> str:
    """Days with the axis that counts them: `1, 3, 8 (second-line day)`."""
    title = say.protocol.axes[axis].title.of(say.language) or axis
    return f"{say.listed(days)} ({title.lower() if say.language == 'en' and not title.isupper() else title})"


def _span(first: int, last: int) -> str:
    if first == last == 0:
        return "±0"
    return f"±{last}" if first == -last else f"{first:+d}/{last:+d}"
