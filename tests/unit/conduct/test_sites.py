"""Open a site, record its laboratory's ranges."""

from __future__ import annotations

import pytest

from equipoise.conduct.sites import open_site, record_reference_range
from equipoise.errors import NotPermitted, Refused, TrialErrors
from equipoise.records.record import SITE

NEUTROPHILS = {
    "LR_EFFECTIVE": "2015-01-01", "LR_VERSION": "1", "LR_TEST": "ANC", "LR_UNIT": "10^9/L", "LR_LOW": "1.8",
    "LR_HIGH": "6.3",
}  # fmt: skip


def test_ranges_of_a_site_are_numbered_versions(trial, people):
    for version in ("1", "2"):
        record_reference_range(trial, by=people.manager, site="01", items=NEUTROPHILS | {"LR_VERSION": version})
    ranges = [record for record in trial.ledger.of_unit(SITE, "01") if record.key.form == "REFERENCE_RANGES"]
    assert [(record.key.repeat, record.payload["LR_VERSION"]) for record in ranges] == [(1, "1"), (2, "2")]


def test_a_range_without_a_limit_or_of_an_unknown_test_is_told_with_all_its_faults(trial, people):
    items = {"LR_EFFECTIVE": "2015-13-01", "LR_VERSION": "1", "LR_TEST": "GLUCOSE", "LR_UNIT": "mmol/L"}
    with pytest.raises(TrialErrors) as caught:
        record_reference_range(trial, by=people.manager, site="01", items=items)
    assert [fault.rule for fault in caught.value.faults] == ["ITEM-TYPE", "ITEM-CODE", "REFERENCE-RANGE"]


def test_a_site_opens_only_once_the_protocol_is_in_force_there_and_by_the_data_manager(trial, people):
    trial.clock.time = trial.clock.time.replace(year=2014, month=7)
    with pytest.raises(Refused) as caught:
        open_site(trial, by=people.manager, site="03")
    assert caught.value.rule == "PROTOCOL-IN-FORCE"
    with pytest.raises(NotPermitted):
        open_site(trial, by=people.investigator, site="03")
