"""Every number of the clinical reference that the protocol states is the same in both."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.shared


def upper(names):
    return [name.upper() for name in names]


def test_basiliximab(written, domain):
    reference, ours = domain("treatments")["basiliximab"], written["treatments"]["basiliximab"]
    assert (ours["dose"], ours["unit"], ours["route"]) == (reference["dose_mg"], "mg", reference["route"].upper())
    assert ours["fixed_days"] == reference["fixed_days"]
    assert ours["then_every_days"] == reference["then_every_days"]
    assert reference["stop_when"] == "grade_below_II"
    assert ours["stop_when_grade_below"] == 2
    windows = {str(day): window for day, window in reference["window_days"].items()}
    assert ours["windows"] == windows | {"8": [-1, 1]}  # section 9: a deviation is day 1, 3 or 8 off by more than 1
    assert ours["registry"]["days"] == reference["registry_days"]


def test_calcineurin_inhibitor(written, domain):
    reference, ours = domain("treatments")["cni"], written["treatments"]["cni"]
    assert ours["order"] == upper(reference["order"])
    cyclosporine, tacrolimus = (reference["trough_ng_ml"][drug] for drug in reference["order"])
    assert ours["trough_ng_ml"]["CYCLOSPORINE"] == cyclosporine
    low, high = tacrolimus.pop("aim")
    assert ours["trough_ng_ml"]["TACROLIMUS"] == tacrolimus | {"aim_low": low, "aim_high": high}


def test_steroid_taper(written, domain):
    reference, ours = domain("treatments")["steroid_taper"], written["treatments"]["steroid_taper"]
    assert ours["first_reduction_day"] == reference["first_reduction_sl_day"]
    assert ours["every_days"] == reference["every_days"]
    assert ours["fraction"] == reference["fraction"]
    assert reference["default_reading"] == "linear_of_start"
    assert ours["reading"] == "linear"
    assert ours["geometric_stop_day"] == max(reference["geometric_percent"])


def test_msc(written, domain):
    reference, ours = domain("treatments")["msc"], written["treatments"]["msc"]
    assert ours["dose_cells_per_kg"] == reference["dose_viable_cells_per_kg"]
    assert ours["cycle_days"] == reference["cycle_days"]
    assert ours["start_sl_days"] == reference["start_sl_day"]
    assert ours["decision_day"] == reference["decision_cycle_day"]
    after = reference["after"]
    assert ours["continue_on"] == [response for response, what in after.items() if what != "stop"]
    partial = after["PR"]
    assert (ours["continue_days"], ours["until"], ours["max_doses"]) == (
        partial["days"],
        partial["until"],
        partial["max_total"],
    )


def test_cell_product(written, domain):
    reference, ours = domain("msc-product"), written["treatments"]["msc"]
    product = ours["product"]
    assert product["passages"] == reference["passage_allowed"]
    assert product["viability_percent"] == reference["release"]["viability_pct"]["min"]
    assert product["volume_ml"] == reference["formulation"]["volume_ml"]
    shelf = reference["shelf_life_hours"]
    assert (product["shelf_life_hours"], product["shelf_life_most_hours"]) == (shelf["default"], shelf["absolute_max"])
    dose = reference["release"]["viable_dose_1e6_per_kg"]
    assert ours["tolerance"] == [dose["min"], dose["max"]]
    assert ours["watch_hours"] == reference["observation_hours_from_infusion_start"]


def test_crossover_and_other_agents(written, domain):
    reference, ours = domain("treatments"), written["treatments"]
    assert ours["crossover"]["arm"] == reference["crossover"]["arm"].upper()
    assert reference["crossover"]["eligible"] == "NR_at_day28"
    assert ours["crossover"]["when"] == "response_day28 == 'NR'"
    assert ours["crossover"]["optional"] == reference["crossover"]["optional"]
    assert ours["other_agents"]["after_cycle_day"] == reference["other_agents_after_cycle_day"]
    named = ["SIROLIMUS" if name == "mtor_inhibitor" else name.upper() for name in reference["other_agents"]]
    assert ours["other_agents"]["agents"] == named


def test_randomization_and_masking(written, domain, index_protocol_path):
    from .conftest import read

    reference = domain("treatments")["randomisation"]
    restricted = read(index_protocol_path.parent / "randomization.yaml")
    assert list(written["randomization"]["ratio"].values()) == reference["ratio"]
    assert restricted["block_sizes"] == [reference["block_size"]]
    assert written["randomization"]["strata"] == reference["strata"]
    masked = reference["masked"]
    assert written["masking"] == {"subjects": masked.pop("participants")} | masked
    assert written["randomization"]["planned"] == domain("published-results")["flow"]["randomised"]


def test_time_axes(written, domain):
    reference, ours = domain("treatments"), written["axes"]
    assert ours["study"]["origin"] == "randomization"
    assert ours["sl"]["origin"] == "first_dose_of_basiliximab"
    assert ours["msc"]["origin"] == "first_msc"
    assert reference["axes"]["cycle_day"] == {"control": "sl_day", "msc": "msc_day"}
    assert ours["cycle"]["origin"] == {"CONTROL": "sl", "MSC": "msc"}
    assert ours["cycle"]["msc_start_by_sl_day"] == reference["msc"]["start_sl_day"][1]


def reference_visits(reference):
    """The single visits of the reference: id, clinic's day or days after randomization, window, arm, condition."""
    for visit in reference["visits"]:
        if "range" in visit or "every_months" in visit:
            continue
        ids, days = visit.get("ids", [visit.get("id")]), visit.get("days", [visit.get("day")])
        for id_, day in zip(ids, days):
            yield id_, day, visit["window"], visit.get("arm"), visit.get("if")


