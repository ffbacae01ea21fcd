"""Names that a protocol may use are those that the rules know: `protocol/` cannot ask `state/`, so they are equated."""

from __future__ import annotations

from equipoise.protocol.endpoints import EVENTS
from equipoise.protocol.references import RESPONSE_CODES
from equipoise.protocol.safety import DEVIATIONS
from equipoise.state import deviations, endpoints, response


def test_each_deviation_that_a_protocol_may_declare_has_a_rule_and_each_rule_a_name():
    assert deviations.RULES.keys() == DEVIATIONS


def test_each_event_that_an_endpoint_may_name_is_derived():
    assert endpoints.EVENTS.keys() == EVENTS


def test_the_response_codes_of_both_are_the_same():
    assert response.RESPONSES == RESPONSE_CODES
