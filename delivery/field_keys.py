"""The keys of personal fields: a file for each beside the database, `fields-1`, `fields-2` …

All of them open, the newest seals. One that ends in `.coming` opens already and does not seal yet: so it reaches every
machine of the house before anything is sealed with it. A home without any has not begun to seal.
"""

import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.keys import LENGTH

_NAME = re.compile(r"fields-([1-9]\d{0,8})(\.coming)?")
COMING = ".coming"


@dataclass
class FieldKeys:
    """The keys in a folder; what is put into it while the process runs is noticed, and seals from then on.

    A key that was taken out goes on to open in processes that have used it, until they end.
    """

    folder: Path
    _seen: int = field(default=-1, repr=False)
    _newest: str | None = field(default=None, repr=False)
    _files: dict[str, Path] = field(default_factory=dict, repr=False)
    _ciphers: dict[str, AESGCMSIV] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> list[str]:
        """The names of all keys that open, the oldest first."""
        self._look()
        return sorted(self._files, key=int)

    @property
    def newest(self) -> str | None:
        """The name of the key that seals; None where nothing is sealed yet."""
        self._look()
        return self._newest

    @property
    def coming(self) -> str | None:
        """The name of the key that is going to seal, while there is one."""
        return next((name for name in self.names if self._files[name].suffix == COMING), None)

    def cipher(self, name: str) -> AESGCMSIV:
        """What seals and opens with a key.

        Raises NotNow when this machine has no such key.
        """
        if (known := self._ciphers.get(name)) is not None:
            return known
        self._look()
        if name not in self._files:
            # Two changes of a folder within one tick of its clock look like one.
            self._look(again=True)
        if name not in self._files:
            raise NotNow(
                _(
                    "The key fields-{name} is missing in {folder}. Copy it there from the machine or the stick that "
                    "has it"
                ).format(name=name, folder=self.folder)
            )
        self._ciphers[name] = AESGCMSIV(self._files[name].read_bytes())
        return self._ciphers[name]

    def make(self, *, coming: bool = False) -> str:
        """Make the next key, readable by the owner only; its name. One that is on its way is taken first.

        Raises NotNow when one is on its way, and another is to be made.
        """
        if (waiting := self.coming) is not None:
            if coming:
                raise NotNow(_("fields-{name} is on its way already. Run: tannha keys rotate").format(name=waiting))
            self._files[waiting].rename(self._file(waiting))
            self._look(again=True)
            return waiting
        name = str(max(map(int, self.names), default=0) + 1)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._file(name, COMING if coming else "")
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as key:
            key.write(secrets.token_bytes(LENGTH))
            key.flush()
            os.fsync(key.fileno())
        self._look(again=True)
        return name

    def give_away(self, name: str, to: Path) -> Path:
        """Take an old key out of the house: a copy at `to` first, for older backups need it; returns where it is.

        Raises NotFound for a key that is not there, NotNow for the one that seals, BadInput where something of that
        name lies there already.
        """
        if name not in self.names:
            raise NotFound(_("There is no key fields-{name}").format(name=name))
        if name in {self.newest, self.coming}:
            raise NotNow(_("fields-{name} is the key that seals. Run first: tannha keys rotate").format(name=name))
        file, copy = self._files[name], to / self._file(name).name
        try:
            opened = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise BadInput(_("{path} cannot be written: {why}").format(path=copy, why=error.strerror)) from error
        with os.fdopen(opened, "wb") as written:
            written.write(file.read_bytes())
            written.flush()
            os.fsync(written.fileno())
        file.unlink()
        self._look(again=True)
        return copy

    def _file(self, name: str, ending: str = "") -> Path:
        return self.folder / f"fields-{name}{ending}"

    def _look(self, *, again: bool = False) -> None:
        """Read which keys there are, if the folder has changed since, or in any case."""
        try:
            changed = self.folder.stat().st_mtime_ns
        except FileNotFoundError:
            changed = 0
        if changed == self._seen and not again:
            return
        found = [(_NAME.fullmatch(file.name), file) for file in (self.folder.iterdir() if changed else ())]
        self._files = {match[1]: file for match, file in found if match is not None}
        sealing = [name for name, file in self._files.items() if file.suffix != COMING]
        self._newest = max(sealing, key=int, default=None)
        self._seen = changed
