"""Ask again before an act that binds: signing, randomizing (21 CFR 11.200).

The first such act of a session needs both components, account and password; a later one in the same session at least
the password. A new session, or one that ended by itself, begins anew, as its mark is gone with it.
"""

from __future__ import annotations

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from equipoise.errors import NotPermitted
from equipoise.web import session
from equipoise.web.journal import record_own


def needs_account(request: HttpRequest) -> bool:
    """Whether the next act of this session asks for the account's name too."""
    return not request.session.get(session.CONFIRMED)


def confirm(request: HttpRequest, *, act: str, password: str, account: str = "") -> None:
    """Let an act pass whose author has just shown who they are.

    Args:
        act: what they are about to do, for the access log ("sign", "randomize").
        account: name as typed; it may be left out after the first act of the session.

    Raises:
        NotPermitted: a component is missing or wrong, or the account is locked out. Failures count as failed sign-ins.
    """
    own = request.user.username
    request.signing_in, request.failure_event = own, "CONFIRM_FAILED"
    typed = account.strip().lower() or ("" if needs_account(request) else own)
    if not AxesProxyHandler.is_allowed(request, {"username": own}):
        raise _refusal("the account is locked out after failed attempts", "wait, or ask the administrator")
    if typed != own:
        user_login_failed.send(sender=__name__, credentials={"username": own}, request=request)
    if typed != own or authenticate(request, username=own, password=password) is None:
        raise _refusal("account and password do not match", "type them again; both are needed the first time")
    request.session[session.CONFIRMED] = session.now()
    record_own(request, "CONFIRMED", AC_ACT=act)


def _refusal(fault: str, remedy: str) -> NotPermitted:
    return NotPermitted(fault, rule="CONFIRM", remedy=remedy)
