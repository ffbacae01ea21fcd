"""Milestones from records, one by one. Source: endpoints and response of the index trial, Zhao et al. 2022.

Days are elapsed from randomization.
"""

import numpy as np
import pytest

from equipoise.arrays import NEVER, UNKNOWN
from equipoise.state.history import milestones, milestones_with_records
from equipoise.state.response import RESPONSES
from equipoise.state.tables import record_name
from trial_records import (
    adherent,
    agent,
    basiliximab,
    both,
    contact,
    death,
    index_protocol,
    leave,
    msc,
    on,
    relapse,
    screening,
    staging,
    steroid,
    subject_tables,
    treated,
    trial_tables,
    weight,
    without,
)

title = "One row a subject: what happened, and on which day"

NEVER, UNKNOWN = int(NEVER), int(UNKNOWN)
MSC, CONTROL = adherent("MSC"), adherent("CONTROL")


def of(forms, arm="MSC", **options):
    """The milestones of one subject as plain values."""
    tables = subject_tables(forms)
    found = milestones(tables, treated(tables, arm), index_protocol(), **options)
    return {name: column[0].item() for name, column in found.as_dict().items()}


def test_a_subject_of_each_arm_treated_to_plan():
    """Both in complete response on cycle day 28; last contact on day 70, no assessment in the day-56 window."""
    experimental, control = of(MSC), of(CONTROL, "CONTROL")
    shared = {
        "randomized": 17591,  # 2018-03-01
        "sl_start": 0, "basiliximab_doses": 4,
        "baseline_day": -1, "baseline_skin": 2, "baseline_liver": 0, "baseline_upper_gi": 0, "baseline_lower_gi": 3,
        "baseline_grade": 3,
        "response28": RESPONSES.index("CR"), "response56": RESPONSES.index("MISSING"), "durable56": 0,
        "last_alive": 70, "data_end": NEVER, "age_years": 38.0, "sex": 1, "site": 0,
        "loss_of_response": NEVER, "relapse": NEVER, "death": NEVER, "death_cause": -1, "new_therapy": NEVER,
        "cgvhd": NEVER, "cgvhd_severity": 0, "severe_cgvhd": NEVER, "dli": NEVER, "crossover": NEVER,
        "ae_g34": NEVER, "hematologic_g34": NEVER, "sae": NEVER,
    }  # fmt: skip
    assert {name: experimental[name] for name in shared} == shared
    assert {name: control[name] for name in shared} == shared
    own = ("cycle_start", "first_msc", "msc_doses", "msc_doses_first_cycle", "last_study_drug", "response28_day")
    assert [experimental[name] for name in own] == [3, 3, 4, 4, 24, 30]
    assert [control[name] for name in own] == [0, NEVER, 0, 0, 14, 27]


def test_subjects_who_were_not_randomized_have_no_milestone():
    found = of(screening(), "")
    assert found["randomized"] == found["relapse"] == found["last_alive"] == NEVER
    assert found["response28"] == found["baseline_grade"] == found["site"] == -1


def test_doses_after_the_window_of_the_fourth_are_not_of_the_first_cycle():
    """MSC day 22 is elapsed 24 with 2 days of window."""
    found = of([*without(MSC, "MSC", on(24)), msc(27), msc(34)])
    assert (found["msc_doses"], found["msc_doses_first_cycle"]) == (5, 3)


# -- baseline and evaluator --


def test_baseline_is_the_last_complete_staging_on_or_before_randomization():
    later = [*MSC, staging(0, "3 0 0 3"), staging(1, "4 0 0 4")]
    assert (of(later)["baseline_skin"], of(later)["baseline_day"]) == (3, 0)
    incomplete = [*MSC, staging(0, "3 ? 0 3")]
    assert (of(incomplete)["baseline_skin"], of(incomplete)["baseline_day"]) == (2, -1)


def test_the_assessor_decides_and_the_investigator_stands_in_for_the_baseline_only():
    forms = [each for each in CONTROL if each[1].get("GV_EVALUATOR") != "ASSESSOR"]
    found = of(forms, "CONTROL")
    assert (found["baseline_grade"], found["response28"]) == (3, RESPONSES.index("MISSING"))
    differ = [*without(CONTROL, "AGVHD", on(27)), staging(27, "0 0 0 0", "INVESTIGATOR"), staging(27, "2 0 0 3")]
    assert of(differ, "CONTROL")["response28"] == RESPONSES.index("SD")


