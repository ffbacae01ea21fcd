"""CONSORT flow. Source: CONSORT 2010 statement, Schulz et al., BMJ 340:c332; requirement 83."""

from __future__ import annotations

import pytest

from analysis_frames import Table
from analysis_trial import FIRST, TrialLog
from equipoise.analysis.analyse import analyse
from equipoise.datasets import build
from equipoise.days import format_day
from equipoise.records.cuts import Cut

title = "Every box of the flow adds up"


@pytest.fixture(scope="module")
def flow():
    """Nine screened: one each excluded for three reasons, one still in screening, five randomized."""
    log = TrialLog()
    for number, reason in enumerate(("WITHDREW_CONSENT", "NOT_ELIGIBLE", "OTHER"), start=1):
        log.screened(f"01-00{number}", fails=reason)
    log.screened("01-004")
    log.write("01-001", "SCREENING", {"SC_DATE": format_day(FIRST + 9), "SC_ATTEMPT": "2"})
    log.write("01-001", "SCREENFAIL", {"SF_DATE": format_day(FIRST + 9), "SF_REASON": "NOT_ELIGIBLE"})
    log.subject("02-001", "MSC", contact=200)
    log.subject("02-002", "MSC", msc=(), contact=100)
    log.subject("02-003", "CONTROL", msc=(30,), contact=200)
    log.subject("02-004", "CONTROL", dli=50, contact=200)
    log.subject("02-005", "CONTROL", basiliximab=(), contact=200)
    leaving = [("02-001", "STOP_TREATMENT", 10), ("02-001", "STOP_VISITS", 50), ("02-002", "LOST_TO_FOLLOW_UP", 100)]
    for subject, way, day in [*leaving, ("02-003", "WITHDRAW_DATA", 150), ("02-004", "STOP_VISITS", 80)]:
        log.write(subject, "LEAVE", {"XT_DATE": format_day(FIRST + day), "XT_TYPE": way})
    return Table(analyse(build(log.records, log.protocol, Cut()), log.protocol))


def box(flow: Table, group: str, name: str, subgroup: str = "") -> int:
    return flow.value("FLOW", group, f"flow_{name}", subgroup=subgroup)


@pytest.mark.requirement(83)
def test_screened_are_excluded_randomized_or_in_screening(flow):
    assert box(flow, "ALL", "screened") == 9
    assert box(flow, "ALL", "attempts") == 10
    assert (box(flow, "ALL", "excluded"), box(flow, "ALL", "in_screening"), box(flow, "ALL", "randomized")) == (3, 1, 5)


@pytest.mark.requirement(83)
def test_the_reasons_sum_to_the_excluded(flow):
    """A subject screened twice counts once, by the last reason."""
    reasons = {
        name: box(flow, "ALL", "excluded", f"reason={name}") for name in ("WITHDREW_CONSENT", "NOT_ELIGIBLE", "OTHER")
    }
    assert reasons == {"WITHDREW_CONSENT": 0, "NOT_ELIGIBLE": 2, "OTHER": 1}


@pytest.mark.requirement(83)
def test_randomized_are_those_allocated_to_the_arms(flow):
    assert box(flow, "MSC", "allocated") + box(flow, "CONTROL", "allocated") == box(flow, "ALL", "randomized")


@pytest.mark.requirement(83)
def test_allocated_received_it_or_did_not(flow):
    """The MSC arm received its treatment with a dose of MSC, the control arm with one of basiliximab."""
    assert (box(flow, "MSC", "received"), box(flow, "MSC", "not_received")) == (1, 1)
    assert (box(flow, "CONTROL", "received"), box(flow, "CONTROL", "not_received")) == (2, 1)


@pytest.mark.requirement(83)
def test_those_who_left_count_once_by_their_first_way(flow):
    ways = ("STOP_TREATMENT", "STOP_VISITS", "WITHDRAW_DATA")
    for group, total, by_way in (("MSC", 1, (1, 0, 0)), ("CONTROL", 2, (0, 1, 1))):
        assert box(flow, group, "discontinued") == total
        assert tuple(box(flow, group, "discontinued", f"reason={way}") for way in ways) == by_way
    assert (box(flow, "MSC", "lost"), box(flow, "CONTROL", "lost")) == (1, 0)


@pytest.mark.requirement(83)
@pytest.mark.parametrize(("population", "msc", "control"), [("ITT", (2, 0), (3, 0)), ("MITT", (2, 0), (1, 2))])
def test_allocated_are_analysed_or_not(flow, population, msc, control):
    for group, counts in (("MSC", msc), ("CONTROL", control)):
        where = f"population={population}"
        assert (box(flow, group, "analysed", where), box(flow, group, "not_analysed", where)) == counts
    assert (box(flow, "MSC", "crossover"), box(flow, "CONTROL", "crossover")) == (0, 1)
