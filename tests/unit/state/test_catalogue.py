"""Derived values of one subject on a day."""

import pytest

from equipoise.protocol.catalogue import CATALOGUE
from equipoise.rules import Outcome
from equipoise.state.catalogue import DERIVED, derived
from trial_records import (
    ZERO,
    adherent,
    both,
    death,
    index_protocol,
    leave,
    on,
    screening,
    staging,
    steroid,
    subject_tables,
    treated,
    weight,
    without,
)

PLAN = adherent("MSC")


def value(name, forms, elapsed, arm=None):
    """One derived value; None where it is absent."""
    tables = subject_tables(forms)
    treatment = None if arm is None else treated(tables, arm)
    return derived([name], tables, index_protocol(), ZERO + elapsed, treatment).get(name)


@pytest.mark.parametrize(
    ("name", "elapsed", "expected"),
    [
        ("age_years", 0, 38.0),
        ("age_years", -3, None),  # before consent
        ("sex", 0, "F"),
        ("consented", 0, True),
        ("consented", -3, False),
        ("consent_date", 0, float(ZERO - 2)),
        ("randomization_date", 0, float(ZERO)),
        ("randomization_date", -1, None),
        ("days_since_randomization", 12, 12.0),
        ("weight_kg", 9, 60.0),
        ("agvhd_grade", 0, 3.0),
        ("agvhd_grade", -8, None),
        ("agvhd_grade", 20, 1.0),
        ("agvhd_active", 20, True),
        ("agvhd_active", 30, False),
        ("steroid_resistant", -2, False),
        ("steroid_resistant", -1, True),
        ("steroid_mp_mg_per_kg", 2, 2.0),
        ("steroid_mp_mg_per_kg", 3, 1.4),
        ("steroid_mp_mg_per_kg", 30, 0.0),
        ("bilirubin_mg_dl", 0, 0.8),
        ("on_cni", 0, False),
        ("death_date", 60, None),
        ("transplant_date", 0, None),
        ("birth_date", 0, 3685.0),  # 3 February 1980
    ],
)
def test_values_of_a_subject_treated_to_plan(name, elapsed, expected):
    assert value(name, PLAN, elapsed) == expected


def test_a_weight_older_than_a_week_is_not_known():
    forms = [weight(0)]
    assert (value("weight_kg", forms, 7), value("weight_kg", forms, 8)) == (60.0, None)


def test_a_dose_per_kg_without_weight_is_not_known():
    forms = [steroid(0, 9, 120)]
    assert value("steroid_mp_mg_per_kg", forms, 3) is None
    assert value("steroid_mp_mg_per_kg", [*forms, weight(0)], 3) == 2.0


def test_a_partial_consent_date_leaves_consent_open():
    forms = [("CONSENT", {"CO_DATE": on(0)[:7]})]  # March 2018, day not known
    assert [value("consented", forms, elapsed) for elapsed in (-1, 0, 30)] == [False, None, True]


def test_withdrawal_of_data_ends_consent():
    assert value("consented", [*PLAN, leave(20, "WITHDRAW_DATA")], 20) is False


def test_a_partial_birth_date_that_leaves_two_ages_open_is_no_age():
    """Consent on 27 February 2018."""
    for born, age in (("1980-02", None), ("1980-01", 38.0), ("1980-03", 37.0), ("1980", None)):
        assert value("age_years", screening(born), 0) == age


def test_the_last_bilirubin_is_that_of_the_chemistry_or_of_the_staging():
    forms = [staging(0, "0 1 0 0"), ("CHEMISTRY", {"LC_DATE": on(2), "LC_BILIRUBIN": {"v": "68.4", "u": "umol/L"}})]
    assert [value("bilirubin_mg_dl", forms, elapsed) for elapsed in (-1, 1, 2)] == [None, 2.5, 4.0]


