"""A small protocol: the index trial with two edit checks, in a folder of its own, to be broken in one place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from equipoise.errors import TrialErrors
from equipoise.protocol.load import load_protocol, read_protocol
from equipoise.protocol.model import Protocol
from equipoise.protocol.source import Faults, Source, read_yaml

CHECKS = """checks:
  - id: AGVHD-BILI
    form: AGVHD
    level: soft
    rule: "GV_BILIRUBIN <= 60"
    items: [GV_BILIRUBIN]
    text: {en: "Bilirubin above 60 mg/dL: is the unit right?", zh: "胆红素高于60 mg/dL，单位是否正确？"}
  - id: VITALS-PRESSURE
    form: VITALS
    level: hard
    rule: "VS_SYSTOLIC > VS_DIASTOLIC"
    items: [VS_SYSTOLIC, VS_DIASTOLIC]
    text: {en: "Systolic pressure is above diastolic pressure", zh: "收缩压应高于舒张压"}

"""


@pytest.fixture(scope="session")
def small_text(index_protocol_path: Path) -> str:
    """The text of the small protocol."""
    text = index_protocol_path.read_text(encoding="utf-8")
    start, end = re.search(r"^checks:", text, re.M), re.search(r"^endpoints:", text, re.M)
    assert start is not None
    assert end is not None
    return text[: start.start()] + CHECKS + text[end.start() :]


@pytest.fixture(scope="session")
def small_source(small_text: str, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The small protocol as read from its file, before it is checked."""
    path = tmp_path_factory.mktemp("small") / "protocol.yaml"
    path.write_text(small_text, encoding="utf-8")
    return read_yaml(path, Faults(), name="protocol.yaml")


@pytest.fixture(scope="session")
def small(small_source: Source) -> Protocol:
    """The small protocol."""
    protocol = read_protocol(small_source, Faults())
    assert protocol is not None
    return protocol


@pytest.fixture
def write(
    small_text: str, index_protocol_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Writes protocol.yaml (and the restricted file) into an empty folder, each pair `old, new` exchanged once."""

    def writer(*changes: tuple[str, str], file: str = "protocol.yaml") -> str:
        text = small_text
        for old, new in changes:
            assert text.count(old) == 1, f"{text.count(old)} times in the protocol: {old!r}"
            text = text.replace(old, new)
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return text

    restricted = index_protocol_path.parent / "randomization.yaml"
    (tmp_path / "randomization.yaml").write_bytes(restricted.read_bytes())
    monkeypatch.chdir(tmp_path)
    return writer


@pytest.fixture
def faults_of(write: Callable[..., str]) -> Callable[..., list[str]]:
    """The faults of the small protocol after changes, each as it is printed."""

    def faults(*changes: tuple[str, str]) -> list[str]:
        write(*changes)
        with pytest.raises(TrialErrors) as caught:
            load_protocol("protocol.yaml")
        return [str(fault) for fault in caught.value.faults]

    return faults


@pytest.fixture(scope="session")
def index_protocol(index_protocol_path: Path) -> Protocol:
    """The protocol of the index trial."""
    return load_protocol(index_protocol_path)
