"""Visits: nominal days, windows, and which assessment belongs to which. Source: visit calendar of the index trial."""

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.arrays import NEVER
from equipoise.days import parse_day
from equipoise.state.due import due
from equipoise.state.visits import UNSCHEDULED, assigned_visits, calendar, planned_days
from trial_records import (
    ZERO,
    adherent,
    basiliximab,
    both,
    contact,
    death,
    index_protocol,
    leave,
    msc,
    on,
    randomization,
    screening,
    staging,
    subject_tables,
    treated,
    without,
)

title = "D and T visits count from the first dose, M visits from randomization"


def days_of(forms, arm):
    """Elapsed day from randomization and window of each visit that the subject has."""
    tables = subject_tables(forms)
    days = planned_days(tables, treated(tables, arm), index_protocol())
    return {
        visit: tuple(int(column[0, place]) - ZERO for column in days)
        for place, visit in enumerate(calendar(index_protocol()).ids)
        if days.nominal[0, place] != NEVER
    }


SECOND_LINE_ON_DAY_1 = [*screening(), randomization(), basiliximab(1), msc(4)]
"""SL day 1 on elapsed day 1, MSC day 1 on elapsed day 4."""


@pytest.mark.parametrize(
    ("visit", "arm", "day", "earliest", "latest"),
    [
        ("D1", "MSC", 1, 1, 1),
        ("D7", "MSC", 7, 7, 7),
        ("T8", "MSC", 11, 9, 13),
        ("D14", "MSC", 17, 15, 19),
        ("D28", "MSC", 31, 28, 34),  # cycle day 25 to 31
        ("D28", "CONTROL", 28, 25, 31),
        ("D56", "MSC", 59, 52, 66),  # cycle day 49 to 63
        ("D56", "CONTROL", 56, 49, 63),
        ("M3", "MSC", 91, 84, 98),
        ("M12", "CONTROL", 365, 351, 379),
        ("M15", "MSC", 457, 436, 478),  # 15 x 30.4375 = 456.6
    ],
)
def test_day_and_window_of_each_visit(visit, arm, day, earliest, latest):
    assert days_of(SECOND_LINE_ON_DAY_1, arm)[visit] == (day, earliest, latest)


@pytest.mark.shared
def test_every_visit_of_the_calendar_has_the_day_and_window_of_the_reference(shared):
    """Second line and MSC both start on the day of randomization, so every axis has the same origin."""
    found = days_of([*screening(), randomization(), basiliximab(0), msc(0)], "MSC")
    for entry in YAML(typ="safe").load((shared / "domain" / "visits.yaml").read_text())["visits"]:
        ids, days = entry.get("ids", [entry.get("id")]), entry.get("days", [entry.get("day")])
        if days == [None] or ids == ["RAND"]:
            continue
        after = (
            0 if entry.get("origin") == "days_after_randomization" or "days_after" in str(entry.get("origin")) else 1
        )
        for visit, day in zip(ids, days):
            low, high = entry["window"]
            assert found[visit] == (day - after, day - after + low, day - after + high), visit


def test_visits_of_the_other_arm_do_not_exist():
    assert not [visit for visit in days_of(SECOND_LINE_ON_DAY_1, "CONTROL") if visit.startswith("T")]


def visits_of(stagings, arm="MSC"):
    tables = subject_tables([*without(adherent(arm), "AGVHD"), *stagings])
    places = assigned_visits(tables, treated(tables, arm), index_protocol(), "AGVHD")
    names = calendar(index_protocol()).ids
    return ["-" if place == UNSCHEDULED else names[place] for place in places]


def test_an_assessment_belongs_to_the_nearest_visit_whose_window_holds_it():
    """Cycle day 1 is elapsed 3 (SL day 4): D14 is elapsed 16, D21 elapsed 23, D28 elapsed 30."""
    assert visits_of([staging(day, "1 0 0 0") for day in (14, 18, 19, 21, 30)]) == ["D14", "-", "-", "D21", "D28"]


def test_one_assessment_a_visit_and_the_nearest_keeps_it():
    assert visits_of([staging(day, "1 0 0 0") for day in (27, 29, 33)]) == ["-", "D28", "-"]


def test_equally_near_assessments_leave_the_visit_to_the_earlier():
    assert visits_of([staging(day, "1 0 0 0") for day in (29, 31)]) == ["D28", "-"]


