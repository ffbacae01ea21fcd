"""Sign in: account and password, then the second factor, set up the first time. Nothing is open before both."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from equipoise.web import factors, session
from equipoise.web.journal import record_event
from equipoise.web.lockout import locked_out

GET_OR_POST = require_http_methods(["GET", "POST"])


class SignInForm(AuthenticationForm):
    """Account and password; names of accounts have no capital letters, however they are typed."""

    def clean_username(self) -> str:
        """The name as accounts are called."""
        self.request.signing_in = self.cleaned_data["username"].strip().lower()
        return str(self.request.signing_in)


@GET_OR_POST
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Account and password. Right or wrong, nobody is signed in yet."""
    if request.user.is_authenticated:
        return redirect("trial")
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        request.session.flush()
        request.session[session.PENDING] = {"user": user.pk, "at": session.now(), "next": request.POST.get("next", "")}
        return redirect("second_factor" if factors.is_set_up(user) else "set_up")
    following = request.POST.get("next", request.GET.get("next", ""))
    return render(request, "web/login.html", {"form": form, "next": following})


@GET_OR_POST
@sensitive_post_parameters("code")
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator, or a recovery code."""
    user = _pending(request)
    if user is None:
        return redirect("login")
    if not factors.is_set_up(user):
        return redirect("set_up")
    wrong = False
    if request.method == "POST":
        if not _allowed(request, user):
            return locked_out(request)
        kind = factors.check(user, request.POST.get("code", ""))
        if kind:
            return _finish(request, user, ("RECOVERY_CODE_USED",) if kind == factors.RECOVERY else ())
        _failed(request, user)
        wrong = True
    return render(request, "web/second_factor.html", {"wrong": wrong})


@GET_OR_POST
@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """Set up the authenticator: a secret as picture and text, proved by a code. Then recovery codes, shown once."""
    user = _pending(request)
    if user is None:
        return redirect("login")
    if factors.is_set_up(user):
        return redirect("second_factor")
    secret = request.session.setdefault(session.SECRET, factors.new_secret())
    wrong = False
    if request.method == "POST":
        if not _allowed(request, user):
            return locked_out(request)
        if factors.fits(secret, request.POST.get("code", "")):
            codes = factors.set_up(user, secret)
            factors.use_once(user, request.POST["code"])
            _finish(request, user, ("SECOND_FACTOR_SET",))
            request.session[session.CODES] = codes
            return redirect("recovery_codes")
        _failed(request, user)
        wrong = True
    groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    context = {"wrong": wrong, "secret": groups, "picture": factors.picture(user, secret)}
    return render(request, "web/set_up.html", context)


def _pending(request: HttpRequest) -> Any:
    """The account whose password was right a short while ago."""
    pending = request.session.get(session.PENDING)
    if not pending or session.now() - pending["at"] > session.PENDING_FOR:
        return None
    return get_user_model().objects.filter(pk=pending["user"], is_active=True).first()


def _finish(request: HttpRequest, user: Any, events: tuple[str, ...]) -> HttpResponse:
    """Sign in for good; what cannot be written to the access log does not happen."""
    following = request.session[session.PENDING]["next"]
    for event in (*events, "SIGNED_IN"):
        record_event(request, user.username, event)
    session.begin(request, user)
    inside = url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure())
    return redirect(following if inside else "role")


def _allowed(request: HttpRequest, user: Any) -> bool:
    """Whether the account is not locked out. Failures of both factors count together."""
    request.signing_in = user.username
    return bool(AxesProxyHandler.is_allowed(request, {"username": user.username}))


def _failed(request: HttpRequest, user: Any) -> None:
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
