"""`equipoise allocation`: make the allocation list of a protocol."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from equipoise.allocation.blocks import SEED_BITS
from equipoise.allocation.lists import generate as generate_list
from equipoise.allocation.lists import write_list
from equipoise.allocation.specification import specification
from equipoise.errors import AllocationError
from equipoise.protocol.load import load_protocol
from equipoise.protocol.sealed import load_restricted

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def allocation() -> None:
    """Make allocation lists. This is the work of the list's maker, apart from the trial."""


@app.command()
def generate(
    protocol: Annotated[Path, typer.Argument(help="Protocol file; its restricted file lies beside it.")],
    out: Annotated[Path, typer.Option(help="New file for the list. It tells every arm: keep it closed.")],
    seed: Annotated[
        str | None, typer.Option(help="Whole number below 2^256, decimal or 0x...; left out, the system draws one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make the list of a protocol's scheme from a seed; the same seed gives the same bytes.

    The seed and the version of the algorithm are recorded in the list. For a live trial leave --seed out: a small seed
    can be found from a published hash.

    Example: equipoise allocation generate protocols/msc-sr-agvhd/protocol.yaml --seed 2014 --out list.json
    """
    public = load_protocol(protocol).randomization
    spec = specification(public, load_restricted(protocol.parent / public.restricted.file))
    made = generate_list(spec, secrets.randbits(SEED_BITS) if seed is None else read_seed(seed))
    write_list(out, made)
    if as_json:
        result = {"list": str(out), "sha256": made.sha256, "slots": len(made.slots), "algorithm": spec.algorithm}
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{out}: {len(made.slots)} slots, sha256 {made.sha256}")


def read_seed(text: str) -> int:
    """A seed as typed.

    Raises:
        AllocationError: not a whole number.
    """
    try:
        return int(text, 0)
    except ValueError:
        raise AllocationError(
            "the seed is not a whole number",
            where="--seed",
            rule="ALLOCATION-SEED",
            remedy="give a decimal number, or a hexadecimal one that begins with 0x",
        ) from None
