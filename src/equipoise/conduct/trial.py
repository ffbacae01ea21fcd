"""One trial under conduct: its protocol history, its log, its slots, the clock, and what is known of each subject.

`Trial` is what every action takes first. It keeps one folded `SubjectFile` a subject, so that a decision looks at ready
columns and never at the database. An action decides and writes in one unit of work, which holds the log: what other
programs have written until then is taken in when it begins, and nothing can come between. A failed unit of work throws
the files away and they are folded anew from the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from equipoise.conduct.ports import Actor, Allocations, Clock, Entropy, Ledger, Opener
from equipoise.conduct.subject import SubjectFile
from equipoise.days import day_of
from equipoise.errors import ProtocolError, Refused
from equipoise.records.kinds import LOCK, REDACTION, SITE_EVENT, UNLOCK
from equipoise.records.record import CLINICAL, SITE, SUBJECT, TRIAL, Entry, Key, Payload, Record
from equipoise.state.due import Due, due

if TYPE_CHECKING:
    from equipoise.protocol.forms import Form
    from equipoise.protocol.history import ProtocolHistory
    from equipoise.protocol.model import Protocol

P = ParamSpec("P")
R = TypeVar("R")

zone = lru_cache(maxsize=256)(ZoneInfo)


def in_one_unit(action: Callable[Concatenate[Trial, P], R]) -> Callable[Concatenate[Trial, P], R]:
    """An action that decides and writes in one unit of work, so that nothing comes between the two."""

    @wraps(action)
    def whole(trial: Trial, *args: P.args, **kwargs: P.kwargs) -> R:
        with trial.unit_of_work():
            return action(trial, *args, **kwargs)

    return whole


@dataclass(kw_only=True)
class Trial:
    """A trial under conduct.

    Args:
        protocols: all versions, with the dates of effect per site.
        ledger, allocations, opener, clock, entropy: the ports of `conduct/ports.py`.
        via: where entries come from (`web`, `cli`, `simulation`), kept in every record.
    """

    protocols: ProtocolHistory
    ledger: Ledger
    allocations: Allocations
    opener: Opener
    clock: Clock
    entropy: Entropy
    via: str = "cli"
    _files: dict[str, SubjectFile] = field(default_factory=dict, repr=False)
    _depth: int = field(default=0, repr=False)
    _locked: bool | None = field(default=None, repr=False)
    _seen: int = field(default=-1, repr=False)
    """How many records of the log the files above rest on; -1 when that is not known."""

    # -- what is known ------------------------------------------------------------------------------------------------

    def subjects(self) -> list[str]:
        """Keys of all subjects, in the order in which they were first screened."""
        return self.ledger.units(SUBJECT)

    def subject(self, key: str) -> SubjectFile:
        """The file of one subject, as the log has it now.

        Raises:
            Refused: there is no such subject.
        """
        if self._depth == 0:
            self._catch_up()
        file = self._files.get(key)
        if file is None:
            records = self.ledger.of_unit(SUBJECT, key)
            if not records:
                raise Refused(
                    "there is no subject {subject}",
                    rule="SUBJECT-UNKNOWN",
                    remedy="screen the subject first",
                    subject=key,
                )
            file = self._files[key] = SubjectFile(key, self.protocols.latest)
            for record in records:
                file.fold(record)
        return file

    @property
    def locked(self) -> bool:
        """Whether the database is locked: it was locked once more than unlocked. Looked up once in a unit of work."""
        if self._locked is None or self._depth == 0:
            lock = self.ledger.current(Key(TRIAL, self.id, LOCK))
            unlock = self.ledger.current(Key(TRIAL, self.id, UNLOCK))
            self._locked = lock is not None and (unlock is None or unlock.version < lock.version)
        return self._locked

    @property
    def id(self) -> str:
        """Id of the trial."""
        return self.protocols.latest.trial.id

    def due(self, subject: str, day: int) -> Due:
        """What is due for a subject on a day: visits, forms and doses (`state.due`)."""
        file = self.subject(subject)
        protocol = self.protocol(file.site, day)
        return due(file.tables, file.treatment(protocol), protocol, day)

    def site_is_open(self, site: str) -> bool:
        """Whether the site was opened (and not closed again)."""
        record = self.ledger.current(Key(SITE, site, SITE_EVENT))
        return record is not None and (record.payload or {}).get("SI_STATUS") == "OPEN"

    # -- time ---------------------------------------------------------------------------------------------------------

    def local_now(self, site: str) -> datetime:
        """Server time on the wall of a site.

        Raises:
            Refused: the protocol names no such site.
        """
        latest = self.protocols.latest
        named = latest.site.get(site)
        if named is None:
            raise Refused(
                "the protocol names no site {site!r}",
                rule="SITE-UNKNOWN",
                remedy="choose one of {known}",
                site=site,
                known=", ".join(latest.site),
            )
        return self.clock.now().astimezone(zone(named.time_zone or latest.trial.time_zone))

    def today(self, site: str) -> int:
        """The site's local day."""
        return day_of(self.local_now(site))

    def protocol(self, site: str, day: int) -> Protocol:
        """The version in force at a site on a day; for history from before any was, the one in force there today."""
        try:
            return self.protocols.in_force(site, day)
        except ProtocolError:
            return self.protocols.in_force(site, self.today(site))

    def in_force(self, site: str, day: int) -> bool:
        """Whether a protocol version is in force at a site on a day."""
        try:
            self.protocols.in_force(site, day)
        except ProtocolError:
            return False
        return True

    # -- writing ------------------------------------------------------------------------------------------------------

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """All or nothing: inner units join the outer one; after a failure nothing of it is remembered."""
        try:
            with self.ledger.unit_of_work():
                if self._depth == 0:
                    self._catch_up()
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
        except BaseException:
            self._files.clear()
            self._locked = None
            self._seen = -1
            raise

    def _catch_up(self) -> None:
        """Forget the files of those subjects of whom something was written that this object did not write."""
        size = self.ledger.size()
        if size == self._seen:
            return
        if self._seen < 0:
            self._files.clear()
        else:
            for record in self.ledger.read(after=self._seen):
                if record.key.unit_type == SUBJECT:
                    self._files.pop(record.key.unit, None)
        self._locked = None
        self._seen = size

    def check_open(self) -> None:
        """Refuse every change of a locked trial."""
        if self.locked:
            raise Refused(
                "the database of this trial is locked",
                rule="TRIAL-LOCKED",
                remedy="ask the data manager to unlock it, with the reason",
            )

    def entry(
        self,
        *,
        by: Actor,
        key: Key,
        payload: Payload,
        site: str,
        stream: str = CLINICAL,
        form: Form | None = None,
        protocol_version: str = "",
        clinical_time: str = "",
        reason: str = "",
        expects: int = 0,
    ) -> Entry:
        """An entry of now by a person."""
        return Entry(
            stream=stream,
            key=key,
            payload=payload,
            author=by.id,
            role=by.role,
            site=site,
            at=self.clock.now(),
            clinical_time=clinical_time,
            reason=reason,
            protocol_version=protocol_version or self.protocols.latest.version,
            form_hash=form.hash if form is not None else "",
            expects=expects,
            via=self.via,
        )

    def write(self, *, key: Key, **entered: Any) -> Record:
        """Append one version (arguments as of `entry`) and fold it into its subject's file. Only actions call this."""
        record = self.ledger.append(self.entry(key=key, **entered))
        self._seen += self._seen >= 0
        if key.unit_type == TRIAL:
            self._locked = None
        if key.unit_type == SUBJECT:
            file = self._files.get(key.unit)
            if file is None:
                file = self._files[key.unit] = SubjectFile(key.unit, self.protocols.latest)
            file.fold(record)
        return record

    def remove(self, *, key: Key, version: int, items: Sequence[str], **entered: Any) -> Record:
        """Remove values of a version against a redaction record (arguments of its entry), and read the subject anew."""
        about = Key(key.unit_type, key.unit, REDACTION, "", self.subject(key.unit).next_repeat(REDACTION, ""))
        record = self.ledger.redact(key, version, items, self.entry(key=about, payload={}, **entered))
        self._seen += self._seen >= 0
        self._files.pop(key.unit, None)
        return record