# -- responses in their readings --


def test_day_28_counted_from_second_line_start_lies_earlier_in_the_msc_arm():
    """SL day 28 is elapsed 27, cycle day 28 elapsed 30: the assessment of elapsed 25 is in the first window only."""
    forms = [*without(MSC, "AGVHD", on(30)), *both(25, "1 0 0 1"), *both(33, "0 0 0 0")]
    found = of(forms)
    assert RESPONSES[found["response28"]] == "CR"
    assert RESPONSES[found["response28_sl"]] == "PR"


def test_the_baseline_of_cycle_day_1_may_lie_after_basiliximab():
    """2/0/0/3 at randomization, 1/0/0/1 on cycle day 1 and at day 28: PR against the one, SD against the other."""
    forms = [*without(MSC, "AGVHD", on(30)), *both(3, "1 0 0 1"), *both(30, "1 0 0 1")]
    assert RESPONSES[of(forms)["response28"]] == "PR"
    assert RESPONSES[of(forms)["response28_cycle_day1"]] == "SD"


def test_an_incomplete_assessment_counts_in_the_best_case_only():
    forms = [*without(MSC, "AGVHD", on(30)), *both(30, "0 ? 0 1")]
    assert RESPONSES[of(forms)["response28"]] == "MISSING"
    assert RESPONSES[of(forms)["response28_best_case"]] == "PR"


def test_a_crossover_is_new_therapy_but_not_as_treated():
    forms = [*without(CONTROL, "AGVHD", on(27)), *both(27, "2 0 0 3"), msc(30, "CROSSOVER"), *both(55, "0 0 0 0")]
    found = of(forms, "CONTROL")
    assert (found["crossover"], found["new_therapy"], found["msc_doses"]) == (30, 30, 1)
    assert RESPONSES[found["response56"]] == "TRT"
    assert RESPONSES[found["response56_as_treated"]] == "CR"


def test_durable_response_and_its_loss():
    kept = [*MSC, *both(44, "1 0 0 0"), *both(58, "0 0 0 0")]
    assert (of(kept)["durable56"], of(kept)["loss_of_response"]) == (1, NEVER)
    flared = [*MSC, *both(44, "3 0 0 0"), *both(58, "0 0 0 0")]
    assert (of(flared)["durable56"], of(flared)["loss_of_response"]) == (0, 44)


def test_new_therapy_before_the_assessment_is_no_response():
    assert RESPONSES[of([*MSC, agent(20)])["response28"]] == "TRT"
    assert RESPONSES[of([*MSC, agent(31)])["response28"]] == "CR"


def test_therapy_on_the_day_of_the_assessment_counts_by_the_hour():
    base = without(MSC, "AGVHD", on(30))
    for time, code in (("11:00", "TRT"), ("09:00", "CR")):
        forms = [*base, staging(30, "0 0 0 0", time=time), agent(30, OA_TIME="10:00")]
        assert RESPONSES[of(forms)["response28"]] == code


@pytest.mark.parametrize(
    "event", [("DLI", {"DL_DATE": on(20), "DL_REASON": "TREATMENT"}), ("IS_WITHDRAWAL", {"IW_DATE": on(20)})]
)
def test_staging_after_donor_lymphocytes_or_withdrawal_of_immunosuppression_does_not_count(event):
    assert RESPONSES[of([*MSC, event])["response28"]] == "MISSING"


def test_relapse_alone_leaves_the_staging_valid():
    assert RESPONSES[of([*MSC, relapse(20)])["response28"]] == "CR"


# -- new systemic therapy --

