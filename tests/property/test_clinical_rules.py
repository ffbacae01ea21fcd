"""What holds for every stage, response, dose and grade, whatever the data."""

import dataclasses
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from equipoise.arrays import NEVER
from equipoise.state.cgvhd import global_severity
from equipoise.state.ctcae import BELOW, grade_below
from equipoise.state.gvhd import (
    Findings,
    grade_bounds,
    ibmtr_index,
    keystone_grade,
    organ_stages,
    overall_grade,
)
from equipoise.state.resistance import SteroidCourse, ebmt_resistance, resistance, run_length, running_lowest
from equipoise.state.response import (
    DEFAULT_RULES,
    RESPONSES,
    Assessments,
    Course,
    best_case_response,
    durable_response,
    loss_of_response,
    overall_response,
    responded,
    response,
)
from equipoise.state.rounding import half_up
from equipoise.state.steroids import STEROIDS, daily_doses

checked = settings(deadline=None, max_examples=60, derandomize=True)

decimals_written = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**10), 10**10), st.integers(0, 8)
)


@checked
@given(decimals_written, st.integers(0, 4))
def test_half_up_is_what_decimal_arithmetic_says(number, places):
    exact = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert half_up(np.array([float(number)]), places)[0] == float(exact)


@checked
@given(st.integers(0, 10**7), st.integers(0, 3))
def test_half_up_takes_every_written_half_up(whole, places):
    half = Decimal(whole).scaleb(-places) + Decimal("0.5").scaleb(-places)
    assert half_up(float(half), places) == float(Decimal(whole + 1).scaleb(-places))


@st.composite
def stages(draw, n, *, missing=False):
    """Organ stages int8 [4, n]; with missing organs if asked."""
    lowest = -1 if missing else 0
    rows = [draw(st.lists(st.integers(lowest, highest), min_size=n, max_size=n)) for highest in (4, 4, 1, 4)]
    return np.array(rows, np.int8)


def every_staging():
    """All 250 combinations of four organ stages."""
    grid = np.meshgrid(*(np.arange(highest + 1) for highest in (4, 4, 1, 4)), indexing="ij")
    return np.array([axis.ravel() for axis in grid], np.int8)


@pytest.mark.parametrize("organ", range(4))
@pytest.mark.parametrize(
    "scale",
    [overall_grade, ibmtr_index, lambda *organs: keystone_grade(*organs, upper_gi_histology=np.ones_like(organs[0]))],
)
def test_a_higher_stage_never_lowers_a_grade(scale, organ):
    all_stagings = every_staging()
    lower = all_stagings[:, all_stagings[organ] < (1 if organ == 2 else 4)]
    higher = lower.copy()
    higher[organ] += 1
    assert (scale(*higher) >= scale(*lower)).all()


@checked
@given(stages(12), st.lists(st.booleans(), min_size=48, max_size=48))
def test_the_bounds_hold_the_grade_of_every_completion(complete, hidden):
    partly = np.where(np.array(hidden).reshape(4, 12), np.int8(-1), complete)
    bounds, grade = grade_bounds(*partly), overall_grade(*complete)
    assert (bounds.low <= grade).all()
    assert (grade <= bounds.high).all()
    assert (bounds.grade[bounds.known] == grade[bounds.known]).all()
    assert (bounds.grade[~bounds.known] == -1).all()


def test_both_bounds_are_reached():
    grid = np.meshgrid(*(np.arange(-1, highest + 1) for highest in (4, 4, 1, 4)), indexing="ij")
    partly = np.array([axis.ravel() for axis in grid], np.int8)
    bounds = grade_bounds(*partly)
    assert (overall_grade(*np.where(partly < 0, 0, partly)) == bounds.low).all()
    highest = np.array([4, 4, 1, 4])[:, np.newaxis]
    assert (overall_grade(*np.where(partly < 0, highest, partly)) == bounds.high).all()


