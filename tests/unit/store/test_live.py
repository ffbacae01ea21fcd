"""A live trial from its first day: begun, its sealed list loaded, a subject randomized; on both engines."""

from __future__ import annotations

import shutil
import threading
from contextlib import closing

import psycopg
import pytest

from equipoise.allocation.keys import opening_key, signing_key, signing_public_key
from equipoise.allocation.lists import read_list
from equipoise.allocation.sealing import open_slot, read_sealed
from equipoise.allocation.service import server
from equipoise.allocation.vendor import Vendor
from equipoise.cli.main import run
from equipoise.conduct.lists import begin, load_list
from equipoise.conduct.randomization import randomize
from equipoise.conduct.sites import open_site
from equipoise.errors import AllocationError, NotPermitted, Refused, StorageError, TrialErrors
from equipoise.store.databases import is_server
from equipoise.store.entropy import SystemEntropy
from equipoise.store.live import ledger_of, load_sealed, open_trial
from equipoise.store.trial_settings import DATABASE_URL, FILE, read_settings
from tests.unit.conduct.conftest import MARCH, SetClock, people_of_sites, screened_eligible

PEOPLE = people_of_sites("01", "02")


@pytest.fixture(scope="module")
def sealed_once(tmp_path_factory, index_protocol_path):
    """A maker's desk: keys, a list and the sealed list of the index trial."""
    desk, protocol = tmp_path_factory.mktemp("maker"), str(index_protocol_path)
    made, sealed, maker = (str(desk / name) for name in ("list.json", "sealed.json", "maker"))
    for arguments in (
        ["keys", "--out", maker],
        ["generate", protocol, "--out", made],
        ["seal", made, "--protocol", protocol, "--keys", maker, "--out", sealed],
    ):
        assert run(["allocation", *arguments]) == 0
    return desk


