"""From measurements to stages and grades. Source: MAGIC criteria, Harris et al. 2016, with worked examples."""

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.state.gvhd import (
    ATTRIBUTIONS,
    GRADES,
    IBMTR_INDEXES,
    Findings,
    attributed,
    bilirubin_mgdl,
    grade_bounds,
    ibmtr_index,
    keystone_attributed,
    keystone_grade,
    measured_stages,
    organ_stages,
)

title = "Twenty-one assessments, staged and graded on three scales"

NAMES = {name: place for place, name in enumerate(GRADES) if place}
NAMES |= {name: place for place, name in enumerate(IBMTR_INDEXES) if place}
CODES = {"bullae", "ugi", "ugi_histology", "mixed_urine", "bloody", "liver_not_gvhd"}


def assess(**given):
    """Stages and the three scales of assessments of which only the given findings differ from those of a well adult."""
    n = len(next(iter(given.values())))
    usual = {"bsa": 0.0, "bullae": 0, "desquamation": 0.0, "bili_mgdl": 0.8, "ugi": 0, "ugi_histology": 0}
    usual |= {"stool_ml": 100.0, "episodes": np.nan, "mixed_urine": 0, "bloody": 0, "age": 30.0, "weight": 60.0}
    usual |= {"liver_not_gvhd": 0}
    seen = {name: np.asarray(given.get(name, np.full(n, value))) for name, value in usual.items()}
    cause = np.zeros((4, n), np.int8)
    cause[1] = np.where(seen["liver_not_gvhd"] == 1, ATTRIBUTIONS.index("NOT_GVHD"), 0)
    findings = Findings(
        bsa=seen["bsa"],
        bullae=seen["bullae"],
        desquamation=seen["desquamation"],
        bilirubin=seen["bili_mgdl"],
        upper_gi=2 * seen["ugi"],
        stool_ml=seen["stool_ml"],
        stool_mixed=seen["mixed_urine"],
        episodes=seen["episodes"],
        severe_pain=np.zeros(n, np.int8),
        bloody=seen["bloody"],
        age=seen["age"],
        weight=seen["weight"],
        attributions=cause,
    )
    stages, measured = organ_stages(findings), measured_stages(findings)
    assert (stages == attributed(measured, cause)).all()
    bounds = grade_bounds(*stages)
    keystone = keystone_grade(*keystone_attributed(measured, cause), upper_gi_histology=seen["ugi_histology"])
    return (*stages, bounds.low, bounds.high, keystone, ibmtr_index(*stages))


OUTPUT = "skin | liver | ugi | lgi | low | high | keystone | ibmtr"


@pytest.mark.parametrize(
    "table",
    [
        f"""
        bsa  || {OUTPUT}
        20.0 || 1 | 0 | 0 | 0 | I  | I  | I  | A    # example 1
        25.0 || 2 | 0 | 0 | 0 | I  | I  | I  | B    # example 2
        60.0 || 3 | 0 | 0 | 0 | II | II | II | C    # example 3
        """,
        f"""
        bsa  | ugi | ugi_histology || {OUTPUT}
        10.0 |  1  |  1            || 1 | 0 | 1 | 0 | II | II | II | B    # example 4
        """,
        f"""
        stool_ml || {OUTPUT}
        1200.0   || 0 | 0 | 0 | 2 | III | III | III | B    # example 5
        """,
        f"""
        bsa  | bili_mgdl | stool_ml || {OUTPUT}
        55.0 |    2.5    |  600.0   || 3 | 1 | 0 | 1 | II | II | II | C    # example 6
        """,
        f"""
        bili_mgdl || {OUTPUT}
        3.04      || 0 | 1 | 0 | 0 | II  | II  | II  | B    # example 7
        3.05      || 0 | 2 | 0 | 0 | III | III | III | B    # example 8
        15.1      || 0 | 4 | 0 | 0 | IV  | IV  | IV  | D    # example 11
        """,
        f"""
        stool_ml | bloody || {OUTPUT}
        300.0    |   1    || 0 | 0 | 0 | 4 | IV | IV | III | D    # example 12
        """,
        f"""
        bsa  | bullae | desquamation || {OUTPUT}
        90.0 |   1    |     6.0      || 4 | 0 | 0 | 0 | IV | IV | IV | D    # example 13
        90.0 |   1    |     3.0      || 3 | 0 | 0 | 0 | II | II | II | C    # example 14
        """,
        f"""
        age  | weight | stool_ml | episodes || {OUTPUT}
        15.0 |  40.0  |  500.0   |  nan     || 0 | 0 | 0 | 1 | II  | II  | II  | B    # example 15
        15.0 |  40.0  |  nan     |  7.0     || 0 | 0 | 0 | 2 | III | III | III | B    # example 16
        30.0 |  60.0  |  800.0   |  7.0     || 0 | 0 | 0 | 1 | II  | II  | II  | B    # example 17
        40.0 |  45.0  |  600.0   |  nan     || 0 | 0 | 0 | 1 | II  | II  | II  | B    # example 21: a small adult
        """,
        f"""
        stool_ml | mixed_urine || {OUTPUT}
        1400.0   |     1       || 0 | 0 | 0 | 1 | II | II | II | B    # example 18
        """,
        f"""
        bsa  | bili_mgdl | liver_not_gvhd || {OUTPUT}
        30.0 |    8.0    |       1        || 2 | 0 | 0 | 0 | I | I | III | B    # example 19: Keystone counts liver 2
        """,
        f"""
        stool_ml | bili_mgdl || {OUTPUT}
        1200.0   |   nan     || 0 | ? | 0 | 2 | III | IV | ? | ?    # example 20: liver not measured
        """,
    ],
)
def test_worked_examples(rule, table):
    rule(assess, table, names=NAMES)


def test_worked_examples_in_umol_per_l(rule):
    rule(
        lambda bili_umol: assess(bili_mgdl=bilirubin_mgdl(bili_umol, np.ones(bili_umol.size, np.int8))),
        f"""
        bili_umol || {OUTPUT}
        53.0      || 0 | 2 | 0 | 0 | III | III | III | B    # example 9
        33.0      || 0 | 0 | 0 | 0 | 0   | 0   | 0   | 0    # example 10
        """,
        names=NAMES,
    )


@pytest.mark.shared
def test_every_example_of_the_reference_file(shared):
    examples = YAML(typ="safe").load(shared / "domain" / "agvhd-magic.yaml")["examples"]
    assert len(examples) == 21
    for example in examples:
        given = {name: np.nan if value is None else value for name, value in example["in"].items()}
        if "bili_umol" in given:
            given["bili_mgdl"] = bilirubin_mgdl(np.array([given.pop("bili_umol")]), np.array([1]))[0]
        if given.pop("liver_attribution", "gvhd") == "not_gvhd":
            given["liver_not_gvhd"] = 1
        columns = {name: np.array([value], np.int8 if name in CODES else float) for name, value in given.items()}
        *stages, low, high, keystone, ibmtr = (int(value[0]) for value in assess(**columns))
        assert stages == [-1 if stage is None else stage for stage in example["stages"]], example
        grades = example["magic"] if isinstance(example["magic"], list) else [example["magic"]] * 2
        assert [GRADES[low], GRADES[high]] == grades, example
        if "glucksberg" in example:
            assert (GRADES[keystone], IBMTR_INDEXES[ibmtr]) == (example["glucksberg"], example["ibmtr"]), example
