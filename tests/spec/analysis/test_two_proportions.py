"""Response of two arms. Source: Zhao et al. 2022, J Hematol Oncol 15:22 (82 of 99 and 70 of 99 responded at day 28)."""

from __future__ import annotations

from math import comb, exp, log, sqrt

import pytest

from analysis_frames import Table, datasets_of
from analysis_trial import protocol
from equipoise.analysis.analyse import analyse

title = "Odds ratio, risk difference and both P values of the index trial"


def arm(name: str, events: int, n: int, **more) -> list[dict]:
    return [{"arm": name, "yes": {"OR28": k < events}, **more} for k in range(n)]


@pytest.fixture(scope="module")
def results():
    return Table(analyse(datasets_of([*arm("MSC", 82, 99), *arm("CONTROL", 70, 99)]), protocol()))


def versus(results: Table, statistic: str, subgroup: str = "", analysis: str = "OR28") -> float:
    return results.value(analysis, "MSC vs CONTROL", statistic, subgroup=subgroup)


def test_counts_and_proportions(results):
    for group, events in (("MSC", 82), ("CONTROL", 70)):
        assert results.value("OR28", group, "n") == 99
        assert results.value("OR28", group, "events") == events
        assert results.value("OR28", group, "proportion") == pytest.approx(events / 99, rel=1e-11)


def test_odds_ratio_is_that_of_the_paper(results):
    """2.00 (1.01 to 3.94); by hand 82 x 29 / (17 x 70) with Woolf's interval."""
    ratio = 82 * 29 / (17 * 70)
    width = 1.959963984540054 * sqrt(1 / 82 + 1 / 17 + 1 / 70 + 1 / 29)
    expected = (ratio, exp(log(ratio) - width), exp(log(ratio) + width))
    found = tuple(versus(results, f"odds_ratio{end}") for end in ("", "_lower", "_upper"))
    assert found == pytest.approx(expected, rel=1e-10)
    assert tuple(round(number, 2) for number in found) == (2.00, 1.01, 3.94)


def test_pearson_p_is_that_of_the_paper_and_fisher_p_is_not(results):
    """The paper prints 0.043 and names Fisher's test: it is Pearson's without correction. Fisher's is above 0.05."""
    chi2 = 198 * (82 * 29 - 17 * 70) ** 2 / (99 * 99 * 152 * 46)
    assert chi2 == pytest.approx(4.0778, abs=1e-4)  # tail probability of 4.0778 at one degree of freedom: 0.0434
    assert round(versus(results, "p_pearson"), 3) == 0.043
    ways = [comb(99, k) * comb(99, 152 - k) for k in range(53, 100)]
    observed = comb(99, 82) * comb(99, 70)
    by_hand = sum(way for way in ways if way <= observed) / comb(198, 152)
    assert versus(results, "p_fisher") == pytest.approx(by_hand, rel=1e-9)
    assert versus(results, "p_fisher") > 0.05


def test_risk_difference_has_newcombe_interval(results):
    """12/99, and the interval from Wilson's limits of both proportions (Newcombe 1998, method 10)."""
    z = 1.959963984540054

    def wilson(x: int) -> tuple[float, float]:
        middle, half = 2 * x + z**2, z * sqrt(z**2 + 4 * x * (1 - x / 99))
        return (middle - half) / (2 * (99 + z**2)), (middle + half) / (2 * (99 + z**2))

    (low1, high1), (low2, high2) = wilson(82), wilson(70)
    p1, p2 = 82 / 99, 70 / 99
    lower = p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    upper = p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    found = [versus(results, f"risk_difference{end}") for end in ("", "_lower", "_upper")]
    assert found == pytest.approx([12 / 99, lower, upper], rel=1e-10)


def test_a_subgroup_that_nobody_is_in_is_not_estimable(results):
    row = results.row("OR28", "MSC vs CONTROL", "odds_ratio", subgroup="grade=IV")
    assert (row["value"], row["text"]) == (None, "not estimable")
    assert results.value("OR28", "MSC", "n", subgroup="grade=IV") == 0


def test_an_arm_where_all_responded_gets_half_a_subject_in_every_cell():
    """10 of 10 against 5 of 10: (10.5 x 5.5) / (0.5 x 5.5) = 21 (Haldane and Anscombe)."""
    subjects = [*arm("MSC", 10, 10), *arm("CONTROL", 5, 10)]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert versus(found, "odds_ratio") == pytest.approx(21.0)


def test_where_all_answers_are_alike_there_is_no_odds_ratio():
    found = Table(analyse(datasets_of([*arm("MSC", 5, 5), *arm("CONTROL", 6, 6)]), protocol()))
    assert found.text("OR28", "MSC vs CONTROL", "odds_ratio") == "not estimable"
    assert found.text("OR28", "MSC vs CONTROL", "p_pearson") == "not estimable"
    assert versus(found, "p_fisher") == 1.0
    assert versus(found, "risk_difference") == 0.0


def test_no_interaction_where_the_odds_ratio_is_the_same_in_every_grade():
    """12/16 against 8/16 (odds ratio 3) in grade II, 6/8 against 4/8 (3) in grade III: the fit is exact, P = 1."""
    subjects = [
        *arm("MSC", 12, 16),
        *arm("CONTROL", 8, 16),
        *arm("MSC", 6, 8, grade="III"),
        *arm("CONTROL", 4, 8, grade="III"),
    ]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert versus(found, "p_interaction", "grade") == pytest.approx(1.0, abs=1e-6)
    assert versus(found, "odds_ratio", "grade=II") == pytest.approx(3.0)


def test_interaction_where_the_effect_is_opposite_by_grade():
    """9/10 against 1/10 and 1/10 against 9/10: with marginal proportions of a half, no main effect fits anything.

    Then the model without interaction predicts one half everywhere, and the likelihood ratio is
    2 x 40 x (0.9 ln 1.8 + 0.1 ln 0.2) = 29.45, at one degree of freedom P = 5.7e-8.
    """
    subjects = [
        *arm("MSC", 9, 10),
        *arm("CONTROL", 1, 10),
        *arm("MSC", 1, 10, grade="III"),
        *arm("CONTROL", 9, 10, grade="III"),
    ]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert 80 * (0.9 * log(1.8) + 0.1 * log(0.2)) == pytest.approx(29.4455, abs=1e-3)
    assert versus(found, "p_interaction", "grade") == pytest.approx(5.75e-8, rel=0.02)


def test_the_as_treated_analysis_moves_cross_overs():
    subjects = [*arm("MSC", 2, 3), *arm("CONTROL", 1, 3), *arm("CONTROL", 1, 1, TRT01A="MSC", yes={"OR56AT": True})]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert [found.value("OR56_AS_TREATED", group, "n") for group in ("MSC", "CONTROL")] == [4, 3]
    assert [found.value("OR56", group, "n") for group in ("MSC", "CONTROL")] == [3, 4]
    assert found.value("OR56_AS_TREATED", "MSC", "events") == 1


def test_per_protocol_leaves_out_subjects_with_important_deviations():
    subjects = [*arm("MSC", 2, 3), *arm("MSC", 1, 1, PPROTFL="N"), *arm("CONTROL", 1, 3)]
    found = Table(analyse(datasets_of(subjects), protocol()))
    assert [found.value("OR28_PP", "MSC", name) for name in ("n", "events")] == [3, 2]
    assert [found.value("OR28", "MSC", name) for name in ("n", "events")] == [4, 3]
