"""The restricted file with block sizes, and the salted hash by which the protocol is bound to it."""

from __future__ import annotations

import math
from hashlib import sha256
from pathlib import Path
from typing import Any

from equipoise.protocol.read_forms import canonical_json
from equipoise.protocol.source import Faults, Source, read_yaml
from equipoise.protocol.trial import Restricted
from equipoise.protocol.validation import read_part


def commitment(content: dict[str, Any]) -> str:
    """The salted hash of a restricted file: SHA-256 of the salt, then the canonical JSON of everything but the salt."""
    salt = bytes.fromhex(str(content.get("salt", "")))
    rest = {key: value for key, value in content.items() if key != "salt"}
    return "sha256:" + sha256(salt + canonical_json(rest).encode()).hexdigest()


def load_restricted(path: str | Path) -> Restricted:
    """Read and check a restricted file. `load_protocol` checks that it is the one that the protocol means.

    Raises:
        TrialErrors: every fault of the file.
    """
    faults = Faults()
    restricted = _read(read_yaml(Path(path), faults), faults)
    faults.raise_any()
    assert restricted is not None
    return restricted


def check_sealed(folder: Path, protocol: Source, faults: Faults) -> None:
    """Where the restricted file lies beside the protocol: it is in order, and the one that the protocol commits to."""
    file = protocol.value(("randomization", "restricted", "file"))
    if not isinstance(file, str) or not (folder / file).is_file():
        return
    source = read_yaml(folder / file, faults, order=2)
    restricted = _read(source, faults)
    if restricted is None:
        return
    place = ("randomization", "restricted", "commitment")
    stated, computed = protocol.value(place), commitment(source.data)
    if stated != computed:
        faults.add(
            protocol, place, "{file} is not the file that this hash was made from", rule="SEALED-COMMITMENT",
            remedy="restore the file; or, before the first subject, write {computed}", file=file, computed=computed,
        )  # fmt: skip
    scheme = protocol.value(("randomization", "scheme"))
    if scheme != restricted.scheme:
        faults.add(
            source, ("scheme",), "the scheme {scheme} is not that of the protocol, {other}", rule="SEALED-SCHEME",
            remedy="name the same scheme in both files", scheme=restricted.scheme, other=scheme,
        )  # fmt: skip
    ratio = protocol.value(("randomization", "ratio"))
    if isinstance(ratio, dict) and all(isinstance(parts, int) for parts in ratio.values()):
        _check_blocks(restricted, ratio, source, faults)
    planned = protocol.value(("randomization", "planned"))
    if isinstance(planned, int) and restricted.length < planned:
        faults.add(
            source, ("length",), "the list of {length} is shorter than the {planned} subjects planned",
            rule="SEALED-LENGTH", remedy="make the list at least as long", length=restricted.length, planned=planned,
        )  # fmt: skip


def _check_blocks(restricted: Restricted, ratio: dict[str, int], source: Source, faults: Faults) -> None:
    unit = sum(ratio.values()) // math.gcd(*ratio.values())
    for place, size in enumerate(restricted.block_sizes):
        if size % unit:
            faults.add(
                source, ("block_sizes", place), "a block of {size} cannot meet the ratio", rule="SEALED-BLOCKS",
                remedy="use multiples of {unit}", size=size, unit=unit,
            )  # fmt: skip


def _read(source: Source, faults: Faults) -> Restricted | None:
    return None if source.data is None else read_part(Restricted, source.data, source, (), faults)
