"""What the estimators refuse, and in which words."""

from __future__ import annotations

import pkgutil

import numpy as np
import pytest

from equipoise import stats
from equipoise.errors import AnalysisDataError

title = "Data that cannot be analysed as asked"

REFUSED = [
    # call, rule, words
    (
        lambda: stats.kaplan_meier([1, np.nan, 3], [1, 1, 1]),
        "STATS-MISSING",
        "Kaplan-Meier, time: 1 of 3 values are missing",
    ),
    (lambda: stats.kaplan_meier([1, np.inf], [1, 1]), "STATS-MISSING", "in row 1"),
    (
        lambda: stats.kaplan_meier([1, -2, -3], [1, 1, 1]),
        "STATS-TIME",
        "2 of 3 values are negative; the first is in row 1",
    ),
    (lambda: stats.kaplan_meier([], []), "STATS-EMPTY", "there is no subject"),
    (lambda: stats.kaplan_meier([1, 2], [1]), "STATS-LENGTH", "1 values for 2 subjects"),
    (lambda: stats.kaplan_meier([1, 2], [1, 2]), "STATS-EVENT", "neither 0 nor 1"),
    (lambda: stats.kaplan_meier(["a", "b"], [1, 1]), "STATS-NUMBER", "not numbers"),
    (lambda: stats.kaplan_meier([[1, 2]], [1, 1]), "STATS-SHAPE", "2 dimensions"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1], conf_type="loglog"), "STATS-OPTION", "'loglog' is not one of log-log,"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1], conf_level=95), "STATS-LEVEL", "95 is not between 0 and 1"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1], entry=[0, 2]), "STATS-ENTRY", "not before the end of follow-up"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1], weights=[1, -1]), "STATS-WEIGHT", "negative"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1], weights=[0, 0]), "STATS-EMPTY", "all weights are 0"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1]).quantile(50), "STATS-LEVEL", "50 is not between 0 and 1"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1]).restricted_mean(-1), "STATS-TIME", "-1 is not a positive number"),
    (lambda: stats.log_rank([1, 2], [1, 1], ["a", None]), "STATS-MISSING", "log-rank test, group: 1 of 2 values"),
    (lambda: stats.log_rank([1, 2], [1, 1], [1.0, np.nan]), "STATS-MISSING", "in row 1"),
    (lambda: stats.log_rank([1, 2], [1, 1], [[1, 2]]), "STATS-SHAPE", "2 dimensions"),
    (
        lambda: stats.log_rank([1, 2], [1, 1], np.array(["2026-01-01", "NaT"], "datetime64[D]")),
        "STATS-MISSING",
        "log-rank test, group: 1 of 2 values are missing; the first is in row 1",
    ),
    (
        lambda: stats.log_rank([1, 2], [1, 1], np.array([1, "a"], object)),
        "STATS-LABEL",
        "log-rank test, group: the labels have no order among them",
    ),
    (lambda: stats.log_rank([1, 2], [1, 1], ["a", "b"], rho=np.nan), "STATS-WEIGHT", "rho nan"),
    (lambda: stats.log_rank([1, 2], [1, 1], ["a", "b"], gamma=-1), "STATS-WEIGHT", "gamma -1"),
    (lambda: stats.log_rank_trend([1, 2], [1, 1], ["a", "b"], rho=np.inf), "STATS-WEIGHT", "rho inf"),
    (lambda: stats.gray_test([1, 2], [1, 1], ["a", "b"], rho=np.nan), "STATS-WEIGHT", "rho nan"),
    (lambda: stats.kaplan_meier(["1", "2"], [1, 1]), "STATS-NUMBER", "Kaplan-Meier, time: the values are not numbers"),
    (lambda: stats.kaplan_meier([[1, 2], [3]], [1, 1]), "STATS-NUMBER", "time: the values are not numbers"),
    (lambda: stats.kaplan_meier([1, 2j], [1, 1]), "STATS-NUMBER", "time: the values are not numbers"),
    (
        lambda: stats.kaplan_meier(np.array(["2026-01-01", "2026-02-01"], "datetime64[D]"), [1, 1]),
        "STATS-NUMBER",
        "Kaplan-Meier, time: the values are not numbers",
    ),
    (lambda: stats.kaplan_meier(np.array([1, 2], "timedelta64[D]"), [1, 1]), "STATS-NUMBER", "not numbers"),
    (lambda: stats.cox([1, 2], [1, 1], ["a", "b"]), "STATS-NUMBER", "covariates are not numbers"),
    (
        lambda: stats.cox([1, 2], [1, 1], np.ma.array([[0.0, 1], [1, 1]], mask=[[0, 0], [0, 1]])),
        "STATS-MISSING",
        "Cox regression, covariates: 1 of 2 values are missing or infinite; the first is in row 1",
    ),
    (lambda: stats.cox([1, 2], [1, 1], ["0", "1"]), "STATS-NUMBER", "covariates are not numbers"),
    (lambda: stats.logistic([0, 1], [1, 2j]), "STATS-NUMBER", "covariates are not numbers"),
    (
        lambda: stats.fine_gray([1, 2], [1, 2], np.array(["1960-01-01", "1970-01-01"], "datetime64[D]")),
        "STATS-NUMBER",
        "covariates are not numbers",
    ),
    (lambda: stats.cox([1, 2], [1, 1], [[0, np.nan], [1, 1]]), "STATS-MISSING", "Cox regression, covariates"),
    (lambda: stats.cox([1, 2], [1, 1], np.empty((2, 0))), "STATS-SHAPE", "shape (2, 0)"),
    (lambda: stats.cox([1, 2], [1, 1], [0, 1], ties="exact"), "STATS-OPTION", "efron, breslow"),
    (lambda: stats.cumulative_incidence([1, 2], [0.5, 1]), "STATS-CAUSE", "not whole numbers"),
    (lambda: stats.cumulative_incidence([1, 2], [1, 0], variance="aalen"), "STATS-OPTION", "cmprsk, survival"),
    (
        lambda: stats.fine_gray([1, 2], [1, 2], [0, 1], time_varying="age"),
        "STATS-SHAPE",
        "Fine-Gray regression, time_varying: the time-varying terms are not a list",
    ),
    (
        lambda: stats.fine_gray([1, 2, 3], [1, 2, 1], [[0, 7], [1, 7], [1, 7]]),
        "STATS-COLLINEAR",
        "covariates that say nothing of their own: number 2",
    ),
    (
        lambda: stats.impute_binary([1, 0, 2, None], list("abab"), seed=1),
        "STATS-EVENT",
        "1 of 4 values are neither 0, 1 nor missing; the first is in row 2",
    ),
    (
        lambda: stats.rpsft([1, 2], [1, 1], ["a", "a"], [0, 1], [3, 3]),
        "STATS-NOTHING-TO-COMPARE",
        "structural failure time, arm: there is 1 arm",
    ),
    (
        lambda: stats.ipcw([1, 2, 3], [1, 1, 1], ["a", "b", "c"], [None, None, None]),
        "STATS-GROUP",
        "weights for switching, arm: there are 3 arms, not 2",
    ),
    (lambda: stats.barnard([[0, 0], [1, 2]]), "STATS-SHAPE", "Barnard's test: the table has shape (2, 2)"),
    (lambda: stats.two_by_two([[1, 2, 3], [1, 2, 3]]), "STATS-SHAPE", "(2, 3)"),
    (lambda: stats.two_by_two([[0, 0], [1, 2]]), "STATS-SHAPE", "row totals [0, 3]"),
    (lambda: stats.fisher_exact([[1, -1], [1, 2]]), "STATS-COUNT", "not counts"),
    (lambda: stats.fisher_exact([[0, 0], [0, 0]]), "STATS-EMPTY", "the table is empty"),
    (
        lambda: stats.fisher_exact([[3, 1], [1, 3]], replicates=100, seed=1),
        "STATS-OPTION",
        "the test of a 2 x 2 table is exact",
    ),
    (
        lambda: stats.fisher_exact([[1, 2, 3], [3, 2, 1]], replicates=100, seed=-1),
        "STATS-SEED",
        "the seed is not a whole number",
    ),
    (
        lambda: stats.fine_gray([1, 2, 3], [1, 2, 1], [0, 1, 1]).predict([1, 2]),
        "STATS-SHAPE",
        "there are 2 covariates and 0 time-varying ones, where the model has 1 and 0",
    ),
    (
        lambda: stats.fine_gray([1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0]).predict([1]).at(np.nan),
        "STATS-MISSING",
        "Fine-Gray regression, times asked for",
    ),
    (
        lambda: stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).baseline_hazard()[0].at(np.nan),
        "STATS-MISSING",
        "Cox regression, times asked for",
    ),
    (lambda: stats.fisher_exact([1, 2]), "STATS-SHAPE", "shape (2,)"),
    (lambda: stats.fisher_exact([["a", 1], [1, 2]]), "STATS-NUMBER", "not made of numbers"),
    (lambda: stats.mantel_haenszel([[1, 2], [3, 4]]), "STATS-SHAPE", "shape (2, 2)"),
    (lambda: stats.log_rank([1, 2], [1, 1], ["a", "b"], rho=np.inf), "STATS-WEIGHT", "rho inf"),
    (lambda: stats.gray_test([1, 2], [1, 1], ["a", "b"], rho=np.inf), "STATS-WEIGHT", "rho inf"),
    (
        lambda: stats.gray_test([1, 2], [1, 1], ["a", "b"], cause_of_interest=0),
        "STATS-CAUSE",
        "Gray's test, cause_of_interest: the cause of interest and a censored time have the same code 0",
    ),
    (
        lambda: stats.cause_specific_cox([1, 2], [1, 2], [0, 1], cause_of_interest=2, censor_code=2),
        "STATS-CAUSE",
        "have the same code 2",
    ),
    (lambda: stats.fine_gray([1, 2], [1, 0], [0, 1], cause_of_interest=0), "STATS-CAUSE", "have the same code 0"),
    (
        lambda: stats.max_combo([1, 2, 3, 4], [0, 0, 0, 0], list("abab")),
        "STATS-NOTHING-TO-COMPARE",
        "max-combo test: there is nothing to compare",
    ),
    (lambda: stats.max_combo([1, np.nan], [0, 0], list("ab")), "STATS-MISSING", "max-combo test, time"),
    (
        lambda: stats.ipcw([2, 3, 4, 5], [1, 1, 1, 1], list("abab"), [1, 1, 1, 1]),
        "STATS-NO-EVENTS",
        "weights for switching: the arms cannot be compared in what switches leave of follow-up: there is no event",
    ),
    (
        lambda: fine_gray_of_four().proportionality_test(lambda day: [1, 2, 3]),
        "STATS-LENGTH",
        "there are 3 values for 2 event times",
    ),
    (
        lambda: fine_gray_of_four().proportionality_test(lambda day: 1 / 0),
        "STATS-TIME-FUNCTION",
        "the function of time fails with ZeroDivisionError",
    ),
    (lambda: changing(lambda day: 1 / 0), "STATS-TIME-FUNCTION", "day: the function of time fails with ZeroDivision"),
    (lambda: changing(lambda day: "a"), "STATS-TIME-FUNCTION", "day: the function of time gives no numbers"),
    (
        lambda: stats.years_lost([1, 2], [1, 2], tau=1, group=["a", "b"]).of("c"),
        "STATS-GROUP",
        "years lost: there is no group 'c'",
    ),
    (
        lambda: stats.impute_binary([1, 0, None, 1], list("abab"), seed=1, n_imputations=2).complete(2),
        "STATS-OPTION",
        "there is no imputation 2",
    ),
]


