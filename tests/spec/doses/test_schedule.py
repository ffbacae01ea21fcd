"""Doses on their days: the worked schedule of the index trial. Source: regimens, Zhao et al. 2022; domain reference."""

import pytest
from ruamel.yaml import YAML

from equipoise.days import format_day, parse_day
from equipoise.state.due import due
from equipoise.state.due_doses import planned_doses
from trial_records import (
    adherent,
    basiliximab,
    both,
    death,
    index_protocol,
    leave,
    msc,
    on,
    randomization,
    screening,
    subject_tables,
    taper,
    treated,
    without,
)

title = "Basiliximab on SL day 1, 3, 8 and weekly until below grade II; MSC weekly from their first day"


def due_on(forms, date, arm="MSC"):
    """What is due on a date: treatment and number of each dose."""
    tables = subject_tables(forms)
    found = due(tables, treated(tables, arm), index_protocol(), parse_day(date)).doses
    return [(dose.treatment, dose.number) for dose in found if dose.treatment in ("basiliximab", "msc")]


def given_when_due(arm, stagings=(), start=0, msc_from=3, days=60):
    """Follow the plan: every day, give each dose on its nominal day; the dates of basiliximab and of MSC."""
    forms = [*screening(), randomization(), *taper(), basiliximab(start), *stagings]
    for elapsed in range(start, days):
        tables = subject_tables(forms)
        for dose in planned_doses(tables, treated(tables, arm), index_protocol(), parse_day(on(elapsed))):
            if format_day(dose.day) == on(elapsed) and dose.treatment == "basiliximab":
                forms.append(basiliximab(elapsed))
            wait = dose.number == 1 and elapsed < msc_from
            if (format_day(dose.day) == on(elapsed) or dose.number == 1) and dose.treatment == "msc" and not wait:
                forms.append(msc(elapsed))
    dates = {
        form: [items[item] for name, items in forms if name == form]
        for form, item in (("BASILIXIMAB", "BX_DATE"), ("MSC", "MS_DATE"))
    }
    return dates["BASILIXIMAB"], dates["MSC"]


GRADE_II_UNTIL_DAY_22 = [*both(14, "1 0 0 1"), *both(20, "1 0 0 0"), *both(30, "1 0 0 0")]
"""Grade II before SL day 15, grade I before SL day 22, partial response on cycle day 28 (baseline 2/0/0/3)."""


@pytest.mark.shared
def test_the_worked_schedule(shared):
    """SL day 1 is 2018-03-01, the first MSC on SL day 4; grade II or more until the check before SL day 22."""
    example = YAML(typ="safe").load((shared / "domain" / "treatments.yaml").read_text())["schedule_example"]
    basiliximab_dates, msc_dates = given_when_due("MSC", GRADE_II_UNTIL_DAY_22)
    assert basiliximab_dates == [str(day) for day in example["basiliximab"]]
    assert msc_dates == [str(day) for day in [*example["msc"], *example["msc_if_PR"]]]


@pytest.mark.shared
def test_day_28_of_the_cycle_in_each_arm(shared):
    example = YAML(typ="safe").load((shared / "domain" / "treatments.yaml").read_text())["schedule_example"]
    for arm in ("MSC", "CONTROL"):
        tables = subject_tables([*adherent("MSC")])
        origin = int(treated(tables, arm).cycle_origin[0])
        assert format_day(origin + 27) == str(example["cycle_day_28"][arm.lower()])


def test_after_complete_response_at_day_28_no_further_msc_is_due():
    _, msc_dates = given_when_due("MSC", [*both(14, "1 0 0 1"), *both(20, "1 0 0 0"), *both(30, "0 0 0 0")])
    assert msc_dates == ["2018-03-04", "2018-03-11", "2018-03-18", "2018-03-25"]


