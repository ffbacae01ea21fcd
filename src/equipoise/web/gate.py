"""The gate before every page: who signed in, whether the session still holds, who they act as today, whether they may.

A page without a label in `routes.ROUTES` is refused, to everybody. The role comes from the delegation log on every
request: one that ended yesterday opens nothing today.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from equipoise.conduct.delegation import roles_today
from equipoise.conduct.permissions import reaches
from equipoise.conduct.ports import Actor
from equipoise.errors import NotPermitted, TrialError
from equipoise.web import session
from equipoise.web.faults import FORBIDDEN, denied, fault_page
from equipoise.web.journal import record_own
from equipoise.web.routes import ANYONE, LABELS, SIGNED_IN, Route
from equipoise.web.trials import open_here

BEFORE_ANYTHING_ELSE = frozenset({"password", "logout"})
"""Pages that are open while the first password is not changed."""
log = logging.getLogger("equipoise.web")


class Gate:
    """Lets a request through to its page, or answers it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; close the trial that was opened for it."""
        try:
            return self.get_response(request)
        finally:
            trial = getattr(request, "trial", None)
            if trial is not None:
                trial.ledger.close()

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """None to let the request through, else the answer."""
        route = LABELS.get(request.resolver_match.view_name)
        if route is None:
            log.error("the page %s has no label in web/routes.py", request.path)
            return render(request, "web/denied.html", status=FORBIDDEN)
        if route.may == ANYONE:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        try:
            return _stop(request, route)
        except TrialError as error:
            return fault_page(request, error)


def _stop(request: HttpRequest, route: Route) -> HttpResponse | None:
    """Why somebody who signed in does not get this page; None when they do."""
    request.trial = open_here()
    if not session.holds(request):
        record_own(request, "SESSION_ENDED")
        logout(request)
        return _to_sign_in(request)
    if request.session.get(session.MUST_CHANGE) and route.name not in BEFORE_ANYTHING_ELSE:
        return redirect("password")
    request.roles = roles_today(request.trial, request.user.username)
    request.actor = acting(request)
    if route.may == SIGNED_IN:
        return None
    if request.actor is None:
        return redirect("role")
    if request.actor.role not in route.may or not reaches(request.actor.role, route.level):
        return denied(request, _refusal(request.actor))
    return None


def acting(request: HttpRequest) -> Actor | None:
    """Who a person acts as: in the role that they picked, or in their only one."""
    picked = request.session.get(session.ROLE)
    chosen = [actor for actor in request.roles if actor.role == picked]
    if chosen:
        return chosen[0]
    return request.roles[0] if len(request.roles) == 1 else None


def _refusal(actor: Actor) -> NotPermitted:
    return NotPermitted(
        "role {role} may not open this page",
        rule="PERMISSION",
        remedy="take up another of your roles, or ask who gave you this one",
        role=actor.role,
    )


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    going = {"next": request.get_full_path()} if request.method == "GET" and request.path != "/" else {}
    return redirect(reverse("login") + ("?" + urlencode(going) if going else ""))
