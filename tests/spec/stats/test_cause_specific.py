"""Cause-specific Cox regression. Source: Prentice et al. 1978, Biometrics 34:541-554."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cause_specific_cox, cox

title = "The hazard of one cause among those free of any"


def test_another_cause_ends_follow_up_without_an_event():
    # who has cause 2 at time 2 is at risk at time 1 only: t / (2 t + 1) x t / (t + 0), then 1 is alone
    fit = cause_specific_cox([1, 2, 3], [1, 2, 1], [1, 0, 1])
    # t / (2 t + 1) rises for ever
    assert fit.monotone.tolist() == [True]
    # causes 5 of interest and 9 censored: three subjects of test_cox, greatest at t = 1 / sqrt(2)
    fit = cause_specific_cox([1, 1, 2, 3], [3, 5, 5, 5], [1, 1, 0, 1], cause_of_interest=5, censor_code=9, entry=None)
    # the competing event at time 1 is tied with the event and still at risk: t / (3 t + 1) x 1 / (1 + t)
    t = np.sqrt(1 / 3)
    assert_allclose(fit.hazard_ratio, [t])
    assert fit.n_events == 3


def test_it_is_cox_regression_of_the_indicator_with_every_option():
    random = np.random.default_rng(2)
    n = 40
    time, cause, x = random.integers(2, 12, n), random.integers(0, 3, n), random.normal(size=(n, 2))
    options = {
        "strata": random.integers(0, 2, n),
        "ties": "breslow",
        "entry": np.ones(n),
        "weights": random.integers(1, 3, n),
        "cluster": random.integers(0, 9, n),
        "conf_level": 0.9,
    }
    one, other = cause_specific_cox(time, cause, x, cause_of_interest=2, **options), cox(time, cause == 2, x, **options)
    assert_allclose([one.coef, one.std_error, one.lower], [other.coef, other.std_error, other.lower])
    penalized = cause_specific_cox(time, cause, x, penalty="firth")
    assert_allclose(penalized.coef, cox(time, cause == 1, x, penalty="firth").coef)


def test_a_cause_that_does_not_occur_is_refused():
    with pytest.raises(AnalysisDataError, match="cause 4 does not occur"):
        cause_specific_cox([1, 2], [1, 0], [1, 0], cause_of_interest=4)
    with pytest.raises(AnalysisDataError, match="not whole numbers"):
        cause_specific_cox([1, 2], [0.5, 0], [1, 0])
