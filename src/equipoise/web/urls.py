"""Routes."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from equipoise.web import views

urlpatterns = [
    path("login/", LoginView.as_view(template_name="web/login.html", redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", views.trial, name="trial"),
    path("report/", views.report, name="report"),
    path("subjects/", views.subjects, name="subjects"),
    path("subjects/<str:subject>/", views.subject, name="subject"),
    path("subjects/<str:subject>/<str:form>/<int:repeat>/", views.history, name="history"),
    path("subjects/<str:subject>/<str:form>/<int:repeat>/<str:visit>/", views.history, name="history_at_visit"),
]
