"""Derivations: who is told the arm, and that none reads a form that it does not name."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import equipoise.state
from equipoise.protocol.catalogue import CATALOGUE
from equipoise.state.catalogue import DERIVED
from equipoise.state.derive import Derivation, TreatedDerivation, Treatment
from equipoise.state.tables import Tables
from trial_records import adherent, agent, index_protocol, subject_tables, treated, trial_tables

MODULES = [
    importlib.import_module(f"equipoise.state.{module.name}")
    for module in pkgutil.iter_modules(equipoise.state.__path__)
]

TOLD_THE_ARM = """
    axes.gives_msc
    catalogue.derived
    continuation.continuation
    deviations.deviations deviations.important_before
    doses.msc_given
    due.before_randomization due.due due.due_visits due.missing_forms
    due_doses.cni_planned due_doses.further_doses_allowed due_doses.msc_planned due_doses.planned_doses
    endpoints.analysed_arm
    history.exposure_days history.milestones history.milestones_with_records history.responses history.what_happened
    responses.course_of responses.dosing_course responses.dosing_response
    therapy.crossover therapy.new_therapy therapy.earliest_therapy
    visits.assigned_visits visits.axis_origins visits.holds visits.open_visits visits.planned_days
"""
"""Every function of the state that takes the treatment. One that is added here is a decision."""


def functions():
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, Derivation):
                value = value.function
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                yield f"{module.__name__.rpartition('.')[2]}.{name}", value


def test_only_these_functions_are_told_the_arm():
    found = {name for name, function in functions() if "treatment" in inspect.signature(function).parameters}
    assert found == set(TOLD_THE_ARM.split())


def test_what_carries_the_treatment_goes_round_in_few_modules():
    """`Asked` holds the treatment for the rules of deviations and (if the asker has it) for derived values."""
    carriers = {
        name.partition(".")[0] for name, function in functions() if "asked" in inspect.signature(function).parameters
    }
    assert carriers == {"catalogue", "deviation_doses", "deviation_response", "deviation_rules"}


def test_the_arm_has_no_other_way_in():
    """`arm` itself is taken only where the treatment is made."""
    takers = {name for name, function in functions() if {"arm", "arms"} & set(inspect.signature(function).parameters)}
    assert takers == {"axes.arms_with_msc", "axes.treatment_of", "axes.arm_places"}


def test_the_catalogue_of_the_protocol_and_its_derivations_have_the_same_names():
    assert set(DERIVED) == set(CATALOGUE)


class Watched(Tables):
    """Tables that note which forms are read."""

    def __init__(self, tables):
        super().__init__()
        self.tables, self.read = tables, set()
        self.subjects, self.layouts = tables.subjects, tables.layouts

    def __getitem__(self, form):
        self.read.add(form)
        return self.tables[form]


DERIVATIONS = [
    pytest.param(value, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, Derivation) and value.function.__module__ == module.__name__
]


@pytest.mark.parametrize("derivation", DERIVATIONS)
def test_a_derivation_reads_no_form_that_it_does_not_name(derivation):
    """A kept result would be stale after a record of such a form."""
    watched = Watched(trial_tables({"01-001": adherent("MSC"), "01-002": [*adherent("CONTROL"), agent(20)]}))
    treatment = treated(watched.tables, "MSC", "CONTROL")
    if isinstance(derivation, TreatedDerivation):
        derivation(watched, treatment, index_protocol())
    else:
        derivation(watched, index_protocol())
    assert watched.read <= set(derivation.forms)


def test_a_result_is_kept_until_a_form_that_it_reads_changes():
    from equipoise.state.staging import stagings
    from trial_records import record, staging

    tables = subject_tables(adherent("MSC"))
    first = stagings(tables, index_protocol())
    tables.fold(record("01-001", "CONTACT", {"CT_DATE": "2018-06-01"}, 900))
    assert stagings(tables, index_protocol()) is first
    tables.fold(record("01-001", *staging(3, "1 0 0 1"), 901, repeat=50))
    assert stagings(tables, index_protocol()) is not first


def test_stagings_are_made_anew_only_by_what_they_rest_on():
    """The weight of a child decides on stool, that of an adult does not; a bilirubin fills a staging without one."""
    from equipoise.state.staging import stagings
    from trial_records import on, record, staging, weight

    for born, matters in (("1980-03-01", False), ("2010-03-01", True)):
        forms = [("DEMOG", {"DM_BIRTH": born}), ("CONSENT", {"CO_DATE": on(-2)}), staging(0, "1 ? 0 1")]
        tables = subject_tables(forms)
        first = stagings(tables, index_protocol())
        assert first.stages[1].tolist() == [-1]
        tables.fold(record("01-001", *weight(-1, "30"), 900))
        second = stagings(tables, index_protocol())
        assert (second is not first) == matters
        tables.fold(record("01-001", "CHEMISTRY", {"LC_DATE": on(-1), "LC_BILIRUBIN": "2.5"}, 901))
        assert stagings(tables, index_protocol()).stages[1].tolist() == [1]


def test_a_result_for_one_arm_is_not_kept_for_another():
    from equipoise.state.doses import msc_given

    tables = subject_tables(adherent("MSC"))
    assert (msc_given(tables, treated(tables, "MSC"), index_protocol()).place >= 0).all()
    assert (msc_given(tables, treated(tables, "CONTROL"), index_protocol()).place == -1).all()


def test_subjects_without_an_arm_have_no_treatment():
    tables = subject_tables(adherent("MSC"))
    treatment = treated(tables, "")
    assert isinstance(treatment, Treatment)
    np.testing.assert_array_equal(treatment.arm, np.array([-1], np.int8))
