"""The sections of the report in reading order: sentences, tables and figures, and what each lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from equipoise.report import numbers
from equipoise.report.figures import alluvial, consort, curves, forest, response
from equipoise.report.lookup import Lookup
from equipoise.report.sentences import Sentence, Writer
from equipoise.report.tables.baseline import baseline_table, exposure_table
from equipoise.report.tables.conduct import completeness_table, deviation_table
from equipoise.report.tables.headline import headline_table
from equipoise.report.tables.model import Table
from equipoise.report.tables.response import response_table, sensitivity_table
from equipoise.report.tables.safety import adverse_event_table, death_table, serious_event_table
from equipoise.report.tables.survival import (
    COMPETING,
    SURVIVAL,
    kind_of,
    survival_sensitivity_table,
    survival_table,
)
from equipoise.report.texts import Words
from equipoise.report.trial import TrialTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One drawing and the line of text below it."""

    svg: str
    note: str = ""


@dataclass(kw_only=True)
class Figure:
    """A numbered figure: panels side by side, or one drawing in two layouts of which the page shows the fitting one."""

    id: str
    title: str
    caption: str
    panels: list[Panel] = field(default_factory=list)
    swap: tuple[str, str] | None = None
    number: int = 0


@dataclass(kw_only=True)
class Section:
    """A section; `absent` names what the results table lacks beyond what its tables say themselves."""

    id: str
    title: str
    paragraphs: list[list[Sentence]] = field(default_factory=list)
    items: list[Table | Figure] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Builds the sections of one report."""

    results: Lookup
    trial: TrialTexts
    words: Words
    mark: str

    def sections(self) -> list[Section]:
        """All sections, tables and figures numbered in the order in which they appear."""
        builders: tuple[Callable[[], Section], ...] = (
            self.headline,
            self.flow,
            self.baseline,
            self.response,
            self.safety,
            self.survival,
            self.sensitivity,
            self.conduct,
        )
        sections = [build() for build in builders]
        items = [item for section in sections for item in section.items]
        numbered = (item for item in items if isinstance(item, Table) and item.id in NUMBERED and not item.empty)
        for number, table in enumerate(numbered, start=1):
            table.number = number
        for number, figure in enumerate((item for item in items if isinstance(item, Figure)), start=1):
            figure.number = number
        return sections

    def _section(
        self, name: str, paragraphs: Iterable[Iterable[Sentence | None]], items: Iterable[Table | Figure | None]
    ) -> Section:
        kept = [[sentence for sentence in sentences if sentence] for sentences in paragraphs]
        return Section(
            id=name,
            title=self.words(f"section.{name}"),
            paragraphs=[sentences for sentences in kept if sentences],
            items=[item for item in items if item],
        )

    def headline(self) -> Section:
        """Primary and key secondary results, ours beside the published."""
        writer = Writer(self.results, self.trial, self.words)
        texts = [[writer.response("OR28")], [writer.response("DOR56")]]
        return self._section("headline", texts, [headline_table(self.results, self.trial, self.words)])

    def flow(self) -> Section:
        """CONSORT flow."""
        writer = Writer(self.results, self.trial, self.words)
        title = self.words("flow.title")
        drawn = [
            consort.consort_figure(self.results, self.trial.arms, self.words, layout, title=title, mark=self.mark)
            for layout in (consort.WIDE, consort.NARROW)
        ]
        figure = self._swap("figure-flow", title, self.words("flow.caption"), drawn)
        section = self._section("flow", [[writer.flow()]], [figure])
        section.absent += [] if figure else [title]
        return section

    def baseline(self) -> Section:
        """Table 1, treatment given and length of follow-up."""
        writer = Writer(self.results, self.trial, self.words)
        tables = [table(self.results, self.trial, self.words) for table in (baseline_table, exposure_table)]
        return self._section("baseline", [[writer.grades()]], tables)

    def response(self) -> Section:
        """Table 2, stacked bars, alluvials, forest plot."""
        writer = Writer(self.results, self.trial, self.words)
        figures = {"bars": self._bars(), "streams": self._streams(), "forest": self._forest()}
        texts = [[writer.response(analysis) for analysis in ("OR28", "CR28", "DOR56")]]
        table = response_table(self.results, self.trial, self.words)
        section = self._section("response", texts, [table, *figures.values()])
        names = ("figure.response", "figure.alluvial", "figure.forest")
        section.absent += [self.words(name) for name, figure in zip(names, figures.values()) if figure is None]
        return section

    def _bars(self) -> Figure | None:
        drawn = [
            response.response_figure(
                self.results, analysis, self.trial.arms, self.words, title=self.words(f"figure.{name}"), mark=self.mark
            )
            for analysis, name in (("RESPONSE28", "response28"), ("RESPONSE56", "response56"))
        ]
        return self._panels("figure-response", "figure.response", [(svg, "") for svg in drawn])

    def _streams(self) -> Figure | None:
        drawn = [
            (alluvial.alluvial_figure(self.results, arm, self.words, mark=self.mark), "") for arm in self.trial.arms
        ]
        return self._panels("figure-alluvial", "figure.alluvial", drawn)

    def _forest(self) -> Figure | None:
        title = self.words("figure.forest")
        drawn = [
            forest.forest_figure(self.results, self.trial.arms, self.words, layout, title=title, mark=self.mark)
            for layout in (forest.WIDE, forest.NARROW)
        ]
        return self._swap("figure-forest", title, self.words("figure.forest_caption"), drawn)

    def safety(self) -> Section:
        """Tables 3 and 4, and deaths."""
        writer = Writer(self.results, self.trial, self.words)
        texts = [
            writer.share("events_lead", "AE34", "ANY"),
            writer.share("infection_lead", "AE34", "INFECTION"),
            writer.share("hematologic_lead", "AE34", "HEMATOLOGIC"),
            writer.share("serious_lead", "SAE", "ANY"),
            writer.share("deaths_lead", "DEATHS", "ANY"),
        ]
        makers = (adverse_event_table, serious_event_table, death_table)
        return self._section(
            "safety", [texts[:3], texts[3:]], [make(self.results, self.trial, self.words) for make in makers]
        )

    def survival(self) -> Section:
        """Table 5, Kaplan-Meier curves, cumulative incidence."""
        writer = Writer(self.results, self.trial, self.words)
        texts = [[writer.survival("OS", 36.0), writer.survival("FFS", None)]]
        for pair in ((("CGVHD", 24.0), ("SEVERE_CGVHD", 24.0)), (("RELAPSE", 36.0), ("NRM", 36.0))):
            texts.append([writer.incidence(name, at) for name, at in pair])
        figures = [self._curves("survival", SURVIVAL), self._curves("competing", COMPETING)]
        table = survival_table(self.results, self.trial, self.words)
        section = self._section("survival", texts, [*figures, table])
        missing = [name for name in (*SURVIVAL, *COMPETING) if not self.results.has(f"{name}:curve")]
        section.absent += [f"{self.words(f'survival.{name}')} ({self.words('figure.curve')})" for name in missing]
        return section

    def _curves(self, name: str, analyses: tuple[str, ...]) -> Figure | None:
        drawn = []
        for analysis in analyses:
            title = self.words(f"survival.{analysis}")
            svg = curves.curve_figure(
                self.results,
                analysis,
                self.trial.arms,
                self.words,
                statistic=kind_of(self.results, analysis).curve,
                title=title,
                mark=self.mark,
            )
            drawn.append((svg, self._curve_note(analysis)))
        return self._panels(f"figure-{name}", f"figure.{name}", drawn)

    def _curve_note(self, analysis: str) -> str:
        """Hazard ratio over all follow-up and the P values of the model and of the rank test."""
        effect = kind_of(self.results, analysis).effect
        found = [
            self.results.value(analysis, f"{effect}{end}", group=self.results.versus)
            for end in ("", "_lower", "_upper")
        ]
        parts = []
        if all(value is not None for value in found):
            texts = [numbers.ratio(value) for value in found if value is not None]
            ratio = numbers.with_interval(*texts)
            parts.append(self.words("say.effect", effect=self.words(f"say.{effect}"), value=ratio))
        names = (
            {"p_wald": "cox", "p_log_rank": "log_rank"}
            if analysis in SURVIVAL
            else {"p_gray": "gray", "p_wald": "fine_gray"}
        )
        writer = Writer(self.results, self.trial, self.words)
        for statistic, test in names.items():
            value = self.results.value(analysis, statistic, group=self.results.versus)
            if value is not None:
                parts.append(self.words("say.by_test", p=writer.p(value), test=self.words(f"say.{test}")))
        return f"{self.words('survival.whole')}: {'; '.join(parts)}" if parts else ""

    def sensitivity(self) -> Section:
        """Sensitivity analyses that the results table holds."""
        makers = (sensitivity_table, survival_sensitivity_table)
        tables = [table for make in makers if not (table := make(self.results, self.trial, self.words)).empty]
        texts = [] if tables else [[Sentence(text=self.words("sensitivity.none"))]]
        return self._section("sensitivity", texts, tables)

    def conduct(self) -> Section:
        """Protocol deviations and completeness of the data."""
        makers = (deviation_table, completeness_table)
        return self._section("conduct", (), [make(self.results, self.trial, self.words) for make in makers])

    def _panels(self, name: str, text: str, drawn: list[tuple[str | None, str]]) -> Figure | None:
        panels = [Panel(svg=svg, note=note) for svg, note in drawn if svg is not None]
        if not panels:
            return None
        return Figure(id=name, title=self.words(text), caption=self.words(f"{text}_caption"), panels=panels)

    def _swap(self, name: str, title: str, caption: str, drawn: list[str | None]) -> Figure | None:
        wide, narrow = drawn
        if wide is None or narrow is None:
            return None
        return Figure(id=name, title=title, caption=caption, swap=(wide, narrow))


NUMBERED = frozenset({"table-baseline", "table-response", "table-events", "table-serious", "table-survival"})
"""Tables that carry a number: those of the paper's kind, and the one of the curves."""