NEW_THERAPY = {
    "an agent for acute GVHD": (agent(40), 40),
    "an agent for an unknown indication": (agent(40, indication="UNKNOWN"), 40),
    "an agent without an indication": (("OTHER_AGENT", {"OA_START": on(40), "OA_AGENT": "ATG", "OA_ROUTE": "IV"}), 40),
    "faecal transplant by any route": (agent(40, "FMT", OA_ROUTE="ENTERIC"), 40),
    "a topical agent": (agent(40, "OTHER", OA_ROUTE="TOPICAL"), NEVER),
    "prophylaxis": (agent(40, "MYCOPHENOLATE", "PROPHYLAXIS"), NEVER),
    "an agent for chronic GVHD": (agent(40, indication="CGVHD"), NEVER),
    "an agent from before randomization": (agent(-5), NEVER),
    "an agent of the day of randomization, an hour before it": (agent(0, OA_TIME="09:00"), NEVER),
    "an agent of the day of randomization, an hour after it": (agent(0, OA_TIME="11:00"), 0),
    "a calcineurin inhibitor": (("CNI", {"CN_START": on(10), "CN_DRUG": "TACROLIMUS", "CN_REASON": "RENAL"}), NEVER),
    "donor lymphocytes": (("DLI", {"DL_DATE": on(40), "DL_REASON": "TREATMENT"}), NEVER),
    "steroid raised to 2 mg/kg after the taper": (steroid(20, 22, 120, "FLARE"), 20),
    "steroid raised to less": (steroid(20, 22, 119, "FLARE"), NEVER),
    "topical steroid": (steroid(20, 22, 500, "FLARE", ST_ROUTE="TOPICAL"), NEVER),
    "MSC of the protocol": (msc(31), NEVER),
}


@pytest.mark.parametrize("name", NEW_THERAPY)
def test_what_counts_as_new_systemic_therapy(name):
    form, expected = NEW_THERAPY[name]
    assert of([*MSC, form])["new_therapy"] == expected


def test_a_steroid_at_2_mg_per_kg_before_any_taper_is_none():
    steady = [*without(MSC, "STEROID"), steroid(-7, 6, 120), steroid(7, 20, 150)]
    assert of(steady)["new_therapy"] == NEVER


def test_a_dose_per_kg_needs_a_weight_of_the_last_week():
    """Weighed on days -8, -2 ... 58; without those after day 10, the weight on day 20 is not known."""
    weighed = [each for each in MSC if each[0] != "VITALS" or each[1]["VS_DATE"] <= on(10)]
    assert of([*weighed, steroid(20, 22, 120, "FLARE")])["new_therapy"] == NEVER
    assert of([*weighed, weight(15), steroid(20, 22, 120, "FLARE")])["new_therapy"] == 20


# -- relapse, death, donor lymphocytes, chronic GVHD --

RELAPSES = {
    "morphological": (relapse(60), 60),
    "cytogenetic": (relapse(60, "CYTOGENETIC_MOLECULAR"), 60),
    "extramedullary": (relapse(60, "EXTRAMEDULLARY"), 60),
    "residual disease alone": (relapse(60, "MRD", RL_MRD_TREATED="N"), NEVER),
    "residual disease treated with donor lymphocytes": (relapse(60, "MRD", RL_MRD_TREATED="Y"), 60),
    "before randomization": (relapse(-20), NEVER),
}


@pytest.mark.parametrize("name", RELAPSES)
def test_what_is_a_relapse(name):
    form, expected = RELAPSES[name]
    assert of([*MSC, form])["relapse"] == expected


def judged(elapsed, what, confirmed="Y", **items):
    return "ADJUDICATION", {"AJ_DATE": on(elapsed), "AJ_WHAT": what, "AJ_CONFIRMED": confirmed} | items


def test_an_adjudication_settles_what_was_reported_before_it():
    reported = [*MSC, relapse(60)]
    assert of([*reported, judged(70, "RELAPSE", "N")])["relapse"] == NEVER
    assert of([*reported, judged(70, "RELAPSE", AJ_EVENT_DATE=on(55))])["relapse"] == 55
    assert of([*reported, judged(70, "RELAPSE", "N"), relapse(80)])["relapse"] == 80
    assert of([*reported, judged(50, "RELAPSE", "N")])["relapse"] == 60


def test_the_adjudicated_cause_of_death_counts():
    """RELAPSE, AGVHD, CGVHD, INFECTION, ..."""
    assert (of([*MSC, death(90)])["death"], of([*MSC, death(90)])["death_cause"]) == (90, 3)
    assert of([*MSC, death(90), judged(100, "DEATH_CAUSE", AJ_CAUSE="AGVHD")])["death_cause"] == 1


def test_donor_lymphocytes_count_for_prevention_and_treatment_of_relapse():
    given = {
        reason: of([*MSC, ("DLI", {"DL_DATE": on(80), "DL_REASON": reason})])["dli"]
        for reason in ("PREVENTION", "TREATMENT", "OTHER")
    }
    assert given == {"PREVENTION": 80, "TREATMENT": 80, "OTHER": NEVER}


