"""An amendment of the index trial, for tests: version 1.1 widens a window, adds a form, and asks for consent anew.

It is no part of the trial. A history is one whole file a version (`load_history`), so the amended file is written
from the one that ships, with the changes below.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

VERSION = "1.1"
WRITTEN = date(2016, 1, 15)
APPROVED = {"01": date(2016, 3, 1), "02": date(2016, 4, 15)}
"""From when version 1.1 is in force at the sites that approved it first."""
APPROVED_ELSEWHERE = date(2016, 6, 1)
FORM = "BIOMARKER"
"""The form that version 1.1 adds, at day 14 and day 28."""


def write_amended_trial(folder: Path, index_protocol: Path) -> Path:
    """Write both versions into a folder as `load_history` takes it; returns the folder."""
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(index_protocol)
    amend(content)
    (folder / "earlier").mkdir()
    shutil.copy(index_protocol, folder / "earlier" / "1.0.yaml")
    shutil.copy(index_protocol.parent / "randomization.yaml", folder)
    yaml.dump(content, folder / "protocol.yaml")
    return folder


def amend(content: dict[str, Any]) -> None:
    """Turn the content of version 1.0 into that of version 1.1."""
    text = {
        "en": "Day 14 within 3 days; serum biomarkers at days 14 and 28",
        "zh": "第14天访视窗改为±3天；第14天和第28天增加血清生物标志物检测",
    }
    content["versions"].append({"id": VERSION, "date": WRITTEN, "text": text})
    for site in content["sites"]:
        site["effective"][VERSION] = APPROVED.get(site["id"], APPROVED_ELSEWHERE)
    content["consent"]["versions"].append({"id": VERSION, "effective": min(APPROVED.values())})
    next(visit for visit in content["visits"] if visit["id"] == "D14")["window"] = [-3, 3]
    content["forms"][FORM] = {
        "title": {"en": "Serum biomarkers", "zh": "血清生物标志物"},
        "kind": "scheduled",
        "group": "study_procedure",
        "date": "BK_DATE",
        "repeats": True,
        "items": [
            ["BK_DATE", "date", None, {"en": "Date drawn", "zh": "采血日期"}, {"required": True}],
            ["BK_ST2", "decimal", "ng/mL", {"en": "ST2", "zh": "可溶性ST2"}, {"low": 0, "high": 5000, "decimals": 2}],
        ],
    }
    content["schedule"].append({"form": FORM, "visits": ["D14", "D28"]})
