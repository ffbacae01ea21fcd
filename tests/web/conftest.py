"""A small trial in a folder, served as `equipoise serve` serves it, and a client that keeps its cookies."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from equipoise.allocation.lists import generate
from equipoise.allocation.specification import specification
from equipoise.conduct.capture import capture, correct
from equipoise.conduct.consent import record_consent
from equipoise.conduct.randomization import randomize
from equipoise.conduct.sites import open_site
from equipoise.protocol.load import load_protocol
from equipoise.protocol.sealed import load_restricted
from equipoise.store.entropy import SeededEntropy
from equipoise.store.folder import TrialFolder, begin_trial, make_simulated
from tests.unit.conduct.conftest import ELIGIBLE, SIGNED, SetClock, people_of_sites, screened
from tests.web.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
EQUIPOISE = str(Path(sys.executable).with_name("equipoise"))


@pytest.fixture(scope="session")
def trial_folder(tmp_path_factory, index_protocol_path) -> TrialFolder:
    """One subject of site 01 randomized after a correction, one in screening there, one at site 02."""
    files = index_protocol_path.parent
    protocol = load_protocol(index_protocol_path)
    restricted = load_restricted(files / protocol.randomization.restricted.file)
    folder = make_simulated(tmp_path_factory.mktemp("web") / "trial", files)
    allocation = generate(specification(protocol.randomization, restricted, protocol.strata), seed=1)
    clock = SetClock(datetime(2016, 3, 1, 1, 0, tzinfo=UTC))
    trial = begin_trial(folder, allocation, clock, SeededEntropy(1), via="simulation")
    people = people_of_sites("01", "02")
    for site in ("01", "02"):
        open_site(trial, by=people.manager, site=site)
    subject = screened(trial, people)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    born = {"DM_BIRTH": "1986-05-05", "DM_SEX": "F"}
    correct(trial, by=people.coordinator, subject=subject, form="DEMOG", items=born, reason="misread <b>", expects=1)
    randomize(trial, by=people.investigator, subject=subject)
    screened(trial, people)
    screened(trial, people, site="02")
    trial.ledger.close()
    return folder


@dataclass
class Client:
    """Asks pages of the served trial; keeps its cookies."""

    root: str
    codes: dict[str, list[str]] = field(default_factory=dict)
    agent: str = "tests"

    def __post_init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of a page."""
        return self._ask(urllib.request.Request(self.root + path))

    def send(self, page: str, path: str, **fields: str) -> tuple[int, str, dict[str, str]]:
        """Send a form that stands on a page to a path, with its token."""
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.get(page)[1])
        assert token is not None
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token.group(1), **fields}).encode()
        return self._ask(urllib.request.Request(self.root + path, data, headers={"Referer": self.root + page}))

    def give_password(self, name: str, password: str = PASSWORD) -> tuple[int, str, dict[str, str]]:
        """The first of both factors."""
        return self.send("/login/", "/login/", username=name, password=password)

    def sign_in(self, name: str) -> str:
        """Sign in with both factors, the second a recovery code; the page that it leads to."""
        self.give_password(name)
        return self.send("/second-factor/", "/second-factor/", code=self.codes[name].pop())[1]

    def _ask(self, request: urllib.request.Request) -> tuple[int, str, dict[str, str]]:
        request.add_header("User-Agent", self.agent)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode(), dict(answer.headers)


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[str]:
    """The address of a trial's folder, served for the time of a block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [EQUIPOISE, "serve", "--trial", str(folder), "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=os.environ | environment)
    root = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                probe = urllib.request.Request(root + "/login/", headers={"X-Forwarded-Proto": "https"})
                urllib.request.urlopen(probe, timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
        yield root
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def codes(trial_folder) -> dict[str, list[str]]:
    """Recovery codes of the accounts that are made for the tests, by name (`people.make`)."""
    command = [sys.executable, "-m", "tests.web.people", str(trial_folder.path)]
    made = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return json.loads(made.stdout)


@pytest.fixture(scope="session")
def server(trial_folder, codes) -> Iterator[str]:
    """The address of the served trial."""
    with served(trial_folder.path) as root:
        yield root


@pytest.fixture
def client(server, codes) -> Client:
    return Client(server, codes)


@pytest.fixture(scope="session")
def signed_in(server, codes) -> Callable[[str], Client]:
    """A client signed in as an account; each account signs in once, as its recovery codes are few."""
    clients: dict[str, Client] = {}

    def as_account(name: str) -> Client:
        if name not in clients:
            clients[name] = Client(server, codes)
            clients[name].sign_in(name)
        return clients[name]

    return as_account


@pytest.fixture
def inspector(signed_in) -> Client:
    """The account of the demo, signed in: it may look at everything."""
    return signed_in("demo")
