"""Assess eligibility: every criterion with its rule, its inputs and its outcome. There is no waiver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from equipoise.conduct.permissions import check_can
from equipoise.conduct.ports import Actor
from equipoise.conduct.subject import SubjectFile
from equipoise.conduct.trial import Trial, in_one_unit
from equipoise.days import format_day
from equipoise.records.kinds import ELIGIBILITY_VERDICT
from equipoise.records.record import SUBJECT, Key
from equipoise.rules import Outcome, RuleInput
from equipoise.state.catalogue import derived
from equipoise.state.inputs import item_inputs

ELIGIBLE, NOT_ELIGIBLE, NOT_KNOWN = "ELIGIBLE", "NOT_ELIGIBLE", "UNKNOWN"


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion as it was judged: met means that it speaks for the subject (an exclusion that is false is met)."""

    id: str
    kind: str
    rule: str
    met: bool | None
    inputs: Mapping[str, RuleInput]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on a day, criterion by criterion, under one protocol version."""

    subject: str
    day: int
    protocol_version: str
    verdict: str
    criteria: tuple[CriterionResult, ...]

    def canonical(self) -> str:
        """The assessment as canonical JSON: what an allocation record freezes."""
        criteria = [
            {
                "id": criterion.id,
                "rule": criterion.rule,
                "met": {True: "yes", False: "no", None: "unknown"}[criterion.met],
                "inputs": {name: _plain(value) for name, value in sorted(criterion.inputs.items())},
            }
            for criterion in self.criteria
        ]
        return json.dumps(criteria, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: RuleInput) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


def judge(trial: Trial, file: SubjectFile, day: int) -> Assessment:
    """Evaluate every criterion of the version in force on a day, without writing anything."""
    protocol = trial.protocol(file.site, day)
    criteria = protocol.eligibility.criteria
    names = frozenset().union(*(criterion.rule.names for criterion in criteria))
    inputs = derived(names, file.tables, protocol, day) | item_inputs(
        names, file.tables, protocol, [protocol.eligibility.form]
    )
    results = []
    for criterion in criteria:
        outcome = criterion.rule.evaluate(inputs)
        wanted = Outcome.TRUE if criterion.kind == "inclusion" else Outcome.FALSE
        met = None if outcome is Outcome.UNKNOWN else outcome is wanted
        used = {name: inputs[name] for name in criterion.rule.names if name in inputs}
        missing = tuple(sorted(criterion.rule.names - inputs.keys()))
        results.append(CriterionResult(criterion.id, criterion.kind, criterion.rule.text, met, used, missing))
    outcomes = {result.met for result in results}
    verdict = NOT_ELIGIBLE if False in outcomes else NOT_KNOWN if None in outcomes else ELIGIBLE
    return Assessment(file.key, day, protocol.version, verdict, tuple(results))


@in_one_unit
def assess_eligibility(trial: Trial, *, by: Actor, subject: str, day: int | None = None) -> Assessment:
    """Judge every criterion and write the verdict to the log."""
    file = trial.subject(subject)
    check_can(by, "assess eligibility", file.site)
    trial.check_open()
    assessment = judge(trial, file, trial.today(file.site) if day is None else day)
    key = Key(SUBJECT, subject, ELIGIBILITY_VERDICT)
    expects = file.version(ELIGIBILITY_VERDICT, "", 1)
    date = format_day(assessment.day)
    trial.write(
        by=by,
        key=key,
        payload={"EV_DATE": date, "EV_VERDICT": assessment.verdict, "EV_CRITERIA": assessment.canonical()},
        site=file.site,
        protocol_version=assessment.protocol_version,
        clinical_time=date,
        reason="assessed again" if expects else "",
        expects=expects,
    )
    return assessment