def chronic(elapsed, **scores):
    signs = {"CG_DIAGNOSTIC": "Y", "CG_DISTINCTIVE": "N", "CG_CONFIRMED": "N", "CG_ACUTE": "N"}
    organs = dict.fromkeys(("CG_MOUTH", "CG_EYES", "CG_GI", "CG_LIVER", "CG_JOINTS", "CG_GENITAL"), "0")
    skin = {"CG_SKIN_BSA": "0", "CG_SCLEROSIS": "NONE", "CG_FEV1": "95"}
    return "CGVHD", {"CG_DATE": on(elapsed)} | signs | organs | skin | scores


def test_chronic_gvhd_and_the_first_day_on_which_it_is_severe():
    course = [
        *MSC,
        chronic(120, CG_MOUTH="1"),
        chronic(200, CG_DIAGNOSTIC="N", CG_EYES="3"),
        chronic(300, CG_MOUTH="1"),
    ]
    found = of(course)
    assert (found["cgvhd"], found["severe_cgvhd"], found["cgvhd_severity"]) == (120, 200, 3)


def test_scores_without_chronic_gvhd_are_no_event():
    """A distinctive sign that was not confirmed; the same before randomization."""
    alone = chronic(120, CG_DIAGNOSTIC="N", CG_DISTINCTIVE="Y", CG_EYES="3")
    assert (of([*MSC, alone])["cgvhd"], of([*MSC, alone])["severe_cgvhd"], of([*MSC, alone])["cgvhd_severity"]) == (
        NEVER, NEVER, 0,
    )  # fmt: skip
    assert of([*MSC, chronic(-3, CG_EYES="3")])["cgvhd"] == NEVER


def test_an_organ_explained_by_another_cause_is_left_out():
    """Worked example 13: mouth 3 wholly due to herpes, skin 1: mild."""
    assert of([*MSC, chronic(120, CG_MOUTH="3", CG_SKIN_BSA="10", CG_EXCLUDED="MOUTH")])["cgvhd_severity"] == 1


# -- last known alive, withdrawal --


def test_the_last_dated_form_shows_the_subject_alive():
    assert of([*MSC, ("HEMATOLOGY", {"LH_DATE": on(100), "LH_ANC": "2"})])["last_alive"] == 100


@pytest.mark.parametrize(
    "form",
    [
        ("CONTACT", {"CT_DATE": on(100), "CT_STATUS": "DEAD"}),
        ("VISIT", {"VI_DATE": on(100), "VI_STATUS": "NOT_DONE"}),
        ("ADJUDICATION", {"AJ_DATE": on(100), "AJ_WHAT": "RELAPSE"}),
        leave(100, "LOST_TO_FOLLOW_UP"),
    ],
)
def test_a_form_that_needs_no_living_subject_does_not(form):
    assert of([*MSC, form])["last_alive"] == 70


def test_a_subject_found_again_was_alive_then():
    assert of([*MSC, leave(80, "LOST_TO_FOLLOW_UP", XT_RETURN=on(150))])["last_alive"] == 150


def test_nobody_is_known_alive_after_death():
    assert of([*MSC, death(90), contact(95)])["last_alive"] == 90


def test_a_partial_date_shows_life_on_its_first_day_only():
    assert of([*MSC, ("CONTACT", {"CT_DATE": "2018-06", "CT_STATUS": "ALIVE"})])["last_alive"] == 92  # 1 June 2018


def test_withdrawal_of_data_ends_the_information():
    assert of([*MSC, leave(80, "WITHDRAW_DATA")])["data_end"] == 80


# -- safety --


def event(elapsed, kind="INFECTION", grade="3", **items):
    return "AE", {"AE_START": on(elapsed), "AE_CLASS": kind, "AE_GRADE": grade, "AE_TERM": "x"} | items


def test_safety_events_count_up_to_180_days_after_the_last_study_drug():
    """The last MSC was given on day 24: day 204 is the last day of the window."""
    assert of([*MSC, event(204)])["ae_g34"] == 204
    assert of([*MSC, event(205)])["ae_g34"] == NEVER
    assert of([*MSC, event(-1)])["ae_g34"] == NEVER


