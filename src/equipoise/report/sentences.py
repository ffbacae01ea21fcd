"""Sentences of the results, written from rows: each arm, the effect, the P values, and what was published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from equipoise.report import numbers
from equipoise.report.lookup import Lookup, Statistic
from equipoise.report.tables.cells import estimate, number_text
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts

WORD_JOINER = "\u2060"
TESTS = {
    "p_fisher": "fisher",
    "p_pearson": "pearson",
    "p_log_rank": "log_rank",
    "p_gray": "gray",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A result in words, and what was published, which may be empty."""

    text: str
    published: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes sentences about one trial in one language; a sentence whose rows are missing is None."""

    results: Lookup
    trial: TrialTexts
    words: Words

    def response(self, analysis: str) -> Sentence | None:
        """Proportions of responders, odds ratio, Fisher's and Pearson's P."""
        tests = ("p_fisher", "p_pearson")
        return self._compared(
            self.words(f"say.{analysis}"), analysis, "proportion", "odds_ratio", tests, counted="events"
        )

    def share(self, lead: str, analysis: str, endpoint: str) -> Sentence | None:
        """Proportions of subjects with an event, Fisher's and Pearson's P."""
        tests = ("p_fisher", "p_pearson") if analysis != "DEATHS" else ()
        what = self.words(f"say.{lead}")
        return self._compared(what, analysis, "proportion", "", tests, counted="count", endpoint=endpoint)

    def survival(self, analysis: str, at: float | None) -> Sentence | None:
        """Survival at a horizon (or its median), hazard ratio and the log-rank P."""
        statistic = "median" if at is None else "survival"
        what = self.words(f"say.{analysis}", months=f"{at:g}" if at else "")
        return self._compared(what, analysis, statistic, "hazard_ratio", ("p_log_rank",), at=at)

    def incidence(self, analysis: str, at: float) -> Sentence | None:
        """Cumulative incidence at a horizon, subdistribution hazard ratio and Gray's P."""
        what = self.words(f"say.{analysis}", months=f"{at:g}")
        effect = "subdistribution_hazard_ratio"
        return self._compared(what, analysis, "cumulative_incidence", effect, ("p_gray",), at=at)

    def _compared(
        self,
        what: str,
        analysis: str,
        statistic: str,
        effect: str,
        tests: tuple[str, ...],
        *,
        counted: str = "",
        **place: Any,
    ) -> Sentence | None:
        found = [self.results.get(analysis, statistic, group=arm, **place) for arm in self.results.arms]
        first, second = found
        if first is None or second is None:
            return None
        both = zip((first, second), self.results.arms)
        values = [self._value(one, analysis, arm, counted, place) for one, arm in both]
        names = {"experimental": self.trial.experimental.short, "control": self.trial.control.short.lower()}
        verb = "say.occurred" if counted == "count" else "say.two_arms"
        clauses = [self.words(verb, what=what, first=values[0], second=values[1], **names)]
        ratio = (
            estimate(self.results, analysis, effect, numbers.ratio, group=self.results.versus, **place)
            if effect
            else ()
        )
        if ratio:
            clauses.append(self.words("say.effect", effect=self.words(f"say.{effect}"), value=ratio[0].text))
        clauses += self._difference(analysis, place) + self._tests(analysis, tests, place)
        published = self._published(first, second, ratio[1].text if ratio else "", effect, analysis, tests, place)
        return Sentence(text=_unbroken("; ".join(clauses) + "."), published=_unbroken(published))

    def _value(self, found: Statistic, analysis: str, arm: str, counted: str, place: dict[str, Any]) -> str:
        if place.get("at") is None and not counted:
            text = number_text(found, numbers.months)
            return text if found.value is None else self.words("say.months", value=text)
        text = number_text(found, numbers.percent)
        number, n = (self.results.value(analysis, name, group=arm, **place) for name in (counted or "count", "n"))
        if number is None or n is None or found.value is None:
            return self.words("say.percent", percent=text) if found.value is not None else text
        return self.words("say.share", percent=text, events=numbers.count(number), n=numbers.count(n))

    def _difference(self, analysis: str, place: dict[str, Any]) -> list[str]:
        """The difference of two proportions in percentage points, with its interval."""
        found = estimate(self.results, analysis, "risk_difference", numbers.percent, group=self.results.versus, **place)
        return [self.words("say.risk_difference", value=found[0].text)] if found else []

    def _tests(self, analysis: str, tests: tuple[str, ...], place: dict[str, Any]) -> list[str]:
        parts = []
        for name in tests:
            value = self.results.value(analysis, name, group=self.results.versus, **place)
            if value is not None:
                parts.append(self.words("say.by_test", p=self.p(value), test=self.words(f"say.{TESTS[name]}")))
        return [self.words.series(parts)] if parts else []

    def p(self, value: float) -> str:
        """A P value in a sentence: `P = 0.043`, `P <0.001`."""
        text = numbers.p_value(value)
        return self.words("say.p_below" if text.startswith("<") else "say.p_equals", p=text)

    def _published(
        self,
        first: Statistic,
        second: Statistic,
        ratio: str,
        effect: str,
        analysis: str,
        tests: tuple[str, ...],
        place: dict[str, Any],
    ) -> str:
        if first.published is None or second.published is None:
            return ""
        months = place.get("at") is None and effect == "hazard_ratio"
        form: Callable[[float], str] = numbers.months if months else numbers.percent
        unit = "say.months" if months else "say.percent"
        key = "value" if months else "percent"
        texts = [self.words(unit, **{key: form(one.published)}) for one in (first, second) if one.published is not None]
        more = ""
        if ratio:
            more = f"; {self.words('say.effect', effect=self.words(f'say.{effect}'), value=ratio)}"
        rows = (self.results.get(analysis, name, group=self.results.versus, **place) for name in tests)
        printed = next((row.published for row in rows if row is not None and row.published is not None), None)
        more += "" if printed is None else f"; {self.p(printed)}"
        return self.words("say.published", first=texts[0], second=texts[1], effect=more)

    def flow(self) -> Sentence | None:
        """How many were screened (in how many attempts, where there were more) and randomized, and to which arm."""
        names = ("screened", "attempts", "randomized")
        screened, attempts, randomized = (self.results.value("FLOW", f"flow_{name}", group="ALL") for name in names)
        allocated = [self.results.value("FLOW", "flow_allocated", group=arm) for arm in self.results.arms]
        if screened is None or randomized is None or None in allocated:
            return None
        first, second = (numbers.count(value) for value in allocated if value is not None)
        more = attempts is not None and attempts > screened
        said = self.words("flow.attempts", attempts=numbers.count(attempts or 0)) if more else ""
        arms = {"experimental": self.trial.experimental.short, "control": self.trial.control.short.lower()}
        totals = {"screened": numbers.count(screened), "randomized": numbers.count(randomized), "attempts": said}
        return Sentence(text=self.words("say.flow", first=first, second=second, **totals, **arms))

    def grades(self) -> Sentence | None:
        """How many subjects had each grade at baseline."""
        names = ("II", "III", "IV")
        found = [
            self.results.get("BASELINE", "count", group="ALL", subgroup=f"grade={name}", endpoint="grade")
            for name in names
        ]
        counts = [one.value for one in found if one is not None and one.value is not None]
        if len(counts) < len(names):
            return None
        total = self.results.value("FLOW", "flow_randomized", group="ALL")
        if total is None:
            return None
        listed = self.words.series([numbers.count(value) for value in counts])
        text = self.words("say.baseline", n=numbers.count(total), grades=listed, names=self.words.series(list(names)))
        return Sentence(text=text)


def _unbroken(text: str) -> str:
    """The text with intervals that no line end divides."""
    return text.replace(numbers.DASH, f"{WORD_JOINER}{numbers.DASH}{WORD_JOINER}")
