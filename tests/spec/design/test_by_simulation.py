"""What design promises, shown by simulated subjects and trials."""

from __future__ import annotations

import numpy as np
import pytest

from equipoise import design, stats

title = "Trials of the planned size have the planned power"
SIGMA = 4.9
"""Standard errors that one in a million exceeds, on two sides."""


def draws(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def piecewise_times(uniform: np.ndarray, rates: tuple[float, ...], starts: tuple[float, ...]) -> np.ndarray:
    """Times of a piecewise constant hazard: the cumulative hazard at the event is -log(U)."""
    wanted, out, used = -np.log(uniform), np.full(uniform.size, np.inf), 0.0
    for rate, start, end in zip(rates, starts, (*starts[1:], np.inf), strict=True):
        here = (wanted >= used) & (wanted < used + rate * (end - start))
        out[here] = start + (wanted[here] - used) / rate
        used += rate * (end - start)
    return out


def test_as_many_subjects_have_their_event_as_expected():
    rates, starts, lost, end, n = (0.3, 0.05, 0.2), (0.0, 2.0, 3.0), 0.07, 6.0, 1_000_000
    random = draws(31)
    # entry at rate 2 for one unit of time, then at rate 1 for three
    place = random.random(n) * 5
    entry = np.where(place < 2, place / 2, 1 + (place - 2))
    event = piecewise_times(random.random(n), rates, starts)
    drop_out = -np.log(random.random(n)) / lost
    seen = (event < drop_out) & (entry + event < end)
    expected = design.accrual([1, 4], [2, 1]).events_by(end, design.piecewise_hazard(rates, starts), lost)
    assert abs(seen.mean() - expected) < SIGMA * np.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize("method", ["schoenfeld", "lachin_foulkes"])
def test_the_log_rank_test_has_the_power(method):
    """3,000 trials; the formulas are approximations, so 2 points more than the Monte-Carlo error are granted."""
    size = design.sample_size_survival(
        0.10, 0.6, accrual=design.accrual(12), follow_up=8, alpha_two_sided=0.05, method=method, drop_out_control=0.02
    )
    n = design.rounded_up(size.n_control)
    group = np.repeat([0, 1], n)
    rejected, n_trials = 0, 3_000
    random = draws(32)
    for _ in range(n_trials):
        u = random.random((3, 2 * n))
        event = -np.log(u[0]) / np.where(group == 1, 0.06, 0.10)
        censored = np.minimum(-np.log(u[1]) / 0.02, 20 - 12 * u[2])
        test = stats.log_rank(np.minimum(event, censored), event <= censored, group)
        rejected += test.p_value < 0.05
    assert abs(rejected / n_trials - 0.8) < SIGMA * np.sqrt(0.16 / n_trials) + 0.02


def test_grays_test_has_the_power():
    """1,500 trials whose subdistribution hazards are in the ratio of the design."""
    size = design.sample_size_competing_risks(
        0.3, 0.2, 0.5, accrual=design.accrual(3), follow_up=1, alpha_two_sided=0.05
    )
    n = design.rounded_up(size.n_control)
    group = np.repeat([0, 1], n)
    random = draws(33)
    rejected, events, n_trials = 0, 0, 1_500
    for _ in range(n_trials):
        u = random.random((3, 2 * n))
        # incidence of the event of interest: F = 0.6 (1 - exp(-0.5 t)) in the control arm, else 1 - (1 - F)^0.5
        control_level = np.where(group == 1, 1 - (1 - u[0]) ** 2, u[0])
        of_interest = control_level < 0.6
        when = -np.log1p(-np.where(of_interest, control_level, 0.0) / 0.6) / 0.5
        time = np.where(of_interest, when, -np.log(u[1]) / 0.5)
        seen = 4 - 3 * u[2]
        cause = np.where(time > seen, 0, np.where(of_interest, 1, 2))
        test = stats.gray_test(np.minimum(time, seen), cause, group)
        rejected += test.p_value < 0.05
        events += (cause == 1).sum()
    assert abs(rejected / n_trials - 0.8) < SIGMA * np.sqrt(0.16 / n_trials) + 0.02
    # the events are those expected
    assert abs(events / n_trials / (2 * n) - size.events / size.subjects) < SIGMA * 0.5 / np.sqrt(2 * n * n_trials)
