"""Protocol deviations, code by code. Source: the index trial, Zhao et al. 2022, with the limits of its protocol.

Each code is shown by a subject treated to plan but for one thing, and the day on which it shows.
"""

import pytest

from equipoise.days import parse_day
from equipoise.state.deviations import RULES, deviations, important_before
from trial_records import (
    adherent,
    agent,
    basiliximab,
    both,
    death,
    index_protocol,
    leave,
    msc,
    on,
    randomization,
    screening,
    staging,
    steroid,
    subject_tables,
    treated,
    without,
)

title = "What a protocol deviation is, and what is none"

AS_OF = parse_day("2018-12-31")


def codes(forms, arm="MSC", as_of=AS_OF):
    """Code, elapsed day and severity of each deviation of one subject."""
    tables = subject_tables(forms)
    zero = parse_day(on(0))
    found = deviations(tables, treated(tables, arm), index_protocol(), as_of)
    return [(each.code, each.day - zero, each.severity) for each in found]


@pytest.mark.parametrize("arm", ["MSC", "CONTROL"])
def test_a_subject_treated_to_plan_has_no_deviation(arm):
    assert codes(adherent(arm), arm) == []


PLAN, CONTROL = adherent("MSC"), adherent("CONTROL")


def eligibility(item, value):
    return [(form, items | {item: value}) if form == "ELIGIBILITY" else (form, items) for form, items in PLAN]


def changed(forms, form, date, **items):
    """The forms with one of them, of a date, changed."""
    return [(name, old | items) if name == form and date in old.values() else (name, old) for name, old in forms]


PARTIAL = [*without(PLAN, "AGVHD", on(30)), *both(30, "1 0 0 0")]
"""Partial response at cycle day 28."""
NO_RESPONSE = [*without(CONTROL, "AGVHD", on(27)), *both(27, "2 0 0 3")]
"""A control without response at day 28; the flare came after basiliximab had stopped."""

