"""`equipoise account`: make accounts of a trial, deactivate and reset them, list them; give the first roles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from equipoise.errors import NotPermitted

if TYPE_CHECKING:
    from equipoise.conduct.ports import Actor
    from equipoise.conduct.trial import Trial

app = typer.Typer(add_completion=False, no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="Folder of the trial.")]
Name = Annotated[str, typer.Argument(help="Name of the account: small letters, digits, points and hyphens.")]
By = Annotated[str, typer.Option(help="Your own account; it must hold a role that may do this today.")]


@app.command()
def add(
    folder: Folder,
    name: Name,
    by: By = "",
    role: Annotated[
        str, typer.Option(help="Role to give, as INVESTIGATOR or MONITOR; later on the pages if not now.")
    ] = "",
    site: Annotated[str, typer.Option(help="Site of a role that belongs to a site.")] = "",
    start: Annotated[str, typer.Option("--from", help="First day of the role; today when left out.")] = "",
    until: Annotated[str, typer.Option(help="Last day of the role; open when left out.")] = "",
    trained: Annotated[str, typer.Option(help="Day on which training was completed; no access before it.")] = "",
) -> None:
    """Make an account and print its first password, which is changed at the first sign-in.

    The first account of a trial has no --by: it becomes the administrator, who lets in the others.

    Example: equipoise account add trial chen --role ADMINISTRATOR --trained 2026-11-02
    """
    from equipoise.conduct.delegation import delegate, delegate_first_administrator
    from equipoise.conduct.permissions import ADMINISTRATOR
    from equipoise.conduct.ports import Actor

    with _opened(folder) as trial:
        from django.db import transaction

        from equipoise.web.keeping import make_account

        if by or role != ADMINISTRATOR:
            keeper = _acting(trial, by, ADMINISTRATOR)
            with transaction.atomic(), trial.unit_of_work():
                password = make_account(trial, by=keeper, name=name)
                if role:
                    delegate(
                        trial, by=keeper, account=name, role=role, site=site, start=start, until=until, trained=trained
                    )
        else:
            with transaction.atomic(), trial.unit_of_work():
                delegate_first_administrator(trial, account=name, trained=trained)
                password = make_account(trial, by=Actor(id=name, role=ADMINISTRATOR), name=name)
    typer.echo(f"account {name}, first password {password}")
    typer.echo("tell it to nobody but its owner; the second factor is set up at the first sign-in")


@app.command()
def deactivate(folder: Folder, name: Name, by: By) -> None:
    """Close an account. Its history stays, and its name is never given again.

    Example: equipoise account deactivate trial li.na --by chen
    """
    from equipoise.conduct.permissions import ADMINISTRATOR

    with _opened(folder) as trial:
        from equipoise.web import keeping

        keeping.deactivate(trial, by=_acting(trial, by, ADMINISTRATOR), name=name)
    typer.echo(f"account {name} is deactivated")


@app.command()
def reset(
    folder: Folder,
    name: Name,
    by: By,
    second_factor: Annotated[bool, typer.Option("--second-factor", help="Let it be set up anew too.")] = False,
) -> None:
    """Print a new first password for an account.

    Example: equipoise account reset trial li.na --by chen --second-factor
    """
    from equipoise.conduct.permissions import ADMINISTRATOR

    with _opened(folder) as trial:
        from equipoise.web import keeping

        password = keeping.reset(trial, by=_acting(trial, by, ADMINISTRATOR), name=name, second_factor=second_factor)
    typer.echo(f"account {name}, first password {password}")


@app.command(name="list")
def list_(
    folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="Print the accounts as JSON.")] = False
) -> None:
    """List the accounts with their roles of today.

    Example: equipoise account list trial
    """
    with _opened(folder) as trial:
        from equipoise.web.keeping import account_lines

        lines = account_lines(trial)
    if as_json:
        told = [
            {
                "account": line.name,
                "active": line.active,
                "second_factor": line.second_factor,
                "roles": [{"role": one.role, "sites": sorted(one.sites)} for one in line.roles],
            }
            for line in lines
        ]
        typer.echo(json.dumps(told, indent=2))
        return
    for line in lines:
        roles = "; ".join(" ".join([one.role, *sorted(one.sites)]) for one in line.roles) or "no role today"
        state = "open" if line.active else "deactivated"
        typer.echo(f"{line.name:<24}{state:<13}{roles}")


@contextmanager
def _opened(folder: Path) -> Iterator[Trial]:
    """The trial of a folder, with its accounts ready."""
    from equipoise.store.entropy import SystemEntropy
    from equipoise.store.live import SystemClock, open_trial
    from equipoise.web.accounts import open_accounts

    trial = open_trial(folder, entropy=SystemEntropy(), clock=SystemClock(), via="cli")
    try:
        open_accounts(folder)
        yield trial
    finally:
        trial.ledger.close()


def _acting(trial: Trial, account: str, role: str) -> Actor:
    """An account in a role that it holds today."""
    from equipoise.conduct.delegation import roles_today

    found = [actor for actor in roles_today(trial, account) if actor.role == role] if account else []
    if not found:
        raise NotPermitted(
            "{who} does not hold the role {role} today",
            rule="PERMISSION",
            remedy="give with --by the account of an administrator; the first is made with --role ADMINISTRATOR",
            who=f"account {account}" if account else "nobody was named with --by, who",
            role=role,
        )
    return found[0]
