"""The command `equipoise`: a verb's module is imported when the verb is used, so that `design` never loads Django.

Errors that a person can put right are printed in the house form, without a traceback, and end the program with the exit
code of their kind; with `--json` they are printed as JSON.
"""

from __future__ import annotations

import difflib
import importlib
import json
import sys
from types import ModuleType

import typer

from equipoise import __version__
from equipoise.errors import StorageError, TrialError

VERBS = {
    "protocol": ("equipoise.cli.protocol", "check a protocol file; render its synopsis and schedule"),
    "design": ("equipoise.cli.design", "work out the sample size of a protocol and the power of its tests"),
    "allocation": ("equipoise.cli.allocation", "generate, seal, load, open and replay an allocation list"),
    "begin": ("equipoise.cli.begin", "begin a live trial: its folder, database and settings"),
    "account": ("equipoise.cli.account", "make, deactivate, reset and list the accounts of a trial"),
    "demo": ("equipoise.cli.demo", "run the index trial by chance, lock it, analyse it, write its report"),
    "analyse": ("equipoise.cli.analyse", "derive the datasets of a trial and write its results table"),
    "report": ("equipoise.cli.report", "write the report of a results table"),
    "serve": ("equipoise.cli.serve", "open a trial in the web application"),
    "verify": ("equipoise.cli.verify", "verify the record log of a trial"),
}
"""Verb to its module and what it does, in the order in which a trial uses them."""
WRONG_USAGE = 2


def main() -> None:
    """Run the command line; ends the process with the exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command.

    Returns:
        0 on success, 2 for wrong usage, else the exit code of the error's kind.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        typer.echo(help_text())
        return 0 if arguments else WRONG_USAGE
    if arguments[0] == "--version":
        typer.echo(f"equipoise {__version__}")
        return 0
    verb, *rest = arguments
    if verb not in VERBS:
        typer.echo(_unknown(verb), err=True)
        return WRONG_USAGE
    try:
        module_of(verb).app(rest, prog_name=f"equipoise {verb}")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except TrialError as error:
        return _tell(error, as_json="--json" in rest)
    except OSError as error:
        return _tell(_from_system(error), as_json="--json" in rest)
    return 0


def module_of(verb: str) -> ModuleType:
    """The module of a verb; its `app` is the verb's command."""
    return importlib.import_module(VERBS[verb][0])


def help_text() -> str:
    """What `equipoise --help` says."""
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:<{width}}  {meaning}" for verb, (_, meaning) in VERBS.items())
    return (
        "Write a trial's protocol once; run it, simulate it, analyse it and report it from that one file.\n\n"
        f"usage: equipoise VERB ...\n\n{verbs}\n\n"
        "`equipoise VERB --help` tells more of each, with an example. `equipoise --version` prints the version.\n"
        "example: equipoise demo --out demo"
    )


def _unknown(verb: str) -> str:
    near = difflib.get_close_matches(verb, VERBS, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"the verbs are: {', '.join(VERBS)}"
    return f"equipoise has no verb {verb!r}\n  remedy: {remedy}"


def _from_system(error: OSError) -> StorageError:
    """An error of the operating system about a file, in the house form."""
    return StorageError(
        "{reason}",
        where=str(error.filename or "file"),
        rule="FILE",
        remedy="check that the path exists, that you may use it, and that the disk has free space",
        reason=(error.strerror or str(error)).lower(),
    )


def _tell(error: TrialError, *, as_json: bool) -> int:
    if as_json:
        typer.echo(json.dumps(error.as_dict(), ensure_ascii=False, indent=2))
    else:
        typer.echo(str(error), err=True)
    return error.exit_code


if __name__ == "__main__":
    main()
