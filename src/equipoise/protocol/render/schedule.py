"""The schedule of activities: visits across, forms down."""

from __future__ import annotations

from dataclasses import dataclass

from equipoise.protocol.model import Protocol
from equipoise.protocol.render.synopsis import Say
from equipoise.protocol.visits import Procedure, RepeatedVisit, Visit


@dataclass(frozen=True)
class Column:
    """A visit, or a line of visits at regular months.

    Args:
        title: its name; `day`: its day in the words of its axis; `window`: days around it.
        primary: it holds the assessment of a primary or key secondary endpoint.
        note: number of a note; 0 for none.
    """

    id: str
    title: str
    day: str
    window: str
    primary: bool
    note: int


@dataclass(frozen=True)
class Row:
    """A form: its mark at each visit (empty, or x with the number of a note)."""

    form: str
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Visits of one axis that stand side by side."""

    title: str
    width: int


@dataclass(frozen=True)
class Schedule:
    """The table, its notes, and the forms that are filled when something happens."""

    groups: tuple[Group, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    events: tuple[tuple[str, str], ...]


class _Notes:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def number(self, text: str) -> int:
        """Number of a note, the same for the same text; 0 for none."""
        if not text:
            return 0
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def schedule(protocol: Protocol, language: str) -> Schedule:
    """The schedule of activities in a language."""
    say, notes = Say(protocol, language), _Notes()
    lines: list[Visit | RepeatedVisit] = []
    for visit in protocol.visits:
        if not visit.repeat_of:
            lines.append(visit)
        elif not any(line.id == visit.repeat_of for line in lines):
            lines += [repeat for repeat in protocol.repeated_visits if repeat.id == visit.repeat_of]
    sides: dict[str, list[Visit | RepeatedVisit]] = {}
    for line in lines:
        sides.setdefault(_group(line, protocol, say), []).append(line)
    for side in sides.values():
        side.sort(key=lambda line: (isinstance(line, RepeatedVisit), line.nominal if isinstance(line, Visit) else 0))
    groups = [Group(title, len(side)) for title, side in sides.items()]
    columns = tuple(_column(line, protocol, say, notes) for side in sides.values() for line in side)
    forms = dict.fromkeys(line.form for line in protocol.schedule if line.visits)
    rows = tuple(_row(form, columns, protocol, say, notes) for form in forms)
    events = dict.fromkeys(line.form for line in protocol.schedule if line.event)
    daily = {line.form for line in protocol.schedule if line.per_day}
    listed = tuple(
        (form, protocol.forms[form].title.of(language) + (f" ({say('per_day')})" if form in daily else ""))
        for form in events
    )
    return Schedule(tuple(groups), columns, rows, tuple(notes.texts), listed)


def _group(line: Visit | RepeatedVisit, protocol: Protocol, say: Say) -> str:
    """The heading under which a visit stands: months, or the days of its axis."""
    if isinstance(line, RepeatedVisit) or line.month is not None:
        return say("months")
    return protocol.axes[line.axis].title.of(say.language) or line.axis


def _column(line: Visit | RepeatedVisit, protocol: Protocol, say: Say, notes: _Notes) -> Column:
    parts = []
    if line.arms:
        parts.append(say("only_arm", arm=say.listed(line.arms)))
    if line.only_if is not None:
        parts.append(f"{say('if')} {line.only_if.text}")
    first, last = line.window
    window = "" if first == last == 0 else f"±{last}" if first == -last else f"{first}/{last}"
    primary = isinstance(line, Visit) and line.role is not None
    note = notes.number("; ".join(parts))
    return Column(line.id, line.title.of(say.language), _day(line, protocol, say), window, primary, note)


def _day(line: Visit | RepeatedVisit, protocol: Protocol, say: Say) -> str:
    if isinstance(line, RepeatedVisit):
        months = [int(visit.month) for visit in protocol.visits if visit.repeat_of == line.id and visit.month]
        return f"{months[0]}-{months[-1]}" if months else ""
    if line.month is not None:
        return f"{line.month:g}"
    if line.elapsed is not None:
        return f"+{line.elapsed}" if line.elapsed else "0"
    return str(line.day)


def _row(form: str, columns: tuple[Column, ...], protocol: Protocol, say: Say, notes: _Notes) -> Row:
    repeats = {visit.id: visit.repeat_of for visit in protocol.visits if visit.repeat_of}
    marks: dict[str, str] = {}
    for line in protocol.schedule:
        if line.form != form:
            continue
        single = [name for name in line.visits if name in repeats]
        note = notes.number(_line_note(line, say))
        for name in line.visits:
            if name not in repeats:
                marks[name] = f"x{note or ''}"
        for repeat in dict.fromkeys(repeats[name] for name in single):
            number = notes.number(say.listed(name for name in single if repeats[name] == repeat))
            marks.setdefault(repeat, f"x{number}")
    return Row(form, protocol.forms[form].title.of(say.language), tuple(marks.get(column.id, "") for column in columns))


def _line_note(line: Procedure, say: Say) -> str:
    parts = [line.text.of(say.language)]
    if line.while_ is not None and not parts[0]:
        parts.append(f"{say('rows_while')} {line.while_.text}")
    if line.optional:
        parts.append(say("optional"))
    return "; ".join(part for part in parts if part)
