"""Pages of those who let people in: the administrator's accounts, and the delegation log of a site or of all."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from equipoise.conduct.delegation import (
    accounts_with_roles,
    complete_training,
    delegate,
    delegations,
    end_delegation,
    may_change,
)
from equipoise.conduct.permissions import CENTRAL, ROLES, can, can_see
from equipoise.conduct.ports import Actor
from equipoise.errors import NotPermitted, TrialError, TrialErrors
from equipoise.web import keeping

GET_OR_POST = require_http_methods(["GET", "POST"])
BAD_ENTRY = 422


@GET_OR_POST
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts; the administrator makes new ones. A first password is shown once, on the page that follows."""
    faults: list[TrialError] = []
    if request.method == "POST":
        try:
            name = request.POST.get("name", "").strip()
            password = keeping.make_account(request.trial, by=request.actor, name=name)
            return render(request, "web/first_password.html", {"name": name, "password": password})
        except TrialError as error:
            faults = _faults(error)
    context = {
        "lines": keeping.account_lines(request.trial),
        "faults": faults,
        "keeps": can(request.actor, "keep accounts"),
    }
    return render(request, "web/accounts.html", context, status=BAD_ENTRY if faults else 200)


@require_POST
def keep(request: HttpRequest, name: str) -> HttpResponse:
    """Deactivate an account, or give it a new first password (and let the second factor be set up anew)."""
    wanted = request.POST.get("do", "")
    if wanted == "deactivate":
        keeping.deactivate(request.trial, by=request.actor, name=name)
        return redirect("accounts")
    both = wanted == "reset both"
    password = keeping.reset(request.trial, by=request.actor, name=name, second_factor=both)
    return render(request, "web/first_password.html", {"name": name, "password": password})


@GET_OR_POST
def delegation(request: HttpRequest) -> HttpResponse:
    """Who was given which role, where, from when to when; the investigator sees and gives those of the own site."""
    faults: list[TrialError] = []
    entered = {
        name: request.POST.get(name, "").strip() for name in ("account", "role", "site", "start", "until", "trained")
    }
    if request.method == "POST":
        try:
            delegate(request.trial, by=request.actor, **entered)
            return redirect("delegation")
        except TrialError as error:
            faults = _faults(error)
    given = [
        (one, may_change(request.trial, request.actor, one))
        for name in accounts_with_roles(request.trial)
        for one in delegations(request.trial.ledger, name)
        if _concerns(request.actor, one.site)
    ]
    sites = [site for site in request.trial.protocols.latest.site if can_see(request.actor, site)]
    context = {
        "lines": given,
        "faults": faults,
        "entered": entered,
        "gives": can(request.actor, "delegate at a site", next(iter(sites), "")),
        "roles": [role for role in ROLES if request.actor.role in CENTRAL or role not in CENTRAL],
        "sites": sites,
    }
    return render(request, "web/delegation.html", context, status=BAD_ENTRY if faults else 200)


@require_POST
def change(request: HttpRequest, account: str, number: int) -> HttpResponse:
    """End a delegation, with the reason, or record that its training was completed."""
    asked = request.POST
    if asked.get("do") == "trained":
        on = asked.get("on", "").strip()
        complete_training(request.trial, by=request.actor, account=account, number=number, on=on)
    else:
        reason = asked.get("reason", "")
        end_delegation(request.trial, by=request.actor, account=account, number=number, reason=reason)
    return redirect("delegation")


def _concerns(by: Actor, site: str) -> bool:
    """Site staff see the roles of their own site."""
    return by.role in CENTRAL or (bool(site) and can_see(by, site))


def _faults(error: TrialError) -> list[TrialError]:
    """What to show beside the form; a refusal of permission has its own page and goes to the access log."""
    if isinstance(error, NotPermitted):
        raise error
    return list(error.faults) if isinstance(error, TrialErrors) else [error]