# code: (history that shows it, arm, [(elapsed day, severity)], history next to it that does not)
EXAMPLES = {
    "ELIG_AGE": (
        [*screening("2004-03-02"), *PLAN[len(screening()) :]],
        "MSC",
        [(0, "major")],
        [*screening("2004-02-27"), *PLAN[len(screening()) :]],
    ),
    "ELIG_NOT_SR": (
        [*without(PLAN, "AGVHD", on(-1)), *both(-1, "1 0 0 2")],
        "MSC",
        [(0, "major")],
        [*without(PLAN, "AGVHD", on(-1)), *both(-1, "3 0 0 2")],
    ),
    "ELIG_CAUSE": (eligibility("EL_DLI_CAUSE", "Y"), "MSC", [(0, "major")], eligibility("EL_DLI_CAUSE", "N")),
    "ELIG_PRIOR": (
        eligibility("EL_PRIOR_THERAPIES", "2"),
        "MSC",
        [(0, "major")],
        eligibility("EL_PRIOR_THERAPIES", "1"),
    ),
    "ELIG_INFECT": (eligibility("EL_HEMORRHAGE", "Y"), "MSC", [(0, "major")], eligibility("EL_INFECTION", "N")),
    "CONSENT_ORDER": (
        changed(PLAN, "CONSENT", on(-2), CO_DATE=on(0), CO_TIME="10:01"),
        "MSC",
        [(-1, "critical"), (0, "critical")],  # the eligibility form of the day before, and randomization at 10:00
        changed(without(PLAN, "ELIGIBILITY"), "CONSENT", on(-2), CO_DATE=on(0), CO_TIME="09:59"),
    ),
    "ALLOC_MISMATCH": (
        changed(PLAN, "MSC", on(17), MS_CONTEXT="CROSSOVER"),
        "MSC",
        [(17, "critical")],
        PLAN,
    ),
    "BSX_DAY": (
        [*without(PLAN, "BASILIXIMAB", on(7)), basiliximab(9)],
        "MSC",
        [(9, "minor")],
        [*without(PLAN, "BASILIXIMAB", on(7)), basiliximab(8)],
    ),
    "BSX_DOSE": (changed(PLAN, "BASILIXIMAB", on(2), BX_DOSE="40"), "MSC", [(2, "major")], PLAN),
    "BSX_CONT": (
        [*PLAN, basiliximab(21)],
        "MSC",
        [(21, "minor")],  # grade I the day before
        [*without(PLAN, "AGVHD", on(20)), *both(20, "1 0 0 1"), *both(27, "0 0 0 0"), basiliximab(21)],  # grade II
    ),
    "CNI_FIRST": (
        [*PLAN, ("CNI", {"CN_START": on(1), "CN_DRUG": "TACROLIMUS", "CN_REASON": "FIRST_CHOICE"})],
        "MSC",
        [(1, "minor")],
        [*PLAN, ("CNI", {"CN_START": on(1), "CN_DRUG": "TACROLIMUS", "CN_REASON": "RENAL"})],
    ),
    "TAPER_EARLY": (
        [*without(PLAN, "STEROID"), steroid(-7, 0, 120), steroid(1, 20, 84, "TAPER")],
        "MSC",
        [(1, "minor")],
        [*without(PLAN, "STEROID"), steroid(-7, 1, 120), steroid(2, 20, 84, "TAPER")],  # on the day of the second dose
    ),
    "TAPER_LATE": (
        [*without(PLAN, "STEROID"), steroid(-7, 10, 120), steroid(11, 20, 84, "TAPER")],
        "MSC",
        [(10, "minor")],
        [*without(PLAN, "STEROID"), steroid(-7, 9, 120), steroid(10, 20, 84, "TAPER")],  # SL day 11
    ),
    "STEROID_LONG": (
        [*PLAN, steroid(18, 35, 12)],
        "MSC",
        [(35, "minor")],  # elapsed 35 is SL day 36
        [*PLAN, steroid(18, 34, 12)],
    ),
    "MSC_START": (
        [*without(PLAN, "MSC"), msc(8), msc(15), msc(22), msc(29), *both(27, "0 0 0 0")],
        "MSC",
        [(8, "major")],  # SL day 9
        [*without(PLAN, "MSC"), msc(7), msc(14), msc(21), msc(28), *both(34, "0 0 0 0")],  # SL day 8
    ),
    "MSC_DOSE": (
        changed(PLAN, "MSC", on(10), MS_VOLUME="79"),
        "MSC",
        [(10, "major")],  # 0.79 million/kg
        changed(PLAN, "MSC", on(10), MS_VOLUME="80"),
    ),
    "MSC_INTERVAL": (
        [*without(PLAN, "MSC", on(24)), msc(28)],
        "MSC",
        [(28, "minor")],  # 11 days
        [*without(PLAN, "MSC", on(24)), msc(27)],
    ),
    "MSC_CONTINUE": (
        [*PLAN, msc(31)],
        "MSC",
        [(31, "major")],  # complete response
        [*PARTIAL, msc(31)],
    ),
    "MSC_STOP": (PARTIAL, "MSC", [(33, "major")], [*PARTIAL, leave(31, "STOP_TREATMENT")]),  # MSC day 29 is elapsed 31
    "EARLY_AGENT": ([*PLAN, agent(29)], "MSC", [(29, "major")], [*PLAN, agent(30)]),  # cycle day 28 is elapsed 30
    "XOVER_EARLY": (
        [*NO_RESPONSE, msc(26, "CROSSOVER")],
        "CONTROL",
        [(26, "major")],
        [*NO_RESPONSE, msc(28, "CROSSOVER")],
    ),
    "OBS_6H": (changed(PLAN, "MSC", on(3), MS_WATCH="N"), "MSC", [(3, "minor")], PLAN),
    "VISIT_WINDOW": (
        [*without(PLAN, "AGVHD", on(30)), *both(34, "0 0 0 0")],
        "MSC",
        [(33, "major")],  # the window ends on cycle day 31
        [*without(PLAN, "AGVHD", on(30)), *both(33, "0 0 0 0")],
    ),
}


