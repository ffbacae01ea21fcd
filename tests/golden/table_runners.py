"""Each kind of entry about tables, ranks and proportions, answered in the form of R's result."""

from __future__ import annotations

from typing import Any

import numpy as np

from equipoise import stats
from tests.golden.entries import Entry, complete, names

Result = Any


def two_by_two(entry: Entry) -> Result:
    """Everything about one 2 x 2 table."""
    cells, level = entry.asked["cells"], entry.asked["conf_level"]
    table = [[cells["arm1_yes"], cells["arm1_no"]], [cells["arm2_yes"], cells["arm2_no"]]]
    both = stats.two_by_two(table, conf_level=level)
    fisher = stats.fisher_exact(table, conf_level=level)
    limits = {"odds_ratio_conditional_mle": fisher.odds_ratio, "lower": fisher.lower, "upper": fisher.upper}
    # where the margins leave no choice R's search ends at 0; the script, like us, says that nothing is known
    of_r = {**limits, "odds_ratio_conditional_mle": np.nan_to_num(fisher.odds_ratio, posinf=np.inf)}
    difference = both.risk_difference

    def chi2(correction: bool) -> Result:
        test = stats.pearson_chi2(table, correction=correction)
        return {"stat": test.chi_square, "p_value": test.p_value}

    def ratio(of: Any) -> Result:
        return {"estimate": of.estimate, "log_se": of.log_std_error, "lower": of.lower, "upper": of.upper}

    def proportion(of: Any) -> Result:
        return {
            "estimate": of.estimate,
            "wilson": of.wilson,
            "wilson_cc": of.wilson_corrected,
            "wilson_from_prop_test": of.wilson,
            "clopper_pearson": of.clopper_pearson,
        }

    return {
        "fisher": {
            "p_two_sided": fisher.p_value,
            "p_less": fisher.p_less,
            "p_greater": fisher.p_greater,
            **of_r,
        },
        "fisher_precise": limits,
        "fisher_mid_p_two_sided": {"value": fisher.p_mid},
        "chisq": {"uncorrected": chi2(False), "yates": chi2(True)},
        "odds_ratio_wald": ratio(both.odds_ratio_wald),
        "odds_ratio_haldane_anscombe": ratio(both.odds_ratio_haldane),
        "risk_ratio_katz": ratio(both.risk_ratio),
        "proportion_arm1": proportion(both.proportions[0]),
        "proportion_arm2": proportion(both.proportions[1]),
        "risk_difference": {
            "estimate": difference.estimate,
            "wald": difference.wald,
            "wald_prop_test_cc": difference.wald_corrected,
            "newcombe": difference.newcombe,
            "newcombe_cc": difference.newcombe_corrected,
            "mee_score": difference.mee,
            "miettinen_nurminen": difference.miettinen_nurminen,
        },
    }


def mantel_haenszel(entry: Entry) -> Result:
    """Tables over strata."""
    tables = [
        [[cells["arm1_yes"], cells["arm1_no"]], [cells["arm2_yes"], cells["arm2_no"]]]
        for cells in entry.asked["strata_cells"]
    ]
    fit = stats.mantel_haenszel(tables, conf_level=entry.asked["conf_level"])
    return {
        "common_odds_ratio": fit.odds_ratio,
        "lower": fit.lower,
        "upper": fit.upper,
        "chisq_uncorrected": fit.test.chi_square,
        "p_uncorrected": fit.test.p_value,
        "chisq_corrected": fit.test_corrected.chi_square,
        "p_corrected": fit.test_corrected.p_value,
        "exact_p": fit.p_exact,
        "exact_conditional_or": fit.odds_ratio_exact,
        "exact_lower": fit.lower_exact,
        "exact_upper": fit.upper_exact,
        "risk_difference": fit.risk_difference,
        "risk_difference_se_greenland_robins": fit.risk_difference_std_error_greenland_robins,
        "risk_difference_se_sato": fit.risk_difference_std_error,
        "risk_difference_sato_lower": fit.risk_difference_lower,
        "risk_difference_sato_upper": fit.risk_difference_upper,
    }


def r_by_c(entry: Entry) -> Result:
    """A table of any size."""
    pearson = stats.pearson_chi2(entry.asked["rows"])
    return {
        "fisher_p": stats.fisher_exact(entry.asked["rows"]).p_value,
        "chisq": pearson.chi_square,
        "df": pearson.degrees_of_freedom,
        "p_value": pearson.p_value,
    }


def trend(entry: Entry) -> Result:
    """Cochran-Armitage test."""
    test = stats.trend_test(entry.asked["events"], entry.asked["totals"], scores=entry.asked["scores"])
    return {"chisq": test.chi_square, "p_value": test.p_value}


def mann_whitney(entry: Entry) -> Result:
    """Mann-Whitney test with Hodges and Lehmann's shift."""
    x, y = (np.atleast_1d(np.array(entry.asked[name], dtype=float)) for name in ("x", "y"))
    x, y = x[~np.isnan(x)], y[~np.isnan(y)]  # as R leaves them out
    by_r = entry.asked["result"]["exact_stats"] is not None  # whatever the size of the samples
    test = stats.mann_whitney(x, y, exact=by_r or None, conf_level=entry.asked["conf_level"])
    assert test.has_ties == entry.asked["has_ties"] or None in [*entry.asked["x"], *entry.asked["y"]]
    # exactRankTests takes the normal approximation where a sample has 50 values or more
    small = max(test.n) < 50
    permutation = test.hodges_lehmann("exact" if small else "normal_uncorrected")
    normal = test.hodges_lehmann("normal")
    without_ties = {"p_value": test.p_exact, **hodges_lehmann(test.hodges_lehmann("exact"))}
    return {
        "w_statistic": test.u,
        "normal_corrected": {"p_value": test.p_corrected, **hodges_lehmann(normal)},
        "normal_uncorrected": {"p_value": test.p_uncorrected},
        "exact_stats": None if test.has_ties else without_ties,
        "exact_permutation": {
            "p_value": test.p_exact if small else test.p_uncorrected,
            "estimate": permutation.estimate,
            "lower": permutation.lower,
            "upper": permutation.upper,
        },
    }


def hodges_lehmann(shift: Any) -> Result:
    """A shift as wilcox.test names it."""
    return {"hodges_lehmann": shift.estimate, "lower": shift.lower, "upper": shift.upper}


def logistic(entry: Entry) -> Result:
    """Logistic regression of the complete cases."""
    asked = entry.asked
    terms = names(asked["covariates"])
    data = complete(entry.data, [asked["outcome"], *terms])
    x = np.column_stack([data[term] for term in terms])
    fit = stats.logistic(data[asked["outcome"]], x, conf_level=asked["conf_level"])
    lower, upper = fit.profile_limits()
    return {
        "n": fit.n,
        "terms": ["(Intercept)", *terms],
        "coef": fit.coef,
        "se": fit.std_error,
        "z": fit.z,
        "p_value": fit.p_value,
        "odds_ratio": fit.odds_ratio,
        "or_lower_wald": fit.lower,
        "or_upper_wald": fit.upper,
        "or_lower_profile": lower,
        "or_upper_profile": upper,
        "deviance": fit.deviance,
        "null_deviance": fit.null_deviance,
        "loglik": fit.loglik,
    }
