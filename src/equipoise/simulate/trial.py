"""A whole trial by chance: virtual subjects at virtual sites, conducted through the same actions as a real one."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from equipoise.conduct.sites import lock, open_site
from equipoise.conduct.trial import Trial
from equipoise.days import MONTH_DAYS, day_of
from equipoise.errors import ScenarioError, TrialErrors
from equipoise.protocol.model import Protocol
from equipoise.records.record import SUBJECT
from equipoise.simulate.chart import ELIGIBLE, EXCLUDED, WITHDRAWS, Chart
from equipoise.simulate.clock import SimulatedClock
from equipoise.simulate.habits import all_habits
from equipoise.simulate.people import People
from equipoise.simulate.run import Run
from equipoise.simulate.scenario import Scenario
from equipoise.simulate.staff import MANAGER, Staff
from equipoise.simulate.streams import Draws
from equipoise.simulate.transforms import choice

Progress = Callable[[float], object]
_OPENING, _SCREENING, _CLOSING = "08:00", "08:30", "18:00"
_CLOSED_BEFORE_LOCK = 5
LOCK_REASON = "SIMULATED trial complete: data entered, reviewed and clean"


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was simulated. Everything in it is SIMULATED.

    subjects: screened, in order. randomized: of them. records: versions in the log. locked: the instant of the lock.
    """

    scenario: str
    observation: str
    seed: int
    replicate: int
    subjects: tuple[str, ...]
    randomized: tuple[str, ...]
    records: int
    locked: datetime


def simulate_trial(
    trial: Trial,
    scenario: Scenario,
    seed: int,
    replicate: int = 0,
    observation: str = "realistic",
    progress: Progress | None = None,
) -> Simulated:
    """Conduct a trial by chance, from the first site to the lock of the database.

    Args:
        trial: a trial without records, whose clock is a `SimulatedClock`.
        seed, replicate: the same two give the same log, byte for byte.
        observation: name of an observation model of the scenario.
        progress: told the part that is done, 0 to 1, at each simulated day.

    Raises:
        ScenarioError: the scenario does not fit the protocol.
    """
    run = _run(trial, scenario, observation)
    staff = _open(run, scenario)
    draws = Draws(seed, replicate)
    _schedule(run, _people(run, draws), staff, draws)
    locks = staff[0].instant(run.cutoff + scenario.accrual.lock_days_after_cutoff, _CLOSING)
    with collection_paused():
        _conduct(run, locks, progress)
    run.clock.set(locks)
    lock(trial, by=MANAGER, reason=LOCK_REASON)
    if progress is not None:
        progress(1.0)
    subjects = trial.subjects()
    return Simulated(
        scenario=scenario.id,
        observation=observation,
        seed=seed,
        replicate=replicate,
        subjects=tuple(subjects),
        randomized=tuple(key for key in subjects if trial.subject(key).randomized),
        records=sum(head.position for head in trial.ledger.heads().values()),
        locked=locks,
    )


def _people(run: Run, draws: Draws) -> People:
    """The virtual subjects of a replicate."""
    gives_msc = {arm.id: "msc" in arm.treatments for arm in run.trial.protocols.latest.arms}
    return People(run.scenario, run.observation, draws, gives_msc)


def _open(run: Run, scenario: Scenario) -> list[Staff]:
    """Open every site of the protocol on the first day; returns who works there."""
    protocol = run.trial.protocols.latest
    staff = [Staff(site.id, site.time_zone or protocol.trial.time_zone) for site in protocol.sites]
    run.clock.set(staff[0].instant(day_of(scenario.accrual.first_day), _OPENING))
    with run.trial.unit_of_work():
        for each in staff:
            open_site(run.trial, by=MANAGER, site=each.site)
    return staff


def _run(trial: Trial, scenario: Scenario, observation: str) -> Run:
    """The run, if scenario, protocol and trial fit each other."""
    about = trial.protocols.latest
    faults = misfits(about, scenario, observation)
    if trial.ledger.units(SUBJECT):
        fault, remedy = "the trial has subjects already", "simulate into a new trial"
        faults.append(ScenarioError(fault, where=f"scenario {scenario.id}", rule="SCENARIO-EMPTY", remedy=remedy))
    if faults:
        raise faults[0] if len(faults) == 1 else TrialErrors(faults)
    assert isinstance(trial.clock, SimulatedClock)
    assert about.trial.data_cutoff is not None
    cutoff, site = day_of(about.trial.data_cutoff), about.sites[0]
    closes = cutoff + scenario.accrual.lock_days_after_cutoff - _CLOSED_BEFORE_LOCK
    return Run(
        trial=trial,
        clock=trial.clock,
        scenario=scenario,
        observation=scenario.observation[observation],
        cutoff=cutoff,
        last_entry=Staff(site.id, site.time_zone or about.trial.time_zone).instant(closes, _CLOSING),
    )


def misfits(protocol: Protocol, scenario: Scenario, observation: str) -> list[ScenarioError]:
    """Why this scenario cannot be simulated under this protocol; empty when it can."""
    arms = {arm.id for arm in protocol.arms}
    fault = partial(ScenarioError, where=f"scenario {scenario.id}")
    faults = []
    if observation not in scenario.observation:
        known = ", ".join(scenario.observation)
        remedy = f"choose one of {known}"
        faults.append(fault(f"there is no observation model {observation}", rule="SCENARIO-OBSERVATION", remedy=remedy))
    if arms != set(scenario.arms):
        said = f"the scenario has the arms {', '.join(sorted(scenario.arms))}, the protocol {', '.join(sorted(arms))}"
        faults.append(fault(said, rule="SCENARIO-ARMS", remedy="name the arms of the protocol in the scenario"))
    if protocol.trial.data_cutoff is None:
        remedy = "give trial.data_cutoff"
        faults.append(fault("the protocol has no data cutoff", rule="SCENARIO-CUTOFF", remedy=remedy))
    return faults


def _schedule(run: Run, people: People, staff: list[Staff], draws: Draws) -> None:
    """Every subject comes to a site on a day, uniformly over the time of accrual."""
    told, n = run.scenario.accrual, run.scenario.accrual.screened
    habits = all_habits(run.observation, draws, n)
    first = day_of(told.first_day)
    days = first + 1 + np.floor(draws.column("accrual", n) * (told.months * MONTH_DAYS - 1)).astype(int)
    weights = (told.site_weights * len(staff))[: len(staff)]
    sites = choice(draws.column("site", n), weights)
    order = np.argsort(draws.column("not randomized", n), kind="stable")
    outcomes = dict.fromkeys(order[: told.withdraw_consent].tolist(), WITHDRAWS)
    outcomes |= dict.fromkeys(order[told.withdraw_consent : told.withdraw_consent + told.excluded].tolist(), EXCLUDED)
    for row in range(n):
        at, day = staff[sites[row]], int(days[row])
        chart = Chart(run, people, at, habits[row], row, day, outcomes.get(row, ELIGIBLE))
        run.at(at.instant(day, _SCREENING), chart.screen)


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for cyclic garbage meanwhile: next to none arises, and each search goes through every record (7 %)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _conduct(run: Run, locks: datetime, progress: Progress | None) -> None:
    """Conduct day after day, each in one unit of work, until nothing is left to happen."""
    begun = run.clock.now()
    whole = (locks - begun) / timedelta(days=1)
    for events in run.queue.days():
        with run.trial.unit_of_work():
            for at, event in events:
                run.clock.set(at)
                event()
        if progress is not None:
            progress(min((run.clock.now() - begun) / timedelta(days=1) / whole, 1.0))
