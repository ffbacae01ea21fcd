"""`equipoise allocation`: the work of the list's maker: make a list, seal it, open its slots, compare it at close."""

from __future__ import annotations

import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.allocation.blocks import SEED_BITS
from equipoise.allocation.lists import generate as generate_list
from equipoise.allocation.lists import write_list
from equipoise.allocation.specification import specification
from equipoise.errors import AllocationError
from equipoise.protocol.load import load_protocol
from equipoise.protocol.sealed import load_restricted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

PASSPHRASE = "Environment variable that holds the passphrase of the secret keys; left out, they have none."

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def allocation() -> None:
    """Make, seal and open allocation lists. This is the work of the list's maker, apart from the trial.

    A live list: `keys`, `generate` (without --seed), `seal`; the sealed list and signing.pub go to the trial,
    everything else stays with the maker until close.
    """


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
    declared = load_protocol(protocol)
    restricted = load_restricted(protocol.parent / declared.randomization.restricted.file)
    spec = specification(declared.randomization, restricted, declared.strata)
    made = generate_list(spec, secrets.randbits(SEED_BITS) if seed is None else read_seed(seed))
    write_list(out, made)
    if as_json:
        result = {"list": str(out), "sha256": made.sha256, "slots": len(made.slots), "algorithm": spec.algorithm}
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{out}: {len(made.slots)} slots, sha256 {made.sha256}")


@app.command()
def keys(
    out: Annotated[Path, typer.Option(help="Folder for the key files; made where it is not there.")],
    passphrase_env: Annotated[str | None, typer.Option(help=PASSPHRASE)] = None,
    claims: Annotated[
        bool, typer.Option("--claims", help="Make the application's pair for signing claims, not the maker's two.")
    ] = False,
) -> None:
    """Make key pairs: opening and signing for the maker of the list, or the application's for signing claims.

    Example: LIST_WORD='four words of yours' equipoise allocation keys --out maker --passphrase-env LIST_WORD
    """
    from equipoise.allocation.keys import APPLICATION, OPENING, SIGNING, make_key

    word = passphrase(passphrase_env)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (APPLICATION,) if claims else (OPENING, SIGNING):
        typer.echo(f"{out / name}.key and .pub, fingerprint {make_key(out, name, word)}")


@app.command("seal")
def seal_command(
    list_file: Annotated[Path, typer.Argument(help="The list, as `generate` wrote it.")],
    protocol: Annotated[Path, typer.Option(help="Protocol file of the trial.")],
    keys: Annotated[Path, typer.Option(help="The maker's folder of keys.")],
    out: Annotated[Path, typer.Option(help="New file for the sealed list.")],
    purpose: Annotated[str, typer.Option(help="live, or test for training and trying out.")] = "live",
    passphrase_env: Annotated[str | None, typer.Option(help=PASSPHRASE)] = None,
) -> None:
    """Seal a list slot by slot under a signed manifest. The maker's folder remembers it: no seed serves twice.

    Example: equipoise allocation seal list.json --protocol trial/protocol.yaml --keys maker --out sealed.json
    """
    from equipoise.allocation.lists import read_list
    from equipoise.allocation.sealing import seal, write_sealed
    from equipoise.allocation.seals import Seals

    public = load_protocol(protocol)
    opening, signing = _maker_keys(keys, passphrase(passphrase_env))
    sealed = seal(
        read_list(list_file),
        trial=public.trial.id,
        restricted=public.randomization.restricted.commitment,
        purpose=purpose,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        opening=opening.public_key(),
        signing=signing,
    )
    seals = Seals(keys / "seals.jsonl")
    seals.check(sealed.manifest)
    write_sealed(out, sealed)
    seals.add(sealed)
    typer.echo(f"{out}: {len(sealed.slots)} sealed slots, {purpose}, sha256 {sealed.sha256}")


@app.command()
def load(
    trial: Annotated[Path, typer.Argument(help="Folder of the trial, as `equipoise begin` made it.")],
    sealed_file: Annotated[Path, typer.Argument(help="The sealed list from its maker.")],
    maker: Annotated[Path, typer.Option(help="The maker's signing.pub, got by another way than the list.")],
    by: Annotated[str, typer.Option(help="Account of the unmasked statistician who loads it; kept in the log.")],
) -> None:
    """Check a sealed list against the trial and take it in, once. Every difference is named, and then nothing is taken.

    Example: equipoise allocation load trial sealed.json --maker signing.pub --by zhao
    """
    from equipoise.allocation.keys import fingerprint, signing_public_key
    from equipoise.conduct.permissions import STATISTICIAN_UNMASKED
    from equipoise.conduct.ports import Actor
    from equipoise.store.entropy import SystemEntropy
    from equipoise.store.live import SystemClock, load_sealed

    who = Actor(id=by, role=STATISTICIAN_UNMASKED)
    loaded = load_sealed(trial, sealed_file, maker, by=who, entropy=SystemEntropy(), clock=SystemClock())
    typer.echo(f"{len(loaded.slots)} sealed slots, {loaded.manifest.purpose}, sha256 {loaded.sha256}")
    typer.echo(f"signed by the key {fingerprint(signing_public_key(maker))}: compare it with its maker by telephone")


