"""Accounts of a trial folder: made by the demo, kept beside the trial's database."""

from __future__ import annotations

import os
from pathlib import Path


def start_django(folder: Path) -> None:
    """Set Django up for the pages of a trial folder.

    Args:
        folder: the folder that `equipoise demo` wrote.
    """
    os.environ["EQUIPOISE_TRIAL"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "equipoise.web.settings"
    import django

    django.setup()


def make_account(folder: Path, name: str, password: str) -> None:
    """Make an account that may look at the trial; one of that name gets the new password."""
    start_django(folder)
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    user, _ = get_user_model().objects.get_or_create(username=name)
    user.set_password(password)
    user.save()
