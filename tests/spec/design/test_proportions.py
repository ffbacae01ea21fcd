"""Sizes and power of proportions. Source: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions;
A'Hern 2001, Stat Med 20:859-866; the index trial (Zhao et al. 2022, J Hematol Oncol 15:22)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binom, norm

from equipoise import design, stats
from equipoise.design import exact_rates
from equipoise.errors import DesignError
from equipoise.stats import hypergeometric

title = "How many subjects a comparison of two proportions needs"


def test_the_index_trial_needs_93_and_randomizes_98():
    size = design.sample_size_two_proportions(0.70, 0.50, alpha_two_sided=0.05, power=0.80, drop_out=0.05)
    # (1.95996 sqrt(2 x 0.6 x 0.4) + 0.84162 sqrt(0.21 + 0.25))^2 / 0.2^2 = (1.357903 + 0.570815)^2 / 0.04
    assert_allclose(size.n_control, (1.3579029 + 0.5708153) ** 2 / 0.04, rtol=1e-6)
    assert size.per_arm == (93, 93)
    assert size.per_arm_inflated == (98, 98)  # 93 / 0.95 = 97.9


def test_the_unpooled_form_gives_91():
    size = design.sample_size_two_proportions(0.70, 0.50, alpha_two_sided=0.05, method="unpooled")
    # (1.95996 + 0.84162)^2 (0.21 + 0.25) / 0.04 = 7.848880 x 11.5
    assert_allclose(size.n_control, 7.8488797 * 11.5, rtol=1e-7)
    assert size.per_arm == (91, 91)


def test_arcsine_by_hand():
    size = design.sample_size_two_proportions(0.75, 0.25, alpha_two_sided=0.05, method="arcsine")
    # arcsin sqrt(3/4) - arcsin sqrt(1/4) = pi/3 - pi/6; the variance of each is 1/4n
    assert_allclose(size.n_control, 7.8488797 / 2 / (math.pi / 6) ** 2, rtol=1e-7)


@pytest.mark.parametrize(
    ("p1", "p2", "printed"),
    [(0.25, 0.40, 357), (0.60, 0.70, 827)],  # table A.4 of Fleiss: alpha 0.01 two-sided, power 0.95
)
def test_sizes_with_continuity_correction_as_fleiss_prints_them(p1, p2, printed):
    size = design.sample_size_two_proportions(p2, p1, alpha_two_sided=0.01, power=0.95, method="pooled_corrected")
    assert round(size.n_control) == printed


@pytest.mark.parametrize("method", ["pooled", "unpooled", "arcsine", "pooled_corrected", "unpooled_corrected"])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 0.4])
def test_the_size_has_the_power(method, ratio):
    size = design.sample_size_two_proportions(0.3, 0.5, alpha_two_sided=0.05, power=0.85, ratio=ratio, method=method)
    power = design.power_two_proportions(
        size.n_experimental, size.n_control, 0.3, 0.5, alpha_two_sided=0.05, method=method
    )
    assert_allclose(power, 0.85, rtol=1e-12)
    assert_allclose(size.n_experimental / size.n_control, ratio, rtol=1e-12)


def test_farrington_and_manning_by_their_likelihood():
    """Restricted rates are those of greatest likelihood on the line that the null hypothesis draws."""
    from equipoise.design.rates import Comparison

    rates = Comparison(p_experimental=0.8, p_control=0.75, null=-0.15)
    experimental, control = rates.restricted(2.0)
    assert_allclose(experimental - control, -0.15, rtol=1e-12)

    def likelihood(p2):
        p1 = p2 - 0.15
        return 2 * (0.8 * np.log(p1) + 0.2 * np.log(1 - p1)) + 0.75 * np.log(p2) + 0.25 * np.log(1 - p2)

    grid = np.linspace(0.16, 0.999, 200_001)
    assert abs(grid[np.argmax(likelihood(grid))] - control) < 1e-5


def test_non_inferiority_without_a_true_difference_unpooled_by_hand():
    size = design.sample_size_two_proportions(
        0.85, 0.85, alpha_one_sided=0.025, power=0.8, null_difference=-0.10, method="unpooled"
    )
    # (1.95996 + 0.84162)^2 x 2 x 0.85 x 0.15 / 0.1^2
    assert_allclose(size.n_control, 7.8488797 * 25.5, rtol=1e-7)


def test_a_margin_as_a_ratio_of_one_is_a_difference_of_none():
    plain = design.sample_size_two_proportions(0.5, 0.3, alpha_one_sided=0.025, ratio=3)
    ratio = design.sample_size_two_proportions(0.5, 0.3, alpha_one_sided=0.025, ratio=3, null_ratio=1.0)
    assert_allclose(ratio.n_control, plain.n_control, rtol=1e-13)


@pytest.mark.parametrize(("n1", "n2"), [(7, 9), (8, 8)])
@pytest.mark.parametrize("method", ["fisher", "chi_square"])
def test_exact_power_is_the_sum_over_all_tables(method, n1, n2):
    p1, p2 = 0.9, 0.3
    expected = 0.0
    for x1 in range(n1 + 1):
        for x2 in range(n2 + 1):
            table = [[x1, n1 - x1], [x2, n2 - x2]]
            if method == "fisher":
                p = stats.fisher_exact(table).p_value
            else:
                p = 1.0 if x1 + x2 in (0, n1 + n2) else stats.pearson_chi2(table).p_value
            expected += (p <= 0.05) * binom.pmf(x1, n1, p1) * binom.pmf(x2, n2, p2)
    ours = design.power_two_proportions(n1, n2, p1, p2, alpha_two_sided=0.05, method=method)
    assert_allclose(ours, expected, rtol=1e-12)


def test_exact_power_as_r_adds_it_up():
    """R: sum over i, j of dbinom x (fisher.test(...)$p.value <= .05), n 20 and 25, rates 0.7 and 0.4."""
    for method, level, expected in (
        ("fisher", {"alpha_two_sided": 0.05}, 0.462500556906024),
        ("chi_square", {"alpha_two_sided": 0.05}, 0.526463691613341),
        ("fisher", {"alpha_one_sided": 0.025}, 0.418650981744452),  # alternative = "greater"
    ):
        ours = design.power_two_proportions(20, 25, 0.7, 0.4, method=method, **level)
        assert_allclose(ours, expected, rtol=1e-12)


def test_one_sided_exact_power_with_equal_arms_is_the_sum_over_all_tables():
    expected = sum(
        binom.pmf(x1, 8, 0.9) * binom.pmf(x2, 8, 0.3)
        for x1 in range(9)
        for x2 in range(9)
        if stats.fisher_exact([[x1, 8 - x1], [x2, 8 - x2]]).p_greater <= 0.025
    )
    ours = design.power_two_proportions(8, 8, 0.9, 0.3, alpha_one_sided=0.025, method="fisher")
    assert_allclose(ours, expected, rtol=1e-12)


def test_the_one_sided_test_has_two_sides_to_look_from():
    up = design.power_two_proportions(20, 25, 0.7, 0.4, alpha_one_sided=0.025, method="fisher")
    down = design.power_two_proportions(20, 25, 0.3, 0.6, alpha_one_sided=0.025, method="fisher")
    assert_allclose(down, up, rtol=1e-12)


def test_fisher_never_exceeds_its_level_and_chi_square_may():
    rates = np.linspace(0.05, 0.95, 19)
    fisher = [design.power_two_proportions(15, 15, p, p, alpha_two_sided=0.05, method="fisher") for p in rates]
    chi = [design.power_two_proportions(15, 15, p, p, alpha_two_sided=0.05, method="chi_square") for p in rates]
    assert max(fisher) <= 0.05 < max(chi)


@pytest.mark.parametrize(
    ("p1", "p2", "method", "ratio"),
    [
        (0.97937, 0.72908, "fisher", 0.5),
        (0.9, 0.4, "fisher", 1.0),
        (0.2, 0.7, "chi_square", 2.0),
        (0.05, 0.6, "chi_square", 1.0),
    ],
)
def test_no_smaller_size_reaches_the_exact_power(p1, p2, method, ratio):
    size = design.sample_size_two_proportions(p1, p2, alpha_two_sided=0.05, method=method, ratio=ratio)

    def power(n):
        first = design.rounded_up(n * ratio)
        return design.power_two_proportions(first, n, p1, p2, alpha_two_sided=0.05, method=method)

    assert power(int(size.n_control)) >= 0.8
    assert all(power(n) < 0.8 for n in range(2, int(size.n_control)))


def test_equally_probable_tables_are_those_of_the_exact_test():
    assert exact_rates.TIE == hypergeometric.TIE


def test_what_is_detectable_is_detected():
    for higher in (True, False):
        p = design.detectable_proportion(80, 120, 0.4, alpha_two_sided=0.05, power=0.9, higher=higher)
        assert (p > 0.4) == higher
        assert_allclose(design.power_two_proportions(80, 120, p, 0.4, alpha_two_sided=0.05), 0.9, rtol=1e-11)


def test_without_an_effect_power_is_alpha():
    assert_allclose(design.power_two_proportions(50, 50, 0.4, 0.4, alpha_one_sided=0.025), 0.025, rtol=1e-12)
    both = design.power_two_proportions(50, 50, 0.4, 0.4, alpha_two_sided=0.05, both_sides=True)
    assert_allclose(both, 0.05, rtol=1e-12)


@pytest.mark.parametrize(
    ("null", "p", "alpha", "power", "n"),
    [
        # A'Hern 2001, table 1 and its text: one-sided exact sizes of one arm
        (0.20, 0.40, 0.05, 0.80, 35),
        (0.20, 0.40, 0.05, 0.90, 47),
    ],
)
def test_one_arm_as_ahern_prints_it(null, p, alpha, power, n):
    found = design.sample_size_one_proportion(p, null, alpha_one_sided=alpha, power=power)
    assert found.n == n
    assert design.power_one_proportion(n, p, null, alpha_one_sided=alpha) >= power
    lasting = int(found.n_lasting)
    assert design.power_one_proportion(lasting - 1, p, null, alpha_one_sided=alpha) < power
    assert all(
        design.power_one_proportion(m, p, null, alpha_one_sided=alpha) >= power for m in range(lasting, lasting + 60)
    )


def test_one_arm_exact_power_by_hand():
    # 2 of 2 happens with 0.01 under 0.1 and with 0.81 under 0.9; none of 2 the same way round
    assert_allclose(design.power_one_proportion(2, 0.9, 0.1, alpha_one_sided=0.05), 0.81, rtol=1e-14)
    assert_allclose(design.power_one_proportion(2, 0.1, 0.9, alpha_one_sided=0.05), 0.81, rtol=1e-14)
    assert design.power_one_proportion(1, 0.9, 0.1, alpha_one_sided=0.05) == 0  # 1 of 1 has a P value of 0.1
    assert design.power_one_proportion(1, 0.1, 0.9, alpha_one_sided=0.05) == 0


def test_one_arm_normal_by_hand():
    found = design.sample_size_one_proportion(0.5, 0.3, alpha_one_sided=0.025, method="normal")
    # (1.95996 sqrt(0.21) + 0.84162 sqrt(0.25))^2 / 0.04
    assert_allclose(found.n, (1.959964 * math.sqrt(0.21) + 0.8416212 * 0.5) ** 2 / 0.04, rtol=1e-6)


def test_the_bound_on_the_scale_of_the_rates():
    p = design.critical_proportion(1.96, 60, 40, 0.35)
    pooled = (60 * p + 40 * 0.35) / 100
    assert_allclose((p - 0.35) / math.sqrt(pooled * (1 - pooled) * (1 / 60 + 1 / 40)), 1.96, rtol=1e-12)
    assert math.isnan(design.critical_proportion(9.0, 10, 10, 0.5))


def test_a_whole_number_but_for_rounding_stays_as_it_is():
    assert design.rounded_up(95 * (1 + 1e-13)) == 95
    assert design.inflated(21, 0.3) == 30  # 21 / (1 - 0.3) is 30.000000000000004 in binary
    assert design.rounded_up(95.1) == 96


def test_the_normal_distribution_is_that_of_scipy_stats():
    from equipoise.design.fixed import power_of_drift

    assert_allclose(power_of_drift(2.0, 0.05, 2, both_sides=False), norm.sf(norm.isf(0.025) - 2), rtol=1e-13)
    both = norm.sf(norm.isf(0.025) - 2) + norm.cdf(norm.ppf(0.025) - 2)
    assert_allclose(power_of_drift(2.0, 0.05, 2, both_sides=True), both, rtol=1e-13)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: design.sample_size_two_proportions(0.5, 0.5, alpha_two_sided=0.05), "there is nothing to show"),
        (lambda: design.sample_size_two_proportions(1.5, 0.5, alpha_two_sided=0.05), "1.5 is not between 0 and 1"),
        (lambda: design.sample_size_two_proportions("a", 0.5, alpha_two_sided=0.05), "'a' is not a finite number"),
        (lambda: design.sample_size_two_proportions(0.7, 0.5, alpha_two_sided=0.05, ratio=0), "allocation ratio 0"),
        (lambda: design.sample_size_two_proportions(0.7, 0.5, alpha_two_sided=0.05, drop_out=1), "below 1"),
        (
            lambda: design.sample_size_two_proportions(
                0.7, 0.5, alpha_two_sided=0.05, null_difference=-0.1, method="fisher"
            ),
            "for the null hypothesis that the rates are equal",
        ),
        (
            lambda: design.sample_size_two_proportions(
                0.7, 0.5, alpha_two_sided=0.05, null_difference=-0.1, null_ratio=0.8
            ),
            "about a difference and about a ratio",
        ),
        (
            lambda: design.sample_size_two_proportions(0.7, 0.5, alpha_two_sided=0.05, null_difference=-1.5),
            "a difference of -1.5 cannot be",
        ),
        (
            lambda: design.sample_size_two_proportions(0.51, 0.5, alpha_two_sided=0.05, method="fisher"),
            "so many subjects are needed",
        ),
        (lambda: design.detectable_proportion(3, 3, 0.5, alpha_two_sided=0.05), "no rate above 0.5 is detected"),
        (
            lambda: design.power_two_proportions(9.5, 9, 0.7, 0.5, alpha_two_sided=0.05, method="fisher"),
            "9.5 is not a whole number",
        ),
        (lambda: design.sample_size_one_proportion(0.5, 0.3, alpha_two_sided=0.05), "one-sided"),
        (lambda: design.sample_size_one_proportion(0.3, 0.3, alpha_one_sided=0.05), "there is nothing to show"),
        (lambda: design.sample_size_one_proportion(0.501, 0.5, alpha_one_sided=0.05), "so many subjects"),
    ],
)
def test_what_cannot_be_is_refused(ask, words):
    with pytest.raises(DesignError) as refusal:
        ask()
    assert words in str(refusal.value)
    assert refusal.value.rule
    assert refusal.value.remedy
