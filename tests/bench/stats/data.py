"""The data of the race: follow-up with two causes, two groups, four strata and ten covariates, the same for all.

Kept as plain binary files, which Python and R read alike. Nothing here needs more than numpy, as the peers' environment
runs it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

COVARIATES = 10
EFFECT = np.array([0.5, -0.25, 0.1, 0.0, 0.2, 0.0, -0.1, 0.05, 0.0, 0.0])
DTYPES = {"time": np.float64, "cause": np.int64, "group": np.int64, "stratum": np.int64, "covariates": np.float64}


@dataclass(frozen=True)
class Data:
    """Follow-up of n subjects.

    time in days, float64 [n]; cause int64 [n]: 0 censored, 1 of interest, 2 competing; group int64 [n], 0 or 1; stratum
    int64 [n], 0 to 3; covariates float64 [n, 10], standard normal. `few` are the first two covariates, in one piece.
    """

    time: np.ndarray
    cause: np.ndarray
    group: np.ndarray
    stratum: np.ndarray
    covariates: np.ndarray

    @property
    def n(self) -> int:
        return self.time.size

    @property
    def event(self) -> np.ndarray:
        """Whether the event of interest was seen, int64 [n]."""
        return (self.cause == 1).astype(np.int64)

    @property
    def few(self) -> np.ndarray:
        return np.ascontiguousarray(self.covariates[:, :2])

    def first(self, n: int) -> Data:
        """The first n subjects."""
        return Data(self.time[:n], self.cause[:n], self.group[:n], self.stratum[:n], self.covariates[:n])

    def of(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Time and cause of a group."""
        return self.time[self.group == group], self.cause[self.group == group]


def draw(n: int, *, whole_days: bool, seed: int = 1) -> Data:
    """About 40 % with the event of interest, 30 % with the competing event, 30 % censored; half gone in 200 days."""
    rng = np.random.default_rng(seed)
    covariates = rng.standard_normal((n, COVARIATES))
    group, stratum = rng.integers(0, 2, n), rng.integers(0, 4, n)
    risk = np.exp(covariates @ EFFECT + 0.2 * group + 0.1 * stratum)
    ends = rng.standard_exponential((3, n)) * 700 / np.stack([np.ones(n), risk, np.ones(n)])
    cause, time = ends.argmin(axis=0), ends.min(axis=0)
    return Data(np.ceil(time) if whole_days else time, cause, group, stratum, covariates)


def save(data: Data, folder: Path) -> None:
    """One file a column, in the byte order of the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, dtype in DTYPES.items():
        column = getattr(data, name)
        np.ascontiguousarray(column, np.int32 if dtype is np.int64 else dtype).tofile(folder / f"{name}.bin")


def load(folder: Path) -> Data:
    """What `save` wrote."""

    def column(name: str) -> np.ndarray:
        stored = np.int32 if DTYPES[name] is np.int64 else DTYPES[name]
        return np.fromfile(folder / f"{name}.bin", stored).astype(DTYPES[name], copy=False)

    columns = {name: column(name) for name in DTYPES}
    return Data(**columns | {"covariates": columns["covariates"].reshape(-1, COVARIATES)})
