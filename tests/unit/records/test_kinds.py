"""The kinds of record that are declared from the first day."""

from __future__ import annotations

from equipoise.records.kinds import KINDS
from equipoise.records.record import STREAMS, UNIT_TYPES


def test_every_kind_has_streams_units_and_a_meaning():
    for kind in KINDS.values():
        assert kind.streams
        assert set(kind.streams) <= set(STREAMS)
        assert set(kind.unit_types) <= set(UNIT_TYPES)
        assert kind.meaning


def test_kinds_whose_pages_come_later_are_declared_now():
    assert {"SAE", "PREGNANCY", "PRODUCT_UNIT", "SHIPMENT", "TEMPERATURE_LOG", "DEVIATION"} <= set(KINDS)


def test_what_tells_the_arm_is_in_no_clinical_stream():
    assert KINDS["ARM"].streams == ("treatment",)
    assert KINDS["ALLOCATION"].streams == ("allocation",)
