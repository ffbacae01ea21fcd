"""The second factor of an account: a code of an authenticator (TOTP), or a recovery code in its place.

allauth keeps and checks them; their secrets are encrypted with the key of the trial's folder before they are stored.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

GOOD_FOR = 120
"""Seconds: longer than a code fits, which is its own half minute and one to either side."""
CODE, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


class Adapter(DefaultMFAAdapter):
    """Encrypts what allauth stores."""

    def encrypt(self, text: str) -> str:
        """Cipher text of a secret."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"second factor\n" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def is_set_up(user: Any) -> bool:
    """Whether the account has an authenticator."""
    return bool(Authenticator.objects.filter(user=user, type=CODE).exists())


def new_secret() -> str:
    """A secret for an authenticator, in base 32."""
    return generate_totp_secret()


def picture(user: Any, secret: str) -> str:
    """The secret for a telephone's camera: a QR code as the address of an SVG image."""
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def fits(secret: str, code: str) -> bool:
    """Whether a code is of a secret that is not stored yet."""
    return bool(validate_totp_code(secret, _plain(code)))


@transaction.atomic
def set_up(user: Any, secret: str) -> list[str]:
    """Store an authenticator; gives new recovery codes."""
    Authenticator.objects.filter(user=user).delete()
    TOTP.activate(user, secret)
    return new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: Any) -> list[str]:
    """New recovery codes; earlier ones are void."""
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    return list(RecoveryCodes.activate(user).generate_codes())


def codes_left(user: Any) -> int:
    """How many recovery codes are not used."""
    found = Authenticator.objects.filter(user=user, type=RECOVERY).first()
    return len(found.wrap().get_unused_codes()) if found else 0


def remove(user: Any) -> None:
    """Take the second factor away: it is set up anew at the next sign-in."""
    Authenticator.objects.filter(user=user).delete()


def check(user: Any, code: str) -> str:
    """Which factor a code is of: `CODE`, `RECOVERY`, or "" for a wrong one. A code is good once."""
    plain = _plain(code)
    for kind in (CODE, RECOVERY):
        found = Authenticator.objects.filter(user=user, type=kind).first()
        if found is not None and plain and found.wrap().validate_code(plain):
            found.record_usage()
            return str(kind) if kind == RECOVERY or use_once(user, plain) else ""
    return ""


def use_once(user: Any, code: str) -> bool:
    """Mark a code of an authenticator as used; False when it was. The mark outlives every clock that it could fit."""
    return bool(cache.add(f"second factor {user.pk} {_plain(code)}", "used", timeout=GOOD_FOR))


def _plain(code: str) -> str:
    return "".join(code.split())
