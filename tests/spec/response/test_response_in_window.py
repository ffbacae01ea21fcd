"""Response at day 28 and day 56. Source: Zhao et al. 2022; windows, ties and missing values are conventions of ours."""

import dataclasses

import numpy as np
import pytest

from equipoise.arrays import NEVER, UNKNOWN
from equipoise.state.response import (
    DEFAULT_RULES,
    RESPONSES,
    Window,
    best_case_response,
    durable_response,
    loss_of_response,
    response,
)
from spec.response.histories import columns

title = "The complete assessment nearest to the nominal day decides; no assessment is no response"

GUT_3 = (2, 0, 0, 3)
CR, PR, SD, PD, MR = (0, 0, 0, 0), (1, 0, 0, 1), GUT_3, (2, 0, 0, 4), (3, 0, 0, 1)


def code_28(**subject):
    return RESPONSES[response(*columns(subject), DEFAULT_RULES.day28).code[0]]


def code_56(**subject):
    return RESPONSES[response(*columns(subject), DEFAULT_RULES.day56).code[0]]


def durable(**subject):
    return bool(durable_response(*columns(subject))[0][0])


def lost(since, **subject):
    """Clinic day of the loss of a response shown on a clinic day; None if it was not lost."""
    day = loss_of_response(*columns(subject), np.array([since - 1], np.int32))[0]
    return None if day == NEVER else "not known" if day == UNKNOWN else int(day) + 1


def test_windows_are_days_25_to_31_and_49_to_63_of_the_clinic():
    assert Window(nominal=27, earliest=24, latest=30) == DEFAULT_RULES.day28
    assert Window(nominal=55, earliest=48, latest=62) == DEFAULT_RULES.day56


@pytest.mark.parametrize(("day", "code"), [(24, "MISSING"), (25, "CR"), (31, "CR"), (32, "MISSING")])
def test_both_ends_of_the_day_28_window_are_inside(day, code):
    assert code_28(base=GUT_3, staged={day: CR}) == code


@pytest.mark.parametrize(("day", "code"), [(48, "MISSING"), (49, "CR"), (63, "CR"), (64, "MISSING")])
def test_both_ends_of_the_day_56_window_are_inside(day, code):
    assert code_56(base=GUT_3, staged={day: CR}) == code


def test_the_nearest_assessment_decides_and_ties_go_to_the_earlier_one():
    assert code_28(base=GUT_3, staged={26: PR, 31: CR}) == "PR"
    assert code_28(base=GUT_3, staged={25: PR, 30: CR}) == "CR"
    assert code_28(base=GUT_3, staged={27: PR, 29: CR}) == "PR"
    assert code_28(base=GUT_3, staged={25: PR, 31: CR}) == "PR"


def test_a_complete_assessment_goes_before_a_nearer_incomplete_one():
    assert code_28(base=GUT_3, staged={25: PR, 28: (0, None, 0, 0)}) == "PR"


def test_windows_are_counted_from_the_origin_of_the_subject():
    assessments, course = columns({"base": GUT_3, "staged": {32: CR}}, {"base": GUT_3, "staged": {32: CR}})
    course = dataclasses.replace(course, origin=np.array([0, 7], np.int32))  # 32 is clinic day 25 of the second
    assert [RESPONSES[code] for code in response(assessments, course, DEFAULT_RULES.day28).code] == ["MISSING", "CR"]


def test_death_comes_before_everything():
    assert code_28(base=GUT_3, death=19) == "DEAD"
    assert code_28(base=GUT_3, death=19, therapy=10) == "DEAD"
    assert code_28(base=GUT_3, staged={27: CR}, death=27) == "DEAD"
    assert code_28(base=GUT_3, staged={27: CR}, death=28) == "CR"
    assert code_28(base=GUT_3, death=31) == "DEAD"
    assert code_28(base=GUT_3, death=32) == "MISSING"


def test_new_therapy_before_the_assessment_is_no_response():
    assert code_28(base=GUT_3, staged={28: CR}, therapy=20) == "TRT"
    assert code_28(base=GUT_3, staged={28: CR}, therapy=29) == "CR"
    assert code_28(base=GUT_3, therapy=31) == "TRT"
    assert code_28(base=GUT_3, therapy=32) == "MISSING"


@pytest.mark.parametrize(
    ("assessed", "dosed", "code"),
    [(540, 600, "CR"), (600, 540, "TRT"), (600, 600, "TRT"), (-1, 540, "CR"), (600, -1, "CR")],
)
def test_on_the_day_of_a_new_therapy_the_hour_decides_and_an_unknown_hour_is_before(assessed, dosed, code):
    found = code_28(base=GUT_3, staged={28: CR}, minute={28: assessed}, therapy=28, therapy_minute=dosed)
    assert found == code


