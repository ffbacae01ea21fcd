"""Commitment to the values of a record, and the chain of hashes.

    leaf       = SHA-256(salt (16 bytes) ‖ item id ‖ 00 ‖ canonical text of the value)
    commitment = SHA-256(00 ‖ for each item in order of its id: item id ‖ 00 ‖ leaf)
    hash       = SHA-256(format ‖ LF ‖ canonical header ‖ LF ‖ commitment ‖ LF ‖ previous hash)

Text is UTF-8, hashes inside `hash` are lower-case hexadecimal, and an item id holds no control character, so that each
input can be read in one way only. A leaf hides its value behind the salt: when value and salt are gone the leaf keeps
the commitment, and with it the chain, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

SALT_BYTES = 16


def leaf(salt: bytes, item: str, text: str) -> bytes:
    """Commitment to one item: 32 bytes."""
    return sha256(salt + f"{item}\0{text}".encode()).digest()


def commitment(texts: Sequence[tuple[str, str]], salts: bytes) -> str:
    """Commitment to a payload.

    Args:
        texts: canonical text of each item, in order of the ids.
        salts: 16 bytes for each item, in the same order.
    """
    parts = [b"\0"]
    start = 0
    for item, text in texts:
        # Written out (see `leaf`): this is the inner loop of every append and of every verification.
        name = item.encode() + b"\0"
        parts.append(name)
        parts.append(sha256(salts[start : start + SALT_BYTES] + name + text.encode()).digest())
        start += SALT_BYTES
    return sha256(b"".join(parts)).hexdigest()


def commitment_of_leaves(leaves: Mapping[str, bytes]) -> str:
    """Commitment from the leaf of each item, for payloads of which a part is redacted."""
    return sha256(b"\0" + b"".join(item.encode() + b"\0" + leaves[item] for item in sorted(leaves))).hexdigest()


def chain_hash(format_number: int, header: str, payload_commitment: str, previous: str) -> str:
    """Hash of a record, from its format, canonical header, commitment and the hash of the record before it."""
    return sha256(f"{format_number}\n{header}\n{payload_commitment}\n{previous}".encode()).hexdigest()
