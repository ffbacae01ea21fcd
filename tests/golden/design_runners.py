"""Each kind of entry about design, answered in the form of R's result.

R's arguments are those of `power.prop.test` and of rpact. One that our functions do not take is an error here too, in
words: nothing is left out in silence.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from equipoise import design
from equipoise.errors import DesignError
from tests.golden.entries import Entry

Result = Any
BOUNDARIES = {
    "OF": "obrien_fleming",
    "P": "pocock",
    "WT": "wang_tsiatis",
    "HP": "haybittle_peto",
    "asOF": "spending_obrien_fleming",
    "asP": "spending_pocock",
    "asKD": "spending_kim_demets",
    "asHSD": "spending_hwang_shih_decani",
    "asUser": "spending_given",
    "noEarlyEfficacy": "last_look_only",
}
BETA_SPENDING = {
    "bsOF": "obrien_fleming",
    "bsP": "pocock",
    "bsKD": "kim_demets",
    "bsHSD": "hwang_shih_decani",
    "bsUser": "given",
}
METHODS = {"Schoenfeld": "schoenfeld", "Freedman": "freedman", "HsiehFreedman": "hsieh_freedman"}
NO_FUTILITY = -6.0
"""What rpact writes for a look without a bound of futility."""
NEVER_STOPS = 1e-14
"""Level of a look below which rpact writes no bound."""
TEST_ARGUMENTS = {"alpha", "beta", "sided", "twoSidedPower"}


def known(arguments: dict[str, Any], *names: str) -> dict[str, Any]:
    """The arguments, of which each has to be one that we take; R writes an empty list for none."""
    given = dict(arguments or {})
    for name in sorted(set(given) - set(names)):
        raise not_taken(f"the argument {name} of R is not taken")
    return given


def not_taken(fault: str) -> DesignError:
    """The error for what R takes and we do not."""
    return DesignError(fault, where="design", rule="DESIGN-OPTION", remedy="leave it out, or ask R")


def named(table: dict[str, str], name: str) -> str:
    """Our name of an option of R's."""
    if name not in table:
        raise not_taken(f"{name} is not one of {', '.join(table)}")
    return table[name]


