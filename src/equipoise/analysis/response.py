"""Response: its distribution, comparisons with subgroups, and the paths from grade to day 28 to day 56."""

from __future__ import annotations

from collections import Counter

import numpy as np

from equipoise.analysis.counting import NAN, estimated, p_values
from equipoise.analysis.data import Answers, Data
from equipoise.analysis.factors import Factor, factor_of
from equipoise.analysis.results import Row, comparison
from equipoise.analysis.sheet import Sheet
from equipoise.arrays import Flags
from equipoise.datasets.parameters import TREATED
from equipoise.errors import ProtocolError
from equipoise.protocol.endpoints import Analysis
from equipoise.state.response import LEVELS
from equipoise.stats import logistic, two_by_two

WILSON = "Wilson interval"
WOOLF = "Wald interval of the log odds ratio (Woolf); a half added to every cell where one is 0"
NEWCOMBE = "Newcombe interval from Wilson intervals"
INTERACTION = "likelihood-ratio test of the interaction with the arm in a logistic model"


def distribution(data: Data, analysis: Analysis) -> list[Row]:
    """Complete, partial and no response, by arm."""
    sheet, answers = sheet_of(analysis), answers_of(data, analysis)
    members, arm = data.members(analysis.population), arm_of(data, analysis, answers)
    for group in data.arms:
        here = members & (arm == group)
        n = int(here.sum())
        sheet.put(group, "n", n)
        for level in LEVELS:
            count = int((here & (answers.level == level)).sum())
            sheet.put(group, "count", count, subgroup=f"response={level}")
            sheet.put(group, "proportion", count / n if n else NAN, subgroup=f"response={level}")
    return sheet.rows


def two_proportions(data: Data, analysis: Analysis) -> list[Row]:
    """A response endpoint compared between arms, in all and in subgroups, with a test of each interaction."""
    sheet, answers = sheet_of(analysis), answers_of(data, analysis)
    members, arm = data.members(analysis.population), arm_of(data, analysis, answers)
    compare(sheet, data, arm, members, answers.yes)
    for name in analysis.subgroups:
        factor = factor_of(name, analysis.id)
        level = data.text(factor.variable)
        for one in factor.levels:
            compare(sheet, data, arm, members & (level == one), answers.yes, subgroup=f"{name}={one}")
        for pair in data.pairs:
            p = interaction(arm, members, answers.yes, level, factor, pair)
            sheet.put(comparison(*pair), "p_interaction", p, subgroup=name, method=INTERACTION)
    return sheet.rows


def sheet_of(analysis: Analysis) -> Sheet:
    """An empty sheet of the analysis."""
    return Sheet(analysis.id, analysis.endpoint or "", analysis.population)


def answers_of(data: Data, analysis: Analysis) -> Answers:
    """The reading of the response endpoint that an analysis asks for."""
    endpoint = needed_endpoint(analysis)
    by_treatment = data.as_treated(analysis) and TREATED in data.protocol.endpoints[endpoint].analysed_as
    return data.answers(endpoint, TREATED if by_treatment and analysis.variant is None else analysis.variant)


def needed_endpoint(analysis: Analysis) -> str:
    """The endpoint of an analysis that cannot do without one."""
    if analysis.endpoint is None:
        raise ProtocolError(
            "the method {method} needs an endpoint",
            where=f"analyses, {analysis.id}",
            rule="ANALYSIS-ENDPOINT",
            remedy="name the endpoint that is analysed",
            method=analysis.method,
        )
    return analysis.endpoint


def arm_of(data: Data, analysis: Analysis, answers: Answers) -> np.ndarray:
    """The arm of each subject: as randomized, or as treated by the end of the response window."""
    return answers.arm if data.as_treated(analysis) else data.arm


def compare(sheet: Sheet, data: Data, arm: np.ndarray, among: Flags, yes: Flags, *, subgroup: str = "") -> None:
    """n, events and proportion of each arm; odds ratio, risk difference and P values of each comparison."""
    cells = {}
    for group in data.arms:
        here = among & (arm == group)
        n, events = int(here.sum()), int((here & yes).sum())
        cells[group] = (events, n - events)
        sheet.put(group, "n", n, subgroup=subgroup)
        sheet.put(group, "events", events, subgroup=subgroup)
        proportion(sheet, group, events, n, subgroup)
    for pair in data.pairs:
        effects(sheet, comparison(*pair), np.array([cells[group] for group in pair]), subgroup)


