"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from equipoise.store.folder import TrialFolder
from equipoise.web.routes import LABELS, home, may_open


def page(request: HttpRequest) -> dict[str, Any]:
    """Who acts, the pages that they may open, the one they begin with, and whether there is a report."""
    actor = getattr(request, "actor", None)
    names = {name for name, route in LABELS.items() if actor is not None and may_open(route, actor.role)}
    return {
        "actor": actor,
        "may": names,
        "home": home(actor.role) if actor is not None else "account",
        "has_report": "report" in names and TrialFolder(settings.TRIAL).report.is_file(),
        "simulated": TrialFolder(settings.TRIAL).simulated,
    }
