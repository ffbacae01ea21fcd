"""The scenario that ships, and a trial simulated from it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from equipoise.datasets.source import read_source
from equipoise.days import day_of
from equipoise.protocol.load import load_history
from equipoise.records.cuts import Cut
from equipoise.simulate import chart as charts
from equipoise.simulate.scenario import load_scenario
from equipoise.simulate.trial import simulate_trial
from tests.calibration.replicates import trial_in_memory


@pytest.fixture(scope="session")
def scenario_path(index_protocol_path):
    return index_protocol_path.parent / "scenarios" / "published.yaml"


@pytest.fixture(scope="session")
def scenario(scenario_path):
    return load_scenario(scenario_path)


@pytest.fixture(scope="session")
def small(scenario):
    """The scenario with 36 subjects screened, of whom two withdraw and one is excluded."""
    accrual = scenario.accrual.model_copy(update={"screened": 36, "withdraw_consent": 2, "excluded": 1})
    return scenario.model_copy(update={"accrual": accrual})


@pytest.fixture(scope="session")
def history(index_protocol_path):
    return load_history(index_protocol_path.parent)


def conducted(history, scenario, seed=5, replicate=0, observation="perfect"):
    """A small trial by chance, with the charts of its sites: what was true of each subject."""
    trial = trial_in_memory(history, seed, replicate)
    kept = []

    class Kept(charts.Chart):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kept.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("equipoise.simulate.trial.Chart", Kept)
        outcome = simulate_trial(trial, scenario, seed, replicate, observation)
    return SimpleNamespace(trial=trial, outcome=outcome, charts={chart.subject: chart for chart in kept})


@pytest.fixture(scope="session")
def perfect(history, small):
    return conducted(history, small)


@pytest.fixture(scope="session")
def realistic(history, small):
    return conducted(history, small, observation="realistic")


def derived(run):
    """What state makes of the records of a simulated trial, under both cuts."""
    protocol = run.trial.protocols.latest
    cut = Cut(as_of=run.trial.clock.now(), cutoff=day_of(protocol.trial.data_cutoff))
    return read_source(run.trial.ledger.read(), protocol, cut)