def test_msc_end_at_complete_response_after_day_28():
    """Complete response between the fifth dose (elapsed 31) and the sixth (elapsed 38)."""
    _, msc_dates = given_when_due("MSC", [*GRADE_II_UNTIL_DAY_22, *both(36, "0 0 0 0")])
    assert msc_dates == ["2018-03-04", "2018-03-11", "2018-03-18", "2018-03-25", "2018-04-01"]


def test_controls_get_no_msc():
    assert given_when_due("CONTROL", GRADE_II_UNTIL_DAY_22)[1] == []


PLAN = adherent("MSC")


@pytest.mark.parametrize(
    ("date", "doses"),
    [
        ("2018-03-01", [("basiliximab", 1), ("msc", 1)]),  # randomized, nothing given: MSC from SL day 1 to 8
        ("2018-03-03", [("basiliximab", 1), ("msc", 1)]),  # second line is due 0 to 2 days after randomization
        ("2018-03-04", [("msc", 1)]),
        ("2018-03-08", [("msc", 1)]),
        ("2018-03-09", []),
    ],
)
def test_the_windows_of_the_first_doses(date, doses):
    assert due_on([*screening(), randomization(), *taper()], date) == doses


@pytest.mark.parametrize(
    ("elapsed", "number"),
    [(0, None), (1, 2), (2, 2), (3, 2), (4, None), (6, 3), (8, 3), (9, None), (12, 4), (14, 4), (16, 4), (17, None)],
)
def test_the_windows_of_basiliximab_after_the_first_dose(elapsed, number):
    """Day 3 and day 8 within 1 day, weekly doses within 2; each is due whether or not the one before was given."""
    forms = [*screening(), randomization(), *taper(), basiliximab(0)]
    assert due_on(forms, on(elapsed), "CONTROL") == ([] if number is None else [("basiliximab", number)])


def test_a_dose_of_msc_is_not_due_sooner_than_5_days_after_the_last():
    """The second dose was 2 days late (elapsed 12), so the third (nominal 17) may not be given before elapsed 17."""
    forms = [*without(PLAN, "MSC"), msc(3), msc(12)]
    assert ("msc", 3) not in due_on(forms, on(16))
    assert ("msc", 3) in due_on(forms, on(17))


def test_a_missed_dose_is_not_made_up():
    """The dose of MSC day 8 was not given; on MSC day 15 the third is due and the second is not."""
    assert [number for name, number in due_on([*without(PLAN, "MSC"), msc(3)], on(17)) if name == "msc"] == [3]


def test_a_late_start_sets_no_cycle_and_a_missed_start_is_not_due():
    """First MSC on SL day 9: cycle day 1 is second-line start for good."""
    tables = subject_tables([*without(PLAN, "MSC"), msc(8)])
    assert format_day(int(treated(tables, "MSC").cycle_origin[0])) == on(0)
    tables = subject_tables([*without(PLAN, "MSC"), msc(7)])
    assert format_day(int(treated(tables, "MSC").cycle_origin[0])) == on(7)


@pytest.mark.parametrize(
    "way", [leave(10, "STOP_TREATMENT"), leave(10, "STOP_VISITS"), leave(10, "LOST_TO_FOLLOW_UP"), death(10)]
)
def test_no_dose_is_due_after_the_subject_left_or_died(way):
    assert due_on([*screening(), randomization(), *taper(), basiliximab(0), basiliximab(2), way], on(14)) == []


def test_a_calcineurin_inhibitor_is_due_while_none_is_given():
    tables = subject_tables([*screening(), randomization(), basiliximab(0)])
    names = [
        dose.treatment for dose in due(tables, treated(tables, "CONTROL"), index_protocol(), parse_day(on(5))).doses
    ]
    assert "cni" in names
    given = ("CNI", {"CN_START": on(-20), "CN_DRUG": "CYCLOSPORINE", "CN_REASON": "FIRST_CHOICE"})
    tables = subject_tables([*screening(), randomization(), basiliximab(0), given])
    names = [
        dose.treatment for dose in due(tables, treated(tables, "CONTROL"), index_protocol(), parse_day(on(5))).doses
    ]
    assert "cni" not in names