def test_only_grades_3_and_4_count():
    assert {grade: of([*MSC, event(50, grade=grade)])["ae_g34"] for grade in "2345"} == {
        "2": NEVER, "3": 50, "4": 50, "5": NEVER,
    }  # fmt: skip


def test_infections_by_class():
    found = of([*MSC, event(50, AE_ORGANISM="VIRAL"), event(40, AE_ORGANISM="FUNGAL"), event(30, "CARDIAC")])
    days = [
        found[name]
        for name in ("infection_g34", "infection_viral", "infection_bacterial", "infection_fungal", "ae_g34")
    ]
    assert days == [40, 50, NEVER, 40, 30]


def counts(elapsed, neutrophils="2", platelets="100"):
    return "HEMATOLOGY", {"LH_DATE": on(elapsed), "LH_ANC": neutrophils, "LH_PLATELETS": platelets}


def test_haematological_grade_3_and_4_by_the_cut_offs_of_the_paper():
    """Platelets below 30 (CTCAE: below 50), neutrophils below 1.0."""
    days = [of([*MSC, counts(40, *values)])["hematologic_g34"] for values in (("2", "40"), ("2", "29"), ("0.9", "100"))]
    assert days == [NEVER, 40, 40]
    assert of([*MSC, event(20, "HEMATOLOGIC"), counts(40, "0.4")])["hematologic_g34"] == 20


def test_a_blood_count_below_a_limit_counts_if_every_number_below_it_is_severe():
    """Below 30 is grade 3 or 4 of platelets; below 31 may be no grade at all; above 30 is none for sure."""
    found = [{"v": "30", "q": "<"}, {"v": "31", "q": "<"}, {"v": "30", "q": ">"}]
    days = [of([*MSC, counts(40, "2", platelets)])["hematologic_g34"] for platelets in found]
    assert days == [40, NEVER, NEVER]


def test_a_count_counts_only_if_it_is_worse_than_at_baseline():
    """Grade 3 before randomization and grade 3 later; then grade 4."""
    forms = [*MSC, counts(-1, "0.8"), counts(20, "0.7")]
    assert of(forms)["hematologic_g34"] == NEVER
    assert of([*forms, counts(40, "0.4")])["hematologic_g34"] == 40


def test_serious_events_count_from_consent():
    """Consent was given on day -2."""
    serious = [of([*MSC, ("SAE", {"SA_ONSET": on(day)})])["sae"] for day in (-3, -2, 204, 205)]
    assert serious == [NEVER, -2, 204, NEVER]


# -- partial dates --


def test_an_event_on_a_partial_date_happened_on_an_unknown_day():
    forms = [*MSC, ("RELAPSE", {"RL_DATE": "2018-06", "RL_TYPE": "MORPHOLOGICAL"})]
    assert of(forms)["relapse"] == UNKNOWN
    assert of(forms, impute=True)["relapse"] == 92  # 1 June
    assert of([*forms, relapse(80)])["relapse"] == 80  # before June anyway
    assert of([*forms, relapse(100)])["relapse"] == UNKNOWN


def test_an_imputed_day_is_not_before_randomization():
    forms = [*MSC, ("RELAPSE", {"RL_DATE": "2018", "RL_TYPE": "MORPHOLOGICAL"})]
    assert of(forms, impute=True)["relapse"] == 0


# -- records --


def test_every_milestone_names_the_record_that_shows_it():
    tables = trial_tables({"01-001": MSC, "01-002": [*CONTROL, relapse(60), death(90)]})
    found = milestones_with_records(tables, treated(tables, "MSC", "CONTROL"), index_protocol())
    last = len(MSC) + len(CONTROL)
    assert [record_name(record) for record in (found.records["relapse"][1], found.records["death"][1])] == [
        f"clinical:{last + 1}",
        f"clinical:{last + 2}",
    ]
    assert found.records["relapse"][0] == -1
    assert (found.records["baseline"] > 0).all()


def test_two_subjects_stand_side_by_side():
    tables = trial_tables({"01-001": MSC, "01-002": [*CONTROL, death(90)]})
    found = milestones(tables, treated(tables, "MSC", "CONTROL"), index_protocol())
    np.testing.assert_array_equal(found.death, [NEVER, 90])
    assert found.select(found.death != NEVER).subject.tolist() == [1]


def test_a_dose_before_randomization_is_no_study_drug():
    assert of([*MSC, basiliximab(-1)])["basiliximab_doses"] == 4


