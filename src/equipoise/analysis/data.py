"""What the analyses read: columns of the randomized subjects, in the order of their keys, as numpy arrays.

Every array has one element a randomized subject unless said. A population is a mask over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from equipoise.arrays import Causes, Flags, Floats
from equipoise.datasets.build import Datasets
from equipoise.datasets.parameters import TREATED, paramcd
from equipoise.datasets.populations import FLAG
from equipoise.errors import AnalysisDataError, ProtocolError

if TYPE_CHECKING:
    from equipoise.protocol.endpoints import Analysis
    from equipoise.protocol.model import Protocol

CONTROL = "control"


@dataclass(frozen=True, slots=True)
class TimeToEvent:
    """Follow-up of an endpoint: days (float64) and cause (int8: 0 censored, 1 event, 2... competing)."""

    time: Floats
    cause: Causes

    def select(self, rows: Flags) -> TimeToEvent:
        """The chosen subjects."""
        return TimeToEvent(self.time[rows], self.cause[rows])

    def cut(self, day: float | None) -> TimeToEvent:
        """Follow-up cut at a day: what came later is censored there; None cuts nothing."""
        if day is None:
            return self
        later = self.time > day
        return TimeToEvent(np.where(later, day, self.time), np.where(later, 0, self.cause).astype(np.int8))


@dataclass(frozen=True, slots=True)
class Answers:
    """A response endpoint: whether, the response in three levels ("" unknown), and the treatment as received."""

    yes: Flags
    level: np.ndarray
    code: np.ndarray
    arm: np.ndarray


class Data:
    """Datasets and protocol, ready for the analyses."""

    def __init__(self, datasets: Datasets, protocol: Protocol):
        self.datasets, self.protocol = datasets, protocol
        self.subjects = datasets.adsl.filter(pl.col("TRT01P").is_not_null()).sort("SUBJID")
        self.arms = tuple(arm.id for arm in protocol.arms)
        controls = [arm.id for arm in protocol.arms if arm.role == CONTROL]
        self.pairs = tuple((arm, controls[0]) for arm in self.arms if arm not in controls) if controls else ()

    @property
    def n(self) -> int:
        """How many subjects were randomized."""
        return self.subjects.height

    def text(self, variable: str) -> np.ndarray:
        """A text variable of ADSL, str; "" where missing."""
        return np.array(self.subjects[variable].cast(pl.String).fill_null("").to_list(), dtype=np.str_)

    def number(self, variable: str) -> Floats:
        """A number of ADSL, float64; NaN where missing."""
        return self.subjects[variable].cast(pl.Float64).fill_null(np.nan).to_numpy()

    def number_of_day(self, variable: str) -> Floats:
        """A date of ADSL as days since 1970-01-01, float64; NaN where missing."""
        return self.subjects[variable].to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()

    def known(self, variable: str) -> Flags:
        """Whether a variable of ADSL is there."""
        return self.subjects[variable].is_not_null().to_numpy()

    @cached_property
    def arm(self) -> np.ndarray:
        """The randomized arm."""
        return self.text("TRT01P")

    @cached_property
    def place(self) -> dict[str, int]:
        """Place of each subject among the randomized."""
        return {subject: place for place, subject in enumerate(self.subjects["SUBJID"].to_list())}

    def members(self, population: str) -> Flags:
        """Whether each subject belongs to a population."""
        if population not in FLAG:
            raise ProtocolError(
                "there is no dataset flag for the population {population}",
                where="analyses",
                rule="ANALYSIS-POPULATION",
                remedy="use one of {known}",
                population=population,
                known=", ".join(FLAG),
            )
        return self.text(FLAG[population]) == "Y"

    def arm_of(self, analysis: Analysis) -> np.ndarray:
        """The arm in which each subject is analysed: as randomized, or by treatment received."""
        return self.text("TRT01A") if self.as_treated(analysis) else self.arm

    def as_treated(self, analysis: Analysis) -> bool:
        """Whether subjects are analysed by treatment received."""
        declared = self.protocol.populations[analysis.population].as_
        return (analysis.as_ or declared) == TREATED

    @cached_property
    def _times(self) -> dict[tuple[object, ...], pl.DataFrame]:
        return self.datasets.adtte.partition_by("PARAMCD", as_dict=True)

    @cached_property
    def _responses(self) -> dict[tuple[object, ...], pl.DataFrame]:
        return self.datasets.adrs.partition_by("PARAMCD", as_dict=True)

    def time_to_event(self, endpoint: str, variant: str | None = None) -> TimeToEvent:
        """Follow-up for a reading of an endpoint."""
        frame = self._aligned(self._times, paramcd(endpoint, variant), "ADTTE")
        return TimeToEvent(frame["AVAL"].to_numpy(), frame["CAUSE"].to_numpy().astype(np.int8))

    def answers(self, endpoint: str, variant: str | None = None) -> Answers:
        """A reading of a response endpoint."""
        frame = self._aligned(self._responses, paramcd(endpoint, variant), "ADRS")
        columns = (frame[name].fill_null("").to_numpy() for name in ("RSPLEVEL", "RSPCODE", "TRTA"))
        level, code, arm = (np.array(column, dtype=np.str_) for column in columns)
        return Answers(frame["AVAL"].to_numpy() == 1, level, code, arm)

    def _aligned(self, parts: dict[tuple[object, ...], pl.DataFrame], code: str, name: str) -> pl.DataFrame:
        """The rows of a parameter in the order of the subjects.

        Raises:
            AnalysisDataError: a randomized subject has no row, or more than one.
        """
        frame = parts.get((code,))
        keys = self.subjects.select("SUBJID")
        rows = keys.clear() if frame is None else keys.join(frame, on="SUBJID", how="inner", maintain_order="left")
        if rows.height != self.n or (frame is not None and rows["SUBJID"].n_unique() != self.n):
            raise AnalysisDataError(
                "{name} has {rows} rows of {code} for {n} randomized subjects",
                where=name,
                rule="ANALYSIS-ROWS",
                remedy="build the datasets from the records again, with the same protocol",
                name=name,
                rows=rows.height,
                code=code,
                n=self.n,
            )
        empty = self.datasets.adtte if name == "ADTTE" else self.datasets.adrs
        return rows if frame is not None else empty.clear()

    def subjects_with(self, frame: pl.DataFrame) -> Flags:
        """Whether each randomized subject has a row in a frame (by SUBJID)."""
        found = np.zeros(self.n, np.bool_)
        for subject in frame["SUBJID"].unique().to_list():
            if subject in self.place:
                found[self.place[subject]] = True
        return found
