"""Opening claimed slots: with the key at hand, and by the maker of the list over the line."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from equipoise.allocation.lists import generate
from equipoise.allocation.openers import KeyFile
from equipoise.allocation.sealing import LIVE, seal
from equipoise.allocation.service import VendorService, server
from equipoise.allocation.specification import AllocationSpec
from equipoise.allocation.vendor import Vendor, claim_text
from equipoise.conduct.ports import Claim
from equipoise.errors import AllocationError

OPENING, SIGNING, APPLICATION = X25519PrivateKey.generate(), Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SPEC = AllocationSpec(scheme="main", ratio={"MSC": 1, "CONTROL": 1}, block_sizes=(4,), length=8, strata=("a", "b"))
MADE = generate(SPEC, int("9c" * 32, 16))
ARMS = {(slot.stratum, slot.position): slot.arm for slot in MADE.slots}
SEALED = seal(
    MADE,
    trial="T-1",
    restricted="sha256:aa",
    purpose=LIVE,
    at="2026-01-01T00:00:00Z",
    opening=OPENING.public_key(),
    signing=SIGNING,
)


def claim(position, subject=None, stratum="a"):
    return Claim("main", stratum, position, subject or f"01-{position:03d}", datetime(2026, 1, position, tzinfo=UTC))


def vendor(folder):
    return Vendor(SEALED, OPENING, SIGNING, APPLICATION.public_key(), folder / "opened.jsonl")


@contextmanager
def running(maker, address):
    """The maker's server, for the time of a test."""
    with server(maker, address) as line:
        thread = threading.Thread(target=line.serve_forever, daemon=True)
        thread.start()
        try:
            yield address if line.server_port == 0 else ("127.0.0.1", line.server_port)
        finally:
            line.shutdown()
            thread.join()


def service(address, claims=(), key=APPLICATION, maker=SIGNING):
    return VendorService(address, key, maker.public_key(), lambda scheme: claims)


@pytest.fixture
def socket(tmp_path):
    with running(vendor(tmp_path), tmp_path / "line") as address:
        yield address


@pytest.mark.requirement(8)
def test_the_key_file_opens_each_claim_to_its_arm_and_again_to_the_same():
    opener = KeyFile(SEALED, OPENING)
    for stratum, position in ARMS:
        said = claim(position, f"{stratum}-{position}", stratum)
        assert opener.open(said) == opener.open(said) == ARMS[stratum, position]


def test_the_key_file_refuses_another_key_another_subject_and_a_place_that_is_not_there():
    with pytest.raises(AllocationError, match="does not open the list"):
        KeyFile(SEALED, X25519PrivateKey.generate())
    opener = KeyFile(SEALED, OPENING)
    opener.open(claim(1))
    with pytest.raises(AllocationError, match="opened for another subject"):
        opener.open(claim(1, "02-001"))
    for wrong in (claim(9), claim(1, stratum="c")):
        with pytest.raises(AllocationError, match="no such slot"):
            opener.open(wrong)


@pytest.mark.requirement(8)
def test_the_key_is_not_in_the_text_of_the_opener():
    assert OPENING.private_bytes_raw().hex() not in repr(KeyFile(SEALED, OPENING))


def test_the_maker_opens_over_a_unix_socket_and_over_a_port(tmp_path, socket):
    assert service(socket).open(claim(1)) == ARMS["a", 1]
    (tmp_path / "port").mkdir()
    with running(vendor(tmp_path / "port"), ("127.0.0.1", 0)) as address:
        assert service(address).open(claim(1)) == ARMS["a", 1]


@pytest.mark.requirement(1)
def test_the_maker_answers_a_repeated_claim_alike_and_logs_it_once(tmp_path, socket):
    assert {service(socket).open(claim(1)) for _ in range(3)} == {ARMS["a", 1]}
    assert len((tmp_path / "opened.jsonl").read_text().splitlines()) == 1


@pytest.mark.requirement(8)
def test_the_makers_log_holds_no_arm(tmp_path, socket):
    service(socket).open(claim(1))
    text = (tmp_path / "opened.jsonl").read_text()
    assert "MSC" not in text
    assert "CONTROL" not in text


@pytest.mark.requirement(2)
def test_the_maker_opens_only_the_next_slot_of_a_stratum(socket):
    with pytest.raises(AllocationError, match="position 2 is not the next slot: that is 1"):
        service(socket).open(claim(2))
    opener = service(socket)
    opener.open(claim(1))
    assert opener.open(claim(1, "02-001", "b")) == ARMS["b", 1]
    assert opener.open(claim(2)) == ARMS["a", 2]


