"""The tables of the record log in SQLite, and the triggers that keep it append-only. Fixed SQL, never altered.

A later fact gets a side table: an engine that rebuilds a table drops its triggers. `checks.py` refuses a database
in which one of these is missing or reads differently.
"""

from __future__ import annotations

PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_mode = WAL",
)
"""For every connection. Recursive triggers let the DELETE trigger see the hidden delete of INSERT OR REPLACE."""

_LOG = """
CREATE TABLE IF NOT EXISTS record_log (
  format INTEGER NOT NULL, trial TEXT NOT NULL, stream TEXT NOT NULL, position INTEGER NOT NULL,
  unit_type TEXT NOT NULL, unit TEXT NOT NULL, form TEXT NOT NULL, visit TEXT NOT NULL, repeat INTEGER NOT NULL,
  version INTEGER NOT NULL, author TEXT NOT NULL, role TEXT NOT NULL, site TEXT NOT NULL, at TEXT NOT NULL,
  clinical_time TEXT NOT NULL, reason TEXT NOT NULL, protocol_version TEXT NOT NULL, form_hash TEXT NOT NULL,
  via TEXT NOT NULL, software TEXT NOT NULL, commitment TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
  sequence INTEGER PRIMARY KEY,
  UNIQUE (stream, position),
  UNIQUE (unit_type, unit, form, visit, repeat, version)
)"""
_PAYLOAD = """
CREATE TABLE IF NOT EXISTS record_payload (
  sequence INTEGER PRIMARY KEY REFERENCES record_log (sequence),
  body TEXT NOT NULL, salts BLOB NOT NULL, leaves TEXT NOT NULL
)"""
_CURRENT = """
CREATE TABLE IF NOT EXISTS record_current (
  unit_type TEXT NOT NULL, unit TEXT NOT NULL, form TEXT NOT NULL, visit TEXT NOT NULL, repeat INTEGER NOT NULL,
  stream TEXT NOT NULL, version INTEGER NOT NULL, first INTEGER NOT NULL, sequence INTEGER NOT NULL,
  PRIMARY KEY (unit_type, unit, form, visit, repeat)
) WITHOUT ROWID"""
_REDACTIONS = """
CREATE INDEX IF NOT EXISTS record_redactions ON record_log (sequence) WHERE form = 'REDACTION'"""
_STRATUM = """
CREATE TABLE IF NOT EXISTS allocation_stratum (
  scheme TEXT NOT NULL, stratum TEXT NOT NULL, length INTEGER NOT NULL CHECK (length > 0),
  PRIMARY KEY (scheme, stratum)
) WITHOUT ROWID"""
_CLAIM = """
CREATE TABLE IF NOT EXISTS allocation_claim (
  scheme TEXT NOT NULL, stratum TEXT NOT NULL, position INTEGER NOT NULL CHECK (position > 0),
  subject TEXT NOT NULL, at TEXT NOT NULL,
  UNIQUE (scheme, stratum, position),
  UNIQUE (scheme, subject),
  FOREIGN KEY (scheme, stratum) REFERENCES allocation_stratum (scheme, stratum)
)"""


def _refuse(table: str, act: str, when: str = "", rule: str = "only ever grows") -> tuple[str, str]:
    """Name and text of a trigger that refuses an act on a table."""
    name = f"{table}_no_{act.split()[0].lower()}"
    condition = f"\nWHEN {when}" if when else ""
    return name, (
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {act} ON {table}{condition}\n"
        f"BEGIN SELECT RAISE(ABORT, '{table} {rule}'); END"
    )


# REPLACE deletes without a DELETE trigger on a connection that has not set recursive_triggers, so INSERT looks as
# well.
_NEXT_IN_CHAIN = """
  NEW.position <> 1 + ifnull((SELECT max(position) FROM record_log WHERE stream = NEW.stream), 0)
  OR NEW.sequence <> 1 + ifnull((SELECT max(sequence) FROM record_log), 0)
  OR EXISTS (SELECT 1 FROM record_log WHERE unit_type = NEW.unit_type AND unit = NEW.unit AND form = NEW.form
             AND visit = NEW.visit AND repeat = NEW.repeat AND version = NEW.version)"""
_NOT_REDACTED = """NOT EXISTS (
  SELECT 1 FROM record_log AS redaction JOIN record_payload AS said ON said.sequence = redaction.sequence
  JOIN record_log AS target ON target.sequence = OLD.sequence
  WHERE redaction.form = 'REDACTION'
    AND json_extract(said.body, '$.RD_RECORD') = target.stream || ':' || target.position)"""
_NEXT_IN_STRATUM = """
  NEW.position <> 1 + ifnull(
    (SELECT max(position) FROM allocation_claim WHERE scheme = NEW.scheme AND stratum = NEW.stratum), 0)
  OR NEW.position > (SELECT length FROM allocation_stratum WHERE scheme = NEW.scheme AND stratum = NEW.stratum)
  OR EXISTS (SELECT 1 FROM allocation_claim WHERE scheme = NEW.scheme AND subject = NEW.subject)
  OR EXISTS (SELECT 1 FROM allocation_claim WHERE rowid = NEW.rowid)"""

TRIGGERS: dict[str, str] = dict(
    (
        _refuse("record_log", "UPDATE"),
        _refuse("record_log", "DELETE"),
        _refuse("record_log", "INSERT", _NEXT_IN_CHAIN, "takes only the next record of a chain"),
        _refuse("record_payload", "UPDATE"),
        _refuse("record_payload", "DELETE", _NOT_REDACTED, "lets a row go only against a redaction record"),
        _refuse(
            "record_payload",
            "INSERT",
            "EXISTS (SELECT 1 FROM record_payload WHERE sequence = NEW.sequence)",
            "holds one row for a record",
        ),
        _refuse("allocation_claim", "UPDATE"),
        _refuse("allocation_claim", "DELETE"),
        _refuse("allocation_claim", "INSERT", _NEXT_IN_STRATUM, "gives out slots in order, one to a subject"),
        _refuse("allocation_stratum", "UPDATE"),
        _refuse("allocation_stratum", "DELETE"),
        _refuse(
            "allocation_stratum",
            "INSERT",
            "EXISTS (SELECT 1 FROM allocation_stratum WHERE scheme = NEW.scheme AND stratum = NEW.stratum)",
            "holds one row for a stratum",
        ),
    )
)
"""Trigger names and texts."""

TABLES: dict[str, str] = {
    "record_log": _LOG,
    "record_payload": _PAYLOAD,
    "record_current": _CURRENT,
    "record_redactions": _REDACTIONS,
    "allocation_stratum": _STRATUM,
    "allocation_claim": _CLAIM,
}
"""Names and texts of the tables, and of the one index that a trigger needs."""
STATEMENTS = (*TABLES.values(), *TRIGGERS.values())
"""What a new database needs, in order. Each statement does nothing when its object is there."""
