"""The tables of the record log in PostgreSQL, and the triggers that keep it append-only. Fixed SQL, never altered.

The same tables, columns and rules as in SQLite (`schema`). Text is compared byte by byte (collation C), so that order
does not depend on the server. Payloads are text, never jsonb: what was hashed is what is kept.
"""

from __future__ import annotations

import re

_LOG = """
CREATE TABLE record_log (
  format integer NOT NULL, trial text COLLATE "C" NOT NULL, stream text COLLATE "C" NOT NULL, position bigint NOT NULL,
  unit_type text COLLATE "C" NOT NULL, unit text COLLATE "C" NOT NULL, form text COLLATE "C" NOT NULL,
  visit text COLLATE "C" NOT NULL, repeat bigint NOT NULL, version bigint NOT NULL, author text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL, site text COLLATE "C" NOT NULL, at text COLLATE "C" NOT NULL,
  clinical_time text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
  protocol_version text COLLATE "C" NOT NULL, form_hash text COLLATE "C" NOT NULL, via text COLLATE "C" NOT NULL,
  software text COLLATE "C" NOT NULL, commitment text COLLATE "C" NOT NULL, previous text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL, sequence bigint PRIMARY KEY,
  UNIQUE (stream, position),
  UNIQUE (unit_type, unit, form, visit, repeat, version)
)"""
_PAYLOAD = """
CREATE TABLE record_payload (
  sequence bigint PRIMARY KEY REFERENCES record_log (sequence),
  body text COLLATE "C" NOT NULL, salts bytea NOT NULL, leaves text COLLATE "C" NOT NULL
)"""
_CURRENT = """
CREATE TABLE record_current (
  unit_type text COLLATE "C" NOT NULL, unit text COLLATE "C" NOT NULL, form text COLLATE "C" NOT NULL,
  visit text COLLATE "C" NOT NULL, repeat bigint NOT NULL, stream text COLLATE "C" NOT NULL, version bigint NOT NULL,
  first bigint NOT NULL, sequence bigint NOT NULL,
  PRIMARY KEY (unit_type, unit, form, visit, repeat)
)"""
_STRATUM = """
CREATE TABLE allocation_stratum (
  scheme text COLLATE "C" NOT NULL, stratum text COLLATE "C" NOT NULL, length bigint NOT NULL CHECK (length > 0),
  PRIMARY KEY (scheme, stratum)
)"""
_CLAIM = """
CREATE TABLE allocation_claim (
  scheme text COLLATE "C" NOT NULL, stratum text COLLATE "C" NOT NULL,
  position bigint NOT NULL CHECK (position > 0), subject text COLLATE "C" NOT NULL, at text COLLATE "C" NOT NULL,
  UNIQUE (scheme, stratum, position),
  UNIQUE (scheme, subject),
  FOREIGN KEY (scheme, stratum) REFERENCES allocation_stratum (scheme, stratum)
)"""
TABLES: dict[str, str] = {
    "record_log": _LOG,
    "record_payload": _PAYLOAD,
    "record_current": _CURRENT,
    "allocation_stratum": _STRATUM,
    "allocation_claim": _CLAIM,
}
"""Names and texts of the tables, in the order in which they are made."""
INDEX = "CREATE INDEX record_redactions ON record_log (sequence) WHERE form = 'REDACTION'"
GUARDED = ("record_log", "record_payload", "allocation_stratum", "allocation_claim")

_REFUSE = "BEGIN RAISE EXCEPTION '% only ever grows', TG_TABLE_NAME; END"
_NEXT_IN_CHAIN = """
BEGIN
  IF NEW.position <> 1 + coalesce((SELECT max(position) FROM record_log WHERE stream = NEW.stream), 0)
    OR NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM record_log), 0) THEN
    RAISE EXCEPTION 'record_log takes only the next record of a chain';
  END IF;
  RETURN NEW;
END"""
_REDACTED = """
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM record_log AS redaction JOIN record_payload AS said ON said.sequence = redaction.sequence
    JOIN record_log AS target ON target.sequence = OLD.sequence
    WHERE redaction.form = 'REDACTION' AND said.body::json ->> 'RD_RECORD' = target.stream || ':' || target.position
  ) THEN
    RAISE EXCEPTION 'record_payload lets a row go only against a redaction record';
  END IF;
  RETURN OLD;
END"""
_NEXT_IN_STRATUM = """
BEGIN
  IF NEW.position <> 1 + coalesce(
      (SELECT max(position) FROM allocation_claim WHERE scheme = NEW.scheme AND stratum = NEW.stratum), 0)
    OR NEW.position > (SELECT length FROM allocation_stratum WHERE scheme = NEW.scheme AND stratum = NEW.stratum) THEN
    RAISE EXCEPTION 'allocation_claim gives out slots in order, one to a subject';
  END IF;
  RETURN NEW;
END"""
FUNCTIONS: dict[str, str] = {
    "equipoise_refuse": _REFUSE,
    "equipoise_next_in_chain": _NEXT_IN_CHAIN,
    "equipoise_redacted": _REDACTED,
    "equipoise_next_in_stratum": _NEXT_IN_STRATUM,
}
"""Names and bodies of the trigger functions."""

ROW_BEFORE = 1 | 2
INSERT, DELETE, UPDATE = 4, 8, 16
STATEMENT_BEFORE, TRUNCATE = 2, 32
TRIGGERS: dict[str, tuple[str, str, int]] = {
    f"{table}_no_{act}": (table, function, bits)
    for table in GUARDED
    for act, function, bits in (
        ("update", "equipoise_refuse", ROW_BEFORE | UPDATE),
        ("delete", "equipoise_redacted" if table == "record_payload" else "equipoise_refuse", ROW_BEFORE | DELETE),
        ("truncate", "equipoise_refuse", STATEMENT_BEFORE | TRUNCATE),
    )
} | {
    "record_log_no_insert": ("record_log", "equipoise_next_in_chain", ROW_BEFORE | INSERT),
    "allocation_claim_no_insert": ("allocation_claim", "equipoise_next_in_stratum", ROW_BEFORE | INSERT),
}
"""Trigger to its table, its function and what it waits for, in the bits of pg_trigger.tgtype."""
_EVENTS = {UPDATE: "UPDATE", DELETE: "DELETE", INSERT: "INSERT", TRUNCATE: "TRUNCATE"}


def trigger_text(name: str) -> str:
    """The statement that makes a trigger."""
    table, function, bits = TRIGGERS[name]
    event = next(word for bit, word in _EVENTS.items() if bits & bit)
    each = "ROW" if bits & 1 else "STATEMENT"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"


def statements() -> list[str]:
    """What a new database needs, in order."""
    functions = [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body${body}$body$"
        for name, body in FUNCTIONS.items()
    ]
    return [*TABLES.values(), INDEX, *functions, *map(trigger_text, TRIGGERS)]


def columns_of(table: str) -> dict[str, str]:
    """Names and types of the columns that a table must have."""
    return dict(re.findall(r"(\w+) (integer|bigint|text|bytea)\b", TABLES[table]))


def constraints_of(table: str) -> list[str]:
    """Kinds of the constraints that a table must have, as pg_constraint.contype tells them, sorted."""
    text = TABLES[table]
    kinds = {"p": "PRIMARY KEY", "u": "UNIQUE (", "f": "REFERENCES", "c": "CHECK ("}
    return sorted(kind for kind, words in kinds.items() for _ in range(text.count(words)))