@pytest.mark.requirement(2)
def test_an_earlier_claim_that_was_never_opened_is_opened_first(socket):
    claims = [claim(1), claim(2), claim(1, "02-001", "b"), claim(3)]
    assert service(socket, claims).open(claim(3)) == ARMS["a", 3]
    assert service(socket, claims).open(claim(1)) == ARMS["a", 1]


def test_the_maker_refuses_a_second_slot_for_a_subject_and_another_subject_in_an_open_slot(socket):
    opener = service(socket)
    opener.open(claim(1))
    with pytest.raises(AllocationError, match="has a slot already"):
        opener.open(claim(2, "01-001"))
    with pytest.raises(AllocationError, match="is not the next slot"):
        opener.open(claim(1, "01-009"))


@pytest.mark.requirement(8)
def test_a_claim_that_the_application_did_not_sign_opens_nothing(tmp_path, socket):
    with pytest.raises(AllocationError, match="not signed by the trial's application"):
        service(socket, key=Ed25519PrivateKey.generate()).open(claim(1))
    assert not (tmp_path / "opened.jsonl").exists()


def test_a_signature_for_one_claim_does_not_serve_another(tmp_path):
    maker = vendor(tmp_path)
    request = {
        "claim": claim(1, "01-002").as_dict(),
        "signature": APPLICATION.sign(claim_text(claim(1).as_dict())).hex(),
        "answer_to": X25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
    }
    with pytest.raises(AllocationError, match="not signed"):
        maker.answer(request)


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"claim": {}},
        {"claim": {**claim(1).as_dict(), "position": "1"}, "signature": "00", "answer_to": "00"},
        {"claim": {**claim(1).as_dict(), "more": 1}, "signature": "00" * 64, "answer_to": "00" * 32},
        {"claim": claim(1).as_dict(), "signature": "zz", "answer_to": "00" * 32},
    ],
)
def test_what_is_not_a_claim_is_refused(tmp_path, request_body):
    with pytest.raises(AllocationError, match="not a claim"):
        vendor(tmp_path).answer(request_body)


def test_an_answer_from_somebody_else_is_not_believed(socket):
    with pytest.raises(AllocationError, match="does not come from the maker"):
        service(socket, maker=Ed25519PrivateKey.generate()).open(claim(1))


def test_a_maker_who_cannot_be_reached_is_told_and_the_slot_stays(tmp_path):
    with pytest.raises(AllocationError, match="cannot be reached"):
        service(tmp_path / "nobody").open(claim(1))


@pytest.mark.requirement(2)
def test_the_maker_goes_on_where_the_log_ends(tmp_path):
    with running(vendor(tmp_path), tmp_path / "line") as address:
        service(address).open(claim(1))
    with running(vendor(tmp_path), tmp_path / "line") as address:
        assert service(address).open(claim(1)) == ARMS["a", 1]
        assert service(address).open(claim(2)) == ARMS["a", 2]


def test_a_line_cut_short_by_a_crash_is_dropped_since_its_answer_never_left(tmp_path):
    with running(vendor(tmp_path), tmp_path / "line") as address:
        service(address).open(claim(1))
        service(address).open(claim(2))
    log = tmp_path / "opened.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    with running(vendor(tmp_path), tmp_path / "line") as address:
        assert service(address).open(claim(2)) == ARMS["a", 2]
    assert len(log.read_text().splitlines()) == 2


@pytest.mark.parametrize("change", [lambda lines: lines[1:], lambda lines: lines[::-1], lambda lines: [*lines, "{}"]])
def test_an_altered_log_stops_the_maker(tmp_path, change):
    with running(vendor(tmp_path), tmp_path / "line") as address:
        for position in (1, 2):
            service(address).open(claim(position))
    log = tmp_path / "opened.jsonl"
    log.write_text("\n".join(change(log.read_text().splitlines())) + "\n")
    with pytest.raises(AllocationError, match="was altered or cut"):
        vendor(tmp_path)


@pytest.mark.requirement(1)
def test_many_at_once_get_one_answer(tmp_path, socket):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(service(socket, [claim(1)]).open(claim(1)))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [ARMS["a", 1]] * 20
    assert len((tmp_path / "opened.jsonl").read_text().splitlines()) == 1
