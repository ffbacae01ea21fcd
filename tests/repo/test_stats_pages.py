"""The pages of the estimators: every public name is told of, and every example is true."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from equipoise import stats
from tests.repo import stats_pages, stats_sources

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?(?:e[+-]?\d+)?(?![\w])")
PAGES = sorted(path for folder in ("how-to", "tutorials") for path in (ROOT / "docs" / folder).glob("*.md"))


class Numbers(doctest.OutputChecker):
    """As doctest, but a number may differ by rounding: 8.0 is 7.999999999999998."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        same_words = NUMBER.sub("#", want).split() == NUMBER.sub("#", got).split()
        theirs, ours = ([float(number) for number in NUMBER.findall(text)] for text in (want, got))
        return same_words and np.allclose(theirs, ours, rtol=1e-9, atol=1e-12)


def failures(text: str, name: str) -> str:
    """What a doctest prints where it is wrong; "" where it is right."""
    test = doctest.DocTestParser().get_doctest(text, {"stats": stats, "np": np}, name, None, 0)
    said: list[str] = []
    doctest.DocTestRunner(checker=Numbers(), optionflags=OPTIONS).run(test, out=said.append)
    return "".join(said)


def test_every_public_name_has_every_section_of_its_page():
    assert stats_sources.faults() == []


def test_every_public_function_has_a_purpose_in_the_index():
    placed = [name for names in stats_pages.PURPOSES.values() for name in names]
    assert sorted(placed) == sorted(stats_sources.functions())


@pytest.mark.parametrize("name", sorted(stats_sources.examples()))
def test_the_example_of_each_function_is_true(name):
    text = stats_sources.examples()[name]
    assert ">>>" in text
    assert failures(text, name) == ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_the_guides_is_true(page):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.S)
    assert failures("\n".join(blocks), page.name) == ""
