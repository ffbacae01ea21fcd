"""The command `equipoise`: verbs are imported when they are called, so that `design` never loads Django.

Errors that a person can put right are printed in the house form, without a traceback, and end the program with the exit
code of their kind; with `--json` they are printed as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

import click
import typer
from typer.core import TyperGroup

from equipoise import __version__
from equipoise.errors import StorageError, TrialError

VERBS = {
    "protocol": ("equipoise.cli.protocol", "check a protocol file; render its synopsis and schedule"),
    "allocation": ("equipoise.cli.allocation", "generate an allocation list"),
    "demo": ("equipoise.cli.demo", "run the index trial by chance, lock it, analyse it, write its report"),
    "report": ("equipoise.cli.report", "write the report of a results table"),
    "serve": ("equipoise.cli.serve", "open a trial in the web application"),
    "verify": ("equipoise.cli.verify", "verify the record log of a trial"),
}


class LazyVerbs(TyperGroup):
    """A command group that imports a verb's module when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order in which a trial uses them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's own command, from its module."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(VERBS[cmd_name][0])
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs in `--help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


app = typer.Typer(
    cls=LazyVerbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"equipoise {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Write a trial's protocol once; run it, simulate it, analyse it and report it from that one file.

    Example: equipoise demo --out demo
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with the exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0 success, 2 wrong usage, else the code of the error's class."""
    try:
        app(arguments, standalone_mode=False, prog_name="equipoise")
    except TrialError as error:
        _print_error(error, as_json="--json" in arguments)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.exceptions.Abort:
        typer.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        _print_error(_from_system(error), as_json="--json" in arguments)
        return StorageError.exit_code
    return 0


def _from_system(error: OSError) -> StorageError:
    """An error of the operating system about a file, in the house form."""
    return StorageError(
        "{reason}",
        where=str(error.filename or "file"),
        rule="FILE",
        remedy="check that the path exists, that you may use it, and that the disk has free space",
        reason=(error.strerror or str(error)).lower(),
    )


def _print_error(error: TrialError, *, as_json: bool) -> None:
    body: Any = json.dumps(error.as_dict(), ensure_ascii=False, indent=2) if as_json else str(error)
    typer.echo(body, err=not as_json)


if __name__ == "__main__":
    main()