def test_visits(written, domain):
    """All but RAND, an action at which no form is filled; and L11 to L25, the second blood count of a week."""
    from equipoise.days import month_day

    ours = {visit["id"]: visit for visit in written["visits"]}
    reference = domain("visits")
    expected = {visit[0]: visit[1:] for visit in reference_visits(reference)}
    assert set(ours) == set(expected) - {"RAND"} | {"SCR", "L11", "L18", "L25", "D84", "LATER", "SAFETY"}
    for id_, (day, window, arm, condition) in expected.items():
        if id_ == "RAND":
            continue
        visit = ours[id_]
        assert visit["window"] == window, id_
        assert (month_day(visit["month"]) if "month" in visit else visit["day"]) == day, id_
        assert visit.get("arms", []) == ([arm.upper()] if arm else []), id_
        assert visit.get("only_if") == ("response_day28 == 'PR'" if condition else None), id_
    screening = next(visit for visit in reference["visits"] if visit["id"] == "SCR")
    assert [ours["SCR"]["elapsed"] + end for end in ours["SCR"]["window"]] == screening["range"]
    later = next(visit for visit in reference["visits"] if "every_months" in visit)
    assert ours["LATER"]["window"] == later["window"]
    assert (ours["LATER"]["repeat"]["every_months"], ours["LATER"]["repeat"]["after"]) == (
        later["every_months"],
        later["after"],
    )


def test_visits_reach_the_data_cutoff(written, domain):
    """A subject randomized on the first day that the trial was open has a visit planned up to the cutoff."""
    from datetime import date

    cutoff = date.fromisoformat(domain("visits")["data_cutoff"])
    assert written["trial"]["data_cutoff"] == cutoff
    opened = min(day for site in written["sites"] for day in site["effective"].values())
    months = (cutoff - opened).days / domain("visits")["month_days"]
    until = next(visit for visit in written["visits"] if "repeat" in visit)["repeat"]["until"]
    assert months - 3 < until < months + 3


def test_staging(written, domain):
    reference, ours = domain("agvhd-magic"), written["staging"]
    assert ours["system"] == reference["system"]
    assert ours["child_columns"] == reference["child_columns"]
    assert ours["mixed_urine_factor"] == reference["mixed_urine_factor"]


def test_steroid_resistance(written, domain):
    reference, ours = domain("response")["steroid_resistance_paper"], written["steroid_resistance"]
    assert ours == {
        "dose_mg_per_kg": reference["A"]["min_dose"],
        "worsening_after_days": reference["A"]["min_days"],
        "no_improvement_after_days": reference["B"]["min_days"],
        "taper_raised_to": reference["C1"]["raised_to_at_least"],
        "taper_below": reference["C2"]["cannot_stay_below"],
        "taper_days": reference["C2"]["for_days"],
    }
    assert reference["B"]["min_dose"] == ours["dose_mg_per_kg"]


