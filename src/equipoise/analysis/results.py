"""The results table: one row a statistic. Analyses write it; the report, exports and checks only read it.

The columns are `SCHEMA`. Texts are empty, never null; `at`, `value` and `published` are Float64 or null.

* `group` is an arm's id (`MSC`, `CONTROL`), `ALL`, or `MSC vs CONTROL` for a comparison (experimental first).
* `subgroup` is empty, or `factor=LEVEL`. `at` is in months since randomization (day / 30.4375), null where no time
  belongs to the number.
* Proportions, survival, cumulative incidence and risk differences are fractions of 1, in `published` too.
* `value` is finite. Where there is no number it is null, and `text` says why (`WHY_ABSENT`).
* `method` names the estimator as it is printed below a table ("Wald interval of the log odds ratio").
* The key (`KEY`) is unique.

What the report prints, by `analysis`. "arms": a row for each arm; "v": for `MSC vs CONTROL`; "±": the statistic, its
`_lower` and its `_upper`. Rows that are not there are said to be missing in the report; rows beyond these do no harm.

    RUN         ALL: simulated (text yes or no), observation, seed, software, protocol_id, protocol_version,
                  protocol_hash, as_of (ISO instant), cutoff (ISO date); chain_head by stream=clinical etc. (value:
                  position, text: hash); published (text: the paper; `published.with_published` adds it)
    FLOW        ALL: flow_screened, flow_attempts, flow_randomized, flow_excluded (in all, and by
                  reason=WITHDREW_CONSENT, NOT_ELIGIBLE, OTHER), flow_in_screening (neither yet)
                arms: flow_allocated, flow_received (at least one dose of what was allocated), flow_not_received,
                  flow_crossover, flow_lost, flow_discontinued (in all, and by reason=STOP_TREATMENT, STOP_VISITS,
                  WITHDRAW_DATA), flow_analysed and flow_not_analysed (by population=ITT, MITT)
    BASELINE    `endpoint` is the variable.
                arms, ALL: n, missing
                age, onset_days (transplant to acute GVHD): arms, ALL: median, minimum, maximum; v: p_mann_whitney
                age_group=LT18, GE18; sex=M, F; disease=AML, ALL, OTHER; disease_status=CR, PR, NR;
                  hla=MATCHED, MISMATCHED; conditioning=BU_BASED, TBI_BASED; graft=PBSC, PBSC_BM;
                  prophylaxis=CSA_MTX_OR_CSA_MTX_MMF, CSA_MTX_MMF_ATG; grade=II, III, IV; n_organs=1, 2, 3, 4;
                  organ=SKIN, LIVER, UPPER_GI, LOWER_GI (several a subject): arms, ALL: count, proportion;
                  v, subgroup "": p_fisher, p_pearson
    EXPOSURE    `endpoint` msc_doses, msc_doses_first_cycle, basiliximab_doses, onset_to_msc_days:
                arms: n, median, minimum, maximum
    FOLLOW_UP   `endpoint` observed (plain median of observed time), reverse_km: arms: n, median, minimum, maximum
    RESPONSE28  arms: n; by response=CR, PR, NR: count, proportion. RESPONSE56: the same at day 56
    OR28        in all, and by factor=LEVEL: arms: n, events, proportion ±; v: odds_ratio ±, risk_difference ±,
                  p_pearson, p_fisher; v, subgroup the factor's name alone: p_interaction
                factors: grade=II, III, IV; organ_lower_gi, organ_liver, organ_skin_only, atg=Y, N;
                  age_group=LT18, GE18; hla=MATCHED, MISMATCHED; sr_criterion=A, B, C
    CR28 OR56 DOR56                 as OR28, in all and by grade
    OR56_AS_TREATED OR28_* DOR56_*  sensitivity analyses (OR28_SL, OR28_BEST_CASE, OR28_PP ...): as OR28, in all
    ALLUVIAL    arms: alluvial by grade=II>CR>PR (baseline grade > day 28 > day 56), a count
    OS FFS      arms: n, events, median ±; survival ± at each horizon
                v: hazard_ratio ±, p_wald, p_log_rank at null (whole follow-up) and, with follow-up cut there, at
                  each horizon
    CGVHD SEVERE_CGVHD RELAPSE NRM
                arms: n, events; cumulative_incidence ± at each horizon
                v: subdistribution_hazard_ratio ±, p_wald (Fine-Gray), p_gray at null and at each horizon
    OS_* FFS_* CGVHD_* ...          sensitivity analyses: v as in their main analysis
    OS:curve and the other five     arms: survival ± (or cumulative_incidence ±) at 0 and at each event time, the value
                  from then on; censored (a count) at its time; at_risk at 0, 6, 12 ... months up to the last horizon
    AE34        `endpoint` ANY and the codes of AE_CLASS: arms: n, count, proportion; v: p_fisher, p_pearson
                INFECTION_VIRAL, _BACTERIAL, _FUNGAL: also proportion by among=INFECTION
    INFUSION    `endpoint` reaction: arms: n, count (subjects with an infusion-related event)
    SAE         `endpoint` ANY, PLATELETS, PLATELETS_AND_NEUTROPHILS and the codes of AE_CLASS: as AE34
    DEATHS      `endpoint` ANY and the codes of DEATH_CAUSE: arms: n, count, proportion
    DEVIATIONS  `endpoint` is the code: arms, ALL: count (deviations), subjects (with at least one)
    COMPLETENESS `endpoint` day28_assessed, day56_assessed, vital_status_known, visits_held, forms_entered,
                  forms_corrected, forms_late: arms or ALL: n (due), count, proportion
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from equipoise.errors import AnalysisDataError, TrialErrors

SCHEMA: dict[str, type[pl.DataType]] = {
    "analysis": pl.String,
    "endpoint": pl.String,
    "population": pl.String,
    "group": pl.String,
    "subgroup": pl.String,
    "at": pl.Float64,
    "statistic": pl.String,
    "value": pl.Float64,
    "text": pl.String,
    "unit": pl.String,
    "method": pl.String,
    "published": pl.Float64,
    "published_source": pl.String,
}
KEY = ("analysis", "endpoint", "population", "group", "subgroup", "at", "statistic")
NUMBERS = frozenset(name for name, kind in SCHEMA.items() if kind is pl.Float64)

BOUNDED = ("odds_ratio", "risk_difference", "hazard_ratio", "subdistribution_hazard_ratio")
BOUNDED_FRACTIONS = ("proportion", "survival", "cumulative_incidence")
RUN_STATISTICS = frozenset(
    {"simulated", "observation", "seed", "software", "as_of", "cutoff", "chain_head", "published"}
    | {"protocol_id", "protocol_version", "protocol_hash"}
)
FLOW_STATISTICS = frozenset(
    {"flow_screened", "flow_attempts", "flow_excluded", "flow_randomized", "flow_allocated", "flow_received"}
    | {"flow_not_received", "flow_discontinued", "flow_lost", "flow_crossover", "flow_analysed", "flow_not_analysed"}
    | {"flow_in_screening"}
)
STATISTICS = frozenset(
    {f"{name}{end}" for name in (*BOUNDED, *BOUNDED_FRACTIONS, "median") for end in ("", "_lower", "_upper")}
    | {"n", "missing", "events", "count", "subjects", "censored", "at_risk", "alluvial", "minimum", "maximum"}
    | {"p_pearson", "p_fisher", "p_mann_whitney", "p_log_rank", "p_gray", "p_wald", "p_interaction"}
    | FLOW_STATISTICS
    | RUN_STATISTICS
)
"""Every name of a statistic."""
FRACTIONS = frozenset(f"{name}{end}" for name in BOUNDED_FRACTIONS for end in ("", "_lower", "_upper"))
WHY_ABSENT = frozenset({"not estimable", "not reached", "infinite"})
"""What `text` says where a number does not exist; rows of RUN are texts and say what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statistic of one analysis in one group. See the module's docstring for the coding of each column."""

    analysis: str
    endpoint: str = ""
    population: str = ""
    group: str
    subgroup: str = ""
    at: float | None = None
    statistic: str
    value: float | None = None
    text: str = ""
    unit: str = ""
    method: str = ""
    published: float | None = None
    published_source: str = ""


