"""URLs, made of the table of routes."""

from __future__ import annotations

from django.urls import path
from django.utils.module_loading import import_string

from equipoise.web.routes import ROUTES

urlpatterns = [path(route.path, import_string(f"equipoise.web.{route.view}"), name=route.name) for route in ROUTES]
