"""Organ scores and global severity of chronic GVHD. Source: Jagasia et al. 2015 (NIH consensus 2014)."""

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.state.cgvhd import (
    LUNG,
    ORGANS,
    SEVERITIES,
    gi_score,
    global_severity,
    liver_score,
    lung_score,
    skin_score,
)

title = "Eight organs from 0 to 3; the lung weighs more"

NAMES = {name.lower(): place for place, name in enumerate(SEVERITIES)}
SCLEROSIS = {"none": 0, "superficial": 1, "deep": 2}


def test_skin_takes_the_higher_of_area_and_sclerosis(rule):
    rule(
        skin_score,
        """
        bsa  | sclerosis   || score
        0.0  | none        ||  0
        1.0  | none        ||  1
        18.0 | none        ||  1
        18.5 | none        ||  2
        50.0 | none        ||  2
        50.5 | none        ||  3
        0.0  | superficial ||  2
        0.0  | deep        ||  3
        10.0 | superficial ||  2    # example 10
        60.0 | superficial ||  3
        10.0 | -           ||  -
        60.0 | -           ||  3
        nan  | deep        ||  3
        nan  | none        ||  -
        """,
        names=SCLEROSIS,
    )


def test_liver(rule):
    """ALT of exactly 3 or 5 times the upper limit is score 1."""
    rule(
        liver_score,
        """
        bilirubin | bilirubin_uln | alt_x_uln | alp_x_uln || score
        1.0       |     1.2       |   2.9     |   2.9     ||  0
        1.0       |     1.2       |   3.0     |   1.0     ||  1
        1.0       |     1.2       |   5.0     |   1.0     ||  1
        1.0       |     1.2       |   5.1     |   1.0     ||  2
        1.0       |     1.2       |   1.0     |   3.0     ||  1
        1.2       |     1.2       |   1.0     |   1.0     ||  0
        1.3       |     1.2       |   1.0     |   1.0     ||  2
        2.4       |     1.2       |   2.0     |   nan     ||  2    # example 11
        3.0       |     1.2       |   1.0     |   1.0     ||  2
        3.1       |     1.2       |   nan     |   nan     ||  3
        1.0       |     1.2       |   nan     |   1.0     ||  -
        1.0       |     nan       |   1.0     |   1.0     ||  -
        nan       |     1.2       |   6.0     |   1.0     ||  -    # 2 or 3
        """,
    )


def test_gut(rule):
    rule(
        gi_score,
        """
        symptoms | weight_loss | moderate_diarrhoea | severe_diarrhoea | mostly_supplements | dilation || score
           0     |    0.0      |         0          |        0         |         0          |    0     ||  0
           1     |    0.0      |         0          |        0         |         0          |    0     ||  1
           1     |    4.9      |         0          |        0         |         0          |    0     ||  1
           1     |    5.0      |         0          |        0         |         0          |    0     ||  2
           1     |   15.0      |         0          |        0         |         0          |    0     ||  2
           1     |   15.1      |         0          |        0         |         0          |    0     ||  3
           1     |    0.0      |         1          |        0         |         0          |    0     ||  2
           1     |    0.0      |         0          |        1         |         0          |    0     ||  3
           1     |    0.0      |         0          |        0         |         1          |    0     ||  3
           1     |    0.0      |         0          |        0         |         0          |    1     ||  3
           1     |    nan      |         0          |        0         |         0          |    0     ||  -
           1     |    nan      |         0          |        0         |         1          |    0     ||  3
        """,
    )


def test_lung_by_fev1_where_measured_else_by_symptoms(rule):
    """FEV1 is rounded to a whole number first."""
    rule(
        lung_score,
        """
        fev1_percent | symptoms || score
            80.0     |    0     ||  0
            79.5     |    0     ||  0
            79.4     |    0     ||  1
            60.0     |    0     ||  1
            59.4     |    0     ||  2
            40.0     |    0     ||  2
            39.4     |    0     ||  3
            62.0     |    3     ||  1    # example 12
            nan      |    2     ||  2
            nan      |    -     ||  -
        """,
    )


def severity(scores):
    return global_severity(scores.astype(np.int8))


def test_global_severity(rule):
    """Order: skin, mouth, eyes, GI, liver, lung, joints, genital."""
    rule(
        severity,
        """
        scores          || severity | lower_bound
        1/1/0/0/0/0/0/0 || mild     | false    # example 1
        1/1/1/0/0/0/0/0 || moderate | false    # example 2
        0/0/2/0/0/0/0/0 || moderate | false    # example 3
        0/0/0/0/0/1/0/0 || moderate | false    # example 4
        0/0/0/0/0/2/0/0 || severe   | false    # example 5
        3/0/0/0/0/0/0/0 || severe   | false    # example 6
        1/1/0/0/0/1/0/0 || moderate | false    # example 7
        2/2/2/2/2/0/2/2 || moderate | false    # example 8
        0/0/0/0/0/0/0/0 || none     | false    # example 9
        2/0/0/0/0/0/0/0 || moderate | false    # example 10
        0/0/0/0/2/0/0/0 || moderate | false    # example 11
        1/0/0/0/0/0/0/0 || mild     | false
        0/0/0/0/0/0/0/1 || mild     | false
        1/1/0/0/0/?/0/0 || mild     | true     # lung not known
        3/0/0/0/0/?/0/0 || severe   | false    # severe already
        0/0/0/0/0/?/0/0 || none     | true
        """,
        names=NAMES,
    )


def test_an_organ_explained_by_another_cause_is_left_out():
    """Example 13: mouth 3 wholly due to herpes, skin 1."""
    scores = np.array([1, 3, 0, 0, 0, 0, 0, 0], np.int8)[:, np.newaxis]
    excluded = (np.array(ORGANS) == "MOUTH")[:, np.newaxis]
    assert SEVERITIES[global_severity(scores).severity[0]] == "SEVERE"
    assert SEVERITIES[global_severity(scores, excluded).severity[0]] == "MILD"


@pytest.mark.shared
def test_every_example_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "cgvhd-nih.yaml")
    assert [name.upper() for name in reference["organs"]] == list(ORGANS)
    assert len(reference["examples"]) == 13
    for example in reference["examples"]:
        scores = np.array(example["scores"], np.int8)[:, np.newaxis]
        excluded = np.isin(ORGANS, [name.upper() for name in example.get("excluded", ())])[:, np.newaxis]
        found = global_severity(scores, excluded)
        assert SEVERITIES[found.severity[0]].lower() == (example["global"] or "none"), example
        if "skin" in example:
            skin = example["skin"]
            assert skin_score(np.array([float(skin["bsa"])]), np.array([SCLEROSIS[skin["sclerosis"]]]))[0] == scores[0]
        if "liver" in example:
            liver = (example["liver"][name] for name in ("bili_mgdl", "bili_uln", "alt_xuln"))
            assert liver_score(*(np.array([float(value)]) for value in liver), np.array([np.nan]))[0] == scores[4]
        if "lung" in example:
            lung = example["lung"]
            assert lung_score(np.array([float(lung["fev1"])]), np.array([lung["symptoms"]]))[0] == scores[LUNG]
