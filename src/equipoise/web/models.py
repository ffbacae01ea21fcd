"""What the accounts keep beside Django's own tables. Roles are not here: they are records of the log."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FirstPassword(models.Model):
    """Marks an account whose password was given by an administrator: it is changed at the next sign-in."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)

    def __str__(self) -> str:
        return str(self.user)
