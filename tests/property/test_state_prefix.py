"""One derivation, two doors: for every prefix of a random history, one subject's result is its slice of the whole.

The subject's tables are folded record by record, as the gateway's cache is; those of the trial are made anew for each
prefix. So the test also finds a kept result that a new record should have swept away.
"""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.state.axes import arm_places, treatment_of
from equipoise.state.contacts import last_contact
from equipoise.state.continuation import continuation
from equipoise.state.derive import Treatment
from equipoise.state.deviations import deviations
from equipoise.state.disposition import disposition, standing
from equipoise.state.doses import basiliximab_course
from equipoise.state.history import milestones_with_records
from equipoise.state.milestones import Milestones
from equipoise.state.outcomes import chronic_rows
from equipoise.state.persons import persons
from equipoise.state.safety import count_grades, safety_window
from equipoise.state.staging import stagings
from equipoise.state.steroid_course import daily_doses, steroid_resistance, taper_course
from equipoise.state.tables import SubjectTables, TrialTables, layouts
from equipoise.state.taper import taper_steps
from equipoise.state.visits import assigned_visits, planned_days
from trial_records import (
    ZERO,
    agent,
    basiliximab,
    both,
    contact,
    death,
    index_protocol,
    leave,
    msc,
    on,
    randomization,
    record,
    relapse,
    staging,
    steroid,
    weight,
)

SUBJECTS = ("01-001", "02-001", "02-002")
PROTOCOL = index_protocol()
AS_OF = ZERO + 400
DAY = st.integers(-10, 130)
STAGES = st.tuples(
    st.sampled_from("01234?"), st.sampled_from("01234?"), st.sampled_from("01?"), st.sampled_from("01234?")
).map(" ".join)
PART = st.sampled_from([10, 10, 10, 10, 7, 4])
"""Characters of a date that are known: day, month or year."""


def dated(item: str, **items: st.SearchStrategy) -> st.SearchStrategy:
    """Items of a form with a date, sometimes partial."""
    date = st.builds(lambda elapsed, part: on(elapsed)[:part], DAY, PART)
    return st.fixed_dictionaries({item: date}, optional=items)


def codes(*names: str) -> st.SearchStrategy:
    return st.sampled_from(names)


YES_NO = codes("Y", "N")
CAUSES = codes("RELAPSE", "AGVHD", "INFECTION")
SCORE = codes("0", "1", "2", "3")
FORMS = st.one_of(
    st.builds(staging, DAY, STAGES, codes("ASSESSOR", "INVESTIGATOR"), codes("", "08:00", "11:30")),
    st.builds(staging, DAY, STAGES, codes("ASSESSOR", "INVESTIGATOR")),
    st.builds(steroid, DAY, st.none() | DAY, st.sampled_from([120, 84, 48, 12]), codes("TAPER", "FLARE", "CONTINUED")),
    st.builds(basiliximab, st.integers(0, 60), codes("20", "40")),
    st.builds(msc, st.integers(0, 60), codes("PROTOCOL", "CROSSOVER")),
    st.builds(agent, DAY, codes("RUXOLITINIB", "FMT"), codes("AGVHD", "PROPHYLAXIS", "UNKNOWN")),
    st.builds(weight, DAY, codes("40", "55", "60")),
    st.builds(contact, DAY),
    st.builds(relapse, DAY, codes("MORPHOLOGICAL", "MRD")),
    st.builds(death, st.integers(1, 130), CAUSES),
    st.builds(leave, DAY, codes("STOP_TREATMENT", "STOP_VISITS", "WITHDRAW_DATA", "LOST_TO_FOLLOW_UP")),
    st.tuples(st.just("DLI"), dated("DL_DATE", DL_REASON=codes("TREATMENT", "OTHER"))),
    st.tuples(st.just("IS_WITHDRAWAL"), dated("IW_DATE")),
    st.tuples(st.just("RELAPSE"), dated("RL_DATE", RL_TYPE=codes("MORPHOLOGICAL", "MRD"), RL_MRD_TREATED=YES_NO)),
    st.tuples(
        st.just("CGVHD"),
        dated(
            "CG_DATE", CG_DIAGNOSTIC=YES_NO, CG_ACUTE=YES_NO, CG_MOUTH=SCORE, CG_LUNG=SCORE, CG_EXCLUDED=codes("MOUTH")
        ),
    ),
    st.tuples(
        st.just("ADJUDICATION"),
        dated(
            "AJ_DATE",
            AJ_WHAT=codes("RELAPSE", "CGVHD", "DEATH_CAUSE"),
            AJ_CONFIRMED=YES_NO,
            AJ_EVENT_DATE=st.builds(on, DAY),
            AJ_CAUSE=CAUSES,
        ),
    ),
    st.tuples(
        st.just("AE"), dated("AE_START", AE_CLASS=codes("INFECTION", "HEMATOLOGIC"), AE_GRADE=codes("2", "3", "4"))
    ),
    st.tuples(st.just("SAE"), dated("SA_ONSET")),
    st.tuples(
        st.just("HEMATOLOGY"), dated("LH_DATE", LH_ANC=codes("0.3", "0.8", "2"), LH_PLATELETS=codes("15", "25", "90"))
    ),
    st.tuples(
        st.just("CHEMISTRY"), dated("LC_DATE", LC_BILIRUBIN=st.sampled_from(["1.2", {"v": "60", "u": "umol/L"}]))
    ),
    st.tuples(st.just("CNI"), dated("CN_START", CN_DRUG=codes("CYCLOSPORINE", "TACROLIMUS"))),
    st.tuples(st.just("CONSENT"), dated("CO_DATE", CO_TIME=codes("09:00", "23:00"))),
    st.tuples(st.just("DEMOG"), st.fixed_dictionaries({"DM_BIRTH": codes("1980-02", "2004-03-01", "1999")})),
    st.builds(randomization, codes(0, 1)),
)


