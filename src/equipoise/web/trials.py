"""The trial of this server, opened for one request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from equipoise.conduct.trial import Trial
from equipoise.protocol.history import ProtocolHistory
from equipoise.store.entropy import SystemEntropy
from equipoise.store.folder import TrialFolder
from equipoise.store.live import SystemClock, open_trial


@lru_cache(maxsize=4)
def _history(folder: Path) -> ProtocolHistory:
    return TrialFolder(folder).history()


def history() -> ProtocolHistory:
    """The protocol versions of the trial."""
    return _history(settings.TRIAL)


def open_here() -> Trial:
    """The trial; whoever opens it closes its ledger."""
    return open_trial(settings.TRIAL, entropy=SystemEntropy(), clock=SystemClock(), via="web", protocols=history())


@contextmanager
def opened() -> Iterator[Trial]:
    """The trial for the time of a block."""
    trial = open_here()
    try:
        yield trial
    finally:
        trial.ledger.close()
