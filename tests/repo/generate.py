"""Generated pages of docs/: `python -m tests.repo.generate` writes them, with `--check` it only compares.

The help of every command, the errors with their exit codes, the standings of a subject, the derived values that rules
may name, which tests cover which requirement, a page for each estimator, the comparison with R. Each page comes from
the code itself: it cannot say something else.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

os.environ.update(COLUMNS="100", TERMINAL_WIDTH="100", NO_COLOR="1")  # typer reads them when it is imported

from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
ESTIMATORS = REFERENCE / "stats"
VALIDATION = ROOT / "docs" / "explanation" / "validation.md"
NOTE = "Made by `make docs` from the code. Do not edit it here.\n"


def command_line() -> str:
    """The help of every command."""
    from equipoise.cli.main import VERBS, help_text, module_of

    parts = ["# Command line\n", "For everybody who runs `equipoise`.\n", NOTE, _help("equipoise", help_text())]
    for verb in VERBS:
        if importlib.util.find_spec(VERBS[verb][0]) is None:
            continue
        app = module_of(verb).app
        commands = [known.name or known.callback.__name__ for known in app.registered_commands]
        group = len(commands) > 1 or app.registered_callback is not None
        for rest in [[], *([name] for name in commands if group)]:
            title = " ".join(["equipoise", verb, *rest])
            shown = CliRunner().invoke(app, [*rest, "--help"], prog_name=f"equipoise {verb}")
            parts.append(_help(title, shown.output))
    return "\n".join(parts)


def _help(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    return f"## `{title}`\n\n```\n{lines}\n```\n"


def errors() -> str:
    """Every kind of error with its exit code."""
    from equipoise import errors as module

    kinds = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, module.TrialError) and kind is not module.TrialErrors
    ]
    lines = ["# Errors\n", "For those who run `equipoise` from a program.\n", NOTE]
    lines.append(
        "An error says what is wrong, where, which rule, and what to do. The program ends with the code of its kind; "
        "0 is success, 2 wrong usage of the command line.\n"
    )
    lines += ["| code | kind | meaning |", "|---|---|---|"]
    for kind in sorted(kinds, key=lambda kind: kind.exit_code):
        meaning = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        lines.append(f"| {kind.exit_code} | `{kind.__name__}` | {meaning} |")
    return "\n".join(lines) + "\n"


def standings() -> str:
    """The map of a subject's standings."""
    from equipoise.state.disposition import TRANSITIONS

    lines = ["# Standings of a subject\n", "For coordinators and monitors.\n", NOTE]
    lines += ["| standing | what happens | standing after it |", "|---|---|---|"]
    for (before, move), after in TRANSITIONS.items():
        lines.append(f"| {_words(before.name)} | {move} | {_words(after.name)} |")
    return "\n".join(lines) + "\n"


def derived_values() -> str:
    """The derived values that rules of a protocol may name."""
    from equipoise.protocol.catalogue import CATALOGUE

    lines = ["# Derived values\n", "For those who write rules in a protocol file.\n", NOTE]
    lines += ["| name | meaning | type | unit | from the forms |", "|---|---|---|---|---|"]
    for value in CATALOGUE.values():
        codes = sorted(value.type.codes or ())
        kind = value.type.words + (f": {', '.join(codes)}" if codes else "")
        lines.append(f"| `{value.name}` | {value.meaning} | {kind} | {value.unit} | {', '.join(value.source)} |")
    return "\n".join(lines) + "\n"


def datasets() -> str:
    """The variables of the analysis datasets."""
    from equipoise.datasets.reference import reference

    return reference()


def requirements() -> str:
    """Numbers of requirements with the tests that cover them."""
    tests: dict[int, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for number in _marked(node):
                    tests[number].add(
                        f"`{path.relative_to(ROOT / 'tests')}`: {_words(node.name.removeprefix('test_'))}"
                    )
    lines = ["# Requirements and their tests\n", "For reviewers and inspectors.\n", NOTE]
    for number in sorted(tests):
        lines.append(f"**{number}**\n")
        lines += [f"- {test}" for test in sorted(tests[number])]
        lines.append("")
    return "\n".join(lines)


def _marked(node: ast.FunctionDef | ast.ClassDef) -> list[int]:
    numbers = []
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
            numbers += [int(ast.literal_eval(argument)) for argument in decorator.args]
    return numbers


def _words(name: str) -> str:
    return name.replace("_", " ").lower()


def roles() -> str:
    """Roles: whether at a site, masking level, actions and pages."""
    from equipoise.conduct.permissions import CENTRAL, LEVEL_OF, MAY, ROLES
    from equipoise.web.routes import OWN, ROUTES

    lines = ["# Roles\n", "For administrators and investigators.\n", NOTE]
    lines.append(
        "Levels: `nothing` about subjects; the `masked` view; `unmasked`, the arm included. Pages marked * show site "
        "staff their own site only. Everybody who signed in opens the pages of their own account.\n"
    )
    lines += ["| role | belongs to | level | may | opens |", "|---|---|---|---|---|"]
    for role in ROLES:
        place = "the trial" if role in CENTRAL else "a site"
        actions = ", ".join(action for action, who in MAY.items() if role in who)
        pages = ", ".join(_words(route.name) + "*" * (route.scope == OWN) for route in ROUTES if role in route.may)
        lines.append(f"| `{role}` | {place} | {LEVEL_OF[role]} | {actions} | {pages} |")
    return "\n".join(lines) + "\n"


def design() -> str:
    """Sample size, power and group-sequential boundaries."""
    from tests.repo.design_page import page

    return page()


PAGES = {
    "design.md": design,
    "command-line.md": command_line,
    "errors.md": errors,
    "standings.md": standings,
    "roles.md": roles,
    "derived-values.md": derived_values,
    "datasets.md": datasets,
    "requirements.md": requirements,
}


def every_page() -> Iterator[tuple[Path, str]]:
    """Path and text of each generated page."""
    from tests.golden.validation import validation_page
    from tests.repo.stats_pages import pages

    for name, make in PAGES.items():
        yield REFERENCE / name, make()
    for name, text in pages().items():
        yield ESTIMATORS / name, text
    yield VALIDATION, validation_page()


def the_same(path: Path, text: str) -> bool:
    """Whether a page says `text`. Rounding errors ("3.1e-15") differ between processors and are not compared."""
    return path.is_file() and _without_rounding_errors(path.read_text()) == _without_rounding_errors(text)


def _without_rounding_errors(text: str) -> str:
    return re.sub(r"\d\.\de-\d\d", "a rounding error", text)


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; 1 where one differs."""
    differing, made = [], set()
    for path, text in every_page():
        made.add(path)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not the_same(path, text):
            differing.append(path)
    for path in sorted(set(ESTIMATORS.glob("*.md")) - made):  # of functions that are gone
        if "--check" in arguments:
            differing.append(path)
        else:
            path.unlink()
    for path in differing:
        print(f"{path.relative_to(ROOT)} is not what the code says: run `make docs` and commit it")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
