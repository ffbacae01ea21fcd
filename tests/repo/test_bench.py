"""The benchmark of the statistics is complete, tells what differs, and runs without its peers. Times nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.bench.stats import environment
from tests.bench.stats.contest import OURS, Result, difference
from tests.bench.stats.data import draw, load, save
from tests.bench.stats.estimators import ROWS, estimator_of, input_bytes, public_estimators
from tests.bench.stats.ours import RACE
from tests.bench.stats.page import page
from tests.bench.stats.peers import PEERS
from tests.bench.stats.tasks import LARGEST, MIDDLE, SMALL, TASKS
from tests.bench.stats.verdicts import Found, race_verdicts, short

LOCK = Path(__file__).resolve().parents[1] / "bench" / "peers.lock"


def found(*races: Result) -> Found:
    return Found("Machine: a stone,", "peers: none", races=list(races))


def test_every_public_estimator_has_a_row():
    assert {estimator_of(row) for row in ROWS} == public_estimators()


def test_every_task_is_asked_of_ours_and_of_a_peer():
    assert set(TASKS) == set(RACE) == set(PEERS)
    assert all(PEERS.values())


def test_ours_answers_every_task():
    data = draw(SMALL, whole_days=True)
    for task, prepare in RACE.items():
        call, answer = prepare(data)
        assert all(np.isfinite(values).all() for values in answer(call()).values()), task


def test_the_bytes_of_the_input_are_those_of_its_arrays():
    # time, event and group of 198 subjects, 8 bytes each
    assert input_bytes(ROWS["log_rank"].prepare(draw(SMALL, whole_days=False))) == 3 * 8 * SMALL
    # the method of a fit: time, event and two covariates
    assert input_bytes(ROWS["cox.concordance"].prepare(draw(SMALL, whole_days=False))) == 4 * 8 * SMALL


def test_whole_days_are_tied_and_continuous_times_are_not():
    assert np.unique(draw(5_000, whole_days=False).time).size == 5_000
    days = draw(5_000, whole_days=True).time
    assert np.array_equal(days, np.floor(days))
    assert np.unique(days).size < 2_000


def test_data_are_the_same_after_the_files(tmp_path):
    data = draw(SMALL, whole_days=False)
    save(data, tmp_path)
    for name in ("time", "cause", "group", "stratum", "covariates"):
        assert np.array_equal(getattr(load(tmp_path), name), getattr(data, name))


def test_an_answer_that_differs_is_told_with_its_distance():
    ours = {"coefficients": [1.0, 2.0]}
    assert difference(ours, {"coefficients": [1.0, 2.0 + 1e-9]}) == ""
    assert difference(ours, {"coefficients": [1.0, 2.5]}) == "coefficients differ by 2e-01"
    assert difference(ours, {"coefficients": [1.0, float("nan")]}) == "coefficients differ by inf"


@pytest.mark.parametrize(("peer", "holds"), [(2.0, True), (1.9, False)])
def test_a_log_rank_below_twice_the_best_peer_falls_short(peer, holds):
    race = Result("log_rank", LARGEST, False, seconds={OURS: 1.0, "slow": 9.0, "fast": peer})
    (_, verdict), *_ = race_verdicts(found(race))
    assert (race.best, verdict.holds) == ("fast", holds)
    assert short(found(race)) == ([] if holds else [verdict], 1)


def test_without_a_peer_there_is_no_verdict_beside_one():
    race = Result("log_rank", LARGEST, False, seconds={OURS: 1.0})
    assert short(found(race)) == ([], 0)
    assert "| log-rank |  | 2.00 × or more |  | 1,000,000 |  | 1 s |  |" in page(found(race))


def test_without_their_environment_the_peers_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "PEERS_PYTHON", tmp_path / "python")
    assert environment.python_peers() is None


def test_the_peers_are_locked_by_hash_and_name_no_index():
    text = LOCK.read_text()
    assert "http" not in text
    pinned = [line for line in text.splitlines() if "==" in line]
    assert {line.split("==")[0] for line in pinned} >= set(environment.PACKAGES)
    assert text.count("--hash=sha256:") >= len(pinned)


def test_everything_beyond_its_target_is_told_and_nothing_else():
    all_found = found(Result("fine_gray_2", MIDDLE, False, seconds={OURS: 0.01, "R": 1.0}))
    all_found.crr = {"fine_gray_2": 99.0}  # 9,900 times, 10,000 asked for
    all_found.growth = {"cox": {False: (1.0, 13.0), True: (1.0, 13.1)}}
    all_found.memory = {"cox": {"bytes": 24, "input": 2}, "log_rank": {"bytes": 25, "input": 2}}
    all_found.first = {"cox": ({"seconds": 9.0, "kernel": "climb", "kernel_seconds": 3.1}, {"seconds": 0.2})}
    all_found.imported = {"seconds": 0.1, "names": 0.7, "loaded": [], "compiled": 0}
    all_found.threads = []
    all_found.analysis = {"subjects": 198, "first": 2.0, "seconds": 0.6}
    assert [verdict.what for verdict in short(all_found)[0]] == [
        "Fine-Gray, 2 covariates, 10,000 subjects, beside R's crr",
        "growth of cox, whole days",
        "memory of log_rank",
        "first call of cox, slowest kernel climb",
        "analysis of the whole index trial, 198 subjects, warm",
    ]
    text = page(all_found)
    assert "| Fine-Gray, 2 covariates | R |  |  | 10,000 | 100 × | 10 ms | 9,900 × |" in text
    assert "| cox | 1,000,000 | 13.0 × | 13.1 × | 13.1 s | 12.0 × | 9 s | 3.1 s | 200 ms |" in text
