"""The page of `equipoise.design`: every public name is told of, and every example is true."""

from __future__ import annotations

import doctest
import inspect

import pytest

from equipoise import design
from tests.repo import design_page
from tests.repo.stats_sources import field_notes, items, sections

FUNCTIONS = design_page.functions()


def told(name: str) -> set[str]:
    """Arguments that the docstring tells of, itself or by naming another function."""
    text = sections(FUNCTIONS[name])["Args"]
    own = {each.strip("` ") for item, _ in items(text) for each in item.split(",")}
    return own.union(*(told(other) for other in FUNCTIONS if f"`{other}`" in text and other != name))


def test_every_public_function_is_on_the_page_once():
    placed = [name for names in design_page.PURPOSES.values() for name in names]
    assert sorted(placed) == sorted(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_docstring_has_every_section_and_argument(name):
    said = sections(FUNCTIONS[name])
    assert [section for section in design_page.SECTIONS if not said.get(section)] == []
    assert set(inspect.signature(FUNCTIONS[name]).parameters) - told(name) == set()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_example_is_true(name):
    text = sections(FUNCTIONS[name])["Example"]
    assert ">>>" in text
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    doctest.DocTestRunner().run(test, out=said.append)
    assert said == []


@pytest.mark.parametrize("name", ["GroupSequential", "Looks", "Size", "SurvivalSize", "SurvivalPower", "CompetingSize"])
def test_every_field_of_a_result_is_told_of(name):
    assert [field for field, note in field_notes(getattr(design, name)).items() if not note] == []


def test_design_loads_neither_a_compiler_nor_the_statistics_of_scipy():
    import subprocess
    import sys

    code = (
        "import sys; from equipoise import design; "
        "design.sample_size_two_proportions(0.7, 0.5, alpha_two_sided=0.05, method='fisher'); "
        "design.group_sequential(3, alpha_one_sided=0.025); "
        "print({'numba', 'scipy.stats', 'scipy.optimize', 'django', 'polars'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
