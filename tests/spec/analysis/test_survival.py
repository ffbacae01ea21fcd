"""Survival and competing risks, by hand. Source: Kaplan & Meier 1958; Aalen & Johansen 1978."""

from __future__ import annotations

import pytest

from analysis_frames import Table, datasets_of
from analysis_trial import protocol
from equipoise.analysis.analyse import analyse

title = "Curves, horizons and medians from five subjects an arm"

MONTH = 30.4375


def subjects(arm: str, *times: tuple[float, int], code: str = "OS", **more) -> list[dict]:
    return [{"arm": arm, "time": {code: time}, **more} for time in times]


@pytest.fixture(scope="module")
def survival():
    """MSC: deaths on days 100 and 200, three alive on 400; control: on 50, 100, 150, 300, one censored on 200."""
    msc = subjects("MSC", (100, 1), (200, 1), (400, 0), (400, 0), (400, 0))
    control = subjects("CONTROL", (50, 1), (100, 1), (150, 1), (200, 0), (300, 1))
    return Table(analyse(datasets_of([*msc, *control]), protocol()))


def test_survival_at_the_horizons(survival):
    """6 months is day 183, 12 months day 365. MSC: 4/5, then 3/5. Control: 2/5 from day 150, 0 from day 300."""
    assert survival.value("OS", "MSC", "survival", at=6.0) == pytest.approx(4 / 5)
    assert survival.value("OS", "MSC", "survival", at=12.0) == pytest.approx(3 / 5)
    assert survival.value("OS", "CONTROL", "survival", at=6.0) == pytest.approx(2 / 5)
    assert survival.value("OS", "CONTROL", "survival", at=12.0) == pytest.approx(0.0)


def test_medians_are_in_months(survival):
    """Control falls below one half on day 150. MSC never does."""
    row = survival.row("OS", "CONTROL", "median")
    assert (row["value"], row["unit"]) == (pytest.approx(150 / MONTH), "months")
    assert survival.text("OS", "MSC", "median") == "not reached"


def test_the_curve_starts_at_one_and_steps_at_each_death(survival):
    points = {
        round(row["at"] * MONTH): row["value"]
        for row in survival.rows.values()
        if row["analysis"] == "OS:curve" and row["group"] == "CONTROL" and row["statistic"] == "survival"
    }
    assert points == {0: 1.0, 50: pytest.approx(0.8), 100: pytest.approx(0.6), 150: pytest.approx(0.4), 300: 0.0}
    assert survival.value("OS:curve", "CONTROL", "censored", at=pytest.approx(200 / MONTH)) == 1


def test_numbers_at_risk_every_six_months_up_to_the_last_horizon(survival):
    numbers = {
        row["at"]: row["value"]
        for row in survival.rows.values()
        if row["analysis"] == "OS:curve" and row["group"] == "MSC" and row["statistic"] == "at_risk"
    }
    assert numbers == {0.0: 5, 6.0: 4, 12.0: 3, 18.0: 0, 24.0: 0, 30.0: 0, 36.0: 0}


def test_hazard_ratio_with_follow_up_cut_at_a_horizon_forgets_what_came_later(survival):
    """Cut at day 183 the control arm has three deaths and MSC one: log-rank by hand.

    Day 50: 10 at risk (5 in MSC), 1 death; day 100: 9 (5), 2 deaths; day 150: 7 (4), 1 death.
    Expected in MSC: 5/10 + 2 x 5/9 + 4/7; variance: 1/4 + 2 (5/9)(4/9)(7/8) + (4/7)(3/7).
    """
    expected = 5 / 10 + 2 * 5 / 9 + 4 / 7
    variance = 1 / 4 + 2 * (5 / 9) * (4 / 9) * (7 / 8) + (4 / 7) * (3 / 7)
    chi2 = (1 - expected) ** 2 / variance
    from scipy.stats import chi2 as distribution

    p = survival.value("OS", "MSC vs CONTROL", "p_log_rank", at=6.0)
    assert p == pytest.approx(distribution.sf(chi2, 1), rel=1e-9)
    assert survival.value("OS", "MSC vs CONTROL", "p_log_rank") != p