def comparison(experimental: str, control: str) -> str:
    """The `group` of a comparison of two arms, experimental first."""
    return f"{experimental} vs {control}"


def run_rows(about: Mapping[str, str], heads: Mapping[str, tuple[int, str]]) -> list[Row]:
    """The rows that say what was run: without them a results table cannot be told from any other.

    Args:
        about: text by statistic: simulated, observation, seed, software, protocol_id, protocol_version, protocol_hash,
            as_of, cutoff.
        heads: position and hash of the last record of each stream.
    """
    rows = [Row(analysis="RUN", group="ALL", statistic=name, text=text) for name, text in about.items()]
    rows += [
        Row(
            analysis="RUN",
            group="ALL",
            subgroup=f"stream={stream}",
            statistic="chain_head",
            value=position,
            text=digest,
        )
        for stream, (position, digest) in heads.items()
    ]
    return rows


def results_table(rows: Iterable[Row]) -> pl.DataFrame:
    """The checked table, in canonical order (by key), each value rounded to 12 significant digits.

    Numbers keep 12 digits so that the file is the same on machines whose last bits differ.

    Returns:
        A frame with the columns of `SCHEMA`.

    Raises:
        TrialErrors: all faults of the rows at once (`AnalysisDataError`).
    """
    table = [_canonical(row) for row in rows]
    frame = pl.DataFrame(table, schema=SCHEMA, orient="row")
    check_results(frame)
    return in_order(frame)


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The table in canonical order: by key, null before numbers."""
    return frame.sort(KEY, nulls_last=False, maintain_order=True)


def _canonical(row: Row) -> tuple[Any, ...]:
    return tuple(_rounded(part) if name in NUMBERS else part for name, part in zip(SCHEMA, astuple(row)))


def _rounded(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return value
    return float(f"{value:.12g}") + 0.0  # -0.0 + 0.0 is 0.0


def check_results(frame: pl.DataFrame) -> None:
    """Hold a table to its schema and its rules.

    Raises:
        TrialErrors: all faults at once: columns, unknown statistics, numbers that are not finite, fractions outside
            0 to 1, a number that is absent without a reason, two rows with one key.
    """
    if dict(frame.schema) != SCHEMA:
        raise _fault("SCHEMA", "table", "the columns are not those of a results table", "write it with `write_results`")
    faults = []
    for row in frame.iter_rows(named=True):
        where = place(row)
        for rule, fault, remedy in _faults_of(row):
            faults.append(_fault(rule, where, fault, remedy))
    twice = frame.filter(frame.select(KEY).is_duplicated()).unique(KEY, keep="first", maintain_order=True)
    for row in twice.iter_rows(named=True):
        faults.append(_fault("KEY", place(row), "two rows have this key", "give each analysis an id of its own"))
    if faults:
        raise TrialErrors(faults)


def _faults_of(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rule, fault and remedy of each thing that is wrong with one row."""
    statistic, value = row["statistic"], row["value"]
    found = []
    if not row["analysis"] or not row["group"]:
        found.append(("NAMED", "the row names no analysis or no group", "fill `analysis` and `group`"))
    if statistic not in STATISTICS:
        found.append(("STATISTIC", f"{statistic} is not the name of a statistic", "use a name of `results.STATISTICS`"))
    if value is None:
        if statistic not in RUN_STATISTICS and row["text"] not in WHY_ABSENT:
            why = ", ".join(sorted(WHY_ABSENT))
            found.append(("ABSENT", f"there is no value, and {row['text']!r} does not say why", f"write one of: {why}"))
    elif not math.isfinite(value):
        found.append(("FINITE", f"{value} is not a finite number", "leave `value` empty and say so in `text`"))
    elif (statistic in FRACTIONS or statistic.startswith("p_")) and not 0 <= value <= 1:
        found.append(("FRACTION", f"{statistic} {value} is outside 0 to 1", "give fractions, not percentages"))
    if row["published"] is not None and not row["published_source"]:
        found.append(("SOURCE", "a published number without its source", "name the key in published.yaml"))
    return found


