"""The index trial is told in our own words: no run of words is the paper's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RUN = 9
"""Words in a row. Shorter runs are names of things: `relapse or progression of hematologic disease`."""


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of words of a text."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


@pytest.mark.shared
def test_no_run_of_words_of_the_paper_is_in_the_protocol_or_the_docs(shared):
    paper = runs((shared / "domain" / "index-paper.txt").read_text(encoding="utf-8"))
    files = [
        *ROOT.glob("protocols/**/*.yaml"),
        *ROOT.glob("src/equipoise/protocol/library/*.yaml"),
        *ROOT.glob("docs/**/*.md"),
    ]
    assert len(files) > 4
    copied = {
        (str(file.relative_to(ROOT)), " ".join(run))
        for file in files
        for run in runs(file.read_text(encoding="utf-8")) & paper
    }
    assert not copied
