"""A small trial in a folder, served as `equipoise serve` serves it, and a client that keeps its cookies."""

from __future__ import annotations

import http.cookiejar
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
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

PASSWORD = "four-plain-words"


@pytest.fixture(scope="session")
def trial_folder(tmp_path_factory, index_protocol_path) -> TrialFolder:
    """One subject randomized after a correction, one in screening."""
    files = index_protocol_path.parent
    protocol = load_protocol(index_protocol_path)
    restricted = load_restricted(files / protocol.randomization.restricted.file)
    folder = make_simulated(tmp_path_factory.mktemp("web") / "trial", files)
    allocation = generate(specification(protocol.randomization, restricted, protocol.strata), seed=1)
    clock = SetClock(datetime(2016, 3, 1, 1, 0, tzinfo=UTC))
    trial = begin_trial(folder, allocation, clock, SeededEntropy(1), via="simulation")
    people = people_of_sites("01")
    open_site(trial, by=people.manager, site="01")
    subject = screened(trial, people)
    record_consent(trial, by=people.coordinator, subject=subject, items=SIGNED)
    capture(trial, by=people.investigator, subject=subject, form="ELIGIBILITY", items=ELIGIBLE, visit="SCR")
    born = {"DM_BIRTH": "1986-05-05", "DM_SEX": "F"}
    correct(trial, by=people.coordinator, subject=subject, form="DEMOG", items=born, reason="misread <b>", expects=1)
    randomize(trial, by=people.investigator, subject=subject)
    screened(trial, people)
    trial.ledger.close()
    return folder


@dataclass
class Client:
    """Asks pages of the served trial."""

    root: str

    def __post_init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of a page."""
        return self._ask(urllib.request.Request(self.root + path))

    def send(self, page: str, path: str, **fields: str) -> tuple[int, str, dict[str, str]]:
        """Send a form that stands on a page to a path, with its token."""
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.get(page)[1])
        assert token is not None
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token.group(1), **fields}).encode()
        return self._ask(urllib.request.Request(self.root + path, data, headers={"Referer": self.root + page}))

    def log_in(self, password: str = PASSWORD) -> str:
        """Log in; the page that it leads to."""
        return self.send("/login/", "/login/", username="demo", password=password)[1]

    def _ask(self, request: urllib.request.Request) -> tuple[int, str, dict[str, str]]:
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode(), dict(answer.headers)


@pytest.fixture(scope="session")
def server(trial_folder):
    """The address of the served trial."""
    account = "from equipoise.web.accounts import make_account; from pathlib import Path; import sys; "
    account += "make_account(Path(sys.argv[1]), 'demo', sys.argv[2])"
    subprocess.run([sys.executable, "-c", account, str(trial_folder.path), PASSWORD], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("equipoise")), "serve", "--trial", str(trial_folder.path)]
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urllib.request.urlopen(root + "/login/", timeout=5).close()
            break
        except OSError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
    yield root
    process.terminate()
    process.wait(10)


@pytest.fixture
def client(server) -> Client:
    return Client(server)
