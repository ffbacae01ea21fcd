"""Lock-out after failed sign-ins: five failures lock an account for five minutes, and each further five for twice as
long, up to twelve hours within a day. Who knows only a name can lock its owner out for that time, not longer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

FAILURES = 5
FIRST, LONGEST, REMEMBERED = timedelta(minutes=5), timedelta(hours=12), timedelta(days=1)


def address_of(request: HttpRequest) -> str:
    """Address of the person's machine; behind our own proxy (https) the last one in the header, which the proxy saw."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.BEHIND_PROXY and forwarded:
        return str(forwarded.rpartition(",")[2].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


def lock_time(failures: int) -> timedelta:
    """How long an account is locked that failed so many times within a day: twice as long with each five."""
    return min(FIRST * 2 ** max(0, failures // FAILURES - 1), LONGEST)


def cool_off(request: HttpRequest) -> timedelta:
    """How long the lock-out of the account lasts that a request wants to sign in to; asked by axes."""
    from axes.models import AccessFailureLog

    name = getattr(request, "signing_in", "") or request.POST.get("username", "")
    since = timezone.now() - REMEMBERED
    earlier = AccessFailureLog.objects.filter(username=name, attempt_time__gte=since).count()
    return lock_time(earlier + 1)


def locked_out(request: HttpRequest, *rest: Any) -> HttpResponse:
    """The page that says so."""
    minutes = int(cool_off(request).total_seconds() // 60)
    return render(request, "web/locked.html", {"minutes": minutes}, status=429)
