"""Settings of the web application for one trial folder, given by `EQUIPOISE_TRIAL`.

Accounts and sessions live in `accounts.sqlite3` beside the trial's database: nothing but records is in the log's file.
"""

from __future__ import annotations

import os
from pathlib import Path

from equipoise.store.settings import database
from equipoise.web.accounts import DATABASE, secret_key

TRIAL = Path(os.environ.get("EQUIPOISE_TRIAL", "demo"))
SECRET_KEY = secret_key(TRIAL)
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DATABASES = {"default": database(TRIAL / DATABASE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "equipoise.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "equipoise.web.headers.ContentSecurityPolicy",
    "equipoise.web.faults.Faults",
]
ROOT_URLCONF = "equipoise.web.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "equipoise.web.context.report",
            ]
        },
    }
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "trial"
LOGOUT_REDIRECT_URL = "login"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
USE_TZ = True
TIME_ZONE = "UTC"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        name: {"handlers": ["console"], "level": "ERROR", "propagate": False}
        for name in ("django.request", "equipoise")
    },
}
"""Faults of ours and of the files are told on the console; pages never show more than that."""
