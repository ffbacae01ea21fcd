"""MSC after the first cycle: the decision of cycle day 28. Source: regimens of the index trial, Zhao et al. 2022."""

import numpy as np
import pytest

from equipoise.arrays import NEVER
from equipoise.days import parse_day
from equipoise.state.continuation import DECISIONS, continuation, may_continue
from trial_records import adherent, agent, both, index_protocol, on, staging, subject_tables, treated, without

title = "Complete response stops, no response stops, partial response goes on until complete response"

FIRST_CYCLE = without(adherent("MSC"), "AGVHD", on(30))
DAY_28 = 30
"""Elapsed day of cycle day 28: the first MSC was given on elapsed day 3."""


def decided(forms, arm="MSC", day=None):
    tables = subject_tables(forms)
    found = continuation(tables, treated(tables, arm), index_protocol(), None if day is None else parse_day(on(day)))
    return DECISIONS[found.decision[0]]


@pytest.mark.parametrize(
    ("stages", "decision"),
    [
        ("0 0 0 0", "STOP_CR"),
        ("1 0 0 1", "CONTINUE"),
        ("2 0 0 3", "STOP_NR"),  # no organ changed
        ("3 0 0 1", "STOP_NR"),  # one better, one worse
        ("0 0 0 4", "STOP_NR"),
    ],
)
def test_the_response_decides(stages, decision):
    """Baseline 2/0/0/3."""
    assert decided([*FIRST_CYCLE, *both(DAY_28, stages)]) == decision


def test_without_a_complete_staging_in_the_window_it_stays_open():
    assert decided(FIRST_CYCLE) == "OPEN"
    assert decided([*FIRST_CYCLE, *both(DAY_28, "1 ? 0 1")]) == "OPEN"
    assert decided([*FIRST_CYCLE, *both(DAY_28 + 4, "1 0 0 1")]) == "OPEN"  # cycle day 32


def test_it_is_open_until_the_staging_is_there():
    forms = [*FIRST_CYCLE, *both(DAY_28, "1 0 0 1")]
    assert [decided(forms, day=day) for day in (DAY_28 - 1, DAY_28)] == ["OPEN", "CONTINUE"]


def test_new_therapy_before_the_staging_is_no_response():
    assert decided([*FIRST_CYCLE, agent(20), *both(DAY_28, "1 0 0 1")]) == "STOP_NR"


def test_the_investigator_decides_on_dosing_and_not_the_assessor():
    forms = [*FIRST_CYCLE, staging(DAY_28, "1 0 0 1", "INVESTIGATOR"), staging(DAY_28, "0 0 0 0", "ASSESSOR")]
    assert decided(forms) == "CONTINUE"


def test_an_arm_without_msc_decides_nothing():
    assert decided([*without(adherent("CONTROL"), "AGVHD", on(27)), *both(27, "1 0 0 1")], "CONTROL") == "OPEN"


def test_doses_may_go_on_from_the_staging_to_complete_response():
    tables = subject_tables([*FIRST_CYCLE, *both(DAY_28, "1 0 0 1"), *both(40, "0 0 0 0")])
    found = continuation(tables, treated(tables, "MSC"), index_protocol())
    allowed = [may_continue(found, np.array([parse_day(on(day))]))[0] for day in (DAY_28 - 1, DAY_28, 39, 40, 50)]
    assert allowed == [False, True, True, False, False]
    assert found.decided[0] < found.complete_response[0] < NEVER