@checked
@given(stages(1), stages(1))
def test_of_the_rules_of_response_exactly_one_holds(baseline, now):
    improved, worse = bool((now < baseline).any()), bool((now > baseline).any())
    holds = {
        "CR": not now.any(),
        "PR": improved and not worse and now.any(),
        "MR": improved and worse,
        "PD": worse and not improved,
        "SD": not improved and not worse and now.any(),
    }
    assert sum(map(bool, holds.values())) == 1
    code = overall_response(baseline, now, np.zeros(1, np.int8))[0]
    assert holds[RESPONSES[code]]


@checked
@given(stages(20), stages(20), arrays.arrays(np.int8, 20, elements=st.integers(-1, 1)))
def test_the_criteria_of_vgpr_change_no_response_into_another_but_pr(baseline, now, vgpr):
    without, with_criteria = (overall_response(baseline, now, met) for met in (np.zeros(20, np.int8), vgpr))
    changed = without != with_criteria
    assert {RESPONSES[code] for code in without[changed]} <= {"PR"}
    assert {RESPONSES[code] for code in with_criteria[changed]} <= {"VGPR"}
    assert (responded(without) == responded(with_criteria)).all()


maybe_day = st.one_of(st.just(int(NEVER)), st.integers(-5, 70))


@st.composite
def histories(draw):
    """Assessments and course of one to four subjects."""
    counts = draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    n, rows = len(counts), sum(counts)
    days = [sorted(draw(st.lists(st.integers(0, 66), min_size=count, max_size=count))) for count in counts]
    assessments = Assessments(
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        day=np.array([day for of_subject in days for day in of_subject], np.int32),
        stages=draw(stages(rows, missing=draw(st.booleans()))),
        vgpr=draw(arrays.arrays(np.int8, rows, elements=st.integers(-1, 1))),
        minute=draw(arrays.arrays(np.int16, rows, elements=st.integers(-1, 1439))),
    )

    def subject_days():
        return np.array(draw(st.lists(maybe_day, min_size=n, max_size=n)), np.int32)

    course = Course(
        baseline=draw(stages(n)),
        origin=draw(arrays.arrays(np.int32, n, elements=st.integers(0, 7))),
        death=subject_days(),
        therapy=subject_days(),
        therapy_minute=draw(arrays.arrays(np.int16, n, elements=st.integers(-1, 1439))),
        void_from=subject_days(),
    )
    return assessments, course


def one_subject(assessments, course, i):
    """The columns of one subject alone."""
    rows = slice(assessments.offsets[i], assessments.offsets[i + 1])
    alone = {
        field.name: getattr(assessments, field.name)[..., rows]
        for field in dataclasses.fields(assessments)
        if field.name != "offsets"
    }
    of_subject = {field.name: getattr(course, field.name)[..., i : i + 1] for field in dataclasses.fields(course)}
    return Assessments(offsets=np.array([0, rows.stop - rows.start]), **alone), Course(**of_subject)


@checked
@given(histories())
def test_the_response_of_one_subject_is_its_slice_of_the_whole(history):
    assessments, course = history
    since = course.origin + np.int32(20)
    whole = {
        "day 28": response(*history, DEFAULT_RULES.day28),
        "best case": best_case_response(*history, DEFAULT_RULES.day28),
        "durable": durable_response(*history)[0],
        "loss": loss_of_response(*history, since),
    }
    for i in range(course.origin.size):
        alone = one_subject(assessments, course, i)
        for name, rule in (("day 28", response), ("best case", best_case_response)):
            found = rule(*alone, DEFAULT_RULES.day28)
            assert found.code[0] == whole[name].code[i]
            assert found.day[0] == whole[name].day[i]
        assert durable_response(*alone)[0][0] == whole["durable"][i]
        assert loss_of_response(*alone, since[i : i + 1])[0] == whole["loss"][i]


@checked
@given(histories())
def test_the_best_case_is_never_worse_and_a_durable_response_is_a_response_at_both_days(history):
    primary, best = (rule(*history, DEFAULT_RULES.day28) for rule in (response, best_case_response))
    assert (responded(best.code) >= responded(primary.code)).all()
    durable, at_28, at_56 = durable_response(*history)
    assert (durable <= (responded(at_28.code) & responded(at_56.code))).all()


