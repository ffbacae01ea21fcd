"""Every entry of the reference against our functions, every number of its result."""

from __future__ import annotations

import pytest

from equipoise.errors import AnalysisDataError, DesignError
from tests.golden.answers import RUNNERS, answer, tolerance_kind
from tests.golden.compare import differences
from tests.golden.entries import UNREADABLE, Entry
from tests.golden.refusals import refused_by_r


def test_agrees_with_r(entry: Entry) -> None:
    """Every number of the result agrees at the tolerance that the reference states; R's errors are our errors."""
    assert not entry.trouble
    assert entry.kind != UNREADABLE
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
    found = differences(tolerance_kind(entry), entry.asked["result"], answer(entry))
    assert not found, "\n".join(found)
