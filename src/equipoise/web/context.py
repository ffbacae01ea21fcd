"""What every page knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from equipoise.store.folder import TrialFolder


def report(request: HttpRequest) -> dict[str, bool]:
    """Whether the trial has a report to link to."""
    return {"has_report": TrialFolder(settings.TRIAL).report.is_file()}
