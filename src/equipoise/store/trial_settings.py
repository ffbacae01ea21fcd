"""The settings of a trial's folder: one typed file, `settings.toml`. A simulated trial needs none.

What is secret is not in it: it names files of keys, and variables of the environment that hold passphrases. The
database address may come from the environment, `EQUIPOISE_DATABASE_URL`, which goes before the file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from equipoise.errors import StorageError, TrialErrors

FILE = "settings.toml"
DATABASE_URL = "EQUIPOISE_DATABASE_URL"
TEMPLATE = """# Settings of this trial. What is not written here has the value shown after its #.
purpose = "{purpose}"          # live, or test for training; cannot be changed once the trial has begun

[database]
# url = ""                     # empty: trial.sqlite3 in this folder; or postgresql://user@host:5432/database
                               # the environment variable EQUIPOISE_DATABASE_URL goes before this line

[opener]
# kind = "key-file"            # key-file: this program opens slots; vendor: the maker of the list does
# key = "keys/opening.key"     # key-file only
# passphrase_env = ""          # variable of the environment with the passphrase of that key
# address = ""                 # vendor only: path of a Unix socket, or host:port
# claims = "keys/application.key"

[web]
# https = false                # true behind a proxy that speaks https: secure cookies, HSTS, addresses from the proxy
# hosts = []                   # names under which people reach the pages, as ["trial.hospital.example"]
"""


class Section(BaseModel):
    """A section of the file: no unknown keys, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """Where the record log is."""

    url: str = ""
    """Empty for the file in the folder."""


class OpenerSettings(Section):
    """Who opens slots of the sealed list."""

    kind: Literal["key-file", "vendor"] = "key-file"
    key: str = "keys/opening.key"
    passphrase_env: str = ""
    address: str = ""
    """Path of a Unix socket, or `host:port`."""
    claims: str = "keys/application.key"
    """The application's key for signing claims."""


class WebSettings(Section):
    """How people reach the pages."""

    https: bool = False
    hosts: tuple[str, ...] = ()


class TrialSettings(Section):
    """All settings of a trial's folder."""

    purpose: Literal["live", "test", "simulated"]
    database: DatabaseSettings = DatabaseSettings()
    opener: OpenerSettings = OpenerSettings()
    web: WebSettings = WebSettings()
    format: Annotated[int, Field(ge=1, le=1)] = 1

    def database_place(self, file: Path) -> str | Path:
        """Where the record log is: an address, or the `file` of the folder."""
        return os.environ.get(DATABASE_URL) or self.database.url or file


def read_settings(folder: Path) -> TrialSettings:
    """The settings of a folder; a folder without the file holds a simulated trial.

    Raises:
        StorageError: the file is not TOML.
        TrialErrors: every fault of the file.
    """
    path = folder / FILE
    if not path.exists():
        return TrialSettings(purpose="simulated")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StorageError(
            "this is not a settings file: {reason}",
            where=str(path),
            rule="SETTINGS-FILE",
            remedy="correct the line, or write the file anew",
            reason=error,
        ) from None
    try:
        return TrialSettings.model_validate(content)
    except ValidationError as error:
        raise TrialErrors(
            [
                StorageError(
                    "{key}: {said}",
                    where=str(path),
                    rule="SETTINGS",
                    remedy="correct it; `equipoise begin --help` says where the settings are described",
                    key=".".join(map(str, fault["loc"])),
                    said=fault["msg"].lower(),
                )
                for fault in error.errors()
            ]
        ) from None
