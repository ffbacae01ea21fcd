"""The steroid taper of a subject: steps L and G. Source: regimens of the index trial, Zhao et al. 2022."""

from types import SimpleNamespace

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.days import format_day, parse_day
from equipoise.state.due import due
from equipoise.state.parameters import taper
from equipoise.state.steroid_course import taper_course
from equipoise.state.taper import taper_steps
from trial_records import (
    adherent,
    basiliximab,
    index_protocol,
    on,
    randomization,
    screening,
    steroid,
    subject_tables,
    treated,
)

title = "30 % every 5 days from SL day 4: off the starting dose (L), or off the current dose (G)"


def forms(*steroids):
    return [*screening(), randomization(), basiliximab(0), *steroids]


@pytest.mark.shared
def test_reading_l_of_2_mg_per_kg_by_date(shared):
    example = YAML(typ="safe").load((shared / "domain" / "treatments.yaml").read_text())["schedule_example"]
    steps = taper_steps(subject_tables(forms(steroid(-7, None, 120))), index_protocol())
    found = {format_day(int(day)): round(mg / 60, 3) for day, mg in zip(steps.day[0], steps.mg[0])}
    assert found == {str(day): dose for day, dose in example["steroid_linear_mg_kg_from_2"].items()}


@pytest.mark.shared
@pytest.mark.parametrize(("reading", "key"), [("linear", "linear_percent"), ("geometric", "geometric_percent")])
def test_percent_of_the_starting_dose_in_both_readings(shared, reading, key):
    expected = YAML(typ="safe").load((shared / "domain" / "treatments.yaml").read_text())["steroid_taper"][key]
    declared = SimpleNamespace(
        reading=reading, first_reduction_day=4, every_days=5, fraction=0.3, geometric_stop_day=31
    )
    plan = taper(declared)
    assert list(plan.sl_day) == list(expected)
    np.testing.assert_allclose(plan.percent, list(expected.values()), rtol=1e-12)


def steps_due(tables, elapsed):
    found = due(tables, treated(tables, "CONTROL"), index_protocol(), parse_day(on(elapsed))).doses
    return [(dose.number, dose.amount) for dose in found if dose.treatment == "steroid_taper"]


def test_a_step_is_due_from_its_day_until_the_dose_is_low_enough():
    unchanged = subject_tables(forms(steroid(-7, None, 120)))
    assert steps_due(unchanged, 2) == []
    assert steps_due(unchanged, 3) == [(1, pytest.approx(84))]
    assert steps_due(unchanged, 8) == [(2, pytest.approx(48))]
    assert steps_due(subject_tables(forms(steroid(-7, 2, 120), steroid(3, None, 84))), 7) == []


def test_nothing_is_due_where_the_starting_dose_is_not_known():
    unknown = subject_tables(forms(("STEROID", {"ST_START": on(-7), "ST_DRUG": "PREDNISONE", "ST_ROUTE": "ORAL"})))
    assert steps_due(unknown, 3) == []


def test_no_step_is_due_while_it_is_not_known_when_a_dose_ended():
    open_end = (
        "STEROID",
        {"ST_START": on(-7), "ST_STOP": {"m": "UNK"}, "ST_DRUG": "METHYLPREDNISOLONE", "ST_DOSE": "120"},
    )
    assert steps_due(subject_tables(forms(open_end)), 3) == []


def test_the_taper_begins_with_the_first_lower_dose_after_second_line_start():
    course = taper_course(subject_tables(adherent("CONTROL")), index_protocol())
    assert format_day(int(course.begun[0])) == on(3)
    assert course.start_mg.tolist() == [120]
    assert course.start_mg_per_kg.tolist() == [2.0]