def test_every_code_of_the_protocol_has_a_rule_and_an_example():
    declared = {deviation.code for deviation in index_protocol().deviations}
    assert declared == set(RULES) == set(EXAMPLES)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_code_is_found_on_its_day(code):
    forms, arm, expected, _ = EXAMPLES[code]
    assert [(day, severity) for found, day, severity in codes(forms, arm) if found == code] == expected


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_code_is_not_found_just_beside_it(code):
    *_, arm, _, forms = EXAMPLES[code]
    assert [found for found, *_ in codes(forms, arm) if found == code] == []


def test_a_weekly_dose_left_out_at_grade_2_is_major():
    """Grade II before SL day 22, complete response at day 28, and no dose on SL day 22."""
    forms = [*without(PLAN, "AGVHD", on(20)), *both(20, "1 0 0 1"), staging(27, "0 0 0 0", "INVESTIGATOR")]
    assert ("BSX_CONT", 21, "major") in codes(forms)


def test_nothing_is_left_out_after_death():
    dead = [each for each in PLAN if each[0] != "CONTACT" and on(30) not in each[1].values()]
    assert codes([*dead, death(27)]) == []


def test_what_is_left_out_counts_once_its_window_is_over():
    forms = without(PLAN, "AGVHD", on(30))
    last = parse_day(on(33))
    assert "VISIT_WINDOW" not in [code for code, *_ in codes(forms, as_of=last)]
    assert "VISIT_WINDOW" in [code for code, *_ in codes(forms, as_of=last + 1)]


def test_a_second_dose_within_24_hours_of_the_first_is_found():
    early = [
        *without(PLAN, "BASILIXIMAB"),
        basiliximab(0, BX_TIME="10:00"),
        *(basiliximab(day) for day in (7, 14)),
    ]
    assert ("BSX_DAY", 1, "minor") in codes([*early, basiliximab(1, BX_TIME="09:59")])
    assert ("BSX_DAY", 1, "minor") not in codes([*early, basiliximab(1, BX_TIME="10:00")])


def test_msc_of_a_control_as_protocol_treatment_is_a_mismatch():
    assert ("ALLOC_MISMATCH", 40, "critical") in codes([*NO_RESPONSE, msc(40)], "CONTROL")


def test_an_assessment_in_the_first_days_of_the_window_does_not_bring_the_crossover_forward():
    """No response on cycle day 25 (elapsed 24), MSC on day 27: before day 28. On day 28 it is in order."""
    assessed = [*without(CONTROL, "AGVHD", on(27)), *both(24, "2 0 0 3")]
    assert ("XOVER_EARLY", 26, "major") in codes([*assessed, msc(26, "CROSSOVER")], "CONTROL")
    assert "XOVER_EARLY" not in [code for code, *_ in codes([*assessed, msc(27, "CROSSOVER")], "CONTROL")]


def test_a_subject_who_was_not_randomized_has_no_deviation():
    assert codes([each for each in screening() if each[0] != "ELIGIBILITY"], "") == []
    assert randomization()[0] == "RANDOMIZATION"


def test_important_deviations_before_day_28_of_the_cycle_take_out_of_per_protocol():
    """The early agent on elapsed day 29 is cycle day 27; the one on elapsed day 30 is no deviation."""
    for forms, important in (([*PLAN, agent(29)], True), ([*PLAN, agent(30)], False)):
        tables = subject_tables(forms)
        treatment = treated(tables, "MSC")
        found = deviations(tables, treatment, index_protocol(), AS_OF)
        assert important_before(found, tables, treatment, index_protocol()).tolist() == [important]
