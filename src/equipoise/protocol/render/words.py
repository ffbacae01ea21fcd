"""What the renderings of a protocol say besides the protocol's own texts (`words.yaml`)."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from equipoise.messages import Text

_FILE = Path(__file__).with_name("words.yaml")
WORDS = {name: Text(**text) for name, text in YAML(typ="safe", pure=True).load(_FILE).items()}
"""Words by name, English and Chinese."""
