"""A fault that a person can put right, on a page: a damaged database, a protocol that cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from equipoise.errors import TrialError

SERVICE_UNAVAILABLE = 503
log = logging.getLogger("equipoise.web")


class Faults:
    """Shows a `TrialError` as a page, and tells it on the console; other errors stay errors of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of the fault. The place of the file is told on the console only."""
        if not isinstance(error, TrialError):
            return None
        log.error("%s", error)
        return render(request, "web/fault.html", {"fault": error}, status=SERVICE_UNAVAILABLE)
