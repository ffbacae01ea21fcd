"""The session of somebody who signed in: begun anew with both factors, bound to one browser, short when idle."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest

from equipoise.web.models import FirstPassword

IDLE, LONGEST, PENDING_FOR = 15 * 60, 12 * 3600, 5 * 60
"""Seconds: without a request, in all, and between password and second factor."""
STAMP_EVERY = 30
"""A request moves the idle clock on only after so many seconds, to spare a write; it counts against the person."""
BEGUN, SEEN, BROWSER, ROLE, MUST_CHANGE, CONFIRMED = "begun", "seen", "browser", "role", "must_change", "confirmed"
PENDING, SECRET, CODES = "pending", "secret", "codes"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def now() -> int:
    """Seconds of the server's clock."""
    return int(time.time())


def begin(request: HttpRequest, user: Any) -> None:
    """Sign somebody in whose two factors were right. The session gets a new key and keeps nothing of before."""
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session.update({BEGUN: now(), SEEN: now(), BROWSER: _browser(request)})
    if FirstPassword.objects.filter(user=user).exists():
        request.session[MUST_CHANGE] = True


def holds(request: HttpRequest) -> bool:
    """Whether the session may go on: same browser, not idle too long, not too old."""
    held, at = request.session, now()
    if held.get(BROWSER) != _browser(request) or at - held.get(BEGUN, 0) > LONGEST:
        return False
    if at - held.get(SEEN, 0) > IDLE - STAMP_EVERY:
        return False
    if at - held[SEEN] >= STAMP_EVERY:
        held[SEEN] = at
    return True


def _browser(request: HttpRequest) -> str:
    return hashlib.sha256(request.META.get("HTTP_USER_AGENT", "").encode()).hexdigest()
