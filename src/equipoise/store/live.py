"""A live trial's folder: begun once, its sealed list loaded once, then opened by every program that conducts it.

The folder, beside what `folder.TrialFolder` names:

  settings.toml           the settings (`trial_settings`)
  keys/application.key    signs claims of slots; application.pub goes to the maker of the list
  list/sealed.json        the sealed list; signing.pub of its maker
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from equipoise.allocation.keys import APPLICATION, make_key, opening_key, raw, signing_key, signing_public_key
from equipoise.allocation.lists import ListOpener, read_list
from equipoise.allocation.openers import KeyFile
from equipoise.allocation.sealing import Expected, SealedList, check_sealed, read_sealed
from equipoise.allocation.service import VendorService
from equipoise.conduct.lists import begin, load_list, loaded_list, purpose_of
from equipoise.conduct.ports import Actor, Claim, Clock, Entropy, Opener
from equipoise.conduct.trial import Trial
from equipoise.errors import AllocationError, StorageError
from equipoise.protocol.history import ProtocolHistory
from equipoise.protocol.load import load_history
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.databases import is_server, open_database
from equipoise.store.folder import TrialFolder, existing_trial
from equipoise.store.ledger import DatabaseLedger
from equipoise.store.trial_settings import FILE, TEMPLATE, read_settings

PROTOCOL_FILES = ("protocol.yaml", "published.yaml", "earlier")
"""What a live trial takes from the protocol's folder. The restricted file with the block sizes stays with its maker."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


def begin_live(path: Path, protocol_files: Path, *, purpose: str, by: Actor, entropy: Entropy, clock: Clock) -> None:
    """Make the folder and the database of a live (or test) trial, and record that it begins.

    Raises:
        StorageError: the folder is there and not empty, or the database holds a trial already.
    """
    if path.exists() and any(path.iterdir()):
        raise StorageError(
            "this folder holds something, and nothing in it was touched",
            where=str(path),
            rule="FOLDER-IN-USE",
            remedy="give a new folder for the trial",
        )
    load_history(protocol_files)
    there = path.exists()
    try:
        _write_folder(path, protocol_files, purpose)
        trial = _trial(TrialFolder(path), clock, entropy, "cli", create=True)
        try:
            begin(trial, by=by, purpose=purpose)
        finally:
            trial.ledger.close()
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        if there:
            path.mkdir(mode=0o700)
        raise


def _write_folder(path: Path, protocol_files: Path, purpose: str) -> None:
    """Protocol files, settings and the application's keys."""
    folder = TrialFolder(path)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    folder.protocol.mkdir()
    for name in PROTOCOL_FILES:
        source = protocol_files / name
        if source.is_dir():
            shutil.copytree(source, folder.protocol / name)
        elif source.exists():
            shutil.copy(source, folder.protocol / name)
    (path / FILE).write_text(TEMPLATE.format(purpose=purpose), encoding="utf-8")
    (path / "keys").mkdir(mode=0o700)
    make_key(path / "keys", APPLICATION)


def load_sealed(
    path: Path, sealed_file: Path, maker_file: Path, *, by: Actor, entropy: Entropy, clock: Clock
) -> SealedList:
    """Check a sealed list against the trial, keep it in the folder and record it.

    Raises:
        TrialErrors: every way in which the list is not the one that the trial demands.
        AllocationError, Refused: not a sealed list; the trial has one.
    """
    folder = TrialFolder(path)
    sealed, maker = read_sealed(sealed_file), signing_public_key(maker_file)
    trial = _trial(folder, clock, entropy, "cli")
    try:
        protocol = trial.protocols.latest
        public, manifest = protocol.randomization, sealed.manifest
        expected = Expected(
            trial=trial.id,
            scheme=public.scheme,
            purpose=purpose_of(trial),
            ratio=public.ratio,
            strata=protocol.strata,
            planned=public.planned,
            restricted=public.restricted.commitment,
        )
        check_sealed(sealed, expected, maker, str(sealed_file))
        facts = {
            "LI_SHA256": sealed.sha256,
            "LI_COMMITMENT": manifest.commitment,
            "LI_SEED_MARK": manifest.seed_mark,
            "LI_PURPOSE": manifest.purpose,
            "LI_SLOTS": str(len(sealed.slots)),
            "LI_MAKER": raw(maker),
        }
        with trial.unit_of_work():
            load_list(trial, by=by, scheme=public.scheme, strata=manifest.strata, length=manifest.length, facts=facts)
            kept = path / "list"
            kept.mkdir(mode=0o700, exist_ok=True)
            shutil.copy(sealed_file, kept / "sealed.json")
            shutil.copy(maker_file, kept / "signing.pub")
    finally:
        trial.ledger.close()
    return sealed