def test_a_stratified_model_is_reported_under_its_own_name(survival):
    """With one grade the stratified model is the model itself."""
    plain = survival.value("OS", "MSC vs CONTROL", "hazard_ratio")
    assert survival.value("OS_STRATIFIED_GRADE", "MSC vs CONTROL", "hazard_ratio") == pytest.approx(plain)
    assert "stratified" in survival.row("OS_STRATIFIED_GRADE", "MSC vs CONTROL", "p_wald")["method"]


def test_an_arm_without_events_has_no_finite_hazard_ratio():
    data = [*subjects("MSC", (300, 0), (300, 0)), *subjects("CONTROL", (50, 1), (80, 1))]
    found = Table(analyse(datasets_of(data), protocol()))
    assert found.value("OS", "MSC vs CONTROL", "hazard_ratio") == 0.0
    assert found.text("OS", "MSC vs CONTROL", "hazard_ratio_lower") == "not estimable"
    assert found.value("OS", "MSC", "survival", at=6.0) == 1.0
    assert 0 < found.value("OS", "MSC vs CONTROL", "p_log_rank") < 1


def test_cumulative_incidence_with_a_competing_event():
    """Five in the MSC arm: chronic GVHD day 100, death day 150, chronic GVHD day 200, two censored on day 500.

    Day 100: 1/5. Day 200: 1/5 + (4/5 x 3/4) x 1/3 = 2/5. One minus Kaplan-Meier would give 7/15.
    """
    times = [(100, 1), (150, 3), (200, 1), (500, 0), (500, 0)]
    data = [*subjects("MSC", *times, code="CGVHD"), *subjects("CONTROL", *[(90, 1)] * 3, code="CGVHD")]
    found = Table(analyse(datasets_of(data), protocol()))
    assert found.value("CGVHD", "MSC", "cumulative_incidence", at=12.0) == pytest.approx(2 / 5)
    assert found.value("CGVHD", "MSC", "events") == 2
    points = [
        (round(row["at"] * MONTH), row["value"])
        for row in found.rows.values()
        if (row["analysis"], row["group"], row["statistic"]) == ("CGVHD:curve", "MSC", "cumulative_incidence")
    ]
    assert sorted(points) == [(0, 0.0), (100, pytest.approx(0.2)), (200, pytest.approx(0.4))]


def test_the_published_analysis_of_chronic_gvhd_leaves_cross_overs_out_and_the_other_does_not():
    data = [
        *subjects("MSC", (100, 1), (300, 0), code="CGVHD"),
        *subjects("CONTROL", (100, 1), (300, 0), code="CGVHD"),
        *subjects("CONTROL", (90, 1), code="CGVHD", MITTFL="N"),
    ]
    found = Table(analyse(datasets_of(data), protocol()))
    assert found.value("CGVHD", "CONTROL", "n") == 2
    assert found.value("CGVHD_ITT", "CONTROL", "n") == 3


def test_no_event_of_a_cause_leaves_nothing_to_compare():
    found = Table(analyse(datasets_of([*subjects("MSC", (100, 0)), *subjects("CONTROL", (90, 0))]), protocol()))
    for statistic in ("subdistribution_hazard_ratio", "p_wald", "p_gray"):
        assert found.text("RELAPSE", "MSC vs CONTROL", statistic) == "not estimable"
    assert found.value("RELAPSE", "MSC", "cumulative_incidence", at=36.0) == 0.0


def test_follow_up_is_observed_time_and_potential_follow_up():
    """Observed: 100, 200, 400, 400, 400 days; potential (reverse Kaplan-Meier): nobody is lost before day 400."""
    msc = subjects("MSC", (100, 1), (200, 1), (400, 0), (400, 0), (400, 0))
    found = Table(analyse(datasets_of([*msc, *subjects("CONTROL", (50, 1))]), protocol()))
    observed = {
        name: found.value("FOLLOW_UP", "MSC", name, endpoint="observed") for name in ("median", "minimum", "maximum")
    }
    assert observed == {
        name: pytest.approx(days / MONTH) for name, days in (("median", 400), ("minimum", 100), ("maximum", 400))
    }
    assert found.value("FOLLOW_UP", "MSC", "median", endpoint="reverse_km") == pytest.approx(400 / MONTH)
    assert found.text("FOLLOW_UP", "CONTROL", "median", endpoint="reverse_km") == "not reached"