def effects(arguments: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The arguments once for each value of an effect that R was given several of."""
    values = arguments.get(name)
    return [arguments | {name: value} for value in values] if isinstance(values, list) else [arguments]


# two proportions, power.prop.test ------------------------------------------------------------------------------------


def power_two_proportions(entry: Entry) -> Result:
    """power.prop.test: whichever of its arguments is left out."""
    given = known(entry.asked["arguments"], "n", "p1", "p2", "sig.level", "power", "alternative", "strict")
    theirs = entry.asked["result"]
    sides = 1 if given.get("alternative") == "one.sided" else 2
    strict = bool(given.get("strict", False)) and sides == 2

    def power(n: float, p1: float, p2: float, alpha: float) -> float:
        return design.power_two_proportions(n, n, p1, p2, **level(alpha, sides), both_sides=strict)

    # sig.level is 0.05 if it is not given, and what is looked for if null is given
    values = {"n": None, "p1": None, "p2": None, "sig.level": 0.05, "power": None} | given
    looked_for = [name for name in ("n", "p1", "p2", "sig.level", "power") if values[name] in (None, {}, [])]
    if len(looked_for) != 1:
        raise not_taken("exactly one of n, p1, p2, power and sig.level is to be found")
    n, p1, p2, alpha = (values[name] for name in ("n", "p1", "p2", "sig.level"))
    match looked_for[0]:
        case "power":
            values["power"] = power(n, p1, p2, alpha)
        case "n":
            values["n"] = (
                bisect(lambda size: power(size, p1, p2, alpha) - values["power"], 2, 1e7)
                if strict
                else design.sample_size_two_proportions(p1, p2, **level(alpha, sides), power=values["power"]).n_control
            )
        case "sig.level":
            values["sig.level"] = bisect(lambda a: power(n, p1, p2, a) - values["power"], 1e-10, 1 - 1e-10)
        case rate:
            other, higher = (p1, True) if rate == "p2" else (p2, False)
            values[rate] = design.detectable_proportion(
                n, n, other, **level(alpha, sides), power=values["power"], higher=higher
            )
    assert set(theirs) >= {"n_per_arm", "power"}
    return {
        "n_per_arm": values["n"],
        "p1": values["p1"],
        "p2": values["p2"],
        "sig_level": values["sig.level"],
        "power": values["power"],
    }


def best_ratio(size_at: Any) -> float:
    """What rpact takes for an allocation ratio of 0: that of the smallest trial, by R's optimize with its tolerance."""
    from scipy.optimize import fminbound

    return float(fminbound(size_at, 0, 5, xtol=1e-4))


def level(alpha: float, sides: int) -> dict[str, float]:
    """Alpha as our functions take it."""
    if sides not in (1, 2):
        raise not_taken(f"a test has one side or two, not {sides}")
    return {"alpha_one_sided": alpha} if sides == 1 else {"alpha_two_sided": alpha}


def bisect(equation: Any, low: float, high: float) -> float:
    """Where a rising function is 0."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if equation(middle) < 0 else (low, middle)
    return (low + high) / 2


# group-sequential ----------------------------------------------------------------------------------------------------


def boundaries(entry: Entry) -> Result:
    """getDesignGroupSequential and getDesignCharacteristics."""
    plan = sequential(entry.asked["arguments"])
    ours = {
        "information_rates": plan.information,
        # rpact has no number where hardly any trial stops
        "critical_values": np.where(plan.stage_levels < NEVER_STOPS, np.nan, plan.critical_values),
        "stage_levels": plan.stage_levels,
        "alpha_spent": plan.alpha_spent,
    }
    if plan.n_looks > 1:
        ours |= {
            "futility_bounds": np.maximum(plan.futility_bounds, NO_FUTILITY),
            "inflation_factor": plan.inflation_factor,
            "shift": plan.shift,
            "power_by_stage": plan.power_by_stage,
            "average_sample_number_h1": plan.expected_size(1.0),
            "average_sample_number_h01": plan.expected_size(0.5),
            "average_sample_number_h0": plan.expected_size(0.0),
        }
    return ours


def sequential(arguments: dict[str, Any]) -> design.GroupSequential:
    """The design that rpact's arguments describe."""
    given = known(
        arguments, "kMax", "informationRates", "typeOfDesign", "deltaWT", "gammaA", "constantBoundsHP",
        "userAlphaSpending", "futilityBounds", "bindingFutility", "typeBetaSpending", "gammaB", "userBetaSpending",
        *TEST_ARGUMENTS,
    )  # fmt: skip
    kind = given.get("typeOfDesign", "OF")
    alpha = given["userAlphaSpending"][-1] if kind == "asUser" and "alpha" not in given else given.get("alpha", 0.025)
    beta_kind = given.get("typeBetaSpending", "none")
    futility = given.get("futilityBounds")
    if futility is not None:
        bounds = np.atleast_1d(np.array(futility, dtype=float))
        futility = np.where(bounds <= NO_FUTILITY, -np.inf, bounds) if (bounds > NO_FUTILITY).any() else None
    # rpact leaves beta spending out, with a warning, where alpha is not spent by a function
    by_beta = beta_kind != "none" and (kind.startswith("as") or kind == "noEarlyEfficacy")
    # rpact keeps the last bound of noEarlyEfficacy with beta spending as if futility were not binding
    binding = bool(given.get("bindingFutility", False)) and not (kind == "noEarlyEfficacy" and by_beta)
    return design.group_sequential(
        given.get("informationRates", given.get("kMax", 3)),
        boundary=named(BOUNDARIES, kind),
        **level(alpha, given.get("sided", 1)),
        power=1 - given.get("beta", 0.2),
        shape=given.get("deltaWT", given.get("gammaA")),
        early_bound=given.get("constantBoundsHP", 3.0),
        alpha_given=given.get("userAlphaSpending"),
        futility=futility,
        futility_spending=named(BETA_SPENDING, beta_kind) if by_beta else None,
        futility_shape=given.get("gammaB"),
        beta_given=given.get("userBetaSpending"),
        binding=binding and (by_beta or futility is not None),
        both_sides=bool(given.get("twoSidedPower", False)),
    )


RPACT_KINDS = ("group_sequential_boundaries", "sample_size_rates", "sample_size_survival", "power_survival")
NEAR, CLOSE = 0.1, 0.03
"""Steps of information below which rpact's integration has fewer digits, and few."""
SOME_LOOKS = 6


def precision_of_rpact(entry: Entry) -> str:
    """How exact rpact is. Its error grows with looks close together and with their number, up to 1e-5; it is coarse
    where looks are very close, or where a look has no bound. R's `integrate`, which it takes for the times of events,
    stops at 1.2e-4 and meets the kinks of piecewise hazards."""
    arguments = entry.asked["arguments"] or {}
    if "piecewiseSurvivalTime" in arguments:
        return ", piecewise hazards"
    plan = sequential(arguments if entry.kind == "group_sequential_boundaries" else entry.asked["design"] or {})
    step = np.diff(plan.information, prepend=0.0).min()
    if step < CLOSE or plan.boundary == "last_look_only" or plan.stage_levels.min() < NEVER_STOPS:
        return ", coarse"
    return ", many looks" if step < NEAR or plan.n_looks > SOME_LOOKS else ""


def plan_of(entry: Entry) -> design.GroupSequential:
    """The design of an entry; without one, that of one look.

    In rpact's power a rejection on either side counts, in its sizes only if it is asked for.
    """
    of_power = {"twoSidedPower": True} if entry.kind == "power_survival" else {}
    if entry.asked["design"]:
        return sequential(entry.asked["design"] | of_power)
    given = {name: value for name, value in (entry.asked["arguments"] or {}).items() if name in TEST_ARGUMENTS}
    return sequential({"kMax": 1} | given | of_power)


# rates ---------------------------------------------------------------------------------------------------------------


def rates(entry: Entry) -> Result:
    """getSampleSizeRates."""
    given = known(
        entry.asked["arguments"],
        "groups", "normalApproximation", "riskRatio", "thetaH0", "pi1", "pi2", "allocationRatioPlanned",
        *TEST_ARGUMENTS,
    )  # fmt: skip
    plan = plan_of(entry)
    if plan.both_sides and plan.sides == 2:
        raise not_taken("twoSidedPower is not taken for rates")
    one_or_two = one_rate if given.get("groups", 2) == 1 else two_rates
    parts = [one_or_two(part, plan) for part in effects({"pi1": [0.4, 0.5, 0.6]} | given, "pi1")]
    return {name: [value for part in parts for value in np.ravel(part[name])] for name in parts[0]}


def two_rates(given: dict[str, Any], plan: design.GroupSequential) -> Result:
    """Two arms; R's group 1 is ours of the experiment."""
    if not given.get("normalApproximation", True):
        raise not_taken("rpact has no exact power of two arms")
    by_ratio = given.get("riskRatio", False)
    theta = given.get("thetaH0", 1.0 if by_ratio else 0.0)
    null = {"null_ratio": theta} if by_ratio else {"null_difference": theta}
    p1, p2 = given["pi1"], given.get("pi2", 0.2)

    def size_at(ratio: float) -> design.Size:
        return design.sample_size_two_proportions(
            p1, p2, **level(plan.alpha, plan.sides), power=plan.power, ratio=ratio, **null
        )

    ratio = given.get("allocationRatioPlanned", 1.0) or best_ratio(lambda ratio: size_at(ratio).total)
    size = size_at(ratio)
    control = size.n_control * plan.inflation_factor
    side = 1.0 if p1 > (theta * p2 if by_ratio else p2 + theta) else -1.0
    bounds = np.array(
        [
            design.critical_proportion(side * z, share * control * ratio, share * control, p2, **null)
            for z, share in zip(plan.critical_values, plan.information, strict=True)
        ]
    )
    return {
        "total": size.total,
        "n1": size.n_experimental,
        "n2": size.n_control,
        "max_subjects": control * (1 + ratio),
        # two-sided bounds have other names in rpact, so that nothing stands here
        "critical_effect": [] if plan.sides == 2 else bounds / p2 if by_ratio else bounds - p2,
    }


def one_rate(given: dict[str, Any], plan: design.GroupSequential) -> Result:
    """One arm against a fixed rate."""
    p, null = given["pi1"], given["thetaH0"]
    if given.get("normalApproximation", True):
        n = design.sample_size_one_proportion(
            p, null, **level(plan.alpha, plan.sides), power=plan.power, method="normal"
        ).n
    else:
        n = crossing_of_rpact(p, null, plan)
    most = n * plan.inflation_factor
    side = 1.0 if p > null else -1.0
    bounds = [
        design.critical_one_proportion(side * z, share * most, null)
        for z, share in zip(plan.critical_values, plan.information, strict=True)
    ]
    return {"total": n, "n1": [], "n2": [], "max_subjects": most, "critical_effect": [] if plan.sides == 2 else bounds}


def crossing_of_rpact(p: float, null: float, plan: design.GroupSequential) -> int:
    """The size that rpact finds: exact power crosses the wanted one several times, and rpact halves an interval."""

    def reaches(n: int) -> bool:
        return design.power_one_proportion(n, p, null, **level(plan.alpha, plan.sides)) >= plan.power

    high = 2
    while not reaches(high):
        high *= 2
    low, middle = 2, 2
    while high - low > 1:
        middle = round((low + high) / 2)
        low, high = (low, middle) if reaches(middle) else (middle, high)
    found = middle if reaches(middle) else middle + 1
    ours = design.sample_size_one_proportion(p, null, **level(plan.alpha, plan.sides), power=plan.power)
    assert ours.n <= found <= ours.n_lasting
    return found


# survival ------------------------------------------------------------------------------------------------------------

MODEL_ARGUMENTS = (
    "typeOfComputation", "thetaH0", "pi1", "pi2", "lambda1", "lambda2", "median1", "median2", "kappa", "hazardRatio",
    "piecewiseSurvivalTime", "allocationRatioPlanned", "eventTime", "accrualTime", "accrualIntensity",
    "accrualIntensityType", "maxNumberOfSubjects", "dropoutRate1", "dropoutRate2", "dropoutTime",
    *TEST_ARGUMENTS,
)  # fmt: skip


def survival_model(given: dict[str, Any]) -> dict[str, Any]:
    """Entry, events, drop-out and test as our functions take them."""
    control, effect = hazards(given)
    lost = given.get("dropoutTime", 12.0)
    method = given.get("typeOfComputation", "Schoenfeld")
    return {
        "control": control,
        "hazard_ratio": effect,
        "ratio": given.get("allocationRatioPlanned", 1.0),
        "method": named(METHODS, method),
        "null_ratio": given.get("thetaH0", 1.0),
        "drop_out_experimental": design.drop_out_hazard(given.get("dropoutRate1", 0.0), lost),
        "drop_out_control": design.drop_out_hazard(given.get("dropoutRate2", 0.0), lost),
    }


def hazards(given: dict[str, Any]) -> tuple[Any, float]:
    """Hazard of the control arm, and the hazard ratio; R's group 2 is the control."""
    kappa, by = given.get("kappa", 1.0), given.get("eventTime", 12.0)
    if "piecewiseSurvivalTime" in given:
        if kappa != 1 or "hazardRatio" not in given or "lambda2" not in given:
            raise not_taken("piecewise hazards go with lambda2 and hazardRatio, without kappa")
        return design.piecewise_hazard(given["lambda2"], starts=given["piecewiseSurvivalTime"]), given["hazardRatio"]

    def rate(arm: str) -> float | None:
        if f"lambda{arm}" in given:
            return given[f"lambda{arm}"]
        if f"median{arm}" in given:
            return np.log(2) ** (1 / kappa) / given[f"median{arm}"]
        if f"pi{arm}" in given:
            return (-np.log1p(-given[f"pi{arm}"])) ** (1 / kappa) / by
        return None

    control, experimental = rate("2"), rate("1")
    if control is None:
        control = (-np.log1p(-0.2)) ** (1 / kappa) / by  # pi2 is 0.2 if nothing is said
    assert ("hazardRatio" in given) != (experimental is not None)
    effect = given["hazardRatio"] if experimental is None else (experimental / control) ** kappa
    arm = design.piecewise_hazard(control) if kappa == 1 else design.WeibullHazard(control, kappa)
    return arm, effect


def entry_of_subjects(given: dict[str, Any]) -> tuple[design.Accrual, float | None]:
    """How subjects enter, and how many if that follows: rates of 1 and more are subjects per unit of time."""
    times = np.atleast_1d(np.array(given.get("accrualTime", [0, 12]), dtype=float))
    rates = np.atleast_1d(np.array(given.get("accrualIntensity", 0.1), dtype=float))
    times = times[1:] if times.size > 1 and times[0] == 0 else times
    subjects = given.get("maxNumberOfSubjects")
    kind = given.get("accrualIntensityType", "auto")
    absolute = kind == "absolute" or (kind == "auto" and (rates >= 1).all())
    if times.size == 1 and times[0] == 0:  # only the start is given
        times = np.zeros(0)
    if rates.size == times.size + 1 and absolute:
        return design.accrual([*times, np.inf], rates), subjects
    if rates.size != times.size:
        raise not_taken("there is not one accrual intensity for each piece of accrualTime")
    entry = design.accrual(times, rates)
    if absolute:
        if subjects is not None and abs(subjects - entry.total) > 1e-9:
            raise not_taken("maxNumberOfSubjects disagrees with the accrual")
        subjects = entry.total
    return entry, subjects


def sample_size_survival(entry: Entry) -> Result:
    """getSampleSizeSurvival."""
    given = known(entry.asked["arguments"], "followUpTime", *MODEL_ARGUMENTS)
    plan = plan_of(entry)
    name, given = which_effect(given)
    parts = []
    for part in effects(given, name):
        entering, subjects = entry_of_subjects(part)
        follow_up = None if subjects is not None else part.get("followUpTime", 6.0)
        asked = survival_model(part) | {"accrual": entering, "looks": plan, "follow_up": follow_up}
        asked["ratio"] = asked["ratio"] or best_ratio(partial(subjects_at, asked))
        size = design.sample_size_survival(**asked, subjects=subjects)
        parts.append(survival_result(size, part, plan, entering))
    once = set()
    if subjects is None and np.isfinite(entering.duration):  # rpact writes what was given once for all effects
        once = {"accrual_time", "follow_up_time"} | (
            {"analysis_time", "study_duration"} if plan.n_looks == 1 else set()
        )
    return {key: joined(parts[:1] if key in once else parts, key) for key in parts[0]}


def subjects_at(asked: dict[str, Any], ratio: float) -> float:
    """Subjects of the trial with one look at an allocation ratio."""
    return design.sample_size_survival(**(asked | {"ratio": ratio})).subjects_one_look


def joined(parts: list[Result], key: str) -> Any:
    """The values of all effects, one after the other."""
    return parts[0][key] if len(parts) == 1 else [value for part in parts for value in np.ravel(part[key])]


def survival_result(
    size: design.SurvivalSize, given: dict[str, Any], plan: design.GroupSequential, entering: design.Accrual
) -> Result:
    """One size in the form of R's result."""
    is_open = np.isinf(entering.duration)
    ends = entering.ends[np.isfinite(entering.ends)]
    # where the accrual is open rpact writes the size with looks here too; elsewhere those entered by the last look
    one_look = size.subjects if is_open and "maxNumberOfSubjects" not in given else size.subjects_one_look
    return {
        "events_fixed": size.events_one_look,
        "n_fixed": one_look,
        "max_subjects": size.subjects_by_look[-1] if plan.n_looks > 1 else size.subjects,
        "max_events": size.events,
        "hazard_ratio": hazards(given)[1],
        "analysis_time": size.analysis_times,
        "study_duration": size.duration,
        "accrual_time": [*ends, size.accrual_duration] if is_open else ends,
        "follow_up_time": size.follow_up,
        "critical_effect": [] if plan.sides == 2 else size.critical_hazard_ratios,
    }


def which_effect(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The argument that says the effect; R looks at three rates if none does."""
    for name in ("hazardRatio", "lambda1", "median1", "pi1"):
        if name in given:
            return name, given
    return "pi1", given | {"pi1": [0.4, 0.5, 0.6]}


def power_survival(entry: Entry) -> Result:
    """getPowerSurvival."""
    given = known(entry.asked["arguments"], "maxNumberOfEvents", "directionUpper", *MODEL_ARGUMENTS)
    plan = plan_of(entry)
    name, given = which_effect(given)
    if name == "pi1" and "pi1" not in entry.asked["arguments"]:
        given["pi1"] = [0.2, 0.3, 0.4, 0.5]  # R's default for power
    parts = []
    for part in effects(given, name):
        entering, subjects = entry_of_subjects(part)
        if subjects is None:
            raise not_taken("power needs maxNumberOfSubjects")
        events = part["maxNumberOfEvents"]
        model = survival_model(part)
        ours = design.power_survival(
            events, subjects, **model, accrual=entering, looks=plan, against_higher=part.get("directionUpper", True)
        )
        parts.append(
            {
                "power": ours.power,
                "analysis_time": ours.analysis_times,
                "study_duration": ours.expected_duration,
                "expected_events": ours.expected_events,
            }
        )
    return {key: joined(parts, key) for key in parts[0]} | {"events": ours.events_by_look}


RUNNERS = {
    "power_two_proportions": power_two_proportions,
    "group_sequential_boundaries": boundaries,
    "sample_size_rates": rates,
    "sample_size_survival": sample_size_survival,
    "power_survival": power_survival,
}