def open_trial(
    path: Path, *, entropy: Entropy, clock: Clock, via: str, protocols: ProtocolHistory | None = None
) -> Trial:
    """A trial, ready to be conducted: its log, its slots and their opener.

    Args:
        protocols: the protocol versions, when they are read already.

    Raises:
        StorageError, LedgerError: no trial is there, or its log is not in order.
        AllocationError: the list in the folder is not the one that was loaded, or its key is missing.
    """
    return _trial(TrialFolder(path), clock, entropy, via, protocols=protocols)


def ledger_of(path: Path, entropy: Entropy, create: bool = False) -> DatabaseLedger:
    """The record log of a trial's folder: in its file, or where its settings say.

    Raises:
        StorageError, LedgerError: no trial is there, or its log is not in order.
    """
    place = place_of(path, create)
    return open_database(place, TrialFolder(path).history().latest.trial.id, entropy, create)


def place_of(path: Path, create: bool = False) -> str | Path:
    """Where the record log of a folder is."""
    folder, settings = TrialFolder(path), read_settings(path)
    simulated = settings.purpose == "simulated"
    place = folder.database if simulated else settings.database_place(folder.database)
    if not create and not is_server(place):
        existing_trial(path)
    return place


def _trial(
    folder: TrialFolder,
    clock: Clock,
    entropy: Entropy,
    via: str,
    create: bool = False,
    protocols: ProtocolHistory | None = None,
) -> Trial:
    place = place_of(folder.path, create)
    protocols = protocols or folder.history()
    ledger = open_database(place, protocols.latest.trial.id, entropy, create)
    try:
        allocations = DatabaseAllocations(ledger)
        trial = Trial(
            protocols=protocols,
            ledger=ledger,
            allocations=allocations,
            opener=_LateOpener(lambda: _opener(folder, trial, allocations.claims)),
            clock=clock,
            entropy=entropy,
            via=via,
        )
    except BaseException:
        ledger.close()
        raise
    return trial


class _LateOpener:
    """Looks for list and key when the first slot is opened: whoever only reads needs neither."""

    def __init__(self, make: Callable[[], Opener]):
        self._make = make
        self._opener: Opener | None = None

    def open(self, claim: Claim) -> str:
        """The arm of a claimed slot; see `conduct.ports.Opener`."""
        if self._opener is None:
            self._opener = self._make()
        return self._opener.open(claim)


def _opener(folder: TrialFolder, trial: Trial, claims: Callable[[str], list[Claim]]) -> Opener:
    """What opens slots: by the settings, and for the list that was recorded."""
    if folder.simulated:
        return ListOpener(read_list(folder.allocation))
    facts = loaded_list(trial)
    if facts is None:
        raise AllocationError(
            "no allocation list is loaded",
            where=str(folder.path),
            rule="ALLOCATION-STRATUM",
            remedy="load the sealed list of the trial with `equipoise allocation load`",
        )
    sealed = read_sealed(folder.path / "list" / "sealed.json")
    maker = signing_public_key(folder.path / "list" / "signing.pub")
    if sealed.sha256 != facts["LI_SHA256"] or raw(maker) != facts["LI_MAKER"]:
        raise AllocationError(
            "the list in the folder is not the one that was loaded",
            where=str(folder.path / "list"),
            rule="ALLOCATION-HASH",
            remedy="stop randomization; restore the list from a copy",
        )
    asked = read_settings(folder.path).opener
    if asked.kind == "key-file":
        word = os.environ.get(asked.passphrase_env) if asked.passphrase_env else None
        key = folder.path / asked.key
        if not key.is_file():
            raise AllocationError(
                "the key that opens slots is not there",
                where=str(key),
                rule="ALLOCATION-KEY",
                remedy="put the maker's opening.key there, or let the maker open: opener.kind in settings.toml",
            )
        return KeyFile(sealed, opening_key(key, word))
    return VendorService(_address(asked.address, folder.path), signing_key(folder.path / asked.claims), maker, claims)


def _address(text: str, folder: Path) -> Path | tuple[str, int]:
    """A Unix socket's path, or host and port."""
    host, _, port = text.rpartition(":")
    if host and port.isdigit():
        return host, int(port)
    if text:
        return folder / text
    raise StorageError(
        "opener.address is empty",
        where=str(folder / FILE),
        rule="SETTINGS",
        remedy="write the path of the maker's socket, or host:port",
    )
