"""The ward's label printers: where each stands, its resolution, and how far its paper lies off; one file a printer."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from labels.errors import PrinterAway, PrinterStopped
from labels.printer import PORT, Fault, FilePrinter, NetworkPrinter
from labels.zpl import RESOLUTIONS, Raster

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:(?P<port>[0-9]{1,5}))?")
FURTHEST_MM = 20.0

FAULTS: dict[str, str] = {
    Fault.PAPER_OUT: marked("no paper"),
    Fault.PAUSED: marked("paused"),
    Fault.HEAD_OPEN: marked("head open"),
    Fault.RIBBON_OUT: marked("no ribbon"),
    Fault.TOO_HOT: marked("too hot"),
    Fault.MEMORY_LOST: marked("memory lost"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A printer as the ward knows it: `address` is host:port, or `path` a file or device; offsets in mm."""

    name: str
    address: str = ""
    path: str = ""
    dpi: int = 203
    right: float = 0.0
    down: float = 0.0

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise BadInput(_("A printer's name is of small letters, digits and hyphens, such as counter-1"))
        if bool(self.address) == bool(self.path):
            raise BadInput(_("A printer has an address on the network, or a file: one of them"))
        if self.address:
            self.place()
        if self.dpi not in RESOLUTIONS:
            raise BadInput(_("A label printer has 203 or 300 dots per inch"))
        if not (abs(self.right) <= FURTHEST_MM and abs(self.down) <= FURTHEST_MM):
            raise BadInput(_("Paper lies off by {most} mm at most").format(most=int(FURTHEST_MM)))

    @property
    def raster(self) -> Raster:
        return Raster(300 if self.dpi == 300 else 203, self.right, self.down)

    def place(self) -> tuple[str, int]:
        """Host and port."""
        found = ADDRESS.fullmatch(self.address)
        port = int(found["port"] or PORT) if found else 0
        if found is None or not 0 < port < 65536:
            raise BadInput(_("{address} is not an address such as 192.168.1.50:9100").format(address=self.address))
        return found["host"].strip("[]"), port


def save_printer(home: Path, profile: Profile) -> None:
    """Write a printer's file, whole or not at all."""
    folder = home / "printers"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{profile.name}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(asdict(profile), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / f"{profile.name}.json")


def printers(home: Path) -> list[Profile]:
    """All printers, by name."""
    return [_read(path) for path in sorted((home / "printers").glob("[a-z0-9]*.json"))]


def find_printer(home: Path, name: str | None) -> Profile:
    """The printer of that name; without a name, the only one there is.

    Raises NotFound, and BadInput where a name is needed.
    """
    known = printers(home)
    if name is None and len(known) == 1:
        return known[0]
    if name is None and known:
        raise BadInput(_("Say which printer: {names}").format(names=", ".join(found.name for found in known)))
    found = next((profile for profile in known if profile.name == name), None)
    if found is None:
        raise NotFound(_("There is no such printer. Enter one: tannha printer add NAME --address HOST"))
    return found


def remove_printer(home: Path, name: str) -> None:
    """Forget a printer. Raises NotFound."""
    (home / "printers" / f"{find_printer(home, name).name}.json").unlink()


@contextmanager
def connected(profile: Profile) -> Iterator[NetworkPrinter | FilePrinter]:
    """The line to a printer; what goes wrong on it is told in the reader's language.

    Raises NotNow.
    """
    try:
        with FilePrinter(Path(profile.path)) if profile.path else NetworkPrinter(*profile.place()) as printer:
            yield printer
    except PrinterStopped as stopped:
        raise NotNow(
            _("Printer {name} does not print: {faults}").format(name=profile.name, faults=say_faults(stopped.faults))
        ) from stopped
    except PrinterAway as away:
        raise NotNow(_("Printer {name} cannot be reached: {why}").format(name=profile.name, why=away)) from away


def say_faults(faults: tuple[str, ...]) -> str:
    """Faults in the reader's words."""
    return ", ".join(_(FAULTS[fault]) for fault in faults)


def _read(path: Path) -> Profile:
    try:
        return Profile(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(_("{path} is damaged; enter the printer again").format(path=path)) from error