def test_a_bilirubin_of_the_last_three_days_completes_a_staging():
    drawn = ("CHEMISTRY", {"LC_DATE": on(0), "LC_BILIRUBIN": "0.8"})
    adult = ("DEMOG", {"DM_BIRTH": "1980-02-03"})
    assert value("agvhd_grade", [adult, drawn, staging(3, "1 ? 0 0")], 3) == 1.0
    assert value("agvhd_grade", [adult, drawn, staging(4, "1 ? 0 0")], 4) is None


def test_the_response_is_open_until_it_is_decided_or_the_window_is_over():
    """Cycle day 28 is elapsed 30, the last day of the window elapsed 33."""
    forms = without(PLAN, "AGVHD", on(30))
    assert [value("response_day28", forms, elapsed, "MSC") for elapsed in (30, 33, 34)] == [None, None, "NR"]
    assert [value("response_day28", PLAN, elapsed, "MSC") for elapsed in (29, 30)] == [None, "CR"]
    assert value("response_day28", [*forms, *both(30, "1 0 0 1")], 30, "MSC") == "PR"
    assert value("response_day28", [*forms, death(25)], 25, "MSC") == "NR"
    assert value("response_day56", [*PLAN, *both(58, "0 0 0 0")], 58, "MSC") == "CR"


def test_what_depends_on_the_arm_is_absent_for_who_does_not_know_it():
    assert value("response_day28", PLAN, 60) is None
    assert value("cycle_start_elapsed", PLAN, 60) is None
    assert [value("cycle_start_elapsed", PLAN, 60, arm) for arm in ("MSC", "CONTROL")] == [3.0, 0.0]


def test_only_what_is_asked_for_is_returned():
    found = derived(["sex", "no_such_name"], subject_tables(PLAN), index_protocol(), ZERO)
    assert found == {"sex": "F"}


def test_every_value_has_the_type_that_the_catalogue_declares():
    forms = [*PLAN, ("TRANSPLANT", {"TX_DATE": on(-40)}), death(65)]
    tables = subject_tables(forms)
    found = derived(DERIVED, tables, index_protocol(), ZERO + 65, treated(tables, "MSC"))
    assert set(found) >= set(CATALOGUE) - {"weight_kg"}
    for name, result in found.items():
        assert type(result) is CATALOGUE[name].type.python, name
        codes = CATALOGUE[name].type.codes
        assert codes is None or result in codes, name


def test_a_subject_of_the_plan_meets_every_criterion_and_one_without_steroid_forms_is_open():
    from equipoise.state.inputs import item_inputs

    def outcomes(forms):
        tables, protocol = subject_tables(forms), index_protocol()
        results = {}
        for criterion in protocol.eligibility.criteria:
            names = criterion.rule.names
            inputs = derived(names, tables, protocol, ZERO) | item_inputs(names, tables, protocol, ["ELIGIBILITY"])
            results[criterion.id] = criterion.rule.evaluate(inputs)
        return results

    wanted = {
        criterion.id: Outcome.TRUE if criterion.kind == "inclusion" else Outcome.FALSE
        for criterion in index_protocol().eligibility.criteria
    }
    assert outcomes(PLAN) == wanted
    assert outcomes(without(PLAN, "STEROID")) == wanted | {"INC2": Outcome.UNKNOWN}


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (without(screening(), "VITALS"), None),  # no weight: mg/kg not known
        ([*without(screening(), "VITALS"), weight(-15)], None),  # it is older than a week on every day of the steroid
        (screening(), False),  # 120 mg at 60 kg: lower GI is worse on day -1, the day after this one
    ],
)
def test_whether_gvhd_is_steroid_resistant_is_open_while_a_dose_per_kg_is_not_known(forms, expected):
    assert value("steroid_resistant", [*forms, steroid(-7, 2, 120)], -2) is expected


def test_a_dose_without_its_last_day_leaves_steroid_resistance_open_unless_a_criterion_is_met():
    unknown_end = steroid(-7, 2, 60, ST_STOP={"m": "UNK"})
    assert value("steroid_resistant", [*screening(), unknown_end], -1) is None
    assert value("steroid_resistant", [*screening(), steroid(-7, 2, 120)], -1) is True
