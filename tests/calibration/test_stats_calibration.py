"""2,000 simulated data sets: tests reject, and intervals hold the truth, as often as theory says.

`make calibrate` does the same with 20,000 and writes the page. The seed is fixed, so chance can fail it only once.
"""

from __future__ import annotations

import pytest

from tests.calibration.stats_calibration import COVERS, ERRORS, REJECTS, Allowed, counted, error, is_met, many
from tests.calibration.stats_trials import HORIZON, TAU, incidence, restricted_mean, survival

REPLICATES, SEED = 2_000, 2_000


@pytest.fixture(scope="module")
def counts():
    return many(SEED, REPLICATES, workers=2)


@pytest.mark.parametrize("name", REJECTS)
def test_a_test_rejects_as_often_as_it_says(counts, name):
    assert is_met(counts[name], REPLICATES, REJECTS[name]), counts[name]


@pytest.mark.parametrize("name", COVERS)
def test_an_interval_holds_the_truth_as_often_as_it_says(counts, name):
    assert is_met(counts[name], REPLICATES, COVERS[name]), counts[name]


def test_nothing_else_is_counted(counts):
    assert set(counts) == {*REJECTS, *COVERS}


def test_an_interval_of_ninety_per_cent_would_be_found_out():
    nominal = COVERS["hazard ratio, Wald"]
    assert not is_met(round(0.90 * REPLICATES), REPLICATES, nominal)
    assert is_met(round(0.95 * REPLICATES), REPLICATES, nominal)
    # a test of 1 % or of 8 % at a nominal 5 % too
    assert not is_met(round(0.08 * REPLICATES), REPLICATES, REJECTS["Gray"])
    assert not is_met(round(0.01 * REPLICATES), REPLICATES, REJECTS["Gray"])


def test_a_frequency_is_met_within_the_stated_errors_and_no_further():
    # 5 % of 10,000: error 0.218 points
    assert error(5.0, 10_000) == pytest.approx(0.2179, abs=1e-4)
    limit = 500 + ERRORS * 21.79
    assert is_met(int(limit) - 1, 10_000, Allowed(5.0, 5.0))
    assert not is_met(int(limit) + 1, 10_000, Allowed(5.0, 5.0))


def test_a_replicate_depends_on_its_number_only():
    assert counted(7, [3, 4, 5]) == counted(7, [5]) + counted(7, [3]) + counted(7, [4])


def test_the_truth_of_the_second_arm_by_hand():
    """Hazards 0.030, 0.045 and 0.070 a month and 0.025 of the competing cause; shares 0.33, 0.45, 0.22; 12 months."""
    from math import exp

    months = HORIZON / 30.4375
    parts = [(0.33, 0.030), (0.45, 0.045), (0.22, 0.070)]
    free = sum(share * exp(-(rate + 0.025) * months) for share, rate in parts)
    failed = sum(share * rate / (rate + 0.025) * (1 - exp(-(rate + 0.025) * months)) for share, rate in parts)
    assert survival(HORIZON) == pytest.approx(free, rel=1e-12)
    assert incidence(HORIZON) == pytest.approx(failed, rel=1e-12)
    # the area under the true curve, half a day of rounding up for each day on which subjects still are
    area = sum(share * (1 - exp(-(rate + 0.025) * TAU / 30.4375)) / (rate + 0.025) * 30.4375 for share, rate in parts)
    assert restricted_mean(TAU) == pytest.approx(area + (1 - survival(TAU)) / 2, abs=1e-3)
