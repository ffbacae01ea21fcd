"""`equipoise design`: the sample size of a protocol, the assumptions in words, and the power of the planned tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from equipoise.errors import ProtocolError

if TYPE_CHECKING:
    from equipoise.protocol.model import Protocol
    from equipoise.protocol.sizing import Sizing

app = typer.Typer(add_completion=False)
NAMES = {
    "pooled": "z test, pooled variance",
    "unpooled": "z test, unpooled variance",
    "arcsine": "arcsine",
    "pooled_corrected": "z test, continuity-corrected",
    "fisher": "Fisher's exact test, exact power",
    "chi_square": "chi-square test, exact power",
}
"""What each formula is called on the page."""
FIGURE = "power.svg"


@app.command()
def design(
    protocol: Annotated[Path, typer.Argument(help="The protocol file, or the folder that holds protocol.yaml.")],
    out: Annotated[Path | None, typer.Option(help="Folder to write the power curve to, as power.svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Work out the sample size of a protocol from its assumptions, and the power of the tests that it plans.

    Nothing is simulated. The exit code is 0 only if the protocol states the numbers that come out.

    Example: equipoise design protocols/msc-sr-agvhd/protocol.yaml --out design
    """
    from equipoise.protocol.load import load_history
    from equipoise.protocol.sizing import sizing

    latest = load_history(protocol).latest
    found = sizing(latest)
    written = None if out is None else write_figure(found, latest, out)
    if as_json:
        typer.echo(json.dumps(facts(found) | ({} if written is None else {"written": [str(written)]}), indent=2))
    else:
        typer.echo("\n".join(lines(found, latest)))
        if written is not None:
            typer.echo(f"\nwritten: {written}")
    if not found.agrees:
        stated = found.assumed
        raise ProtocolError(
            f"the protocol states {stated.per_arm} and {stated.per_arm_inflated} per arm, and its assumptions give "
            f"{found.per_arm[1]} and {found.per_arm_inflated[1]}",
            where="sample_size",
            rule="SAMPLE-SIZE",
            remedy="correct the assumptions, the formula or the numbers",
        )


def lines(found: Sizing, protocol: Protocol) -> list[str]:
    """The page, line by line."""
    return [
        f"{found.trial}, version {found.version}: sample size for {found.endpoint}",
        "",
        *assumptions(found, protocol),
        "",
        *sizes(found),
        "",
        *powers(found),
        "",
        *interim(found),
        "",
        *curve(found),
    ]


def assumptions(found: Sizing, protocol: Protocol) -> list[str]:
    """What is assumed, in words."""
    assumed = found.assumed
    difference = abs(assumed.p_experimental - assumed.p_control)
    said, title = assumed.text.of("en"), protocol.endpoints[found.endpoint].title.of("en")
    rates = f"{percent(assumed.p_experimental)} with {found.arms[0]}, {percent(assumed.p_control)} with {found.arms[1]}"
    return [
        "Assumptions",
        f"  {title}: {rates}, a difference of {100 * difference:.10g} points.",
        f"  Two-sided alpha {percent(assumed.alpha_two_sided)}, power {percent(assumed.power)}, "
        f"arms {found.ratio:g} : 1, {percent(assumed.dropout)} of the subjects without a result.",
        *([f"  {said}."] if said else []),
    ]


def sizes(found: Sizing) -> list[str]:
    """Which formula gives which number."""
    rows = [
        (NAMES[size.method], f"{size.n_control:.2f}", arms(size.per_arm), arms(size.per_arm_inflated))
        for size in found.sizes
    ]
    rows[0] = (f"{rows[0][0]} (the protocol's)", *rows[0][1:])
    head = ("size of an arm", "control", "rounded up", f"with {percent(found.assumed.dropout)} drop-out")
    stated = "as the protocol states" if found.agrees else "NOT as the protocol states"
    looks = "" if found.looks is None else f", with {found.looks.n_looks} looks times {found.inflation:.4f}"
    needed = f"{arms(found.per_arm)} with a result, {arms(found.per_arm_inflated)} randomized"
    return [*table(head, rows), f"Needed in each arm: {needed}{looks}; {stated}."]


def powers(found: Sizing) -> list[str]:
    """Power at each size."""
    head = (one_look("power", found), *(f"{arms(n)} {what}" for what, n in found.compared))
    rows = [(NAMES[power.method], *(tenths(value) for value in power.values)) for power in found.powers]
    rows.append((f"rate found with {percent(found.assumed.power)} power", *(tenths(rate) for rate in found.detectable)))
    return table(head, rows)


