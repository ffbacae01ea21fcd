"""A results table written by hand, for tests of the report: plausible, and of no trial. Awkward on purpose.

Awkward: an empty subgroup, a comparison that cannot be estimated, an interval without upper end, no events in one
arm, a median that was not reached, long labels, published numbers that are missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl

from equipoise.analysis.published import NOTHING_PUBLISHED, Published, load_published, with_published
from equipoise.analysis.results import Row, results_table, run_rows
from equipoise.report.trial import Arm, Estimand, TrialTexts

ROOT = Path(__file__).resolve().parents[3]
ARMS = ("MSC", "CONTROL")
VERSUS = "MSC vs CONTROL"
WALD = "Wald interval of the log odds ratio"
CURVES = {  # value at the end of 36 months and shape of each sample curve, by arm
    "OS": ((0.62, 0.55), (0.49, 0.5)),
    "FFS": ((0.34, 0.4), (0.24, 0.35)),
    "CGVHD": ((0.42, 0.6), (0.61, 0.55)),
    "SEVERE_CGVHD": ((0.12, 0.7), (0.24, 0.6)),
    "RELAPSE": ((0.11, 0.6), (0.15, 0.5)),
    "NRM": ((0.29, 0.4), (0.40, 0.35)),
}
SURVIVAL = ("OS", "FFS")
HORIZONS = {
    "OS": (6, 12, 36),
    "FFS": (6, 12, 36),
    "CGVHD": (12, 24),
    "SEVERE_CGVHD": (12, 24),
    "RELAPSE": (36,),
    "NRM": (36,),
}
BASELINE = {  # level: counts by arm
    "age_group": {"LT18": (12, 19), "GE18": (87, 80)},
    "sex": {"M": (58, 61), "F": (41, 38)},
    "disease": {"AML": (44, 47), "ALL": (41, 45), "OTHER": (14, 7)},
    "disease_status": {"CR": (66, 68), "PR": (5, 8), "NR": (28, 23)},
    "hla": {"MATCHED": (49, 53), "MISMATCHED": (50, 46)},
    "conditioning": {"BU_BASED": (47, 45), "TBI_BASED": (52, 54)},
    "graft": {"PBSC": (55, 54), "PBSC_BM": (44, 45)},
    "prophylaxis": {"CSA_MTX_OR_CSA_MTX_MMF": (40, 45), "CSA_MTX_MMF_ATG": (59, 54)},
    "grade": {"II": (35, 38), "III": (44, 42), "IV": (20, 19)},
    "n_organs": {"1": (27, 26), "2": (45, 50), "3": (27, 23), "4": (0, 0)},
    "organ": {"SKIN": (70, 66), "LIVER": (44, 43), "UPPER_GI": (8, 11), "LOWER_GI": (80, 76)},
}
SUBGROUPS = {  # level: n and responders by arm, odds ratio with interval
    "grade": {
        "II": (35, 33, 38, 34, 1.94, 0.33, 11.3),
        "III": (44, 36, 42, 28, 2.25, 0.83, 6.10),
        "IV": (20, 12, 19, 7, 2.57, 0.71, 9.30),
    },
    "organ_lower_gi": {"Y": (80, 64, 76, 51, 1.96, 0.94, 4.08), "N": (19, 17, 23, 18, 2.36, 0.40, 13.8)},
    "organ_liver": {"Y": (44, 32, 43, 24, 2.11, 0.86, 5.18), "N": (55, 49, 56, 45, 2.00, 0.68, 5.86)},
    "organ_skin_only": {"Y": (0, 0, 9, 8, None, None, None), "N": (99, 81, 90, 61, 2.14, 1.08, 4.23)},
    "age_group": {"LT18": (12, 12, 19, 13, None, 0.61, None), "GE18": (87, 69, 80, 56, 1.64, 0.81, 3.34)},
    "hla": {"MATCHED": (49, 41, 53, 38, 2.02, 0.77, 5.30), "MISMATCHED": (50, 40, 46, 31, 1.94, 0.77, 4.87)},
    "sr_criterion": {
        "A": (51, 41, 49, 33, 1.99, 0.80, 4.95),
        "B": (38, 32, 41, 30, 1.96, 0.65, 5.93),
        "C": (10, 8, 9, 6, 2.00, 0.25, 16.0),
    },
    "atg": {"Y": (59, 49, 54, 38, 2.06, 0.84, 5.05), "N": (40, 32, 45, 31, 1.81, 0.66, 4.92)},
}


def run() -> list[Row]:
    about = {
        "simulated": "yes",
        "observation": "realistic",
        "seed": "20240117",
        "software": "equipoise 0.1.0",
        "protocol_id": "MSC-SR-AGVHD",
        "protocol_version": "1.0",
        "protocol_hash": "9f2c" * 16,
        "as_of": "2020-07-31T00:00:00+00:00",
        "cutoff": "2020-06-30",
    }
    heads = {"clinical": (61_482, "3a7f" * 16), "treatment": (1_203, "b05c" * 16), "allocation": (399, "77e1" * 16)}
    return run_rows(about, heads)


def flow() -> list[Row]:
    everyone = [
        ("screened", "", 203),
        ("attempts", "", 207),
        ("excluded", "", 5),
        ("in_screening", "", 0),
        ("randomized", "", 198),
    ]
    everyone += [("excluded", "reason=WITHDREW_CONSENT", 4), ("excluded", "reason=NOT_ELIGIBLE", 1)]
    by_arm = [
        ("allocated", "", 99, 99),
        ("received", "", 97, 98),
        ("not_received", "", 2, 1),
        ("discontinued", "", 6, 8),
        ("discontinued", "reason=STOP_TREATMENT", 4, 5),
        ("discontinued", "reason=STOP_VISITS", 2, 3),
        ("discontinued", "reason=WITHDRAW_DATA", 0, 0),
        ("lost", "", 3, 5),
        ("crossover", "", 0, 7),
        ("analysed", "population=ITT", 99, 99),
        ("not_analysed", "population=ITT", 0, 0),
        ("analysed", "population=MITT", 94, 86),
        ("not_analysed", "population=MITT", 5, 13),
    ]
    rows = [
        Row(analysis="FLOW", group="ALL", subgroup=sub, statistic=f"flow_{name}", value=n) for name, sub, n in everyone
    ]
    for name, sub, *counts in by_arm:
        rows += [
            Row(analysis="FLOW", group=arm, subgroup=sub, statistic=f"flow_{name}", value=n)
            for arm, n in zip(ARMS, counts)
        ]
    return rows


def baseline() -> list[Row]:
    def row(**columns) -> Row:
        return Row(analysis="BASELINE", population="ITT", **columns)

    rows = []
    for name, numbers in {"age": ((29, 15, 60), (28, 14, 58)), "onset_days": ((31, 13, 140), (29, 15, 119.5))}.items():
        for arm, spread in zip((*ARMS, "ALL"), (*numbers, numbers[0])):
            values = zip(("median", "minimum", "maximum", "n", "missing"), (*spread, 99, 0))
            rows += [row(endpoint=name, group=arm, statistic=statistic, value=value) for statistic, value in values]
        rows.append(
            row(endpoint=name, group=VERSUS, statistic="p_mann_whitney", value=0.412, method="Mann-Whitney test")
        )
    for name, levels in BASELINE.items():
        for level, counts in levels.items():
            for arm, number, n in zip((*ARMS, "ALL"), (*counts, sum(counts)), (99, 99, 198)):
                place = {"endpoint": name, "group": arm, "subgroup": f"{name}={level}"}
                rows.append(row(**place, statistic="count", value=number))
                rows.append(row(**place, statistic="proportion", value=number / n))
        rows.append(row(endpoint=name, group=VERSUS, statistic="p_fisher", value=0.6671, method="Fisher's exact test"))
        rows.append(
            row(endpoint=name, group=VERSUS, statistic="p_pearson", value=0.5619, method="Pearson's chi-squared test")
        )
    for name, spreads in {
        "msc_doses": ((5, 2, 8), (4, 4, 4)),
        "basiliximab_doses": ((5, 1, 11), (6, 2, 14)),
        "onset_to_msc_days": ((11, 6, 19),),
    }.items():
        for arm, spread in zip(ARMS, spreads):
            values = zip(("median", "minimum", "maximum", "n"), (*spread, 97))
            rows += [
                Row(analysis="EXPOSURE", endpoint=name, group=arm, statistic=statistic, value=value)
                for statistic, value in values
            ]
    for arm, (observed, reverse) in zip(
        ARMS, (((20.1, 0.5, 62.3), (33.0, 1.1, 62.3)), ((13.4, 0.3, 61.0), (34.2, 0.9, 61.0)))
    ):
        for name, spread in (("observed", observed), ("reverse_km", reverse)):
            values = zip(("median", "minimum", "maximum"), spread)
            rows += [
                Row(analysis="FOLLOW_UP", endpoint=name, group=arm, statistic=statistic, value=value, unit="months")
                for statistic, value in values
            ]
    return rows


def two_proportions(analysis: str, cell: tuple, subgroup: str = "") -> list[Row]:
    """Rows of one comparison of two proportions; `cell` is n, events, n, events, odds ratio, lower, upper."""
    n1, r1, n2, r2, ratio, lower, upper = cell

    def row(**columns) -> Row:
        return Row(analysis=analysis, endpoint=analysis, population="ITT", subgroup=subgroup, **columns)

    rows = []
    for arm, n, events in zip(ARMS, (n1, n2), (r1, r2)):
        rows += [row(group=arm, statistic="n", value=n), row(group=arm, statistic="events", value=events)]
        share = events / n if n else None
        rows.append(row(group=arm, statistic="proportion", value=share, text="" if n else "not estimable"))
    for name, value in (("odds_ratio", ratio), ("odds_ratio_lower", lower), ("odds_ratio_upper", upper)):
        why = "" if value is not None else "infinite" if lower is not None else "not estimable"
        rows.append(row(group=VERSUS, statistic=name, value=value, text=why, method=WALD))
    if n1 and n2:
        difference = r1 / n1 - r2 / n2
        for name, value in (("", difference), ("_lower", difference - 0.12), ("_upper", difference + 0.11)):
            rows.append(row(group=VERSUS, statistic=f"risk_difference{name}", value=value, method="Newcombe interval"))
        rows.append(row(group=VERSUS, statistic="p_fisher", value=0.0612, method="Fisher's exact test"))
        rows.append(row(group=VERSUS, statistic="p_pearson", value=0.04351, method="Pearson's chi-squared test"))
    return rows


def response() -> list[Row]:
    rows = []
    for day, cells in {"RESPONSE28": ((54, 27, 18), (41, 28, 30)), "RESPONSE56": ((63, 20, 16), (44, 24, 31))}.items():
        for arm, counts in zip(ARMS, cells):
            rows.append(Row(analysis=day, group=arm, statistic="n", value=99))
            for code, number in zip(("CR", "PR", "NR"), counts):
                rows.append(Row(analysis=day, group=arm, subgroup=f"response={code}", statistic="count", value=number))
                rows.append(
                    Row(analysis=day, group=arm, subgroup=f"response={code}", statistic="proportion", value=number / 99)
                )
    rows += two_proportions("OR28", (99, 81, 99, 69, 1.957, 1.001, 3.826))
    for factor, levels in SUBGROUPS.items():
        for level, cell in levels.items():
            rows += two_proportions("OR28", cell, f"{factor}={level}")
        method = "likelihood-ratio test of the interaction in a logistic model"
        rows.append(
            Row(
                analysis="OR28",
                endpoint="OR28",
                population="ITT",
                group=VERSUS,
                subgroup=factor,
                statistic="p_interaction",
                value=0.871,
                method=method,
            )
        )
    rows += two_proportions("CR28", (99, 54, 99, 41, 1.70, 0.97, 2.98))
    rows += two_proportions("OR56", (99, 83, 99, 68, 2.36, 1.19, 4.70))
    rows += two_proportions("OR56_AS_TREATED", (106, 90, 92, 66, 2.22, 1.10, 4.47))
    rows += two_proportions("DOR56", (99, 75, 99, 62, 1.86, 1.01, 3.45))
    rows += two_proportions("OR28_SL", (99, 79, 99, 69, 1.72, 0.89, 3.29)) + two_proportions(
        "OR28_PP", (91, 76, 93, 66, 2.07, 1.02, 4.22)
    )
    for arm, cells in zip(ARMS, (sample_paths(1.0), sample_paths(0.8))):
        rows += [
            Row(analysis="ALLUVIAL", group=arm, subgroup=f"grade={path}", statistic="alluvial", value=n)
            for path, n in cells
        ]
    return rows


def sample_paths(better: float) -> Iterable[tuple[str, int]]:
    """Subjects on each path from grade to day 28 to day 56; invented."""
    for grade, size in (("II", 36), ("III", 42), ("IV", 21)):
        left = size
        shares = {
            "CR>CR": 0.5 * better,
            "CR>PR": 0.04,
            "CR>NR": 0.03,
            "PR>CR": 0.12,
            "PR>PR": 0.1,
            "PR>NR": 0.06,
            "NR>PR": 0.02,
        }
        for path, share in shares.items():
            number = round(size * share)
            left -= number
            yield f"{grade}>{path}", number
        yield f"{grade}>NR>NR", left


def curves() -> list[Row]:
    rows = []
    for analysis, ends in CURVES.items():
        statistic = "survival" if analysis in SURVIVAL else "cumulative_incidence"
        population = "MITT" if "CGVHD" in analysis else "ITT"
        for arm, (end, shape) in zip(ARMS, ends):
            points = [(0.0, 0.0), *((m + 0.3, ((m + 0.3) / 36) ** shape) for m in range(36))]
            total = 1 - end if statistic == "survival" else end
            for at, share in points:
                value = 1 - total * share if statistic == "survival" else total * share
                half = 0.11 * share**0.5
                for name, number in (("", value), ("_lower", max(0, value - half)), ("_upper", min(1, value + half))):
                    rows.append(
                        Row(analysis=f"{analysis}:curve", group=arm, at=at, statistic=statistic + name, value=number)
                    )
                    if at in (0.0,):
                        continue
            rows += [
                Row(analysis=f"{analysis}:curve", group=arm, at=m + 0.7, statistic="censored", value=1)
                for m in range(20, 36, 2)
            ]
            rows += [
                Row(
                    analysis=f"{analysis}:curve",
                    group=arm,
                    at=float(m),
                    statistic="at_risk",
                    value=round(99 * (1 - total * (m / 36) ** shape * 1.3)),
                )
                for m in range(0, 37, 6)
            ]
            rows += horizon_rows(analysis, population, arm, statistic, total, shape)
        rows += comparison_rows(analysis, population)
    rows += [replace(row, analysis="OS_STRATIFIED_GRADE") for row in comparison_rows("OS", "ITT")]
    return rows


def horizon_rows(analysis, population, arm, statistic, total, shape) -> list[Row]:
    rows = [
        Row(analysis=analysis, endpoint=analysis, population=population, group=arm, statistic=name, value=value)
        for name, value in (("n", 99), ("events", 41))
    ]
    if statistic == "survival":
        median = {"MSC": None, "CONTROL": 30.25}[arm] if analysis == "OS" else {"MSC": 10.9, "CONTROL": 6.3}[arm]
        for name, value in (("median", median), ("median_lower", 5.1), ("median_upper", None)):
            why = "" if value is not None else "not reached"
            rows.append(
                Row(
                    analysis=analysis,
                    endpoint=analysis,
                    population=population,
                    group=arm,
                    statistic=name,
                    value=value,
                    text=why,
                    unit="months",
                )
            )
    for at in HORIZONS[analysis]:
        share = total * (at / 36) ** shape
        value = 1 - share if statistic == "survival" else share
        for name, number in (("", value), ("_lower", max(0, value - 0.1)), ("_upper", min(1, value + 0.1))):
            method = "Kaplan-Meier, log-log interval" if statistic == "survival" else "Aalen-Johansen, log-log interval"
            rows.append(
                Row(
                    analysis=analysis,
                    endpoint=analysis,
                    population=population,
                    group=arm,
                    at=float(at),
                    statistic=statistic + name,
                    value=number,
                    method=method,
                )
            )
    return rows


def comparison_rows(analysis: str, population: str) -> list[Row]:
    rows = []
    survival = analysis in SURVIVAL
    ratio = "hazard_ratio" if survival else "subdistribution_hazard_ratio"
    model, test = ("Cox model, Efron", "log-rank test") if survival else ("Fine-Gray model", "Gray's test")
    for at in (None, *(float(month) for month in HORIZONS[analysis])):
        named = (("", 0.71, model), ("_lower", 0.46, model), ("_upper", 1.09, model))
        values = [(ratio + end, value, method) for end, value, method in named]
        values += [("p_wald", 0.1183, model), ("p_log_rank" if survival else "p_gray", 0.00042, test)]
        for name, value, method in values:
            rows.append(
                Row(
                    analysis=analysis,
                    endpoint=analysis,
                    population=population,
                    group=VERSUS,
                    at=at,
                    statistic=name,
                    value=value,
                    method=method,
                )
            )
    return rows


def safety() -> list[Row]:
    events = {
        "ANY": (84, 88),
        "INFECTION": (66, 75),
        "INFECTION_VIRAL": (45, 52),
        "INFECTION_BACTERIAL": (26, 35),
        "INFECTION_FUNGAL": (7, 10),
        "HEMATOLOGIC": (39, 51),
        "GASTROINTESTINAL": (9, 12),
        "HEPATOBILIARY": (11, 9),
        "SECONDARY_MALIGNANCY": (0, 0),
    }
    serious = {
        "ANY": (40, 46),
        "HEMATOLOGIC": (9, 14),
        "PLATELETS": (6, 9),
        "PLATELETS_AND_NEUTROPHILS": (3, 5),
        "SKIN": (0, 1),
        "GASTROINTESTINAL": (4, 6),
        "CARDIAC": (4, 5),
        "RENAL": (3, 5),
        "VASCULAR": (0, 1),
        "INFECTION": (13, 15),
        "SECONDARY_MALIGNANCY": (0, 0),
    }
    deaths = {
        "ANY": (37, 51),
        "RELAPSE": (8, 10),
        "AGVHD": (9, 13),
        "CGVHD": (4, 8),
        "INFECTION": (13, 17),
        "HEMORRHAGE": (3, 2),
        "TMA": (0, 1),
    }
    rows = []
    for analysis, table in (("AE34", events), ("SAE", serious), ("DEATHS", deaths)):
        for name, counts in table.items():
            for arm, number in zip(ARMS, counts):
                values = (("n", 99), ("count", number), ("proportion", number / 99))
                rows += [
                    Row(analysis=analysis, endpoint=name, population="ITT", group=arm, statistic=statistic, value=value)
                    for statistic, value in values
                ]
                if name.startswith("INFECTION_"):
                    rows.append(
                        Row(
                            analysis=analysis,
                            endpoint=name,
                            population="ITT",
                            group=arm,
                            subgroup="among=INFECTION",
                            statistic="proportion",
                            value=number / 70,
                        )
                    )
            if analysis != "DEATHS":
                rows.append(
                    Row(
                        analysis=analysis,
                        endpoint=name,
                        group=VERSUS,
                        statistic="p_fisher",
                        value=0.5 if any(counts) else 1,
                        method="Fisher's exact test",
                    )
                )
                if any(counts):
                    rows.append(
                        Row(
                            analysis=analysis,
                            endpoint=name,
                            group=VERSUS,
                            statistic="p_pearson",
                            value=0.0385,
                            method="Pearson's chi-squared test",
                        )
                    )
    rows += [
        Row(analysis="INFUSION", endpoint="reaction", group="MSC", statistic=statistic, value=value)
        for statistic, value in (("n", 97), ("count", 0))
    ]
    return rows


def conduct() -> list[Row]:
    rows = []
    for code, counts, subjects in (
        ("BSX_DAY", (14, 11), (12, 9)),
        ("MSC_START", (3, 0), (3, 0)),
        ("VISIT_WINDOW", (6, 8), (6, 8)),
        ("UNHEARD_OF", (1, 0), (1, 0)),
    ):
        for group, number, many in zip((*ARMS, "ALL"), (*counts, sum(counts)), (*subjects, sum(subjects))):
            rows.append(Row(analysis="DEVIATIONS", endpoint=code, group=group, statistic="count", value=number))
            rows.append(Row(analysis="DEVIATIONS", endpoint=code, group=group, statistic="subjects", value=many))
    for name, done, due in (
        ("day28_assessed", 192, 198),
        ("day56_assessed", 175, 181),
        ("vital_status_known", 190, 198),
        ("visits_held", 2911, 3104),
        ("forms_entered", 61482, 62001),
    ):
        for statistic, value in (("n", due), ("count", done), ("proportion", done / due)):
            rows.append(Row(analysis="COMPLETENESS", endpoint=name, group="ALL", statistic=statistic, value=value))
    return rows


def published() -> Published:
    """The published numbers of the index trial."""
    return load_published(ROOT / "protocols" / "msc-sr-agvhd" / "published.yaml")


def sample_table(*, without: tuple[str, ...] = (), beside: Published | None = None) -> pl.DataFrame:
    """The sample as a results table, with or without some analyses; `beside` defaults to nothing published."""
    rows = run() + flow() + baseline() + response() + curves() + safety() + conduct()
    kept = [row for row in rows if row.analysis.split(":")[0] not in without]
    return with_published(results_table(kept), beside or NOTHING_PUBLISHED)


def sample_trial() -> TrialTexts:
    """Texts of a made-up protocol with a long title and long names of arms."""
    return TrialTexts(
        id="MSC-SR-AGVHD",
        title="Mesenchymal stromal cells plus basiliximab and a calcineurin inhibitor "
        "for steroid-resistant acute graft-versus-host disease",
        short_title="MSC in SR-aGVHD",
        registry="ClinicalTrials.gov NCT02241018",
        version="1.0",
        arms=(
            Arm(id="MSC", role="experimental", title="MSC + basiliximab + calcineurin inhibitor"),
            Arm(id="CONTROL", role="control", title="Basiliximab + calcineurin inhibitor"),
        ),
        endpoints={
            "OR28": "Overall response at day 28",
            "DOR56": "Durable overall response at day 56",
            "OS": "Overall survival",
        },
        populations={"ITT": "All randomized subjects", "MITT": "Modified intention to treat"},
        analyses={
            "OR28": "Overall response at day 28",
            "OR28_SL": "Day 28 from the second-line start",
            "OR28_PP": "Per protocol",
        },
        estimands=(
            Estimand(
                id="E1",
                title="Primary: response at day 28",
                endpoint="Overall response at day 28",
                population="All randomized subjects",
                treatment="4 to 8 weekly doses of MSC against the same without MSC",
                events=(("death", "composite", "no response"), ("msc_not_given", "treatment_policy", "")),
                summary="Odds ratio and risk difference",
            ),
            Estimand(
                id="E3",
                title="Overall survival",
                endpoint="Overall survival",
                population="All randomized subjects",
                treatment="The same",
                events=(("new_therapy", "treatment_policy", ""),),
                summary="Hazard ratio",
            ),
        ),
        deviations={
            "BSX_DAY": ("minor", "Basiliximab outside its window"),
            "MSC_START": ("major", "First MSC dose too early or too late"),
            "VISIT_WINDOW": ("major", "Primary assessment missing or outside its window"),
        },
    )