def due_visits(forms, elapsed, arm="MSC"):
    tables = subject_tables(forms)
    return [visit.id for visit in due(tables, treated(tables, arm), index_protocol(), ZERO + elapsed).visits]


def due_forms(forms, elapsed, arm="MSC"):
    tables = subject_tables(forms)
    return due(tables, treated(tables, arm), index_protocol(), ZERO + elapsed).forms


def test_a_visit_is_due_in_its_window_until_it_is_held():
    forms = without(adherent("CONTROL"), "AGVHD", on(27))
    assert [day for day in range(20, 40) if "D28" in due_visits(forms, day, "CONTROL")] == list(range(24, 31))
    held = [*forms, ("VISIT", {"VI_DATE": on(27), "VI_STATUS": "DONE"}, "D28")]
    assert "D28" not in due_visits(held, 27, "CONTROL")


def test_a_form_that_was_filled_at_the_visit_is_not_due_again():
    forms = adherent("CONTROL")
    asked = [form for form, visit in due_forms(forms, 27, "CONTROL") if visit == "D28"]
    assert {"VITALS", "AGVHD", "HEMATOLOGY"} <= set(asked)
    filled = [*forms, ("HEMATOLOGY", {"LH_DATE": on(27), "LH_ANC": "2"}, "D28")]
    left = [form for form, visit in due_forms(filled, 27, "CONTROL") if visit == "D28"]
    assert left == [form for form in asked if form != "HEMATOLOGY"]


@pytest.mark.parametrize(("stages", "expected"), [("1 0 0 1", True), ("0 0 0 0", False), ("2 0 0 3", False)])
def test_day_29_of_msc_needs_a_recorded_partial_response(stages, expected):
    forms = [*without(adherent("MSC"), "AGVHD", on(30)), *both(30, stages)]
    assert ("T29" in due_visits(forms, 31)) is expected


def test_staging_is_due_after_month_3_only_while_an_organ_is_involved():
    for stages, expected in (("0 0 0 0", False), ("1 0 0 0", True)):
        forms = [*adherent("MSC"), *both(92, stages)]
        assert (("AGVHD", "M6") in [tuple(form) for form in due_forms(forms, 183)]) is expected


@pytest.mark.parametrize("way", [death(50), leave(50, "LOST_TO_FOLLOW_UP"), leave(50, "WITHDRAW_DATA")])
def test_nothing_is_due_after_death_loss_or_withdrawal_of_data(way):
    forms = [*adherent("MSC"), way]
    assert due_visits(forms, 49)
    assert due_visits(forms, 91) == []


def test_a_subject_found_again_has_visits_again():
    forms = [*adherent("MSC"), leave(50, "LOST_TO_FOLLOW_UP", XT_RETURN=on(80))]
    assert "M3" in due_visits(forms, 91)


def test_after_the_end_of_visits_only_contacts_are_due():
    forms = [*adherent("MSC"), leave(50, "STOP_VISITS")]
    assert {form for form, _ in due_forms(forms, 91)} == {"CONTACT"}


def test_the_next_day_on_which_something_is_due():
    """A control after SL day 1: the next day is D2; after month 12 it is month 15."""
    tables = subject_tables([*adherent("CONTROL"), contact(365)])
    treatment = treated(tables, "CONTROL")
    assert due(tables, treatment, index_protocol(), ZERO).next_day == ZERO + 1
    assert due(tables, treatment, index_protocol(), ZERO + 365).next_day == ZERO + 457


def test_before_randomization_the_forms_of_screening_are_due():
    tables = subject_tables([("SCREENING", {"SC_DATE": on(-3)})])
    found = due(tables, treated(tables, ""), index_protocol(), parse_day(on(-2)))
    assert [visit.id for visit in found.visits] == ["SCR"]
    assert {"DEMOG", "ELIGIBILITY", "AGVHD"} <= {form for form, _ in found.forms}
    assert found.doses == ()


def test_the_columns_of_the_calendar_have_one_place_a_visit():
    plan = calendar(index_protocol())
    assert len(plan.ids) == len(set(plan.ids)) == plan.nominal.size == len(plan.forms)
    assert np.all((plan.earliest <= plan.nominal) & (plan.nominal <= plan.latest))
