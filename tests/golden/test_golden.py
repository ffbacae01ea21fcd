"""Every entry of the reference against our functions, every number of its result."""

from __future__ import annotations

import inspect

import pytest

from equipoise import stats
from equipoise.errors import AnalysisDataError, DesignError
from tests.golden.answers import RUNNERS, answer, tolerance_kind
from tests.golden.compare import differences
from tests.golden.entries import UNREADABLE, Entry
from tests.golden.refusals import refused_by_r

FULL_CORE = "comes with the full statistics core"
NOT_YET_OPTIONS = {("fine_gray", "time_varying"): FULL_CORE}
"""Kinds with an option that we do not take yet: the same, for entries that use it."""
NOT_YET_FIELDS: dict[str, dict[str, str]] = {}
"""Fields of a result that we do not have yet; the rest of the entry is compared, and to have them is an error."""


def not_yet(entry: Entry) -> str | None:
    """Why the entry cannot be answered yet; None if it can."""
    for (kind, option), why in NOT_YET_OPTIONS.items():
        if kind == entry.kind and entry.asked.get(option):
            return why
    return None


def test_agrees_with_r(entry: Entry) -> None:
    """Every number of the result agrees at the tolerance that the reference states; R's errors are our errors."""
    assert not entry.trouble
    assert entry.kind != UNREADABLE
    if why := not_yet(entry):
        pytest.xfail(why)
    if entry.kind == "error":
        asked = refused_by_r(entry)
        with pytest.raises((AnalysisDataError, DesignError)) as refusal:
            answer(asked)
        assert refusal.value.where
        assert refusal.value.rule
        assert refusal.value.remedy
        return
    assert entry.kind in RUNNERS, f"an entry of a kind that these tests do not know: {entry.kind}"
    assert "result" in entry.asked, "an entry without a result"
    found = differences(tolerance_kind(entry), entry.asked["result"], answer(entry), NOT_YET_FIELDS.get(entry.kind))
    assert not found, "\n".join(found)


def test_what_is_not_yet_there_is_not_there() -> None:
    """An option leaves the table when the function takes it."""
    taken = {("fine_gray", name) for name in inspect.signature(stats.fine_gray).parameters}
    assert not set(NOT_YET_OPTIONS) & taken
