"""The installation's own secrets: made once by `tannha init`, kept in files beside the database, never in it."""

import os
import secrets
from pathlib import Path

from delivery.errors import NotNow
from delivery.i18n import gettext as _

SEAL = "seal"
NAMES = ("session", SEAL, "blind")
LENGTH = 32


def make_keys(folder: Path) -> list[str]:
    """Make the keys that are missing, readable by the owner only; existing ones are never touched."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = [name for name in NAMES if not (folder / name).exists()]
    for name in made:
        file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as key:
            key.write(secrets.token_bytes(LENGTH))
    return made


def read_key(folder: Path, name: str) -> bytes:
    """One of the keys.

    Raises NotNow when the keys have not been made yet.
    """
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise NotNow(_("The keys are missing. Run: tannha init")) from error