def fine_gray_of_four():
    return stats.fine_gray([1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0])


def changing(function):
    """A Fine-Gray model with a covariate times `function`."""
    term = stats.TimeVarying(covariate=[1, 0, 1, 0], function=function, name="day")
    return stats.fine_gray([1, 2, 3, 4], [1, 2, 2, 1], None, time_varying=[term])


def imputed(**arguments):
    return stats.impute_binary([1, 0, None, 1], list("abab"), seed=1, **arguments)


def structural(**arguments):
    return stats.rpsft([1, 2, 4, 2, 4, 8], [1] * 6, [0, 0, 0, 1, 1, 1], [0, 0, 0, 2, 4, 8], [9] * 6, **arguments)


def weighted(**arguments):
    return stats.ipcw([2, 4, 6, 1, 3, 5], [1, 1, 1, 1, 1, 0], list("eeeccc"), [None] * 4 + [2, None], **arguments)


NOT_ONE_NUMBER = [
    # call, argument
    (lambda: stats.kaplan_meier([1, 2], [1, 1], conf_level="0.9"), "conf_level"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1], conf_level=None), "conf_level"),
    (lambda: stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1], conf_level=[0.9]), "conf_level"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1]).quantile([0.25, 0.5]), "quantile"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1]).quantile("a"), "quantile"),
    (lambda: stats.kaplan_meier([1, 2], [1, 1]).restricted_mean("a"), "restricted mean"),
    (lambda: stats.years_lost([1, 2], [1, 2], tau="a"), "tau"),
    (lambda: stats.log_rank([1, 2], [1, 1], ["a", "b"], rho="a"), "rho"),
    (lambda: stats.log_rank([1, 2], [1, 1], ["a", "b"], gamma=None), "gamma"),
    (lambda: stats.gray_test([1, 2], [1, 1], ["a", "b"], rho="a"), "rho"),
    (lambda: stats.rubin([1, 2], [1, 1], complete_df="a"), "complete_df"),
    (lambda: stats.rubin([1, 2], [1, 1], null="a"), "null"),
    (lambda: imputed(delta="a"), "delta"),
    (lambda: imputed(delta={"a": "x"}), "delta"),
    (lambda: structural(search=("a", 1)), "search"),
    (lambda: weighted(truncate="a"), "truncate"),
    (lambda: weighted().survival_difference("a"), "survival"),
]
NOT_A_WHOLE_NUMBER = [
    (lambda value: structural(n_grid=value), "n_grid"),
    (lambda value: imputed(n_imputations=value), "n_imputations"),
    (lambda value: imputed(n_imputations=2).complete(value), "imputation"),
    (lambda value: weighted(n_bootstrap=value, seed=1), "n_bootstrap"),
    (lambda value: stats.fisher_exact([[1, 2, 3], [3, 2, 1]], replicates=value, seed=1), "replicates"),
    (lambda value: stats.cumulative_incidence([1, 2], [1, 2], censor_code=value), "censor_code"),
    (lambda value: stats.gray_test([1, 2], [1, 2], ["a", "b"], cause_of_interest=value), "cause_of_interest"),
    (lambda value: stats.fine_gray([1, 2], [1, 2], [0, 1], censor_code=value), "censor_code"),
    (lambda value: stats.cumulative_incidence([1, 2], [1, 2]).at(1, cause=value), "cause"),
]
NOT_TIMES = [
    lambda times: stats.kaplan_meier([1, 2], [1, 1]).at(times),
    lambda times: stats.cumulative_incidence([1, 2], [1, 2]).at(times),
    lambda times: stats.compare_survival([1, 2, 1, 2], [1, 1, 1, 1], list("aabb"), at=times),
    lambda times: stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).baseline_hazard()[0].at(times),
    lambda times: stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1]).predict_survival(times),
    lambda times: fine_gray_of_four().predict(times),
    lambda times: fine_gray_of_four().predict([1]).at(times),
]