START = [
    *(
        (SUBJECTS[0], form)
        for form in (randomization(), weight(-1), weight(5), *both(-1, "2 0 0 3"), steroid(-7, 2, 120))
    ),
    *((SUBJECTS[0], form) for form in (steroid(3, 7, 84, "TAPER"), basiliximab(0), msc(3), staging(30, "1 0 0 1"))),
    *((SUBJECTS[1], form) for form in (randomization(), weight(-1), staging(-1, "1 0 0 2"), basiliximab(1))),
]


@st.composite
def histories(draw: st.DrawFn) -> list:
    """Records of the subjects in any order, corrected and withdrawn ones among them."""
    forms = draw(st.permutations([*START, *draw(st.lists(st.tuples(st.sampled_from(SUBJECTS), FORMS), max_size=22))]))
    records, instances = [], {}
    for position, (subject, (form, payload, *_)) in enumerate(forms, 1):
        known = instances.setdefault((subject, form), 0)
        repeat = draw(st.integers(1, known)) if known and draw(st.integers(0, 5)) == 0 else known + 1
        withdrawn = repeat <= known and draw(st.booleans())
        records.append(record(subject, form, {} if withdrawn else payload, position, repeat=repeat))
        instances[subject, form] = max(known, repeat)
    return records


ARMS = dict(zip(SUBJECTS, ("MSC", "CONTROL", "")))


def slices(value, subjects):
    """The value of each subject as a list: arrays by their first axis, tuples and dataclasses part by part."""
    if isinstance(value, Milestones):
        columns = {name: column for name, column in value.as_dict().items() if name != "subject"}
        return [{name: column[subject] for name, column in columns.items()} for subject in subjects]
    parts = value._asdict() if hasattr(value, "_asdict") else {name: getattr(value, name) for name in value.__slots__}
    return [{name: part[subject] for name, part in parts.items()} for subject in subjects]


