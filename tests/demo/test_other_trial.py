"""The demo of another trial: what it says of the arms comes from that trial's protocol."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.demo_run import EQUIPOISE

ARMS = {"MSC": "CELLS", "CONTROL": "USUAL"}
NAMED = {
    "protocol.yaml": (
        r"(?<=- id: )(MSC|CONTROL)$",
        r"(?<=arms: \[)MSC(?=\])",
        r"(?<=[{ ])(MSC|CONTROL)(?=: (1|sl|msc))",
        r"(?<=arm: )CONTROL",
    ),
    "published.yaml": (r"(?<=, )(MSC|CONTROL)(?=,)", r"(?<=\")MSC(?= vs)", r"(?<=vs )CONTROL(?=\")"),
    "scenarios/published.yaml": (r"(?<=^  )(MSC|CONTROL)(?=:$)",),
}
"""Where each file names an arm; the form MSC and the agent of that name are others."""


def renamed(text: str, patterns: tuple[str, ...]) -> str:
    return re.sub("|".join(patterns), lambda found: ARMS[found.group()], text, flags=re.M)


@pytest.fixture
def other_trial(index_protocol_path: Path, tmp_path: Path) -> Path:
    """The index trial with other ids of its arms and 16 subjects."""
    folder = tmp_path / "other"
    shutil.copytree(index_protocol_path.parent, folder)
    for name, patterns in NAMED.items():
        text = renamed((folder / name).read_text(encoding="utf-8"), patterns)
        (folder / name).write_text(text.replace("screened: 203", "screened: 16"), encoding="utf-8")
    return folder


def test_the_headline_results_are_of_the_arms_of_the_protocol_experimental_first(other_trial, tmp_path):
    run = subprocess.run(
        [EQUIPOISE, "demo", "--json", "--protocol", str(other_trial), "--out", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    said = json.loads(run.stdout)
    assert said["arms"] == ["CELLS", "USUAL"]
    response = next(one for one in said["headlines"] if one["label"] == "Overall response at day 28")
    assert response["published"] == [0.828, 0.707]  # efficacy.or_day28 of the paper: 82 of 99 and 70 of 99
    assert None not in response["simulated"]
    report = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert "CELLS" in report
    assert "Usual" in report
