"""Settings of the web application for one trial folder, given by `EQUIPOISE_TRIAL`.

Accounts and sessions live in `accounts.sqlite3` beside the trial's database, or, where the log is on PostgreSQL, in
that database. What a trial may set is in its `settings.toml` (`store.trial_settings`), section `web`.
"""

from __future__ import annotations

import os
from pathlib import Path

from equipoise.store.trial_settings import read_settings
from equipoise.web.accounts import accounts_database, secret_key

TRIAL = Path(os.environ.get("EQUIPOISE_TRIAL", "demo"))
OF_TRIAL = read_settings(TRIAL)
SECRET_KEY = secret_key(TRIAL)
DEBUG = False
BEHIND_PROXY = HTTPS = OF_TRIAL.web.https
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *OF_TRIAL.web.hosts]
DATABASES = {"default": accounts_database(TRIAL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}}
"""Shared by all processes: a code of the second factor is good once, whichever of them it meets."""
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "equipoise.web",
]
MIDDLEWARE = [
    "equipoise.web.headers.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "equipoise.web.faults.Faults",
    "equipoise.web.gate.Gate",
    "axes.middleware.AxesMiddleware",
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
                "equipoise.web.context.page",
            ]
        },
    }
]
LOGIN_URL = "login"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
"""Length, not the account's name, not one of Django's list of 20,000 leaked passwords, which ships with it."""
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_COOLOFF_TIME = "equipoise.web.lockout.cool_off"
AXES_LOCKOUT_CALLABLE = "equipoise.web.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "equipoise.web.lockout.address_of"
AXES_USE_ATTEMPT_EXPIRATION = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "code", "csrfmiddlewaretoken"]
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
"""Lock-out goes by account alone: a whole hospital may come from one address."""
ACCOUNT_RATE_LIMITS: dict[str, str] = {}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "equipoise.web.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "equipoise"
MFA_TOTP_TOLERANCE = 1

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        name: {"handlers": ["console"], "level": "ERROR", "propagate": False}
        for name in ("django.request", "equipoise", "axes")
    },
}
"""Faults of ours and of the files are told on the console; pages never show more than that."""
