"""Pages of whoever has signed in: the role they take up, their account, its password and recovery codes; sign out."""

from __future__ import annotations

from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from equipoise.conduct.delegation import delegations
from equipoise.errors import NotPermitted
from equipoise.web import factors, session
from equipoise.web.confirm import confirm
from equipoise.web.gate import acting
from equipoise.web.journal import record_own
from equipoise.web.models import FirstPassword
from equipoise.web.routes import home

GET_OR_POST = require_http_methods(["GET", "POST"])


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out; the session is gone."""
    record_own(request, "SIGNED_OUT")
    logout(request)
    return redirect("login")


@GET_OR_POST
def role(request: HttpRequest) -> HttpResponse:
    """Take up one of today's roles; with a single one there is nothing to choose."""
    picked = request.POST.get("role", "")
    if request.method == "POST" and picked in {actor.role for actor in request.roles}:
        request.session[session.ROLE] = picked
        request.actor = acting(request)
        record_own(request, "ROLE_PICKED")
        return redirect(home(picked))
    if request.method == "GET" and len(request.roles) == 1:
        return redirect(home(request.roles[0].role))
    return render(request, "web/role.html", {"roles": request.roles})


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """The own account: today's roles, every role ever given, and what can be changed."""
    context = {
        "roles": request.roles,
        "delegations": delegations(request.trial.ledger, request.user.username),
        "codes_left": factors.codes_left(request.user),
    }
    return render(request, "web/account.html", context)


@GET_OR_POST
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; a first password must be changed before anything else."""
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        record_own(request, "PASSWORD_CHANGED")
        form.save()
        FirstPassword.objects.filter(user=request.user).delete()
        request.session.pop(session.MUST_CHANGE, None)
        update_session_auth_hash(request, form.user)
        return redirect("account")
    return render(request, "web/password.html", {"form": form, "first": request.session.get(session.MUST_CHANGE)})


@GET_OR_POST
@sensitive_post_parameters("password")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Recovery codes, shown once when they are made; new ones against the password."""
    fault = ""
    if request.method == "POST":
        try:
            confirm(request, act="recovery codes", account=request.user.username, password=request.POST["password"])
            record_own(request, "RECOVERY_CODES_MADE")
            request.session[session.CODES] = factors.new_recovery_codes(request.user)
            return redirect("recovery_codes")
        except NotPermitted as error:
            fault = error.fault
    codes = request.session.pop(session.CODES, None)
    return render(request, "web/recovery_codes.html", {"codes": codes, "fault": fault})