answer = st.integers(-1, 1)
measured = {
    "bsa": st.one_of(st.just(float("nan")), st.floats(0, 100)),
    "desquamation": st.one_of(st.just(float("nan")), st.floats(0, 100)),
    "bilirubin": st.one_of(st.just(float("nan")), st.floats(0, 60)),
    "stool_ml": st.one_of(st.just(float("nan")), st.floats(0, 5000)),
    "episodes": st.one_of(st.just(float("nan")), st.integers(0, 30).map(float)),
    "age": st.one_of(st.just(float("nan")), st.integers(0, 80).map(float)),
    "weight": st.one_of(st.just(float("nan")), st.floats(5, 120)),
}
answered = {"bullae": answer, "severe_pain": answer, "bloody": answer, "stool_mixed": answer, "erythroderma": answer}
answered |= {"upper_gi": st.integers(-1, 2)}


@st.composite
def findings(draw, n):
    columns = {name: draw(arrays.arrays(np.float64, n, elements=values)) for name, values in measured.items()}
    columns |= {name: draw(arrays.arrays(np.int8, n, elements=values)) for name, values in answered.items()}
    attributions = draw(arrays.arrays(np.int8, (4, n), elements=st.integers(-1, 3)))
    return Findings(**columns, attributions=attributions)


@checked
@given(findings(6))
def test_stages_of_one_assessment_are_its_slice_of_the_whole(seen):
    whole = organ_stages(seen)
    assert ((whole >= -1) & (whole <= np.array([4, 4, 1, 4])[:, np.newaxis])).all()
    for i in range(6):
        alone = {
            field.name: value if value is None else value[..., i : i + 1]
            for field in dataclasses.fields(seen)
            for value in [getattr(seen, field.name)]
        }
        assert (organ_stages(Findings(**alone))[:, 0] == whole[:, i]).all()


@checked
@given(findings(6))
def test_an_organ_without_its_measurement_is_not_evaluable(seen):
    skin, liver, upper_gi, lower_gi = organ_stages(seen)
    assert (skin[np.isnan(seen.bsa)] == -1).all()
    assert (liver[np.isnan(seen.bilirubin)] == -1).all()
    assert (upper_gi[seen.upper_gi == -1] == -1).all()
    no_amount = np.isnan(seen.stool_ml) & np.isnan(seen.episodes) & (seen.severe_pain < 1) & (seen.bloody < 1)
    assert (lower_gi[no_amount] == -1).all()


dose = st.sampled_from([0.0, 0.2, 0.4, 0.45, 0.5, 0.8, 1.0, 1.4, 1.6, 1.95, 2.0, 2.5, float("nan")])


@st.composite
def steroid_courses(draw, max_subjects=3):
    """Doses, withheld steps and stagings of some subjects."""
    lengths = draw(st.lists(st.integers(0, 25), min_size=1, max_size=max_subjects))
    counts = [draw(st.integers(0, 4)) for _ in lengths]
    staged = [
        sorted(draw(st.lists(st.integers(-2, 26), min_size=count, max_size=count, unique=True))) for count in counts
    ]
    return SteroidCourse(
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        day=np.concatenate([np.arange(length) for length in lengths]).astype(np.int32),
        mg_per_kg=draw(arrays.arrays(np.float64, sum(lengths), elements=dose)),
        withheld=draw(arrays.arrays(np.bool_, sum(lengths))),
        staging_offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        staging_day=np.array([day for days in staged for day in days], np.int32),
        stages=draw(stages(sum(counts), missing=True)),
    )


@checked
@given(steroid_courses())
def test_the_resistance_of_one_subject_is_its_slice_of_the_whole(course):
    for rule in (resistance, ebmt_resistance):
        whole = rule(course)
        for i in range(course.offsets.size - 1):
            days = slice(course.offsets[i], course.offsets[i + 1])
            rows = slice(course.staging_offsets[i], course.staging_offsets[i + 1])
            alone = SteroidCourse(
                offsets=np.array([0, days.stop - days.start]),
                day=course.day[days],
                mg_per_kg=course.mg_per_kg[days],
                withheld=course.withheld[days],
                staging_offsets=np.array([0, rows.stop - rows.start]),
                staging_day=course.staging_day[rows],
                stages=course.stages[:, rows],
            )
            assert [day[0] for day in rule(alone)] == [day[i] for day in whole]


