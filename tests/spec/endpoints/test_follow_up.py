"""Time-to-event and binary endpoints from milestones. Source: endpoints of the index trial, Zhao et al. 2022."""

import numpy as np
import pytest

from equipoise.arrays import NEVER, UNKNOWN
from equipoise.errors import AnalysisDataError
from equipoise.state.derive import Treatment
from equipoise.state.endpoints import analysed_arm, binary, component, follow_up, population
from equipoise.state.milestones import Milestones
from equipoise.state.response import RESPONSES
from trial_records import index_protocol

title = "What happened first, and when follow-up ended"

ZERO = 17000
NAMES = {"-": int(NEVER), "?": int(UNKNOWN)}
DAYS = {name: int(NEVER) for name in Milestones.__annotations__}
CODES = (
    "site",
    "baseline_skin",
    "baseline_liver",
    "baseline_upper_gi",
    "baseline_lower_gi",
    "baseline_grade",
    "death_cause",
)


def subjects(**columns):
    """Milestones of some subjects: the columns given, and nothing else happened."""
    n = len(next(iter(columns.values())))
    blank = {name: np.full(n, NEVER) for name in DAYS}
    blank |= {name: np.full(n, -1, np.int8) for name in CODES}
    blank |= {
        "subject": np.arange(n),
        "randomized": np.full(n, ZERO, np.int32),
        "last_alive": np.full(n, 1000, np.int32),
    }
    counts = ("msc_doses", "basiliximab_doses", "durable56", "cgvhd_severity")
    blank |= {name: np.zeros(n, np.int8) for name in counts}
    given = {
        name: np.asarray(column, np.int8 if blank[name].dtype == np.int8 else np.int32)
        for name, column in columns.items()
    }
    return Milestones.from_dict(blank | given)


def ended(endpoint, text, **options):
    """Compare time and cause with a table of events by day: `relapse death last || time cause`."""
    lines = [line.split("||") for line in text.strip().splitlines()]
    names = lines[0][0].split()
    rows = [[NAMES.get(cell, cell) for cell in given.split()] for given, _ in lines[1:]]
    columns = {name: np.array([int(row[place]) for row in rows], np.int32) for place, name in enumerate(names)}
    found = follow_up(subjects(**columns), index_protocol().endpoints[endpoint], **options)
    expected = [tuple(float(cell) for cell in result.split()) for _, result in lines[1:]]
    assert list(zip(found.time.tolist(), found.cause.tolist())) == expected


def test_overall_survival_ends_with_death_or_the_last_contact():
    ended("OS", """
        death last_alive relapse || time cause
        -     300        -       || 300 0
        200   200        -       || 200 1
        200   200        100     || 200 1
        0     0          -       || 0 1
    """)  # fmt: skip


def test_relapse_and_non_relapse_mortality_compete():
    """Death after relapse is none without relapse; on one day relapse comes first."""
    table = """
        relapse death last_alive || time cause
        -       -     300        || 300 0
        100     -     300        || 100 {relapse}
        100     200   200        || 100 {relapse}
        -       200   200        || 200 {death}
        200     200   200        || 200 {relapse}
    """
    ended("RELAPSE", table.format(relapse=1, death=2))
    ended("NRM", table.format(relapse=2, death=1))


def test_chronic_gvhd_competes_with_relapse_and_death():
    ended("CGVHD", """
        cgvhd relapse death last_alive || time cause
        100   -       -     300        || 100 1
        100   50      -     300        || 50 2
        -     -       80    80         || 80 3
        80    80      80    80         || 80 1
        -     80      80    80         || 80 2
        -     -       -     300        || 300 0
    """)  # fmt: skip


def test_severe_chronic_gvhd_is_its_own_event():
    ended("SEVERE_CGVHD", """
        cgvhd severe_cgvhd death last_alive || time cause
        100   150          -     300        || 150 1
        100   -            200   200        || 200 3
        100   -            -     300        || 300 0
    """)  # fmt: skip


FAILURE = """
        relapse death new_therapy cgvhd last_alive || time cause
        100     -     -           -     300        || {}
        -       100   -           -     100        || {}
        -       -     100         -     300        || {}
        -       -     100         50    300        || {}
        -       -     50          50    300        || {}
        -       -     -           50    300        || {}
"""


def test_failure_free_survival_ignores_chronic_gvhd():
    rows = ("100 1", "100 1", "100 1", "100 1", "50 1", "300 0")
    ended("FFS", FAILURE.format(*rows))
    ended("FFS", FAILURE.format(*rows), variant="km_ignore")


def test_failure_free_survival_is_censored_at_chronic_gvhd():
    ended("FFS", FAILURE.format("100 1", "100 1", "100 1", "50 0", "50 1", "50 0"), variant="km_censor")


def test_chronic_gvhd_competes_with_failure():
    ended("FFS", FAILURE.format("100 1", "100 1", "100 1", "50 2", "50 1", "50 2"), variant="cif")


def test_the_component_of_failure():
    """1 relapse, 2 death without relapse, 3 new therapy, 4 chronic GVHD (competing)."""
    found = subjects(
        relapse=[100, NEVER, NEVER, NEVER, NEVER], death=[NEVER, 100, NEVER, NEVER, NEVER],
        new_therapy=[NEVER, NEVER, 100, NEVER, NEVER], cgvhd=[NEVER, NEVER, NEVER, 100, NEVER],
    )  # fmt: skip
    assert component(found, index_protocol().endpoints["FFS"], variant="cif").tolist() == [1, 2, 3, 4, 0]
    assert component(found, index_protocol().endpoints["FFS"]).tolist() == [1, 2, 3, 0, 0]


