"""Entries of kind `error`: what R was asked is only there as the beginning of a call."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.golden.entries import Entry

KINDS = {
    "km_case": "kaplan_meier",
    "logrank_case": "logrank",
    "wlr_case": "weighted_logrank",
    "cox_case": "cox",
    "cif_case": "cumulative_incidence",
    "crr_case": "fine_gray",
    "logit_case": "logistic",
}
"""Kind of entry that each function of the reference's script makes."""
POSITIONS = {
    "km_case": ("id", "time", "event"),
    "logrank_case": ("id", "time", "event"),
    "wlr_case": ("id", "time", "event"),
    "cox_case": ("id", "time", "event"),
    "cif_case": ("id", "time", "status"),
    "crr_case": ("id", "time", "status", "covariates"),
    "logit_case": ("id", "outcome", "covariates"),
}
"""Their arguments by position, after the data."""
ANSWERS: dict[str, Any] = {
    "kaplan_meier": [{"group": "all", "quantiles": {"prob": [0.5]}}],
    "cumulative_incidence": {"estimates": [], "multistate": [], "conf_level": 0.95},
}
"""What a runner looks up in R's answer to see what to compute."""
DEFAULTS: dict[str, Any] = {
    "event_value": 1,
    "group": None,
    "strata": None,
    "cluster": None,
    "rho": 0.0,
    "ties": "efron",
    "conf_type": "log",
    "conf_level": 0.95,
    "censor_code": 0,
    "cause": 1,
    "censor_group": None,
    "time_varying": None,
    "time_function": "t",
}
NAMES = {"value": "event_value", "level": "conf_level", "failcode": "cause", "cencode": "censor_code"}
NAMES |= {"cengroup": "censor_group", "cov2": "time_varying"}
"""Arguments that the entries call otherwise."""
ARGUMENT = re.compile(r'(?:(\w+)\s*=\s*)?(c\([^()]*\)|"[^"]*"|-?[\d.]+|TRUE|FALSE)\s*(?=[,)])')


class UnreadableCall(Exception):
    """A call that these tests cannot read."""


def refused_by_r(entry: Entry) -> Entry:
    """The entry with the arguments of the call that R refused, to be run by us.

    They are those of the entry of the same name on other data; where there is none, what is left of the call (R keeps
    60 letters of it) and for the rest an entry of the same kind, or the defaults of the reference's script.
    """
    call = entry.asked.get("call", "")
    match = re.match(r"(\w+)\(", call)
    if match is None or match[1] not in KINDS:
        raise UnreadableCall(f"{entry.name}: the call {call!r} is none of {', '.join(KINDS)}")
    kind, given = KINDS[match[1]], arguments(match[1], call)
    if match[1] == "km_case" and "reverse = TRUE" in call:
        kind = "reverse_kaplan_meier"
    others = [asked for asked in entry.siblings if asked.get("kind") == kind]
    same = [asked for asked in others if asked.get("id") == given.get("id")]
    if same:
        return entry.asking(same[0])
    like = others[0] if others else {"result": ANSWERS.get(kind, {})}
    there = {key: value for key, value in like.items() if value is not None}
    return entry.asking({**DEFAULTS, **there, "kind": kind, **given})


def arguments(function: str, call: str) -> dict[str, Any]:
    """Arguments that are whole in the beginning of a call."""
    rest = call[call.index('"') :] if '"' in call else ""
    found: dict[str, Any] = {}
    positions = iter(POSITIONS[function])
    for name, text in ARGUMENT.findall(rest):
        key = NAMES.get(name, name) if name else next(positions, None)
        if key is not None:
            found[key] = json.loads(
                f"[{text[2:-1]}]" if text.startswith("c(") else text.lower() if text in ("TRUE", "FALSE") else text
            )
    return found