@checked
@given(steroid_courses(max_subjects=1), st.integers(0, 25))
def test_a_criterion_once_met_stays_met_on_its_day(course, known_days):
    """What is known up to a day gives the same criteria as later, as far as they were met by then."""
    kept, staged = course.day < known_days, course.staging_day < known_days
    early = SteroidCourse(
        offsets=np.array([0, kept.sum()]),
        day=course.day[kept],
        mg_per_kg=course.mg_per_kg[kept],
        withheld=course.withheld[kept],
        staging_offsets=np.array([0, staged.sum()]),
        staging_day=course.staging_day[staged],
        stages=course.stages[:, staged],
    )
    for now, later in zip(resistance(early), resistance(course)):
        assert now[0] == (later[0] if later[0] < known_days else NEVER)


@checked
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 20)), max_size=30))
def test_runs_and_running_minima_are_those_of_a_loop(rows):
    rows = sorted(rows, key=lambda row: row[0])
    subject, chosen, value = (np.array([row[k] for row in rows], kind) for k, kind in ((0, int), (1, bool), (2, float)))
    length, lowest, expected_length, expected_lowest = 0, np.inf, [], []
    for k in range(len(rows)):
        if k == 0 or subject[k] != subject[k - 1]:
            length, lowest = 0, np.inf
        length = length + 1 if chosen[k] else 0
        lowest = min(lowest, value[k])
        expected_length.append(length)
        expected_lowest.append(lowest)
    assert run_length(chosen, subject).tolist() == expected_length
    assert running_lowest(value, subject).tolist() == expected_lowest


@checked
@given(
    st.lists(
        st.tuples(st.integers(0, len(STEROIDS) - 1), st.integers(1, 200), st.integers(-3, 12), st.integers(0, 6)),
        max_size=6,
    )
)
def test_daily_doses_are_the_sum_over_the_periods_of_each_day(periods):
    drug, mg, start, length = (np.array([period[k] for period in periods], int) for k in range(4))
    doses = daily_doses(
        drug=drug.astype(np.int8),
        dose_mg=mg.astype(float),
        start=start.astype(np.int32),
        stop=(start + length).astype(np.int32),
        offsets=np.array([0, len(periods)]),
        first_day=np.array([0], np.int32),
        last_day=np.array([9], np.int32),
        weight_kg=np.array([50.0]),
        weight_day=np.array([0], np.int32),
        weight_offsets=np.array([0, 1]),
        weight_max_age=30,
    )
    factors = np.array([1, 0.8, 0.8, 0.2, 16 / 3, 16 / 3, 0.16, 1])
    for day in range(10):
        given_that_day = (start <= day) & (day <= start + length)
        expected = (factors[drug[given_that_day]] * mg[given_that_day]).sum()
        assert doses.mg[day] == pytest.approx(expected, rel=1e-12, abs=0)


@checked
@given(arrays.arrays(np.int8, (8, 5), elements=st.integers(0, 3)), arrays.arrays(np.bool_, (8, 5)))
def test_global_severity_with_missing_organs_is_a_lower_bound(scores, hidden):
    whole, partly = global_severity(scores), global_severity(np.where(hidden, np.int8(-1), scores))
    assert not whole.lower_bound.any()
    assert (partly.severity <= whole.severity).all()
    assert (partly.severity == whole.severity)[~partly.lower_bound].all()


@pytest.mark.parametrize(("scheme", "test"), [(scheme, test) for scheme, tests in BELOW.items() for test in tests])
@checked
@given(value=st.floats(0, 500), drop=st.floats(0, 100), lln=st.floats(100, 200))
def test_a_lower_count_never_has_a_lower_grade(scheme, test, value, drop, lln):
    grades = grade_below(test, np.array([value, value - drop]), np.array([lln, lln]), scheme)
    assert grades[0] <= grades[1]
