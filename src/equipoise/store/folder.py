"""A trial's folder: protocol, database, restricted list, and what was written from them.

demo/
  SIMULATED              says so, and lets the demo replace the folder
  protocol/              protocol.yaml, randomization.yaml, published.yaml ... as they were when the trial began
  restricted/            allocation.json: the list, readable by its owner only
  trial.sqlite3          the record log
  heads.json             the heads of its chains, to keep elsewhere
  datasets/ results.csv results.json report.html log.jsonl
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from equipoise.allocation.lists import AllocationList, ListOpener
from equipoise.conduct.ports import Clock, Entropy
from equipoise.conduct.trial import Trial
from equipoise.errors import StorageError
from equipoise.protocol.history import ProtocolHistory
from equipoise.protocol.load import load_history
from equipoise.store.allocations import DatabaseAllocations
from equipoise.store.sqlite import SqliteLedger, open_ledger

MARK = "SIMULATED"
MARK_TEXT = "Every subject and every record in this folder was drawn by chance. It may be removed.\n"


@dataclass(frozen=True, slots=True)
class TrialFolder:
    """Where the files of one trial are."""

    path: Path

    @property
    def protocol(self) -> Path:
        """Folder of the protocol files."""
        return self.path / "protocol"

    @property
    def database(self) -> Path:
        """The record log."""
        return self.path / "trial.sqlite3"

    @property
    def allocation(self) -> Path:
        """The restricted allocation list."""
        return self.path / "restricted" / "allocation.json"

    @property
    def heads(self) -> Path:
        """Heads of the chains at the last milestone."""
        return self.path / "heads.json"

    @property
    def log(self) -> Path:
        """The whole log as canonical lines."""
        return self.path / "log.jsonl"

    @property
    def datasets(self) -> Path:
        """Folder of the analysis datasets."""
        return self.path / "datasets"

    @property
    def results(self) -> Path:
        """The results table."""
        return self.path / "results.csv"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def simulated(self) -> bool:
        """Whether the folder says that all in it is simulated."""
        return (self.path / MARK).is_file()

    def history(self) -> ProtocolHistory:
        """The protocol versions of the trial."""
        return load_history(self.protocol)

    def ledger(self, entropy: Entropy) -> SqliteLedger:
        """The record log, which must be there."""
        return open_ledger(self.database, self.history().latest.trial.id, entropy)


def existing_trial(path: Path) -> TrialFolder:
    """The folder of a trial that has begun.

    Raises:
        StorageError: no trial is there.
    """
    folder = TrialFolder(path)
    if not folder.database.is_file():
        raise StorageError(
            "there is no trial here",
            where=str(path),
            rule="STORE-NOT-THERE",
            remedy="give the folder of a trial: `equipoise begin` makes one, or `equipoise demo` a simulated one",
        )
    return folder


def make_simulated(path: Path, protocol_files: Path) -> TrialFolder:
    """A new folder for a simulated trial; one that an earlier simulation made is replaced.

    Args:
        protocol_files: folder with protocol.yaml and what belongs to it; copied.

    Raises:
        StorageError: the folder holds something else, and nothing in it is touched.
    """
    folder = TrialFolder(path)
    fault = _why_not(path, protocol_files)
    if fault:
        raise StorageError(
            f"{fault}, and nothing in it was touched",
            where=str(path),
            rule="FOLDER-IN-USE",
            remedy="give another folder with --out",
        )
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(mode=0o700, parents=True)  # log and database hold the arms
    (path / MARK).write_text(MARK_TEXT)
    shutil.copytree(protocol_files, folder.protocol)
    folder.allocation.parent.mkdir(mode=0o700)
    return folder


def _why_not(path: Path, protocol_files: Path) -> str:
    """Why a folder is not replaced by a simulation; "" when it may be."""
    if path.is_symlink():
        return "this is a link and not a folder"
    out, files = path.resolve(), protocol_files.resolve()
    if out.is_relative_to(files) or files.is_relative_to(out):
        return "this folder holds the protocol files or lies among them"
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return ""
    mark = path / MARK
    if not mark.is_file() or mark.read_bytes() != MARK_TEXT.encode():
        return "this folder holds something that no simulation wrote"
    return ""


def begin_trial(folder: TrialFolder, allocation: AllocationList, clock: Clock, entropy: Entropy, via: str) -> Trial:
    """Make the database of a trial and get it ready to be conducted with an allocation list."""
    protocols = folder.history()
    ledger = open_ledger(folder.database, protocols.latest.trial.id, entropy, create=True)
    allocations = DatabaseAllocations(ledger)
    for stratum in allocation.spec.strata:
        allocations.prepare(allocation.spec.scheme, stratum, allocation.spec.length)
    return Trial(
        protocols=protocols,
        ledger=ledger,
        allocations=allocations,
        opener=ListOpener(allocation),
        clock=clock,
        entropy=entropy,
        via=via,
    )
