"""Whatever stands in the place of any value, the reader answers in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.protocol.load import read_protocol
from equipoise.protocol.source import Faults, Source

WRONG = st.sampled_from(
    [None, True, 0, -3, 2.5, "", "x", "GV_BSA > 1", date(2015, 1, 1), (), ("x",), (1, 2), ((),), {}, {"x": 1},
     {"en": "x"}]
)  # fmt: skip


def replaced(value: Any, path: tuple, new: Any) -> Any:
    """A copy of the data with another value at a path."""
    if not path:
        return new
    if isinstance(value, dict):
        return {key: replaced(inner, path[1:], new) if key == path[0] else inner for key, inner in value.items()}
    return tuple(replaced(inner, path[1:], new) if at == path[0] else inner for at, inner in enumerate(value))


def test_a_wrong_value_anywhere_is_told_or_harmless(small_source):
    paths = sorted(small_source.lines, key=str)[1:]  # all but the file itself

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(place=st.integers(0, 10_000), new=WRONG)
    def told_or_harmless(place, new):
        path = paths[place * 7919 % len(paths)]
        faults = Faults()
        source = Source("protocol.yaml", 0, replaced(small_source.data, path, new), small_source.lines)
        protocol = read_protocol(source, faults)
        assert protocol is not None or len(faults)
        for fault in faults.error().faults if len(faults) else ():
            assert fault.where.startswith(("protocol.yaml, line ", "library/forms.yaml, line "))
            assert fault.fault
            assert fault.remedy

    told_or_harmless()