def proportion(sheet: Sheet, group: str, events: int, n: int, subgroup: str) -> None:
    """A proportion with Wilson's interval."""
    if n == 0:
        sheet.interval(group, "proportion", NAN, NAN, NAN, subgroup=subgroup, method=WILSON)
        return
    one = two_by_two([[events, n - events], [events, n - events]]).proportions[0]
    sheet.interval(group, "proportion", one.estimate, *one.wilson, subgroup=subgroup, method=WILSON)


def effects(sheet: Sheet, group: str, table: np.ndarray, subgroup: str) -> None:
    """Odds ratio, risk difference and P values of a 2 x 2 table; no odds ratio where all answers are alike."""
    found = two_by_two(table) if (table.sum(axis=1) > 0).all() else None
    ratio, difference = (NAN, NAN, NAN), (NAN, NAN, NAN)
    if found is not None:
        difference = (found.risk_difference.estimate, *found.risk_difference.newcombe)
        if (table.sum(axis=0) > 0).all():
            ratio = (found.odds_ratio.estimate, found.odds_ratio.lower, found.odds_ratio.upper)
    sheet.interval(group, "odds_ratio", *ratio, subgroup=subgroup, method=WOOLF)
    sheet.interval(group, "risk_difference", *difference, subgroup=subgroup, method=NEWCOMBE)
    p_values(sheet, group, table, subgroup=subgroup)


def interaction(
    arm: np.ndarray, among: Flags, yes: Flags, level: np.ndarray, factor: Factor, pair: tuple[str, str]
) -> float:
    """P value of the interaction of a factor with the arm, by likelihood ratio of two logistic models.

    Levels in which an arm has nobody tell nothing of it and are left out; NaN with fewer than two levels left, or where
    all answers are alike.
    """
    known = among & np.isin(arm, pair)
    present = [one for one in factor.levels if all((known & (level == one) & (arm == name)).any() for name in pair)]
    known &= np.isin(level, present)
    if len(present) < 2:
        return NAN
    treated = (arm[known] == pair[0]).astype(np.float64)
    dummies = np.array([(level[known] == one).astype(np.float64) for one in present[1:]])
    main = np.column_stack((treated, dummies.T))
    full = np.column_stack((main, (dummies * treated).T))
    larger = estimated(lambda: logistic(yes[known], full))
    smaller = estimated(lambda: logistic(yes[known], main))
    if larger is None or smaller is None:
        return NAN
    return float(larger.likelihood_ratio_against(smaller).p_value)


def alluvial(data: Data, analysis: Analysis) -> list[Row]:
    """Subjects on each path from baseline grade to the response in the first and in the second window."""
    sheet, members = sheet_of(analysis), data.members(analysis.population)
    grade = data.text("GRADEBL")
    first, second = (data.answers(endpoint).level for endpoint in path_endpoints(data, analysis))
    for group in data.arms:
        here = np.flatnonzero(members & (data.arm_of(analysis) == group))
        paths = Counter(f"{grade[i] or 'NE'}>{first[i]}>{second[i]}" for i in here.tolist())
        for path, count in sorted(paths.items()):
            sheet.put(group, "alluvial", count, subgroup=f"grade={path}")
    return sheet.rows


def path_endpoints(data: Data, analysis: Analysis) -> list[str]:
    """One response endpoint for each of the first two windows of the protocol.

    Raises:
        ProtocolError: there are not two.
    """
    by_window: dict[str, str] = {}
    for id, endpoint in data.protocol.endpoints.items():
        if endpoint.kind == "binary" and endpoint.window is not None:
            by_window.setdefault(endpoint.window, id)
    found = [by_window[name] for name in data.protocol.response.windows if name in by_window][:2]
    if len(found) < 2:
        raise ProtocolError(
            "the paths need a binary endpoint in each of two response windows",
            where=f"analyses, {analysis.id}",
            rule="ANALYSIS-ENDPOINT",
            remedy="declare them, or leave the analysis out",
        )
    return found
