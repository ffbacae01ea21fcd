"""The pages about the protocol file speak of the file as it is."""

from __future__ import annotations

import re
from pathlib import Path

from .conftest import LIBRARY

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_reference_lists_every_section_and_no_other(written):
    page = (DOCS / "reference" / "protocol-file.md").read_text(encoding="utf-8")
    table = page.split("## Files beside it")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(written)


def test_the_reference_lists_every_key_of_the_plain_sections(written):
    page = (DOCS / "reference" / "protocol-file.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", page, re.MULTILINE))
    for section, content in written.items():
        if section in ("axes", "populations", "estimands", "endpoints", "subgroups", "schema_version", "forms"):
            continue
        entries = content if isinstance(content, list) else [content]
        for key in {key for entry in entries for key in entry}:
            assert f"`{key}" in rows[section], (section, key)


def test_the_item_shown_is_the_one_in_the_library():
    page = (DOCS / "reference" / "protocol-file.md").read_text(encoding="utf-8")
    shown = re.search(r"^- \[GV_BILIRUBIN, .*$", page, re.MULTILINE)
    assert shown is not None
    assert shown.group() in LIBRARY.read_text(encoding="utf-8")


def test_every_choice_marked_in_the_protocol_has_its_section_in_the_explanation(written):
    """Sections of the file in which something is marked [C] are named on the page."""
    page = (DOCS / "explanation" / "index-trial-choices.md").read_text(encoding="utf-8")
    text = (DOCS.parent / "protocols" / "msc-sr-agvhd" / "protocol.yaml").read_text(encoding="utf-8")
    marked, section = set(), ""
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            section = line.split(":")[0]
        if "[C]" in line and section:
            marked.add(section)
    assert {"axes", "visits", "treatments"} <= marked
    for name in marked:
        assert name in page or name in ("eligibility", "schedule"), name
