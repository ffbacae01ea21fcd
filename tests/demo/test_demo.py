"""The whole path by one command: run, log, datasets, results, report, and the same bytes again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections import Counter

import polars as pl
import pytest

from equipoise.analysis.published import load_published, not_compared
from equipoise.analysis.results import read_results
from equipoise.store.folder import MARK_TEXT
from tests.demo_run import EQUIPOISE, run_demo
from tests.web.conftest import Client, served

pytestmark = pytest.mark.xdist_group("demo")


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([EQUIPOISE, *arguments], capture_output=True, text=True, check=False)


def test_two_runs_with_one_seed_give_the_same_bytes_whatever_the_hash_seed_and_the_time_zone(demo_run, tmp_path):
    again = run_demo(tmp_path / "elsewhere", PYTHONHASHSEED="4711", TZ="America/Lima")
    first, second = demo_run.files(), again.files()
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_everything_that_it_wrote_is_where_it_says_and_says_simulated(demo_run):
    said = demo_run.said
    assert said["simulated"] is True
    assert "SIMULATED" in (demo_run.folder / "report.html").read_text()
    assert (demo_run.folder / "SIMULATED").is_file()
    for what in ("report", "results", "datasets", "database", "log"):
        assert (demo_run.folder / said[what].split("/")[-1]).exists()


def test_it_screens_203_and_randomizes_198_at_nine_sites_as_published(demo_run):
    results = read_results(demo_run.folder / "results.csv")
    flow = results.filter((pl.col("analysis") == "FLOW") & (pl.col("subgroup") == ""))
    counts = {(row["statistic"], row["group"]): row["value"] for row in flow.iter_rows(named=True)}
    assert counts["flow_screened", "ALL"] == 203
    assert counts["flow_randomized", "ALL"] == 198
    assert counts["flow_allocated", "MSC"] + counts["flow_allocated", "CONTROL"] == 198
    subjects = pl.read_csv(demo_run.folder / "datasets" / "adsl.csv", infer_schema=False)
    assert subjects["SITEID"].n_unique() == 9


def test_every_published_number_stands_beside_one_of_ours(demo_run):
    results = read_results(demo_run.folder / "results.csv")
    assert not_compared(results, load_published(demo_run.folder / "protocol" / "published.yaml")) == []


def test_the_log_verifies_and_a_changed_value_is_located(demo_run, tmp_path):
    assert run("verify", str(demo_run.folder), "--anchor", str(demo_run.folder / "heads.json")).returncode == 0
    copy = tmp_path / "copy"
    shutil.copytree(demo_run.folder, copy)
    with sqlite3.connect(copy / "trial.sqlite3") as database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE record_log SET author = 'somebody else' WHERE sequence = 5000")
        for _, sql in guards:
            database.execute(sql)
    found = run("verify", str(copy), "--json")
    assert found.returncode == 16
    assert len(json.loads(found.stdout)["faults"]) >= 1


@pytest.mark.requirement(15)
def test_the_list_replayed_against_the_log_shows_no_difference_and_another_list_does(demo_run, tmp_path):
    given = str(demo_run.folder / "restricted" / "allocation.json")
    found = run("allocation", "replay", given, "--trial", str(demo_run.folder), "--json")
    assert found.returncode == 0
    assert json.loads(found.stdout) == {"issued": 198, "differences": []}
    other, protocol = tmp_path / "other.json", demo_run.folder / "protocol" / "protocol.yaml"
    assert run("allocation", "generate", str(protocol), "--seed", "77", "--out", str(other)).returncode == 0
    found = run("allocation", "replay", str(other), "--trial", str(demo_run.folder))
    assert found.returncode == 18
    assert "did not get the arm of the slot" in found.stdout


def test_every_subject_has_the_forms_of_a_trial_and_every_action_went_through_the_gateway(demo_run):
    with (demo_run.folder / "log.jsonl").open() as lines:
        next(lines)
        records = [json.loads(line) for line in lines]
    assert {record["via"] for record in records} == {"simulation"}
    forms = Counter(record["unit"] for record in records if record["unit_type"] == "subject")
    randomized = {record["unit"] for record in records if record["form"] == "RANDOMIZATION"}
    assert len(randomized) == 198
    assert min(forms[subject] for subject in randomized) > 20
    assert any(record["reason"] for record in records), "no value was ever corrected"


def test_analyse_and_report_give_again_what_the_demo_gave(demo_run, tmp_path):
    assert run("analyse", str(demo_run.folder), "--out", str(tmp_path)).returncode == 0
    for name, content in demo_run.files().items():
        if name.startswith("datasets/"):
            assert (tmp_path / name).read_bytes() == content
    ours, again = (read_results(folder / "results.csv") for folder in (demo_run.folder, tmp_path))
    numbers = [table.filter(pl.col("analysis") != "RUN") for table in (ours, again)]
    assert numbers[0].equals(numbers[1])
    report = tmp_path / "report.html"
    protocol = demo_run.folder / "protocol" / "protocol.yaml"
    told = run("report", str(demo_run.folder / "results.csv"), "--protocol", str(protocol), "--out", str(report))
    assert told.returncode == 0
    assert report.read_bytes() == (demo_run.folder / "report.html").read_bytes()


def test_a_folder_that_no_simulation_wrote_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    found = run("demo", "--out", str(tmp_path))
    assert found.returncode == 17
    assert "nothing in it was touched" in found.stderr
    assert "Traceback" not in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unknown_observation_model_is_told_before_anything_is_removed(tmp_path):
    made = tmp_path / "demo"
    made.mkdir()
    (made / "SIMULATED").write_text(MARK_TEXT)
    (made / "report.html").write_text("an earlier report")
    found = run("demo", "--out", str(made), "--observation", "wishful")
    assert found.returncode == 20
    assert "choose one of perfect, realistic" in found.stderr
    assert (made / "report.html").is_file()


def test_only_its_owner_looks_into_a_trial(demo_run):
    assert demo_run.folder.stat().st_mode & 0o077 == 0


@pytest.mark.requirement(46)
@pytest.mark.requirement(49)
def test_the_account_that_it_prints_opens_the_trial_as_inspector_once_it_is_served(demo_run, tmp_path):
    copy, access = tmp_path / "copy", demo_run.said["second_factor"]
    shutil.copytree(demo_run.folder, copy)
    delegated = "SELECT author, role FROM record_log WHERE form = 'DELEGATION'"
    with sqlite3.connect(copy / "trial.sqlite3") as database:
        assert database.execute(delegated).fetchall() == [], "the log of one seed is the same in every run"
    for code in access["recovery_codes"][:2]:
        with served(copy) as root:
            client = Client(root)
            client.give_password(demo_run.said["account"], demo_run.said["password"])
            page = client.send("/second-factor/", "/second-factor/", code=code)[1]
            assert "<dt>Randomized</dt><dd>198<small>" in page
            assert client.get("/report/")[0] == 200
            assert client.get("/accounts/")[0] == 200
            assert client.send("/", "/accounts/", name="somebody")[0] == 403
    with sqlite3.connect(copy / "trial.sqlite3") as database:
        assert database.execute(delegated).fetchall() == [("equipoise-demo", "ADMINISTRATOR")]
    assert run("verify", str(copy), "--anchor", str(demo_run.folder / "heads.json")).returncode == 0