def one_look(name: str, found: Sizing) -> str:
    """The head of a table of power: it is that of a test with one look, which has to be said where there are more."""
    return name if found.looks is None else f"{name}, if there were one look"


def interim(found: Sizing) -> list[str]:
    """Bounds of the interim looks."""
    plan = found.looks
    if plan is None:
        return ["Interim looks: the protocol plans none."]
    rows = []
    by_look, alpha = plan.power_by_stage, plan.alpha_spent
    for k in range(plan.n_looks):
        futility = "" if k + 1 == plan.n_looks or plan.futility_bounds[k] == -float("inf") else plan.futility_bounds[k]
        rows.append(
            (
                f"{k + 1}",
                tenths(plan.information[k]),
                f"{plan.critical_values[k]:.4f}",
                f"{plan.stage_levels[k] * plan.sides:.5f}",
                tenths(found.critical_rates[k]),
                f"{alpha[k]:.5f}",
                "" if futility == "" else f"{futility:.4f}",
                tenths(by_look[k]),
            )
        )
    side = "one-sided" if plan.sides == 1 else "two-sided"
    head = ("look", "subjects", "Z above", f"P, {side}", "rate", "alpha spent", "futile below", "power")
    expected = ", ".join(f"{plan.expected_size(effect):.3f} under {name}" for effect, name in ((0, "H0"), (1, "H1")))
    return [*table(head, rows), f"Expected size over that of a trial with one look: {expected}."]


def curve(found: Sizing) -> list[str]:
    """Power against the true experimental rate, at the size with a result."""
    methods = [power.method for power in found.powers]
    rates = found.rates_to_show()
    columns = [found.power_at(method, rates, found.per_arm) for method in methods]
    rows = [(percent(rate), *(tenths(column[k]) for column in columns)) for k, rate in enumerate(rates)]
    control = f"{found.arms[1]} {percent(found.assumed.p_control)}"
    return table((one_look(f"true rate, {control}", found), *(NAMES[method] for method in methods)), rows)


def write_figure(found: Sizing, protocol: Protocol, out: Path) -> Path:
    """Write the power curve as an SVG file of its own."""
    from equipoise.report.figures.power import power_figure

    out.mkdir(parents=True, exist_ok=True)
    path = out / FIGURE
    path.write_text(power_figure(found, protocol, NAMES), encoding="utf-8")
    return path


def facts(found: Sizing) -> dict[str, Any]:
    """The page for a program."""
    plan = found.looks
    rates = found.rates_to_show()
    return {
        "trial": found.trial,
        "version": found.version,
        "endpoint": found.endpoint,
        "arms": {"experimental": found.arms[0], "control": found.arms[1]},
        "assumptions": found.assumed.model_dump(exclude={"text", "per_arm", "per_arm_inflated", "looks"})
        | {"ratio": found.ratio},
        "per_arm": found.per_arm,
        "per_arm_inflated": found.per_arm_inflated,
        "as_stated": found.agrees,
        "sizes": [asdict(size) for size in found.sizes],
        "power": [
            {"size": what, "n": n, **{power.method: power.values[k] for power in found.powers}}
            for k, (what, n) in enumerate(found.compared)
        ],
        "detectable": found.detectable,
        "looks": None
        if plan is None
        else {
            "information": plan.information.tolist(),
            "critical_values": plan.critical_values.tolist(),
            "stage_levels": plan.stage_levels.tolist(),
            "alpha_spent": plan.alpha_spent.tolist(),
            "futility_bounds": [None if bound == -float("inf") else bound for bound in plan.futility_bounds.tolist()],
            "critical_rates": found.critical_rates,
            "power_by_look": plan.power_by_stage.tolist(),
            "inflation_factor": plan.inflation_factor,
        },
        "curve": {"rate": rates}
        | {power.method: found.power_at(power.method, rates, found.per_arm) for power in found.powers},
    }


def arms(n: tuple[int, int]) -> str:
    """Sizes of the two arms: one number where they are equal."""
    return f"{n[0]}" if n[0] == n[1] else f"{n[0]} + {n[1]}"


def percent(share: float) -> str:
    """A share in per cent, as it was given."""
    return f"{100 * share:.10g} %"


def tenths(share: float) -> str:
    """A share that was worked out, in tenths of a per cent."""
    return f"{100 * share:.1f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right."""
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        others = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:]))
        return "  ".join((f"{cells[0]:<{widths[0]}}", *others)).rstrip()

    return [line(head), "  ".join("-" * width for width in widths), *map(line, rows)]
