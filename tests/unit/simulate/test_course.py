"""The course of an arm: published response rates, competing events, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from equipoise.arrays import NEVER
from equipoise.simulate.baseline import draw_baseline
from equipoise.simulate.course import CR, NR, PR, class_probabilities, draw_course
from equipoise.simulate.safety import draw_events
from equipoise.simulate.streams import Draws

N = 20_000
ARMS = ("MSC", "CONTROL")


@pytest.fixture(scope="module")
def people(scenario):
    return draw_baseline(scenario, Draws(2), N)


@pytest.fixture(scope="module", params=ARMS)
def arm(request):
    return request.param


@pytest.fixture(scope="module")
def course(scenario, people, arm):
    return drawn(scenario, people, arm, "perfect")


def drawn(scenario, people, arm, observation):
    return draw_course(scenario, scenario.observation[observation], people, arm, Draws(2), gives_msc=arm == "MSC")


PUBLISHED_OVERALL = {"MSC": {2: 35 / 36, 3: 33 / 41, 4: 14 / 22}, "CONTROL": {2: 34 / 37, 3: 30 / 44, 4: 6 / 18}}


def test_response_by_grade_is_that_of_the_paper(course, people, arm):
    """Grade IV has about 4,000 subjects: five binomial standard deviations are 0.04."""
    for grade, published in PUBLISHED_OVERALL[arm].items():
        found = (course.response28[people.grade == grade] != NR).mean()
        assert abs(found - published) < 0.04


def test_what_will_not_be_observed_raises_the_true_response(scenario, people):
    seen, missed = (drawn(scenario, people, "CONTROL", name) for name in ("perfect", "realistic"))
    raised = (missed.response28 != NR).mean() / (seen.response28 != NR).mean()
    # 1 / 0.98, but for subjects counted twice: same uniforms, so the ratio has next to no noise
    assert_allclose(raised, 1 / (1 - scenario.observation["realistic"].unobserved_responses), atol=0.005)


def test_class_probabilities_keep_the_grade_as_a_whole(scenario):
    """A quarter of the grade is indivisible: CR and PR of the grade stay those of the scenario."""
    told = scenario.arms["CONTROL"]
    divisible, alone = class_probabilities(told, 2, 0.0, 0.25)
    whole = 0.75 * np.array(divisible) + 0.25 * np.array(alone)
    assert_allclose(whole, [0.919 * 0.679, 0.919 * (1 - 0.679), 1 - 0.919])
    assert alone[1] == 0


def test_there_is_no_partial_response_of_one_organ_at_stage_1(course, people):
    assert not ((course.response28 == PR) & people.indivisible).any()
    assert not ((course.response56 == PR) & people.indivisible).any()


def test_responders_live_without_relapse_until_their_window_has_closed(course):
    responds = course.response28 != NR
    closed = course.cycle_start + 31
    assert (course.death[responds] >= closed[responds]).all()
    assert (course.relapse[responds] >= closed[responds]).all()
    assert (course.new_therapy >= closed).all()


def test_death_follows_relapse_and_nothing_follows_death(course):
    relapsed = course.relapse < NEVER
    assert (course.relapse <= course.death)[relapsed].all()
    for event in (course.cgvhd, course.severe_cgvhd, course.new_therapy, course.dli, course.lost, course.withdrawn):
        happens = event < NEVER
        assert (event < course.death)[happens].all()


def test_causes_of_death_fit_what_happened(course):
    dead = course.death < NEVER
    assert_array_equal(course.death_cause[dead] == "RELAPSE", course.relapse[dead] < NEVER)
    of_chronic = dead & (course.death_cause == "CGVHD")
    assert of_chronic.any()
    assert (course.cgvhd[of_chronic] < course.death[of_chronic]).all()


def test_severity_of_chronic_gvhd_is_told_by_its_days(course):
    assert_array_equal(course.cgvhd_severity == 3, course.severe_cgvhd < NEVER)
    assert_array_equal(course.cgvhd_severity == 0, course.cgvhd == NEVER)
    severe = course.severe_cgvhd < NEVER
    assert (course.cgvhd[severe] <= course.severe_cgvhd[severe]).all()


def test_msc_start_within_a_week_of_second_line_and_within_the_published_days_of_onset(scenario, people):
    course = drawn(scenario, people, "MSC", "perfect")
    given = course.msc_start < NEVER
    wait = (course.msc_start - course.sl_start)[given]
    assert wait.min() >= 0
    assert wait.max() <= 7
    since_onset = (course.msc_start - people.onset)[given]
    assert since_onset.min() >= 6
    assert since_onset.max() <= 17
    assert np.median(since_onset) == 10


def test_only_controls_without_response_cross_over_and_about_a_quarter_of_them(scenario, people):
    assert (drawn(scenario, people, "MSC", "perfect").crossover == NEVER).all()
    course = drawn(scenario, people, "CONTROL", "perfect")
    crosses = course.crossover < NEVER
    assert (course.response28[crosses] == NR).all()
    assert_array_equal(course.crossover[crosses], course.new_therapy[crosses])
    assert abs(crosses.sum() / (course.response28 == NR).sum() - 8 / 29) < 0.06


def test_a_subject_has_the_same_uniforms_under_both_arms(scenario, people):
    """Who responds in the arm with the lower rates responds in the other too."""
    msc, control = (drawn(scenario, people, name, "perfect") for name in ARMS)
    assert ((control.response28 == CR) <= (msc.response28 != NR)).all()


def test_another_number_in_one_arm_leaves_the_other_arm_and_the_other_draws(scenario, people):
    old = scenario.arms["MSC"]
    relapse = old.relapse.model_copy(update={"per_month": (0.5, 0.5, 0.5)})
    changed = scenario.model_copy(
        update={"arms": {**scenario.arms, "MSC": old.model_copy(update={"relapse": relapse})}}
    )
    assert_array_equal(
        drawn(changed, people, "CONTROL", "perfect").death, drawn(scenario, people, "CONTROL", "perfect").death
    )
    before, after = (drawn(which, people, "MSC", "perfect") for which in (scenario, changed))
    assert (before.relapse != after.relapse).any()
    assert_array_equal(before.response28, after.response28)
    assert_array_equal(before.lost[before.death == after.death], after.lost[before.death == after.death])


def test_adverse_events_come_before_death_and_second_ones_after_first_ones(scenario, course, arm):
    events = draw_events(scenario, course, arm, Draws(2))
    for days in (events.infections[0, 0], events.cytopenias[0], events.other, events.serious, events.mild[0]):
        happens = days < NEVER
        assert happens.any()
        assert (days < course.death)[happens].all()
    first, second = events.cytopenias
    both = second < NEVER
    assert (first[both] + scenario.safety.repeat_after_days < second[both] + 1).all()
