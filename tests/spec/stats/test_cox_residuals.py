"""Residuals, checks and predictions of a Cox model by hand and as R has them.

Source: Therneau, Grambsch & Fleming 1990, Biometrika 77:147-160; Schoenfeld 1982, Biometrika 69:239-241; Grambsch &
Therneau 1994, Biometrika 81:515-526. R's numbers: cox_residuals.json, made by cox_residuals.R.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from equipoise.errors import AnalysisDataError
from equipoise.stats import cox

title = "Who failed sooner or later than the model says"

R = json.loads((Path(__file__).parent / "cox_residuals.json").read_text())
OPTIONS = {
    "plain": {},
    "breslow": {"ties": "breslow"},
    "strata": {"strata": "stratum"},
    "weights_breslow": {"weights": "weight", "ties": "breslow"},
    "entry_weights": {"entry": "entry", "weights": "weight"},
    "entry_strata_weights": {"entry": "entry", "strata": "stratum", "weights": "weight"},
    "entry_weights_cluster": {"entry": "entry", "weights": "weight", "cluster": "cluster"},
}
PRECISION = {"rtol": 1e-8, "atol": 1e-9}
"""R stops when the log-likelihood gains less than 1e-13 of itself, and its file has 15 digits."""


def fitted(name):
    """The model of that name in the file."""
    data = R["data"]
    options = {key: data.get(value, value) for key, value in OPTIONS[name].items()}
    return cox(data["time"], data["event"], np.column_stack([data["a"], data["b"]]), **options)


@pytest.mark.parametrize("name", OPTIONS)
def test_estimates_and_residuals_of_each_row_are_those_of_r(name):
    fit, theirs = fitted(name), R["fits"][name]
    assert_allclose(fit.coef, theirs["coef"], **PRECISION)
    assert_allclose(fit.covariance, theirs["covariance"], **PRECISION)
    assert_allclose(fit.martingale_residuals(), np.ravel(theirs["martingale"]), **PRECISION)
    assert_allclose(fit.deviance_residuals(), np.ravel(theirs["deviance"]), **PRECISION)
    assert_allclose(fit.score_residuals(), theirs["score"], **PRECISION)
    assert_allclose(fit.dfbeta_residuals(), theirs["dfbeta"], **PRECISION)


@pytest.mark.parametrize("name", OPTIONS)
def test_schoenfeld_residuals_are_those_of_r_in_the_order_of_the_data(name):
    fit, theirs = fitted(name), R["fits"][name]
    event = np.array(R["data"]["event"]) == 1
    time = np.array(R["data"]["time"])[event]
    stratum = np.array(R["data"]["stratum"])[event] if "strata" in name else np.zeros(time.size)
    by_stratum_and_time = np.lexsort((time, stratum))  # R's order
    assert_allclose(fit.schoenfeld_residuals()[by_stratum_and_time], theirs["schoenfeld"], **PRECISION)
    assert_allclose(fit.schoenfeld_residuals(scaled=True)[by_stratum_and_time], theirs["scaledsch"], **PRECISION)


@pytest.mark.parametrize("name", OPTIONS)
def test_checks_of_proportional_hazards_are_those_of_cox_zph(name):
    fit = fitted(name)
    for transform, chi_squares in R["fits"][name]["proportionality"].items():
        test = fit.proportional_hazards_test(np.sqrt if transform == "root" else transform)
        ours = [*(one.chi_square for one in test.covariates), test.overall.chi_square]
        assert_allclose(ours, chi_squares, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", OPTIONS)
def test_concordance_is_that_of_r(name):
    value = fitted(name).concordance()
    assert_allclose([value.value, value.std_error], R["fits"][name]["concordance"], rtol=1e-10)


@pytest.mark.parametrize("name", OPTIONS)
def test_predicted_survival_and_its_limits_are_those_of_survfit(name):
    theirs = R["fits"][name]["predicted"]
    new = [[0, 0], [1, 1.3]]
    if "strata" in name:  # R gives one curve a row of new data, one after the other
        parts = [fitted(name).predict_survival(row, stratum=1) for row in new]
    else:
        parts = [fitted(name).predict_survival(new)]
    assert np.concatenate([part.time for part in parts]).tolist() == theirs["time"]
    survival, lower, upper = (
        np.concatenate([getattr(part, column).T for part in parts]) for column in ("survival", "lower", "upper")
    )
    assert_allclose(survival, theirs["survival"], **PRECISION)
    assert_allclose(lower, theirs["lower"], **PRECISION)
    assert_allclose(upper, theirs["upper"], **PRECISION)


def test_martingale_residuals_by_hand():
    # hazard ratio t = 1 / sqrt(2); increments of the hazard 1/(2t+1), 1/(1+t), 1/t; row 2 has x = 0
    fit = cox([3, 1, 2], [1, 1, 1], [1, 1, 0])
    t = np.sqrt(1 / 2)
    steps = np.cumsum([1 / (2 * t + 1), 1 / (1 + t), 1 / t])
    expected = [1 - t * steps[2], 1 - t * steps[0], 1 - steps[1]]
    assert_allclose(fit.martingale_residuals(), expected)
    # sign(r) sqrt(-2 (r + log(1 - r))), as all had an event
    r = np.array(expected)
    assert_allclose(fit.deviance_residuals(), np.sign(r) * np.sqrt(-2 * (r + np.log(1 - r))))
    # mean x at risk at times 1, 2, 3: 2t/(2t+1), t/(1+t), 1
    assert_allclose(fit.schoenfeld_residuals()[:, 0], [0, 1 - 2 * t / (2 * t + 1), -t / (1 + t)], atol=1e-12)


def test_residuals_of_a_left_out_covariate_do_not_spoil_the_others():
    x = np.array([1.0, 0, 1, 0, 1])
    both, alone = (cox([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], y) for y in (np.column_stack([x, 1 - x]), x))
    assert_allclose(both.dfbeta_residuals()[:, 0], alone.dfbeta_residuals()[:, 0])
    assert np.isnan(both.dfbeta_residuals()[:, 1]).all()
    scaled = both.schoenfeld_residuals(scaled=True)
    assert_allclose(scaled[:, 0], alone.schoenfeld_residuals(scaled=True)[:, 0])
    assert np.isnan(scaled[:, 1]).all()
    assert_allclose(both.predict_survival([[1, 0]]).std_error, alone.predict_survival([[1]]).std_error)


def test_predicted_survival_by_hand():
    # hazard of x = 0 after the times: sums of 1/(2t+1), 1/(1+t), 1/t; survival of x = 1 has t times that
    fit = cox([1, 2, 3], [1, 1, 1], [1, 0, 1])
    t = np.sqrt(1 / 2)
    hazard = np.cumsum([1 / (2 * t + 1), 1 / (1 + t), 1 / t])
    predicted = fit.predict_survival([[0], [1]])
    assert_allclose(predicted.survival, np.exp(-np.outer([1, t], hazard)))
    assert_allclose(predicted.at([0.5, 1, 2.5]), np.exp(-np.outer([1, t], [0, hazard[0], hazard[1]])))


def test_what_cannot_be_predicted_is_refused():
    fit = cox([1, 2, 3, 4], [1, 1, 1, 0], [1, 0, 1, 0], strata=[1, 1, 1, 2])
    with pytest.raises(AnalysisDataError, match="there is no event in stratum 1"):
        fit.predict_survival([[0]], stratum=1)
    with pytest.raises(AnalysisDataError, match="there are 2 covariates, and 1 in the model"):
        fit.predict_survival([[0, 1]])
    with pytest.raises(AnalysisDataError, match="missing or infinite"):
        fit.predict_survival([[0], [np.nan]])
    with pytest.raises(AnalysisDataError, match="the covariates are not numbers"):
        fit.predict_survival([["male"]])
    with pytest.raises(AnalysisDataError, match="'loglog' is not one of"):
        fit.predict_survival([[0]], conf_type="loglog")
    with pytest.raises(AnalysisDataError, match="'cube' is not one of km, rank, identity, log"):
        fit.proportional_hazards_test("cube")
    with pytest.raises(AnalysisDataError, match="there are 1 values for 3 event times"):
        fit.proportional_hazards_test(lambda time: time[:1])


def test_concordance_is_missing_where_no_pair_can_be_compared():
    # both fail at the same time
    value = cox([1, 1], [1, 1], [0, 1]).concordance()
    assert np.isnan([value.value, value.std_error]).all()
