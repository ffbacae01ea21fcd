"""What a maker has sealed: by this file beside the keys no seed serves twice, and no test list becomes a live one."""

from __future__ import annotations

import json
from pathlib import Path

from equipoise.allocation.files import canonical
from equipoise.allocation.sealing import LIVE, TEST, Manifest, SealedList
from equipoise.errors import AllocationError


class Seals:
    """The register of one maker; one line a sealed list. It tells no seed and no arm."""

    def __init__(self, path: Path):
        self._path = path

    def check(self, manifest: Manifest) -> None:
        """Refuse a live list whose seed has served before, and a purpose that is neither live nor test.

        Raises:
            AllocationError: so it is, or the register is damaged.
        """
        if manifest.purpose not in (LIVE, TEST):
            raise AllocationError(
                "the purpose {purpose!r} is neither live nor test",
                where=f"scheme {manifest.scheme}",
                rule="ALLOCATION-PURPOSE",
                remedy="choose live for the trial, test for training",
                purpose=manifest.purpose,
            )
        for line in self._lines():
            if line["seed_mark"] == manifest.seed_mark and LIVE in (manifest.purpose, line["purpose"]):
                raise AllocationError(
                    "the seed served before, in a list for {purpose} use made at {at}",
                    where=f"scheme {manifest.scheme}",
                    rule="ALLOCATION-SEED",
                    remedy="generate a new list without --seed, and seal that",
                    purpose=line["purpose"],
                    at=line["made_at"],
                )

    def add(self, sealed: SealedList) -> None:
        """Remember a sealed list."""
        manifest = sealed.manifest
        line = {"sha256": sealed.sha256, "seed_mark": manifest.seed_mark, "purpose": manifest.purpose}
        line |= {"made_at": manifest.made_at, "trial": manifest.trial, "scheme": manifest.scheme}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(canonical(line) + "\n")

    def _lines(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        try:
            lines = [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]
            return [{name: str(line[name]) for name in ("seed_mark", "purpose", "made_at")} for line in lines]
        except (ValueError, TypeError, KeyError):
            raise AllocationError(
                "the register of sealed lists is damaged",
                where=str(self._path),
                rule="ALLOCATION-REGISTER",
                remedy="restore it from a copy: it keeps a seed from serving twice",
            ) from None