@pytest.fixture
def desk(place, tmp_path, index_protocol_path, sealed_once, monkeypatch):
    """A folder in which a live trial has begun, and its maker's desk with a sealed list."""
    shutil.copytree(sealed_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("equipoise.store.live.SystemClock.now", lambda self: MARCH)
    if is_server(place):
        monkeypatch.setenv(DATABASE_URL, str(place))
    else:
        monkeypatch.delenv(DATABASE_URL, raising=False)
    folder = str(index_protocol_path.parent)
    assert run(["begin", str(tmp_path / "trial"), "--protocol", folder, "--by", "chen"]) == 0
    return tmp_path


def load(desk, sealed="sealed.json"):
    maker = str(desk / "maker" / "signing.pub")
    return run(["allocation", "load", str(desk / "trial"), str(desk / sealed), "--maker", maker, "--by", "zhao"])


def opened(desk):
    """The trial as of March 2016, where the forms of these tests are dated."""
    return open_trial(desk / "trial", entropy=SystemEntropy(), clock=SetClock(MARCH), via="test")


def arms_of_two(desk):
    """Arms of two subjects randomized one after the other."""
    trial = opened(desk)
    with closing(trial.ledger):
        open_site(trial, by=PEOPLE.manager, site="01")
        subjects = [screened_eligible(trial, PEOPLE) for _ in range(2)]
        return [randomize(trial, by=PEOPLE.investigator, subject=subject).arm for subject in subjects]


@pytest.mark.requirement(8, 15)
def test_a_trial_with_the_key_at_hand_gives_the_arms_of_the_list_in_order(desk):
    assert load(desk) == 0
    shutil.copy(desk / "maker" / "opening.key", desk / "trial" / "keys" / "opening.key")
    assert arms_of_two(desk) == [slot.arm for slot in read_list(desk / "list.json").slots[:2]]
    replay = ["allocation", "replay", str(desk / "list.json"), "--trial", str(desk / "trial")]
    assert run([*replay, "--sealed", str(desk / "sealed.json")]) == 0
    assert run(["verify", str(desk / "trial")]) == 0


@pytest.mark.requirement(8)
def test_a_trial_whose_list_its_maker_opens_gives_the_same(desk):
    assert load(desk) == 0
    settings = desk / "trial" / FILE
    text = settings.read_text().replace("[opener]", f'[opener]\nkind = "vendor"\naddress = "{desk / "line"}"')
    settings.write_text(text)
    maker = desk / "maker"
    vendor = Vendor(
        read_sealed(desk / "sealed.json"),
        opening_key(maker / "opening.key"),
        signing_key(maker / "signing.key"),
        signing_public_key(desk / "trial" / "keys" / "application.pub"),
        desk / "opened.jsonl",
    )
    with server(vendor, desk / "line") as line:
        thread = threading.Thread(target=line.serve_forever, daemon=True)
        thread.start()
        arms = arms_of_two(desk)
        line.shutdown()
        thread.join()
    assert arms == [slot.arm for slot in read_list(desk / "list.json").slots[:2]]
    assert len((desk / "opened.jsonl").read_text().splitlines()) == 2


@pytest.mark.requirement(8)
def test_database_settings_and_sealed_list_together_open_no_slot_without_the_makers_key(desk, place):
    """Whoever has the whole folder and the database has no key: not the application's, nor any text that is one."""
    assert load(desk) == 0
    sealed = read_sealed(desk / "trial" / "list" / "sealed.json")
    holdings = [path for path in (desk / "trial").rglob("*") if path.is_file()]
    if is_server(place):
        with psycopg.connect(place) as raw:
            tables = [row[0] for row in raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            dump = "".join(str(raw.execute(f"SELECT * FROM {table}").fetchall()) for table in tables)
        (desk / "dump").write_text(dump)
        holdings.append(desk / "dump")
    secret = opening_key(desk / "maker" / "opening.key")
    for path in holdings:
        content = path.read_bytes()
        assert secret.private_bytes_raw() not in content
        assert secret.private_bytes_raw().hex().encode() not in content
        with pytest.raises(AllocationError):
            open_slot(sealed.slots[0], sealed.manifest, opening_key(path))
    with pytest.raises(AllocationError, match="key that opens slots is not there"):
        arms_of_two(desk)


@pytest.mark.requirement(7)
def test_a_list_is_loaded_once_and_one_that_differs_is_not_taken(desk, capsys):
    altered = (desk / "sealed.json").read_text().replace('"live"', '"test"')
    (desk / "altered.json").write_text(altered)
    assert load(desk, "altered.json") == AllocationError.exit_code
    said = capsys.readouterr().err
    assert "the manifest is not what its maker signed" in said
    assert "the purpose of the list is test, and the trial's is live" in said
    assert not (desk / "trial" / "list").exists()
    assert load(desk) == 0
    assert load(desk) == Refused.exit_code
    assert "never replaced" in capsys.readouterr().err


@pytest.mark.requirement(7)
def test_a_list_changed_in_the_folder_after_it_was_loaded_opens_nothing(desk):
    assert load(desk) == 0
    shutil.copy(desk / "maker" / "opening.key", desk / "trial" / "keys" / "opening.key")
    kept = desk / "trial" / "list" / "sealed.json"
    kept.write_text(kept.read_text().replace('"live"', '"test"'))
    with pytest.raises(AllocationError, match="not the one that was loaded"):
        arms_of_two(desk)


def test_before_a_list_is_loaded_nobody_is_randomized(desk):
    with pytest.raises((AllocationError, TrialErrors), match="no allocation list"):
        arms_of_two(desk)


@pytest.mark.requirement(13)
def test_a_test_trial_takes_a_test_list_only(desk, index_protocol_path, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(DATABASE_URL, raising=False)
    where = ["--protocol", str(index_protocol_path.parent), "--by", "chen", "--purpose", "test"]
    assert run(["begin", str(tmp_path / "training"), *where]) == 0
    maker = ["--maker", str(desk / "maker" / "signing.pub"), "--by", "zhao"]
    assert run(["allocation", "load", str(tmp_path / "training"), str(desk / "sealed.json"), *maker]) == 18
    assert "the purpose of the list is live, and the trial's is test" in capsys.readouterr().err
    settings = tmp_path / "training" / FILE
    settings.write_text(settings.read_text().replace('purpose = "test"', 'purpose = "live"'))
    assert run(["allocation", "load", str(tmp_path / "training"), str(desk / "sealed.json"), *maker]) == 18


@pytest.mark.requirement(10)
def test_only_the_right_people_begin_and_load(desk):
    trial = opened(desk)
    with closing(trial.ledger):
        with pytest.raises(NotPermitted):
            begin(trial, by=PEOPLE.manager, purpose="live")
        with pytest.raises(Refused, match="the trial has begun"):
            begin(trial, by=PEOPLE.administrator, purpose="test")
        with pytest.raises(NotPermitted):
            load_list(trial, by=PEOPLE.administrator, scheme="main", strata=("",), length=4, facts={})


def test_a_folder_in_use_is_not_touched_and_a_failed_beginning_leaves_none(tmp_path, index_protocol_path, monkeypatch):
    monkeypatch.delenv(DATABASE_URL, raising=False)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "note").write_text("mine")
    where = ["--protocol", str(index_protocol_path.parent), "--by", "chen"]
    assert run(["begin", str(tmp_path / "used"), *where]) == StorageError.exit_code
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["note"]
    monkeypatch.setenv(DATABASE_URL, "postgresql://nobody:secret-word@127.0.0.1:9/none")
    assert run(["begin", str(tmp_path / "new"), *where]) == StorageError.exit_code
    assert not (tmp_path / "new").exists()
    assert run(["begin", str(tmp_path / "new"), *where, "--purpose", "rehearsal"]) == StorageError.exit_code


def test_settings_tell_all_their_faults_at_once(tmp_path):
    (tmp_path / FILE).write_text('purpose = "life"\nformat = 2\n[database]\nurk = ""\n[opener]\nkind = "list"\n')
    with pytest.raises(TrialErrors) as caught:
        read_settings(tmp_path)
    assert [fault.params["key"] for fault in caught.value.faults] == [
        "purpose",
        "database.urk",
        "opener.kind",
        "format",
    ]
    (tmp_path / FILE).write_text("purpose = live")
    with pytest.raises(StorageError, match="not a settings file"):
        read_settings(tmp_path)
    (tmp_path / FILE).unlink()
    assert read_settings(tmp_path).purpose == "simulated"


def test_a_simulated_trial_never_goes_to_the_server_of_a_live_one(desk, demo_free_folder):
    with closing(ledger_of(demo_free_folder, SystemEntropy(), create=True)) as ledger:
        assert ledger.place == str(demo_free_folder / "trial.sqlite3")


@pytest.fixture
def demo_free_folder(tmp_path, index_protocol_path):
    """A folder like a simulated trial's, without settings."""
    folder = tmp_path / "simulated"
    (folder / "protocol").mkdir(parents=True)
    shutil.copy(index_protocol_path, folder / "protocol")
    return folder


def test_load_without_a_trial_is_told(tmp_path, desk):
    with pytest.raises(StorageError):
        load_sealed(
            tmp_path / "nowhere",
            desk / "sealed.json",
            desk / "maker" / "signing.pub",
            by=PEOPLE.administrator,
            entropy=SystemEntropy(),
            clock=SetClock(MARCH),
        )
