"""A fault that a person can put right, on a page: a damaged database, a protocol that cannot be read, a refusal."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from equipoise.errors import LedgerError, NotPermitted, StorageError, TrialError
from equipoise.web.journal import record_own

FORBIDDEN, CONFLICT, SERVICE_UNAVAILABLE = 403, 409, 503
log = logging.getLogger("equipoise.web")


class Faults:
    """Shows a `TrialError` as a page, and tells it on the console; other errors stay errors of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of the fault."""
        return fault_page(request, error) if isinstance(error, TrialError) else None


def fault_page(request: HttpRequest, error: TrialError) -> HttpResponse:
    """The page of a fault. A refusal goes to the access log; the place of a file is told on the console only."""
    if isinstance(error, NotPermitted):
        return denied(request, error)
    status = SERVICE_UNAVAILABLE if isinstance(error, StorageError | LedgerError) else CONFLICT
    if status == SERVICE_UNAVAILABLE:
        log.error("%s", error)
    return render(request, "web/fault.html", {"fault": error}, status=status)


def denied(request: HttpRequest, error: NotPermitted) -> HttpResponse:
    """The page of a refusal, which goes to the access log with the name of the page."""
    match = request.resolver_match
    route = match.view_name if match is not None else ""
    record_own(request, "DENIED", AC_ROUTE=route, AC_RULE=error.rule)
    return render(request, "web/denied.html", {"fault": error}, status=FORBIDDEN)
