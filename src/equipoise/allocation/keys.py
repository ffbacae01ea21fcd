"""Key files: one pair opens slots (X25519), one pair signs (Ed25519). PEM, the secret half with a passphrase if wanted.

Who holds what: the maker of the list the opening key (secret) and a signing key (secret); the trial's application the
public halves, and a signing key of its own for claims, whose public half the maker holds.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from equipoise.allocation.files import write_new
from equipoise.errors import AllocationError

OPENING, SIGNING, APPLICATION = "opening", "signing", "application"


def make_key(folder: Path, name: str, passphrase: str | None = None) -> str:
    """Write a new pair, `<name>.key` (secret, readable by its owner only) and `<name>.pub`; never over another.

    Args:
        name: `opening` for slots, anything else for signatures.
        passphrase: the secret half is encrypted under it; None leaves it to the permissions of the file.

    Returns:
        The fingerprint of the public half.

    Raises:
        AllocationError: a file is there already, or the passphrase is empty.
    """
    if passphrase is not None and not passphrase:
        raise _fault("the passphrase is empty", folder / f"{name}.key", "give one of several words, or none at all")
    secret = X25519PrivateKey.generate() if name == OPENING else Ed25519PrivateKey.generate()
    encryption = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase.encode())
    )
    pem = secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    public = secret.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for path, content, mode in ((folder / f"{name}.key", pem, 0o600), (folder / f"{name}.pub", public, 0o644)):
        write_new(path, content, mode, what="a key")
    return fingerprint(secret.public_key())


def opening_key(path: Path, passphrase: str | None = None) -> X25519PrivateKey:
    """The secret half of an opening key.

    Raises:
        AllocationError: the file holds no such key, or the passphrase is missing or wrong.
    """
    found = _secret(path, passphrase)
    if not isinstance(found, X25519PrivateKey):
        raise _another_key(path, "the secret half of an opening key")
    return found


def signing_key(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """The secret half of a signing key; errors as `opening_key`."""
    found = _secret(path, passphrase)
    if not isinstance(found, Ed25519PrivateKey):
        raise _another_key(path, "the secret half of a signing key")
    return found


def signing_public_key(path: Path) -> Ed25519PublicKey:
    """The public half of a signing key.

    Raises:
        AllocationError: the file holds no such key.
    """
    try:
        found = serialization.load_pem_public_key(path.read_bytes())
    except ValueError:
        raise _another_key(path, "the public half of a signing key, a file that ends in .pub") from None
    if not isinstance(found, Ed25519PublicKey):
        raise _another_key(path, "the public half of a signing key, a file that ends in .pub")
    return found


def _secret(path: Path, passphrase: str | None) -> object:
    word = None if passphrase is None else passphrase.encode()
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=word)
    except TypeError:
        said = "needs a passphrase" if passphrase is None else "has no passphrase, and one was given"
        raise _fault(f"the key {said}", path, "give the passphrase that the key was made with") from None
    except ValueError:
        raise _fault(
            "this is not a key, or the passphrase is wrong", path, "check the passphrase and the file"
        ) from None


def raw(key: X25519PublicKey | Ed25519PublicKey) -> str:
    """The 32 bytes of a public key, hexadecimal: how a manifest names it."""
    return key.public_bytes_raw().hex()


def fingerprint(key: X25519PublicKey | Ed25519PublicKey) -> str:
    """What two people compare over the telephone: the first 16 hexadecimal digits of the key's SHA-256, in fours."""
    digest = sha256(key.public_bytes_raw()).hexdigest()[:16]
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _another_key(path: Path, wanted: str) -> AllocationError:
    return _fault("this key is another one", path, f"give {wanted}")


def _fault(fault: str, path: Path, remedy: str) -> AllocationError:
    return AllocationError(fault, where=str(path), rule="ALLOCATION-KEY", remedy=remedy)