@app.command("open")
def open_slots(
    sealed_file: Annotated[Path, typer.Argument(help="The sealed list.")],
    keys: Annotated[Path, typer.Option(help="The maker's folder of keys.")],
    application: Annotated[Path, typer.Option(help="Public key with which the trial's application signs claims.")],
    log: Annotated[Path, typer.Option(help="The maker's log of opened slots; made where it is not there.")],
    socket: Annotated[Path | None, typer.Option(help="Unix socket to answer on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to answer on, instead.", min=1, max=65535)] = None,
    host: Annotated[str, typer.Option(help="Address of the port.")] = "127.0.0.1",
    passphrase_env: Annotated[str | None, typer.Option(help=PASSPHRASE)] = None,
) -> None:
    """Answer the claims of the trial's application: open the next slot, and no other. Runs until Ctrl-C.

    Run it under a user, better on a host, of its own: then not even who runs the application can open a slot.

    Example: equipoise allocation open sealed.json --keys maker --application trial.pub --log opened.jsonl --port 8100
    """
    from equipoise.allocation.keys import signing_public_key
    from equipoise.allocation.sealing import read_sealed
    from equipoise.allocation.service import server
    from equipoise.allocation.vendor import Vendor

    if (socket is None) == (port is None):
        raise AllocationError(
            "give either --socket or --port", where="allocation open", rule="ALLOCATION-ADDRESS", remedy="give one"
        )
    opening, signing = _maker_keys(keys, passphrase(passphrase_env))
    vendor = Vendor(read_sealed(sealed_file), opening, signing, signing_public_key(application), log)
    address: Path | tuple[str, int] = socket if socket is not None else (host, int(port or 0))
    with server(vendor, address) as line:
        typer.echo(f"answering on {socket or f'{host}:{port}'} (stop with Ctrl-C)")
        try:
            line.serve_forever()
        except KeyboardInterrupt:
            typer.echo("stopped")


@app.command("replay")
def replay_command(
    list_file: Annotated[Path, typer.Argument(help="The list with its seed, as its maker kept it.")],
    trial: Annotated[Path, typer.Option(help="Folder of the trial.")],
    sealed_file: Annotated[
        Path | None, typer.Option("--sealed", help="The sealed list that was loaded, to check its commitment.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """At close: compare the list with the slots and arms in the trial's log. Ends with an error if they differ.

    Example: equipoise allocation replay demo/restricted/allocation.json --trial demo
    """
    from equipoise.allocation.lists import read_list
    from equipoise.allocation.replay import replay
    from equipoise.allocation.sealing import read_sealed
    from equipoise.conduct.issued import issued_slots
    from equipoise.store.entropy import SystemEntropy
    from equipoise.store.live import ledger_of

    made = read_list(list_file)
    ledger = ledger_of(trial, SystemEntropy())
    try:
        issued = issued_slots(ledger, made.spec.scheme)
    finally:
        ledger.close()
    found = replay(made, issued, None if sealed_file is None else read_sealed(sealed_file))
    if as_json:
        result = {"issued": len(issued), "differences": [{"code": one.code, "text": one.text} for one in found]}
        typer.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{len(issued)} slots given out, {len(made.slots)} on the list, {len(found)} differences")
        for one in found:
            typer.echo(f"  {one.code}: {one.text}")
    if found:
        raise typer.Exit(AllocationError.exit_code)


def passphrase(variable: str | None) -> str | None:
    """The passphrase in an environment variable; never on the command line, where others can read it.

    Raises:
        AllocationError: the variable is not set.
    """
    if variable is None:
        return None
    if variable not in os.environ:
        raise AllocationError(
            "the environment has no variable {name}",
            where="--passphrase-env",
            rule="ALLOCATION-KEY",
            remedy="set it to the passphrase of the keys",
            name=variable,
        )
    return os.environ[variable]


def _maker_keys(folder: Path, word: str | None) -> tuple[X25519PrivateKey, Ed25519PrivateKey]:
    """The maker's opening and signing keys."""
    from equipoise.allocation.keys import OPENING, SIGNING, opening_key, signing_key

    return opening_key(folder / f"{OPENING}.key", word), signing_key(folder / f"{SIGNING}.key", word)


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