def by_subject(tables, treatment):
    """What every derivation says of each subject, in plain lists."""
    course = basiliximab_course(tables, PROTOCOL)
    whole = milestones_with_records(tables, treatment, PROTOCOL)
    imputed = milestones_with_records(tables, treatment, PROTOCOL, impute=True)
    found = deviations(tables, treatment, PROTOCOL, AS_OF)
    derived = [
        disposition(tables, PROTOCOL),
        persons(tables, PROTOCOL),
        continuation(tables, treatment, PROTOCOL),
        planned_days(tables, treatment, PROTOCOL),
        taper_steps(tables, PROTOCOL),
        safety_window(tables, PROTOCOL),
        steroid_resistance(tables, PROTOCOL),
        whole.milestones,
        imputed.milestones,
    ]
    taper = taper_course(tables, PROTOCOL)
    more = {
        "standing": standing(tables, PROTOCOL, ZERO + 40),
        "contact": last_contact(tables, PROTOCOL),
        "begun": taper.begun,
        "start": taper.start_mg,
        "stopped": course.stopped,
        "low": course.grades.low,
        "nominal": course.given.nominal,
        **whole.records,
    }
    result = []
    for subject in range(tables.n):
        parts = [slices(each, [subject])[0] for each in derived]
        parts.append({name: column[subject] for name, column in more.items()})
        parts.append({"deviations": np.array([repr(each[1:]) for each in found if each.subject == subject])})
        result.append(parts)
    return result


def by_row(tables, treatment):
    """Columns of every derivation that has a row for each form, with the rows of each subject."""
    staged, doses = stagings(tables, PROTOCOL), daily_doses(tables, PROTOCOL)
    diagnosis, severity = chronic_rows(tables, PROTOCOL)
    return [
        (staged.offsets, [*staged.stages, staged.low, staged.high, staged.day, staged.bilirubin, staged.record]),
        (doses.offsets, [doses.day, doses.mg, doses.mg_per_kg]),
        (tables["CGVHD"].offsets, [diagnosis, severity]),
        (tables["HEMATOLOGY"].offsets, [count_grades(tables, PROTOCOL)]),
        (staged.offsets, [assigned_visits(tables, treatment, PROTOCOL, "AGVHD")]),
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories())
def test_after_every_record_the_subject_is_its_slice_of_the_trial(records):
    cached = {subject: SubjectTables(subject, layouts(PROTOCOL)) for subject in SUBJECTS}
    for length, latest in enumerate(records, 1):
        cached[latest.key.unit].fold(latest)
        trial = TrialTables.of(records[:length], layouts(PROTOCOL))
        treatment = treatment_of(trial, arm_places([ARMS[subject] for subject in trial.subjects], PROTOCOL), PROTOCOL)
        # The subject that changed is compared after every record; all of them at the end.
        changed = list(trial.subjects) if length == len(records) else [latest.key.unit]
        everyone, rows = by_subject(trial, treatment), by_row(trial, treatment)
        for subject in changed:
            place = trial.subjects.index(subject)
            own = Treatment(treatment.arm[place : place + 1], treatment.cycle_origin[place : place + 1])
            alone = treatment_of(cached[subject], own.arm, PROTOCOL)
            np.testing.assert_array_equal(alone.cycle_origin, own.cycle_origin)
            for found, expected in zip(by_subject(cached[subject], own)[0], everyone[place]):
                for name, value in expected.items():
                    np.testing.assert_array_equal(found[name], value, err_msg=f"{subject}: {name}")
            for (_, found), (offsets, expected) in zip(by_row(cached[subject], own), rows):
                for mine, all_rows in zip(found, expected):
                    np.testing.assert_array_equal(mine, all_rows[offsets[place] : offsets[place + 1]])


@settings(max_examples=20, deadline=None)
@given(st.lists(FORMS, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_the_order_in_which_forms_come_in_does_not_matter(forms, order):
    records = [
        record("01-001", form, payload, 1 + place, repeat=1 + place) for place, (form, payload, *_) in enumerate(forms)
    ]
    shuffled = list(records)
    order.shuffle(shuffled)
    first, second = (TrialTables.of(each, layouts(PROTOCOL)) for each in (records, shuffled))
    for tables in (first, second):
        assert tables.subjects == ("01-001",)
    arm = arm_places(["MSC"], PROTOCOL)
    results = [milestones_with_records(each, treatment_of(each, arm, PROTOCOL), PROTOCOL) for each in (first, second)]
    for name, column in results[0].milestones.as_dict().items():
        np.testing.assert_array_equal(column, results[1].milestones.as_dict()[name], err_msg=name)
