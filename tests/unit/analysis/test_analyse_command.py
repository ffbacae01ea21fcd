"""`equipoise analyse` on a trial folder written by hand."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from analysis_trial import FIRST, PROTOCOL_PATH, TrialLog
from equipoise.analysis.results import read_results
from equipoise.cli.analyse import app
from equipoise.datasets import VARIABLES
from equipoise.days import format_day
from equipoise.errors import AnalysisDataError, RecordError, StorageError
from equipoise.store.entropy import SeededEntropy
from equipoise.store.sqlite import open_ledger


@pytest.fixture
def folder(tmp_path):
    """A trial of two subjects; one died on day 100, entered then."""
    path = tmp_path / "trial"
    shutil.copytree(PROTOCOL_PATH.parent, path / "protocol")
    ledger = open_ledger(path / "trial.sqlite3", "MSC-SR-AGVHD", SeededEntropy(1), create=True)
    log = TrialLog(ledger)
    log.subject("01-001", "MSC", contact=80)
    log.subject("01-002", "CONTROL", contact=90)
    log.write("01-001", "DEATH", {"DD_DATE": format_day(FIRST + 100), "DD_CAUSE": "INFECTION"}, at=FIRST + 100)
    ledger.close()
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def events(path) -> float:
    table = read_results(path / "results.csv")
    rows = table.rows(named=True)
    return next(r["value"] for r in rows if (r["analysis"], r["group"], r["statistic"]) == ("OS", "MSC", "events"))


def test_it_writes_every_dataset_and_the_results_twice(folder, tmp_path):
    result = run(folder, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    assert facts["screened"] == 2
    names = {path.name for path in (tmp_path / "out" / "datasets").iterdir()}
    assert names == {f"{name}.csv" for name in VARIABLES}
    assert read_results(tmp_path / "out" / "results.csv").equals(read_results(tmp_path / "out" / "results.json"))


def test_both_cuts_keep_out_what_was_later(folder, tmp_path):
    for number, (option, value) in enumerate([("--cutoff", format_day(FIRST + 99)), ("--as-of", "2016-06-01T00:00Z")]):
        out = tmp_path / str(number)
        assert run(folder, option, value, "--out", out).exit_code == 0
        assert events(out) == 0
    assert run(folder, "--out", tmp_path / "all").exit_code == 0
    assert events(tmp_path / "all") == 1


def test_a_folder_that_is_not_a_simulation_says_so(folder, tmp_path):
    run(folder, "--out", tmp_path / "out")
    rows = read_results(tmp_path / "out" / "results.csv").rows(named=True)
    assert next(row["text"] for row in rows if row["statistic"] == "simulated") == "no"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--as-of", "yesterday"], AnalysisDataError),
        (["--as-of", "2016-06-01T00:00"], AnalysisDataError),
        (["--as-of", "9999-12-31T23:59:59-14:00"], AnalysisDataError),
        (["--cutoff", "2016-06"], RecordError),
    ],
)
def test_a_cut_that_cannot_be_read_is_refused(folder, options, error):
    assert isinstance(run(folder, *options).exception, error)


def test_a_folder_without_a_trial_is_refused(tmp_path):
    assert isinstance(run(tmp_path).exception, StorageError)