@pytest.mark.parametrize(("call", "argument"), NOT_ONE_NUMBER)
def test_an_argument_that_is_not_one_number_is_refused_by_its_name(call, argument):
    with pytest.raises(AnalysisDataError, match="is not one number") as refusal:
        call()
    assert refusal.value.rule == "STATS-NUMBER"
    assert refusal.value.where.endswith(f", {argument}")


@pytest.mark.parametrize("value", [2.5, "a", np.inf, np.nan, 2**63])
@pytest.mark.parametrize(("call", "argument"), NOT_A_WHOLE_NUMBER)
def test_an_argument_that_is_not_a_whole_number_is_refused_by_its_name(call, argument, value):
    with pytest.raises(AnalysisDataError, match=r"is not (one|a whole) number") as refusal:
        call(value)
    assert refusal.value.rule == "STATS-NUMBER"
    assert refusal.value.where.endswith(f", {argument}")


@pytest.mark.parametrize("times", ["a", [[1], [1, 2]]])
@pytest.mark.parametrize("call", NOT_TIMES)
def test_times_and_covariates_asked_for_that_are_not_numbers_are_refused(call, times):
    with pytest.raises(AnalysisDataError, match="are not numbers") as refusal:
        call(times)
    assert refusal.value.rule == "STATS-NUMBER"


