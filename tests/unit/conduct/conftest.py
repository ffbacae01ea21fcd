"""A trial in memory with a clock that the test sets, and the people of two sites."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from equipoise.allocation.lists import ListOpener, generate
from equipoise.allocation.specification import AllocationSpec
from equipoise.conduct import permissions
from equipoise.conduct.capture import capture
from equipoise.conduct.consent import record_consent
from equipoise.conduct.ports import Actor
from equipoise.conduct.screening import screen
from equipoise.conduct.sites import open_site
from equipoise.conduct.trial import Trial
from equipoise.protocol.load import load_history
from equipoise.store.allocations import MemoryAllocations
from equipoise.store.entropy import SeededEntropy
from equipoise.store.memory import MemoryLedger


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime):
        self.time = now

    def now(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def set(self, text: str) -> None:
        """Set to a local time in Shanghai (UTC+8)."""
        self.time = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=8)


@pytest.fixture(scope="session")
def history(index_protocol_path):
    return load_history(index_protocol_path.parent)


@pytest.fixture
def people():
    return people_of_sites("01", "02")


def people_of_sites(*sites):
    """One person a role; those of sites work at these."""
    here = frozenset(sites)
    return SimpleNamespace(
        coordinator=Actor(id="coordinator-01", role=permissions.COORDINATOR, sites=here),
        investigator=Actor(id="investigator-01", role=permissions.INVESTIGATOR, sites=here),
        elsewhere=Actor(id="investigator-09", role=permissions.INVESTIGATOR, sites=frozenset({"09"})),
        assessor=Actor(id="assessor-01", role=permissions.ASSESSOR, sites=here),
        manager=Actor(id="manager", role=permissions.DATA_MANAGER),
        inspector=Actor(id="inspector", role=permissions.INSPECTOR),
        administrator=Actor(id="administrator", role=permissions.ADMINISTRATOR),
    )


@pytest.fixture
def trial(history, people):
    """The index trial on 1 March 2016, with sites 01 and 02 open and a list of eight slots."""
    return started(history, people)


MARCH = datetime(2016, 3, 1, 1, 0, tzinfo=UTC)


def started(history, people, now=MARCH):
    """A trial of a protocol history, with sites 01 and 02 open and a list of eight slots."""
    protocol = history.latest
    spec = AllocationSpec(
        scheme=protocol.randomization.scheme,
        method="permuted_blocks",
        ratio=dict(protocol.randomization.ratio),
        block_sizes=(4,),
        strata=protocol.strata,
        length=8,
    )
    allocations = MemoryAllocations()
    for stratum in spec.strata:
        allocations.prepare(spec.scheme, stratum, spec.length)
    trial = Trial(
        protocols=history,
        ledger=MemoryLedger(protocol.trial.id, SeededEntropy(1)),
        allocations=allocations,
        opener=ListOpener(generate(spec, seed=7)),
        clock=SetClock(now),
        entropy=SeededEntropy(2),
        via="test",
    )
    for site in ("01", "02"):
        open_site(trial, by=people.manager, site=site)
    return trial


STAGED = {
    "GV_EVALUATOR": "INVESTIGATOR",
    "GV_EVALUATOR_ID": "investigator-01",
    "GV_BSA": "60",
    "GV_ERYTHRODERMA": "N",
    "GV_BULLAE": "N",
    "GV_BILIRUBIN": "0.8",
    "GV_UGI": "NONE",
    "GV_STOOL": "200",
    "GV_STOOL_DAYS": "3",
    "GV_STOOL_URINE": "N",
    "GV_BLOOD": "N",
    "GV_PAIN": "N",
}
ELIGIBLE = {
    "EL_DATE": "2016-03-01",
    "EL_IS_TAPER_CAUSE": "N",
    "EL_DLI_CAUSE": "N",
    "EL_PRIOR_THERAPIES": "0",
    "EL_INFECTION": "N",
    "EL_HEMORRHAGE": "N",
    "EL_SEVERE_CONDITION": "N",
}
SIGNED = {
    "CO_DATE": "2016-03-01",
    "CO_TIME": "08:30",
    "CO_SIGNER": "SUBJECT",
    "CO_VERSION": "1.0",
    "CO_LANGUAGE": "zh",
    "CO_FOLLOW_UP": "Y",
    "CO_SAMPLES": "Y",
}


def screened(trial, people, *, birth="1986-05-04", site="01"):
    """A subject screened on 1 March 2016; the skin got worse on three days of 2 mg/kg: resistant by criterion A."""
    by = people.coordinator
    subject = screen(trial, by=by, site=site, date="2016-03-01")
    fill = {
        "DEMOG": {"DM_BIRTH": birth, "DM_SEX": "F"},
        "VITALS": {"VS_DATE": "2016-02-25", "VS_WEIGHT": "60"},
        "STEROID": {
            "ST_START": "2016-02-25",
            "ST_DRUG": "METHYLPREDNISOLONE",
            "ST_DOSE": "120",
            "ST_ROUTE": "IV",
            "ST_REASON": "FIRST_LINE",
        },
    }
    for form, items in fill.items():
        capture(trial, by=by, subject=subject, form=form, items=items)
    capture(trial, by=by, subject=subject, form="AGVHD", items=STAGED | {"GV_DATE": "2016-02-25", "GV_BSA": "20"})
    capture(trial, by=by, subject=subject, form="AGVHD", items=STAGED | {"GV_DATE": "2016-02-29"}, visit="SCR")
    return subject


def screened_eligible(trial, people):
    """A subject who can be randomized."""
    subject = screened(trial, people)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    return subject


@pytest.fixture
def eligible(trial, people):
    """A subject who can be randomized."""
    return screened_eligible(trial, people)
