"""The scenario of the index trial draws subjects with the margins that the paper prints."""

from __future__ import annotations

import pytest

from .conftest import read

pytestmark = pytest.mark.shared

ROWS = {
    "disease_status": {"CR": "CR", "PR": "PR", "NR": "NR"},
    "hla": {"MATCHED": "matched", "MISMATCHED": "mismatched"},
    "conditioning": {"BU_BASED": "bu_based", "TBI_BASED": "tbi_based"},
    "graft": {"PBSC": "pbsc", "PBSC_BM": "pbsc_bm"},
    "prophylaxis": {"CSA_MTX_OR_CSA_MTX_MMF": "csa_mtx_or_csa_mtx_mmf", "CSA_MTX_MMF_ATG": "csa_mtx_mmf_atg"},
}


@pytest.fixture(scope="module")
def scenario(index_protocol_path):
    return read(index_protocol_path.parent / "scenarios" / "published.yaml")


def both_arms(row):
    """Subjects of both arms in a row of Table 1: [MSC n, %, control n, %]."""
    return row[0] + row[2]


@pytest.mark.parametrize("variable", ROWS)
def test_baseline_weights_are_the_counts_of_table_1(scenario, domain, variable):
    table = domain("published-results")["table1"][variable]
    printed = {code: both_arms(table[name]) for code, name in ROWS[variable].items()}
    assert scenario["baseline"][variable] == printed
    assert sum(printed.values()) == 198


def test_diseases_are_those_of_table_1_with_the_others_told_apart(scenario, domain):
    table = domain("published-results")["table1"]["disease"]
    printed = {name: both_arms(table[name]) for name in ("AML", "ALL")}
    printed |= {name.upper(): both_arms(row) for name, row in table["others_detail"].items()}
    assert scenario["baseline"]["disease"] == printed


def test_accrual_is_that_of_the_flow_diagram(scenario, domain):
    flow, accrual = domain("published-results")["flow"], scenario["accrual"]
    assert (accrual["screened"], accrual["withdraw_consent"], accrual["excluded"]) == (
        flow["screened"],
        flow["withdrew_consent"],
        flow["met_exclusion"],
    )


def test_both_observation_models_are_there_and_one_of_them_sees_everything(scenario):
    assert set(scenario["observation"]) == {"perfect", "realistic"}
    rates = scenario["observation"]["perfect"]
    assert all(not value for name, value in rates.items() if isinstance(value, (int, float))), rates
