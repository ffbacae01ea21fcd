"""Diagnosis of chronic GVHD. Source: Jagasia et al. 2015 (NIH consensus 2014)."""

from equipoise.state.cgvhd import ACUTE_CATEGORIES, DIAGNOSES, acute_category, clinical_bos, diagnosis

title = "A diagnostic sign, or a distinctive sign confirmed; time after transplant does not decide"

NAMES = {name: place for place, name in enumerate(DIAGNOSES)}
TIMES = {name: place for place, name in enumerate(ACUTE_CATEGORIES)}


def test_diagnosis(rule):
    """Overlap has features of acute GVHD too; acute features alone are not chronic GVHD."""
    rule(
        diagnosis,
        """
        diagnostic | distinctive | confirmed | acute || chronic
            1      |      0      |     0     |   0   || CLASSIC
            1      |      0      |     0     |   1   || OVERLAP    # example 15: lichen-planus-like mouth, acute rash
            0      |      1      |     1     |   0   || CLASSIC
            0      |      1      |     1     |   1   || OVERLAP
            0      |      1      |     0     |   0   || NONE       # example 14: dry mouth only, not confirmed
            0      |      0      |     1     |   0   || NONE
            0      |      0      |     0     |   1   || NONE
            0      |      1      |     -     |   0   || -
            1      |      -      |     -     |   0   || CLASSIC
            1      |      0      |     0     |   -   || -          # classic or overlap
            -      |      0      |     0     |   0   || -
            0      |      0      |     0     |   -   || NONE
        """,
        names=NAMES,
    )


def test_bronchiolitis_by_lung_function_confirms_a_distinctive_sign_only(rule):
    rule(
        diagnosis,
        """
        diagnostic | distinctive | confirmed | acute | bos || chronic
            0      |      1      |     0     |   0   |  1  || CLASSIC
            0      |      0      |     0     |   0   |  1  || NONE
            0      |      1      |     0     |   0   |  0  || NONE
        """,
        names=NAMES,
    )


def test_clinical_bronchiolitis_needs_all_its_signs(rule):
    rule(
        clinical_bos,
        """
        fev1_vc | fev1_percent | fev1_fall| corrected | infection | air_trapping | rv_percent | diagnostic_elsewhere||is
        0.69    |  74.0        |  10.0     |     0     |     0     |      1       |   100.0    |   0 ||  1
        0.70    |  74.0        |  10.0     |     0     |     0     |      1       |   100.0    |   0 ||  0
        0.69    |  75.0        |  10.0     |     0     |     0     |      1       |   100.0    |   0 ||  0
        0.69    |  74.0        |   9.0     |     0     |     0     |      1       |   100.0    |   0 ||  0
        0.69    |  74.0        |  10.0     |     1     |     0     |      1       |   100.0    |   0 ||  0
        0.69    |  74.0        |  10.0     |     0     |     1     |      1       |   100.0    |   0 ||  0
        0.69    |  74.0        |  10.0     |     0     |     0     |      0       |   120.0    |   0 ||  0
        0.69    |  74.0        |  10.0     |     0     |     0     |      0       |   121.0    |   0 ||  1
        0.69    |  74.0        |  10.0     |     0     |     0     |      0       |   100.0    |   1 ||  1
        0.69    |  74.0        |  10.0     |     0     |     0     |      -       |   nan      |   0 ||  -
        nan     |  74.0        |  10.0     |     0     |     0     |      1       |   100.0    |   0 ||  -
        """,
    )


def test_acute_gvhd_by_time_after_transplant(rule):
    """Day 100 is the last day that is not late."""
    rule(
        acute_category,
        """
        first_onset | episode_onset | assessed || category
             20     |      20       |    100   || CLASSIC
             20     |      20       |    101   || PERSISTENT
             20     |     101       |    110   || RECURRENT
            100     |     100       |    100   || CLASSIC
            101     |     101       |    110   || LATE_ONSET
          unknown   |     101       |    110   || -
        """,
        names=TIMES,
    )