def test_follow_up_ends_at_the_data_cutoff_and_an_event_on_that_day_counts():
    table = """
        death last_alive || time cause
        250   250        || {}
        251   251        || {}
        -     240        || {}
        -     300        || {}
    """
    ended("OS", table.format("250 1", "250 0", "240 0", "250 0"), cutoff_day=ZERO + 250)


def test_withdrawal_of_data_ends_follow_up_and_other_ways_to_leave_do_not():
    ended("OS", """
        death data_end last_alive || time cause
        200   150      200        || 150 0
        150   150      150        || 150 1
    """)  # fmt: skip


def test_a_horizon_cuts_follow_up_and_an_event_on_its_day_counts():
    """Month 6 is day 183 (6 x 30.4375 = 182.6)."""
    ended("OS", """
        death last_alive || time cause
        183   183        || 183 1
        184   184        || 183 0
        -     100        || 100 0
    """, horizon=6)  # fmt: skip


def test_subjects_who_were_not_randomized_have_no_follow_up():
    found = follow_up(subjects(randomized=[ZERO, NEVER], death=[100, NEVER]), index_protocol().endpoints["OS"])
    assert found.time[0] == 100
    assert np.isnan(found.time[1])
    assert found.cause.tolist() == [1, 0]


def test_an_event_on_an_unknown_day_is_refused():
    with pytest.raises(AnalysisDataError, match="the day of relapse is not known for 1 subjects"):
        follow_up(subjects(relapse=[UNKNOWN, 50]), index_protocol().endpoints["RELAPSE"])


def test_trials_stacked_behind_each_other_give_the_same_rows():
    rng = np.random.default_rng(5)
    columns = {
        name: np.where(rng.random(60) < 0.5, rng.integers(0, 400, 60), NEVER)
        for name in ("relapse", "death", "cgvhd", "new_therapy")
    }
    whole = subjects(**columns)
    for name, endpoint in index_protocol().endpoints.items():
        if endpoint.kind in ("survival", "competing"):
            stacked = follow_up(whole, endpoint, ZERO + 300)
            parts = [follow_up(whole.select(slice(at, at + 20)), endpoint, ZERO + 300) for at in (0, 20, 40)]
            np.testing.assert_array_equal(stacked.time, np.concatenate([part.time for part in parts]), err_msg=name)
            np.testing.assert_array_equal(stacked.cause, np.concatenate([part.cause for part in parts]), err_msg=name)


CODE = {name: place for place, name in enumerate(RESPONSES)}


def test_binary_endpoints_by_response_code():
    codes = [CODE[name] for name in ("CR", "VGPR", "PR", "MR", "MISSING", "DEAD", "TRT")]
    found = subjects(response28=codes, response56=codes[::-1])
    endpoints = index_protocol().endpoints
    assert binary(found, endpoints["OR28"]).tolist() == [True, True, True, False, False, False, False]
    assert binary(found, endpoints["CR28"]).tolist() == [True, False, False, False, False, False, False]
    assert binary(found, endpoints["OR56"]).tolist() == [False, False, False, False, True, True, True]


def test_other_readings_of_binary_endpoints():
    found = subjects(
        response28=[CODE["SD"]], response28_sl=[CODE["PR"]], response28_cycle_day1=[CODE["SD"]],
        response28_best_case=[CODE["CR"]], response56=[CODE["TRT"]], response56_as_treated=[CODE["CR"]], durable56=[1],
    )  # fmt: skip
    endpoints = index_protocol().endpoints
    readings = [binary(found, endpoints["OR28"], name)[0] for name in (None, "sl", "cycle_day1", "best_case")]
    assert readings == [False, True, False, True]
    assert binary(found, endpoints["OR56"], "treated").tolist() == [True]
    assert binary(found, endpoints["DOR56"]).tolist() == [True]


def test_populations():
    """Plain; never treated; donor lymphocytes; a control given MSC; with an important deviation; only screened."""
    found = subjects(
        randomized=[ZERO] * 5 + [NEVER], basiliximab_doses=[4, 0, 4, 4, 4, 0], msc_doses=[4, 0, 4, 1, 4, 0],
        first_msc=[3, NEVER, 3, 40, 3, NEVER], dli=[NEVER, NEVER, 80, NEVER, NEVER, NEVER],
        crossover=[NEVER, NEVER, NEVER, 40, NEVER, NEVER],
    )  # fmt: skip
    important = np.array([False, False, False, False, True, False])
    members = {
        name: "".join(
            "1" if member else "0"
            for member in population(found, name, index_protocol(), important_deviation=important)
        )
        for name in index_protocol().populations
    }
    assert members == {
        "ITT": "111110", "MITT": "110010", "AS_TREATED": "111110", "PP": "111100", "SAFETY": "101110",
    }  # fmt: skip


def test_the_arm_by_treatment_received():
    """Control given MSC; MSC arm without any; as randomized; not randomized."""
    found = subjects(first_msc=[40, NEVER, 3, NEVER], randomized=[ZERO, ZERO, ZERO, NEVER])
    treatment = Treatment(np.array([1, 0, 0, -1], np.int8), np.zeros(4, np.int32))
    protocol = index_protocol()
    assert analysed_arm(found, treatment, protocol, "AS_TREATED").tolist() == [0, 1, 0, -1]
    assert analysed_arm(found, treatment, protocol, "ITT").tolist() == [1, 0, 0, -1]
