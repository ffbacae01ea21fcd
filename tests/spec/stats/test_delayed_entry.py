"""Cumulative incidence and follow-up of subjects who were observed only from later on."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.stats import cumulative_incidence, kaplan_meier, reverse_kaplan_meier

title = "A subject counts as at risk only after its entry"

ENTRY = [0, 0, 1, 2, 0, 3, 1, 4]
TIME = [3, 5, 4, 6, 7, 8, 2, 9]
CAUSE = [1, 2, 1, 0, 2, 1, 0, 2]


def test_numbers_at_risk_and_incidence_by_hand():
    curves = cumulative_incidence(TIME, CAUSE, entry=ENTRY).of()
    # day 2: five entered before it (0, 0, 0, 1, 1); day 3: less the one censored on day 2, plus the one of day 2
    assert curves.at_risk.tolist() == [5, 5, 5, 5, 4, 3, 2, 1]
    # day 3: 1/5 | day 4: 1/5 + 4/5 x 1/5 | day 8: 9/25 + (4/5)^3 x 2/3 x 1/2
    assert_allclose(
        curves.incidence[0], [0, 1 / 5, 9 / 25, 9 / 25, 9 / 25, 9 / 25, 9 / 25 + 64 / 375, 9 / 25 + 64 / 375]
    )
    # day 5: (4/5)^2 x 1/5 | day 7: + (4/5)^3 x 1/3 | day 9: + (4/5)^3 x 2/3 x 1/2
    assert_allclose(curves.incidence[1], np.array([0, 0, 0, 48, 48, 112, 112, 176]) / 375)


def test_the_survival_variance_agrees_with_r():
    """survfit(Surv(entry, time, factor(cause, 0:2)) ~ 1, id=1:8)$std.err, R 4.2.2, survival 3.5-3."""
    curves = cumulative_incidence(TIME, CAUSE, entry=ENTRY, variance="survival").of()
    one = [0, 0.178885438199983, *[0.197261248095007] * 4, 0.207369071589405, 0.207369071589405]
    two = [0, 0, 0, 0.125086849828429, 0.125086849828429, 0.200858365429382, 0.200858365429382, 0.207369071589405]
    assert_allclose(curves.std_error, [one, two], rtol=1e-13, atol=1e-15)
    # survfit(Surv(entry, time, cause > 0) ~ 1): std.err times surv
    free = [0, 0.178885438199983, 0.202385770250776, *[0.198296747325820] * 2, 0.192078996094682, 0.154230803475638, 0]
    assert_allclose(curves.event_free_std_error, free, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("conf_type", "lower", "upper"),
    [  # survfit(..., conf.type=) of cause 1 at day 8, as above
        ("log", 0.2467158473918911, 1),
        ("plain", 0.124230754843924, 0.937102578489409),
        ("log-log", 0.11976681057251946, 0.827638926353223),
    ],
)
def test_limits_agree_with_r(conf_type, lower, upper):
    at = cumulative_incidence(TIME, CAUSE, entry=ENTRY, variance="survival", conf_type=conf_type).at(8)
    assert_allclose([at.lower[0], at.upper[0]], [lower, upper], rtol=1e-12)


def test_the_cmprsk_variance_counts_those_at_risk_at_each_event():
    """No package gives it: by hand from Gray's formula with the numbers then at risk."""
    curves = cumulative_incidence(TIME, CAUSE, entry=ENTRY).of()
    # day 3, F = 1/5: the event adds 1/5, without a further term: (1/5)^2
    # day 4, F = 9/25: the first event added 1/5 - (9/25 - 1/5)/4 = 4/25, the second adds 4/25: 2 (4/25)^2
    assert_allclose(curves.std_error[0, 1:3] ** 2, [1 / 25, 32 / 625])
    assert curves.variance == "cmprsk"


def test_entry_at_the_start_changes_nothing():
    follow_up = np.array([4, 2, 2, 5, 1, 3, 2, 6]), np.array([1, 2, 1, 0, 2, 0, 1, 2])
    group = np.array([0, 1] * 4)
    plain = cumulative_incidence(*follow_up, group=group)
    late = cumulative_incidence(*follow_up, group=group, entry=np.zeros(8))
    for one, other in zip(plain.curves, late.curves, strict=True):
        for name in ("time", "at_risk", "censored", "incidence", "std_error", "std_error_survival", "lower", "upper"):
            assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12, err_msg=name)


def test_who_enters_between_two_times_is_at_risk_in_between():
    fit = cumulative_incidence(TIME, CAUSE, entry=ENTRY)
    # just before day 3.5 the subject of entry 3 has come, and that of entry 4 has not: 5 at risk on day 4 already
    assert fit.at([3, 3.5, 4, 9.5]).at_risk.tolist() == [5, 5, 5, 0]
    assert kaplan_meier([3, 9], [1, 1], entry=[0, 5]).at([4, 5, 6]).at_risk.tolist() == [0, 0, 1]


def test_potential_follow_up_with_entry_and_weights():
    """survfit(Surv(entry, time, 1 - event) ~ 1), R 4.2.2: at risk 4, 4, 3, 2, 1."""
    late = {"entry": [0, 1, 0, 2, 1]}
    curve = reverse_kaplan_meier([2, 3, 4, 5, 6], [1, 0, 1, 0, 1], **late)
    assert curve.at_risk.tolist() == [4, 4, 3, 2, 1]
    assert_allclose(curve.survival, [1, 3 / 4, 3 / 4, 3 / 8, 3 / 8])
    doubled = reverse_kaplan_meier([2, 3, 4, 5, 6], [1, 0, 1, 0, 1], weights=[2] * 5, **late)
    assert_allclose(doubled.survival, curve.survival)
    assert doubled.n_events == 2 * curve.n_events == 4