def test_days_that_are_not_known():
    assert code_28(base=GUT_3, staged={28: CR}, death=int(UNKNOWN) + 1) == "CR"
    assert code_28(base=GUT_3, death=int(UNKNOWN) + 1) == "MISSING"
    assert code_28(base=GUT_3, staged={28: CR}, therapy=int(UNKNOWN) + 1) == "TRT"
    assert code_28(base=GUT_3, staged={int(UNKNOWN) + 1: CR}) == "MISSING"


def test_staging_stops_counting_when_relapse_is_treated():
    assert code_28(base=GUT_3, staged={25: PR, 28: CR}, void_from=29) == "CR"
    assert code_28(base=GUT_3, staged={25: PR, 28: CR}, void_from=28) == "PR"
    assert code_28(base=GUT_3, staged={25: PR, 28: CR}, void_from=20) == "MISSING"


def test_an_incomplete_assessment_is_no_response_and_has_a_best_case():
    subject = {"base": GUT_3, "staged": {28: (0, None, 0, 1)}}
    assert code_28(**subject) == "MISSING"
    assert RESPONSES[best_case_response(*columns(subject), DEFAULT_RULES.day28).code[0]] == "PR"
    cleared = {"base": GUT_3, "staged": {28: (0, None, 0, 0)}}
    assert RESPONSES[best_case_response(*columns(cleared), DEFAULT_RULES.day28).code[0]] == "CR"
    complete = {"base": GUT_3, "staged": {25: PR, 28: (0, None, 0, 0)}}
    assert RESPONSES[best_case_response(*columns(complete), DEFAULT_RULES.day28).code[0]] == "PR"


def test_a_response_is_durable_if_it_is_there_at_both_days_and_no_organ_was_worse_in_between():
    assert durable(base=GUT_3, staged={28: PR, 56: CR})
    assert durable(base=GUT_3, staged={28: CR, 42: SD, 56: PR})
    assert not durable(base=GUT_3, staged={28: PR})
    assert not durable(base=GUT_3, staged={28: SD, 56: CR})
    assert not durable(base=GUT_3, staged={28: PR, 42: PD, 56: CR})
    assert not durable(base=GUT_3, staged={28: PR, 42: MR, 56: CR})
    assert not durable(base=GUT_3, staged={28: PR, 42: (3, None, 0, 0), 56: CR})
    assert not durable(base=GUT_3, staged={28: PR, 56: CR}, therapy=40)
    assert not durable(base=GUT_3, staged={28: PR, 56: CR}, death=56)
    assert durable(base=GUT_3, staged={14: PD, 28: PR, 56: CR, 70: PD})


def test_a_partial_response_that_drifts_back_but_stays_better_than_baseline_is_durable():
    assert durable(base=(0, 3, 0, 4), staged={28: (0, 1, 0, 2), 56: (0, 2, 0, 2)})


def test_loss_of_response():
    assert lost(28, base=GUT_3, staged={28: PR, 35: PR, 42: SD, 49: PD}) == 42
    assert lost(28, base=GUT_3, staged={28: PR, 35: MR}) == 35
    assert lost(28, base=GUT_3, staged={28: PR, 35: CR}) is None
    assert lost(28, base=GUT_3, staged={14: SD, 28: PR}) is None
    assert lost(28, base=GUT_3, staged={28: PR, 49: SD}, therapy=40) == 40
    assert lost(28, base=GUT_3, staged={28: PR}, therapy=28) == 28
    assert lost(28, base=GUT_3, staged={28: PR}, death=60) == 60
    assert lost(28, base=GUT_3, staged={28: PR}, death=int(UNKNOWN) + 1) == "not known"


def test_without_a_response_none_is_lost():
    assessments, course = columns({"base": GUT_3, "staged": {28: SD}, "death": 40})
    assert loss_of_response(assessments, course, np.array([NEVER]))[0] == NEVER


def test_a_subject_without_any_assessment_beside_others():
    assessments, course = columns({"base": GUT_3}, {"base": GUT_3, "staged": {28: CR}}, {"base": GUT_3})
    found = response(assessments, course, DEFAULT_RULES.day28)
    assert [RESPONSES[code] for code in found.code] == ["MISSING", "CR", "MISSING"]
    assert found.row.tolist() == [-1, 0, -1]
    assert found.day.tolist() == [NEVER, 27, NEVER]
