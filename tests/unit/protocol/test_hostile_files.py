"""Files that were made to harm the reader: each gets its message, soon, and none is acted upon."""

from __future__ import annotations

import pytest

from equipoise.errors import TrialErrors
from equipoise.protocol import source
from equipoise.protocol.source import Faults, read_yaml

ALIASES = "".join(f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
GROUPS = "".join(f"b{n}: &a{n} {{{', '.join(f'k{j}: *a{n - 1}' for j in range(10))}}}\n" for n in range(1, 9))


def rules(path) -> list[str]:
    faults = Faults()
    read_yaml(path, faults)
    if not len(faults):
        return []
    told = faults.error().faults
    for fault in told:
        str(fault).encode()
        assert len(str(fault)) < 1000
    return [fault.rule for fault in told]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: &a0 [1]\n" + ALIASES, "YAML-SIZE"),
        ("a: &a0 {x: 1}\n" + GROUPS, "YAML-SIZE"),
        ("a: &a [*a]\n", "YAML-SYNTAX"),
        ("a: &a {<<: *a}\n", "YAML-SYNTAX"),
        ("a: " + "[" * 20_000, "YAML-SYNTAX"),
        ("a: 0x" + "f" * 100_000, "YAML-VALUE"),
        ("a: " + "9" * 100_000, "YAML-VALUE"),
        ('a: "\\ud800"\n', "YAML-VALUE"),
        ('a: {b: ["\\udfff"]}\n', "YAML-VALUE"),
        ("a: !!python/object/apply:os.getcwd []\nb: !!python/name:os.system x\n", "YAML-VALUE"),
    ],
    ids=[
        "aliases of aliases", "groups of groups", "a list in itself", "a merge of itself", "brackets without end",
        "a long hexadecimal number", "a long number", "half a character", "half a character inside", "a Python tag",
    ],
)  # fmt: skip
def test_what_would_harm_the_reader_is_one_fault(tmp_path, text, rule):
    path = tmp_path / "protocol.yaml"
    path.write_text(text)
    assert rules(path) == [rule]


def test_half_a_character_in_a_key_is_kept_as_an_escape(tmp_path):
    path = tmp_path / "protocol.yaml"
    path.write_text('"\\ud800": 1\n')
    assert read_yaml(path, Faults()).data == {"\\ud800": 1}


def test_a_file_without_end_is_not_read_to_its_end():
    faults = Faults()
    read_yaml(source.Path("/dev/zero"), faults)
    with pytest.raises(TrialErrors, match="larger than 10000000 bytes"):
        faults.raise_any()


def test_the_protocol_that_ships_is_far_below_the_bounds(index_protocol_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_VALUES", source.MAX_VALUES // 10)
    monkeypatch.setattr(source, "MAX_BYTES", source.MAX_BYTES // 10)
    assert rules(index_protocol_path) == []
