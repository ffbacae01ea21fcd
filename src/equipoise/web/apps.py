"""The Django app of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, templates and the style sheet."""

    name = "equipoise.web"
    label = "web"

    def ready(self) -> None:
        """Hook the access log in."""
        from equipoise.web.journal import connect

        connect()