def test_a_taper_entered_without_last_days_is_a_taper_and_no_raise():
    """120, 84, 48 and 12 mg, each from its first day on: the next period of a drug and route ends the one before."""
    steps = [steroid(-7, None, 120, "FIRST_LINE"), steroid(3, None, 84, "TAPER"), steroid(8, None, 48, "TAPER")]
    open_ended = [*without(CONTROL, "STEROID"), *steps, steroid(13, None, 12, "TAPER"), steroid(18, None, 0, "TAPER")]
    found = of(open_ended, "CONTROL")
    assert (found["new_therapy"], RESPONSES[found["response28"]]) == (NEVER, "CR")
    other_drug = steroid(8, None, 600, "OTHER", ST_DRUG="HYDROCORTISONE")  # 120 mg of methylprednisolone, beside it
    assert of([*open_ended, other_drug], "CONTROL")["new_therapy"] == 8


# -- partly known dates: three answers --


def responses(forms, **options):
    found = of(forms, "CONTROL", **options)
    return RESPONSES[found["response28"]], RESPONSES[found["response56"]], found["durable56"]


RESPONDER = [*CONTROL, *both(55, "0 0 0 0")]  # complete response on cycle day 28 and 56 (28 March, 25 April 2018)


@pytest.mark.parametrize("impute", [False, True])
@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2018-03", ("TRT", "TRT", 0)),
        ("2018-04", ("CR", "TRT", 0)),
        ("2018-05", ("CR", "CR", 1)),
        ("2018", ("TRT",) * 2 + (0,)),
    ],
)
def test_new_therapy_on_a_partial_date_counts_before_an_assessment_unless_it_surely_came_later(month, expected, impute):
    form, items = agent(0)
    assert responses([*RESPONDER, (form, items | {"OA_START": month})], impute=impute) == expected


def test_a_crossover_on_a_partial_date_after_the_assessments_changes_no_response():
    form, items = msc(0, "CROSSOVER")
    assert responses([*RESPONDER, (form, items | {"MS_DATE": "2018-05"})]) == ("CR", "CR", 1)


def test_response_is_lost_on_the_imputed_day_of_a_therapy_or_death():
    form, items = agent(0)
    treated_in_may = [*RESPONDER, (form, items | {"OA_START": "2018-05"})]
    died_in_june = [*RESPONDER, ("DEATH", {"DD_DATE": "2018-06", "DD_CAUSE": "INFECTION"})]
    for forms, first_of_month in ((treated_in_may, 61), (died_in_june, 92)):
        assert of(forms, "CONTROL")["loss_of_response"] == UNKNOWN
        assert of(forms, "CONTROL", impute=True)["loss_of_response"] == first_of_month


# -- the last day known alive, and death on a partial date --


def test_the_dead_were_known_alive_until_they_died():
    assert of([*MSC, death(90)])["last_alive"] == 90  # last contact on day 70


def test_the_imputed_day_of_death_is_not_before_the_last_contact():
    """The last contact was on day 70, 10 May 2018."""
    died = [of([*MSC, ("DEATH", {"DD_DATE": date})], impute=True)["death"] for date in ("2018-05", "2018", "2018-06")]
    assert died == [70, 70, 92]
    assert of([*MSC, ("DEATH", {"DD_DATE": {"m": "UNK"}})], impute=True)["death"] == 70


def test_a_contact_after_the_last_possible_day_of_death_does_not_move_it_out_of_its_month():
    assert of([*MSC, ("DEATH", {"DD_DATE": "2018-04"})], impute=True)["death"] == 60  # 30 April: the last day


# -- adjudication without a date of the event --


def test_a_confirmed_event_without_a_date_keeps_the_date_of_the_report():
    judged = ("ADJUDICATION", {"AJ_DATE": on(120), "AJ_WHAT": "RELAPSE", "AJ_CONFIRMED": "Y"})
    assert of([*MSC, relapse(100), judged], impute=True)["relapse"] == 100
    unanswered = ("ADJUDICATION", {"AJ_DATE": on(120), "AJ_WHAT": "RELAPSE"})
    assert of([*MSC, relapse(100), unanswered])["relapse"] == 100
    dated = ("ADJUDICATION", judged[1] | {"AJ_EVENT_DATE": on(95)})
    assert of([*MSC, relapse(100), dated], impute=True)["relapse"] == 95
