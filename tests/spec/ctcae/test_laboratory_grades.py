"""Laboratory grades. Source: NCI CTCAE version 4.03; haematological limits of Zhao et al. 2022 (index_paper)."""

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.state.ctcae import (
    ABOVE_BASELINE,
    ABOVE_ULN,
    BELOW,
    CTCAE_VERSION,
    absolute_neutrophils,
    febrile_neutropenia,
    grade_above,
    grade_below,
    haematological_grade,
    multiple,
    treatment_emergent,
)

title = 'A printed range "< a - b" holds b and not a; "> a - b" holds b and not a'


def by_both_schemes(test):
    def grades(value, lln):
        return grade_below(test, value, lln), grade_below(test, value, scheme="index_paper")

    return grades


def test_platelets(rule):
    """10^9/L. The limits of the index trial are 30 and 20 instead of 50 and 25."""
    rule(
        by_both_schemes("platelets_1e9_l"),
        """
        value  |  lln   || ctcae | paper
        125.0  | 125.0  ||   0   |   0
        124.0  | 125.0  ||   1   |   0
        75.0   | 125.0  ||   1   |   0
        74.9   | 125.0  ||   2   |   0
        50.0   | 125.0  ||   2   |   0
        49.9   | 125.0  ||   3   |   0
        40.0   | 125.0  ||   3   |   0
        30.0   | 125.0  ||   3   |   0
        29.0   | 125.0  ||   3   |   3
        25.0   | 125.0  ||   3   |   3
        24.9   | 125.0  ||   4   |   3
        22.0   | 125.0  ||   4   |   3
        20.0   | 125.0  ||   4   |   3
        19.0   | 125.0  ||   4   |   4
        100.0  | nan    ||   -   |   0    # 0 or 1: the lower limit is not known
        60.0   | nan    ||   2   |   0
        nan    | 125.0  ||   -   |   -
        """,
    )


def test_neutrophils(rule):
    """10^9/L. Both schemes agree on grades 3 and 4."""
    rule(
        by_both_schemes("anc_1e9_l"),
        """
        value | lln || ctcae | paper
        1.8   | 1.8 ||   0   |   0
        1.7   | 1.8 ||   1   |   0
        1.5   | 1.8 ||   1   |   0
        1.4   | 1.8 ||   2   |   0
        1.0   | 1.8 ||   2   |   0
        0.99  | 1.8 ||   3   |   3
        0.5   | 1.8 ||   3   |   3
        0.49  | 1.8 ||   4   |   4
        """,
    )


def test_white_cells_lymphocytes_and_haemoglobin(rule):
    """White cells and lymphocytes 10^9/L; haemoglobin g/L, whose grade 4 is clinical."""
    rule(
        lambda wbc, lymphocytes, haemoglobin: (
            grade_below("wbc_1e9_l", wbc, np.full(wbc.size, 4.0)),
            grade_below("lymphocytes_1e9_l", lymphocytes, np.full(wbc.size, 1.0)),
            grade_below("hemoglobin_g_l", haemoglobin, np.full(wbc.size, 130.0)),
        ),
        """
        wbc  | lymphocytes | haemoglobin || wbc_grade | lymphocyte_grade | anaemia
        4.0  |    1.0      |   130.0     ||     0     |        0         |    0
        3.9  |    0.9      |   129.0     ||     1     |        1         |    1
        3.0  |    0.8      |   100.0     ||     1     |        1         |    1
        2.9  |    0.7      |    99.0     ||     2     |        2         |    2
        2.0  |    0.5      |    80.0     ||     2     |        2         |    2
        1.9  |    0.4      |    79.0     ||     3     |        3         |    3
        1.0  |    0.2      |    40.0     ||     3     |        3         |    3
        0.9  |    0.1      |    30.0     ||     4     |        4         |    3
        """,
    )


@pytest.mark.parametrize(
    ("test", "times", "grade"),
    [
        ("alt", 1.0, 0), ("alt", 1.1, 1), ("alt", 3.0, 1), ("alt", 3.1, 2), ("alt", 5.0, 2), ("alt", 5.1, 3),
        ("alt", 20.0, 3), ("alt", 20.1, 4), ("ast", 20.0, 3), ("ast", 1.0, 0),
        ("bilirubin_total", 1.5, 1), ("bilirubin_total", 1.6, 2), ("bilirubin_total", 3.0, 2),
        ("bilirubin_total", 3.1, 3), ("bilirubin_total", 10.0, 3), ("bilirubin_total", 10.1, 4),
        ("alp", 2.5, 1), ("alp", 2.6, 2), ("alp", 5.1, 3), ("alp", 20.1, 4),
        ("ggt", 2.5, 1), ("ggt", 5.0, 2), ("ggt", 20.0, 3), ("ggt", 20.1, 4),
        ("creatinine", 1.5, 1), ("creatinine", 1.6, 2), ("creatinine", 3.1, 3), ("creatinine", 6.1, 4),
        ("alt", np.nan, -1),
    ],
)  # fmt: skip
def test_multiples_of_the_upper_limit(test, times, grade):
    assert grade_above(test, np.array([times]))[0] == grade