def test_a_whole_number_may_be_of_any_type():
    whole = [stats.cumulative_incidence([1, 2], [1, 3], censor_code=code).causes for code in (3, 3.0, np.int8(3))]
    assert whole == [(1,), (1,), (1,)]


@pytest.mark.parametrize(("call", "rule", "words"), REFUSED)
def test_refusals_say_what_is_wrong_where_and_what_to_do(call, rule, words):
    with pytest.raises(AnalysisDataError) as refusal:
        call()
    assert refusal.value.rule == rule
    assert words in str(refusal.value)
    assert refusal.value.where
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "call",
    [
        lambda **kwargs: stats.kaplan_meier([1, 2], [1, 0], **kwargs),
        lambda **kwargs: stats.cox([1, 2, 3], [1, 1, 1], [1, 0, 1], **kwargs),
        lambda **kwargs: stats.fine_gray([1, 2, 3, 4], [1, 2, 2, 1], [1, 0, 1, 0], **kwargs),
    ],
)
def test_no_argument_is_silently_ignored(call):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        call(time_varies="age")


def test_a_name_that_the_package_does_not_have():
    with pytest.raises(AttributeError, match="no attribute 'kaplan'"):
        stats.kaplan  # noqa: B018
    assert "kaplan_meier" in dir(stats)


def test_no_module_hides_a_function_of_the_same_name():
    """Importing a module puts it under its name into the package."""
    modules = {module.name for module in pkgutil.iter_modules(stats.__path__)}
    assert not modules & set(stats.__all__)


def test_a_list_of_columns_of_covariates_is_told_how_a_table_lies():
    with pytest.raises(AnalysisDataError, match="there are 2 values for 3 subjects") as refused:
        stats.cox([1, 2, 3], [1, 1, 0], [[1, 2, 3], [1, 0, 1]])
    assert "one column a covariate" in refused.value.remedy
