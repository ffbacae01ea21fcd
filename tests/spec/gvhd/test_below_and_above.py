"""Measurements known only as below or above a number: staged where every number that they can be gives one stage.

Source: printed boundaries of MAGIC, Harris et al. 2016; bilirubin is rounded half up to one decimal before staging.
"""

import pytest

from equipoise.state.staging import stagings
from trial_records import index_protocol, on, randomization, screening, staging, subject_tables

title = "A measurement that is only below or above a limit"


def staged(*more, **items):
    """Stages of a staging with one measurement changed, and lowest and highest grade."""
    tables = subject_tables([*screening(), randomization(), *more, staging(27, "0 0 0 0", **items)])
    found = stagings(tables, index_protocol())
    return found.stages[:, -1].tolist(), (int(found.low[-1]), int(found.high[-1]))


def below(number, **unit):
    return {"v": number, "q": "<"} | unit


def above(number, **unit):
    return {"v": number, "q": ">"} | unit


@pytest.mark.parametrize(
    ("items", "stages", "grades"),
    [
        ({"GV_STOOL": below("500")}, [0, 0, 0, 0], (0, 0)),  # below 500 mL is stage 0
        ({"GV_STOOL": below("501")}, [0, 0, 0, -1], (0, 4)),  # 500 to 501 would be stage 1
        ({"GV_STOOL": above("1500")}, [0, 0, 0, 3], (3, 3)),
        ({"GV_STOOL": above("1000")}, [0, 0, 0, -1], (0, 4)),  # stage 2 or 3
        ({"GV_STOOL": below("1000"), "GV_STOOL_URINE": "Y"}, [0, 0, 0, 0], (0, 0)),  # half of it counts
        ({"GV_BSA": above("50")}, [3, 0, 0, 0], (2, 2)),
        ({"GV_BSA": above("100")}, [3, 0, 0, 0], (2, 2)),
        ({"GV_BSA": below("25")}, [-1, 0, 0, 0], (0, 4)),  # stage 0 or 1
        ({"GV_BILIRUBIN": below("1")}, [0, 0, 0, 0], (0, 0)),
        ({"GV_BILIRUBIN": below("17", u="umol/L")}, [0, 0, 0, 0], (0, 0)),
        ({"GV_BILIRUBIN": below("2")}, [0, -1, 0, 0], (0, 4)),  # 1.95 is rounded to 2.0: stage 1
        ({"GV_BILIRUBIN": above("15.1")}, [0, 4, 0, 0], (4, 4)),
    ],
)
def test_the_stage_of_a_measurement_below_or_above_a_number(items, stages, grades):
    assert staged(**items) == (stages, grades)


def test_a_bilirubin_carried_over_from_the_chemistry_keeps_its_qualifier():
    chemistry = ("CHEMISTRY", {"LC_DATE": on(26), "LC_BILIRUBIN": below("1")})
    assert staged(chemistry, GV_BILIRUBIN={"m": "ND"}) == ([0, 0, 0, 0], (0, 0))
    assert staged(("CHEMISTRY", chemistry[1] | {"LC_BILIRUBIN": above("1")}), GV_BILIRUBIN={"m": "ND"})[0][1] == -1


def test_a_bilirubin_that_is_too_old_on_the_form_gives_way_to_a_fresh_one():
    """Drawn five days before the assessment; the chemistry of the day before counts (carried over for 3 days)."""
    old = {"GV_BILIRUBIN": "4", "GV_BILIRUBIN_DATE": on(22)}
    assert staged(**old)[0][1] == -1
    assert staged(("CHEMISTRY", {"LC_DATE": on(26), "LC_BILIRUBIN": "0.8"}), **old)[0][1] == 0