def test_creatinine_takes_the_higher_of_two_grades(rule):
    """By the upper limit and by the baseline; without a baseline by the upper limit alone."""
    rule(
        lambda x_uln, x_baseline: grade_above("creatinine", x_uln, x_baseline),
        """
        x_uln | x_baseline || grade
        1.2   |    3.1     ||  3
        1.2   |    3.0     ||  2
        1.2   |    1.5     ||  1
        0.9   |    1.1     ||  1
        0.9   |    1.0     ||  0
        6.1   |    1.0     ||  4
        1.2   |    9.0     ||  3    # grade 4 is by the upper limit only
        1.2   |    nan     ||  1
        nan   |    3.1     ||  -
        """,
    )


def test_version_4_03_does_not_grade_other_tests_by_baseline():
    assert grade_above("alt", np.array([1.0]), np.array([4.0]))[0] == 0


def test_multiple_of_a_limit(rule):
    """3.6 is exactly three times 1.2, though not as doubles."""
    rule(
        multiple,
        """
        value | reference || times
        3.6   |   1.2     ||  3.0
        120.0 |  40.0     ||  3.0
        nan   |  40.0     ||  nan
        1.0   |   nan     ||  nan
        1.0   |   0.0     ||  nan
        """,
    )


def test_the_haematological_grade_is_the_worse_of_two(rule):
    rule(
        haematological_grade,
        """
        neutrophils | platelets || grade
            3       |     0     ||   3
            3       |     4     ||   4
            0       |     0     ||   0
            4       |     -     ||   4
            3       |     -     ||   -
            -       |     -     ||   -
        """,
    )


def test_febrile_neutropenia(rule):
    rule(
        febrile_neutropenia,
        """
        anc  | temperature | hours_at_38 || grade
        0.9  |   38.4      |    0.0      ||  3
        0.9  |   38.3      |    1.0      ||  0
        0.9  |   38.1      |    1.5      ||  3
        1.0  |   39.0      |    2.0      ||  0
        nan  |   39.0      |    2.0      ||  -
        0.9  |   38.1      |    nan      ||  -
        """,
    )


def test_neutrophils_from_white_cells_and_differential():
    assert absolute_neutrophils(np.array([4.0]), np.array([40.0]), np.array([10.0]))[0] == 2.0


def test_only_a_grade_above_baseline_is_treatment_emergent(rule):
    rule(
        treatment_emergent,
        """
        grade | baseline_grade || emergent
          3   |       2        ||   1
          3   |       3        ||   0
          2   |       3        ||   0
          0   |       -        ||   0
          1   |       -        ||   -
          -   |       0        ||   -
        """,
    )


@pytest.mark.shared
def test_every_example_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "ctcae.yaml")
    assert reference["version"] == CTCAE_VERSION
    assert len(reference["examples"]) == 16
    for example in reference["examples"]:
        test = example["test"]
        if test in ABOVE_ULN:
            x_baseline = np.array([example.get("x_baseline", np.nan)], float)
            grade = grade_above(test, np.array([example["x_uln"]], float), x_baseline)
        else:
            value, lln = np.array([example["value"]], float), np.array([example["lln"]], float)
            grade = grade_below(test, value, lln)
            if "paper" in example:
                assert grade_below(test, value, scheme="index_paper")[0] == example["paper"], example
        assert grade[0] == example["ctcae"], example


@pytest.mark.shared
def test_limits_are_those_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "ctcae.yaml")

    def printed(steps):
        return {grade: "LLN" if limit == np.inf and grade == 1 else limit for grade, limit in enumerate(steps, 1)}

    def finite(steps):
        return {grade: limit for grade, limit in printed(steps).items() if limit == "LLN" or np.isfinite(limit)}

    assert {test: finite(steps) for test, steps in BELOW["ctcae_4_03"].items()} == reference["low"]
    assert {test: finite(steps) for test, steps in BELOW["index_paper"].items()} == reference["scheme_index_paper"]
    assert {test: finite(steps) for test, steps in ABOVE_ULN.items()} == reference["high_x_uln"]
    assert {test: finite(steps) for test, steps in ABOVE_BASELINE.items()} == reference["high_x_baseline"]
