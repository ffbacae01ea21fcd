"""Whole simulated trials in memory, from the protocol to the results table, for calibration and tests."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from equipoise.allocation.lists import ListOpener, generate
from equipoise.allocation.specification import specification
from equipoise.analysis.analyse import analyse
from equipoise.conduct.trial import Trial
from equipoise.datasets import build
from equipoise.days import day_of
from equipoise.protocol.history import ProtocolHistory
from equipoise.protocol.load import load_history
from equipoise.protocol.sealed import load_restricted
from equipoise.records.cuts import Cut
from equipoise.simulate.clock import SimulatedClock
from equipoise.simulate.scenario import load_scenario
from equipoise.simulate.streams import whole_number
from equipoise.simulate.trial import Simulated, simulate_trial
from equipoise.store.allocations import MemoryAllocations
from equipoise.store.entropy import SeededEntropy
from equipoise.store.memory import MemoryLedger

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "msc-sr-agvhd"
SCENARIO = FOLDER / "scenarios" / "published.yaml"


@dataclass(frozen=True, slots=True)
class Replicate:
    """One simulated trial: its results, the FFS times of each arm (days, event), and what it cost in seconds."""

    results: pl.DataFrame
    ffs: dict[str, tuple[np.ndarray, np.ndarray]]
    records: int
    conduct_seconds: float
    all_seconds: float


def trial_in_memory(history: ProtocolHistory, seed: int, replicate: int = 0) -> Trial:
    """A trial without records, ready to be simulated: list, salts and clock come from the seed."""
    protocol = history.latest
    restricted = load_restricted(FOLDER / protocol.randomization.restricted.file)
    spec = specification(protocol.randomization, restricted, protocol.strata)
    allocations = MemoryAllocations()
    for stratum in spec.strata:
        allocations.prepare(spec.scheme, stratum, spec.length)
    entropy = SeededEntropy(whole_number(seed, "salts", replicate))
    return Trial(
        protocols=history,
        ledger=MemoryLedger(protocol.trial.id, entropy),
        allocations=allocations,
        opener=ListOpener(generate(spec, seed=whole_number(seed, "allocation list", replicate))),
        clock=SimulatedClock(),
        entropy=entropy,
        via="simulation",
    )


def simulated(seed: int, replicate: int = 0, observation: str = "realistic") -> tuple[Trial, Simulated]:
    """The index trial, conducted by chance."""
    trial = trial_in_memory(load_history(FOLDER), seed, replicate)
    return trial, simulate_trial(trial, load_scenario(SCENARIO), seed, replicate, observation)


def analysed(seed: int, replicate: int, observation: str = "realistic") -> Replicate:
    """The index trial, conducted by chance and analysed."""
    begun = time.process_time()
    trial, outcome = simulated(seed, replicate, observation)
    conducted = time.process_time()
    protocol = trial.protocols.latest
    assert protocol.trial.data_cutoff is not None
    cut = Cut(as_of=trial.clock.now(), cutoff=day_of(protocol.trial.data_cutoff))
    datasets = build(trial.ledger.read(), protocol, cut)
    results = analyse(datasets, protocol)
    ended = time.process_time()
    free = datasets.adtte.filter((pl.col("PARAMCD") == "FFS") & (pl.col("ITTFL") == "Y"))
    ffs = {
        arm: (frame["AVAL"].to_numpy(), (frame["CNSR"] == 0).to_numpy())
        for (arm,), frame in free.partition_by("TRTP", as_dict=True).items()
    }
    return Replicate(results, ffs, outcome.records, conducted - begun, ended - begun)