def test_response_windows(written, domain):
    reference, ours = domain("response"), written["response"]
    for name, window in reference["window_days"].items():
        assert ours["windows"][name] == {
            "axis": "cycle",
            "nominal": window["nominal"],
            "earliest": window["low"],
            "latest": window["high"],
        }
    assert ours["tie"] == reference["tie"]
    assert ours["missing_is"] == reference["missing_is"]
    responders = [code for code, level in reference["three_level"].items() if level != "NR"]
    assert ours["responders"] == responders


def test_visits_of_the_endpoints_have_the_response_windows(written):
    visits = {visit["id"]: visit for visit in written["visits"]}
    for name, id_ in (("day28", "D28"), ("day56", "D56")):
        window, visit = written["response"]["windows"][name], visits[id_]
        assert visit["axis"] == window["axis"]
        assert [visit["day"] + end for end in visit["window"]] == [window["earliest"], window["latest"]]


def test_endpoints(written, domain):
    reference, ours = domain("endpoints")["endpoints"], written["endpoints"]
    names = {"cGVHD": "CGVHD", "severe_cGVHD": "SEVERE_CGVHD", "relapse": "RELAPSE"}
    words = {
        "nrm": "nonrelapse_death",
        "new_systemic_therapy_agvhd": "new_therapy",
        "cgvhd_any": "cgvhd",
        "cgvhd_severe": "severe_cgvhd",
    }
    for id_, wanted in reference.items():
        endpoint = ours[names.get(id_, id_)]
        if "horizons_months" in wanted:
            assert endpoint["horizons_months"] == wanted["horizons_months"], id_
        if wanted["type"] in ("survival", "competing"):
            events = wanted.get("events", [wanted.get("event")])
            assert endpoint["events"] == [words.get(event, event) for event in events], id_
            assert endpoint.get("competing", []) == [
                words.get(event, event) for event in wanted.get("competing", [])
            ], id_
        if "role" in wanted:
            assert endpoint["role"] == wanted["role"], id_
    assert list(ours["FFS"]["variants"]) == reference["FFS"]["variants"]


def test_modified_intention_to_treat(written, domain):
    reference = domain("endpoints")["populations"]["mITT"]
    assert written["populations"]["MITT"]["exclude"] == reference["exclude"]


def test_sample_size(written, domain):
    reference, ours = domain("endpoints")["sample_size"], written["sample_size"]
    names = {
        "p1": "p_experimental",
        "p2": "p_control",
        "per_group": "per_arm",
        "per_group_inflated": "per_arm_inflated",
    }
    assert {key: ours[names.get(key, key)] for key in reference} == reference
    printed = domain("published-results")["design"]["sample_size"]
    assert (ours["per_arm"], ours["per_arm_inflated"]) == (printed["per_group_min"], printed["per_group"])


def test_safety(written, domain):
    reference, ours = domain("ctcae"), written["safety"]
    assert ours["ctcae"] == reference["version"]
    assert ours["infusion_window_hours"] == reference["infusion_window_hours"]
    assert f"scheme_{ours['hematologic_scheme']}" in reference
    assert (ours["ae_from"], ours["sae_from"], ours["until_days_after"]) == ("randomization", "consent", 180)
    close = next(visit for visit in written["visits"] if visit["id"] == "SAFETY")
    assert close["elapsed"] == ours["until_days_after"]


def test_ages(written, domain):
    low, high = domain("published-results")["design"]["age_eligible_years"]
    rule = next(criterion for criterion in written["eligibility"]["criteria"] if criterion["id"] == "INC1")["rule"]
    assert rule == f"age_years >= {low}.0 && age_years <= {high}.0"


def test_deviations_are_those_of_the_reference_with_their_severity(written, shared):
    text = (shared / "domain" / "treatments.md").read_text(encoding="utf-8")
    section = text.split("## 9.")[1]
    rows = re.findall(r"^\| ([A-Z0-9_ /]+) \|.*\| ([a-z][^|]*) \|$", section, re.MULTILINE)
    expected = {code: severity for codes, severity in rows for code in codes.split(" / ")}
    assert len(expected) == 23
    ours = {deviation["code"]: deviation["severity"] for deviation in written["deviations"]}
    assert set(ours) == set(expected)
    for code, severity in expected.items():
        assert ours[code] == re.split(r" \(| / ", severity)[-1 if " / " in severity else 0], code  # the worse of two