def place(row: Mapping[str, Any]) -> str:
    """Where a row is, in words: its key without what is empty. Arms are not named."""
    time = "" if row["at"] is None else f"at {row['at']:g}"
    parts = [row["analysis"], row["endpoint"], row["subgroup"], time, row["statistic"]]
    return "results: " + " / ".join(part for part in dict.fromkeys(parts) if part)


def _fault(rule: str, where: str, fault: str, remedy: str) -> AnalysisDataError:
    return AnalysisDataError(fault, where=where, rule=f"RESULTS-{rule}", remedy=remedy)


def results_csv(frame: pl.DataFrame) -> str:
    """The table as canonical CSV: shortest decimal that reads back as the same number, empty for null, line feed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SCHEMA)
    for row in frame.iter_rows():
        writer.writerow("" if part is None else part for part in row)
    return out.getvalue()


def results_json(frame: pl.DataFrame) -> str:
    """The table as canonical JSON: an array of objects, one a line, keys in column order."""
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in frame.iter_rows(named=True))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def write_results(frame: pl.DataFrame, path: Path) -> None:
    """Write the table; the ending of the name (`.csv`, `.json`) is the format. Same table, same bytes.

    Raises:
        AnalysisDataError: another ending.
    """
    check_results(frame)
    path.write_text(_writer(path)(frame), encoding="utf-8", newline="\n")


def _writer(path: Path) -> Any:
    writers = {".csv": results_csv, ".json": results_json}
    if path.suffix not in writers:
        raise _fault(
            "FORMAT", path.name, "the name of a results file ends in .csv or .json", "choose one of these endings"
        )
    return writers[path.suffix]


def read_results(path: Path) -> pl.DataFrame:
    """Read a results file and check it.

    Raises:
        AnalysisDataError: another ending, or not a results file.
        TrialErrors: rows that break a rule.
    """
    _writer(path)
    try:
        content = path.read_text(encoding="utf-8")
        records = json.loads(content) if path.suffix == ".json" else _csv_records(content)
        table = [tuple(_read(name, record[name]) for name in SCHEMA) for record in records]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _fault(
            "READ", path.name, "this is not a results table", "write it with `equipoise demo` or `analyse`"
        ) from error
    frame = pl.DataFrame(table, schema=SCHEMA, orient="row")
    check_results(frame)
    return frame


def _csv_records(content: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(content))
    if list(reader.fieldnames or ()) != list(SCHEMA):
        raise ValueError
    return list(reader)


def _read(name: str, part: Any) -> Any:
    if name not in NUMBERS:
        return str(part)
    return None if part in ("", None) else float(part)
