"""Print runs that survive a jam, a crash and a cut line: a folder a run, with the labels and a journal of each sheet.

The journal gets a line before every step, on the disk before the step is taken. So whatever happens, it says of each
sheet that it came out, that it was never sent, or that a person must look.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from delivery.dispatch.printers import Profile, connected
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from labels.printer import FilePrinter, NetworkPrinter, Stage, print_sheets
from labels.zpl import pages_in, sheets_of

# Runs hold names and addresses: they are kept as long as somebody may still find a spoiled label, and no longer.
KEPT = timedelta(days=7)
Told = Callable[[int], None]
# Whether such a sheet came out, a person must see.
IN_DOUBT = frozenset({Stage.SENDING, Stage.RECEIVED, Stage.DOUBTFUL, Stage.SPOILED})


@dataclass(frozen=True, slots=True)
class Run:
    """`count` labels of a batch for one printer, in a folder of their own."""

    folder: Path
    batch: str
    printer: str
    count: int
    made: datetime

    @property
    def code(self) -> str:
        return self.folder.name

    def stages(self) -> dict[int, Stage]:
        """How far each sheet has come, for those that were begun."""
        found: dict[int, Stage] = {}
        for line in _whole_lines(self.folder / "journal"):
            number, _blank, stage = line.partition(" ")
            found[int(number)] = Stage(stage)
        return found

    @property
    def done(self) -> int:
        return sum(stage is Stage.DONE for stage in self.stages().values())

    def next_sheet(self) -> int:
        """The first sheet that has not come out, as far as is known; `count + 1` when all have."""
        stages = self.stages()
        return next((n for n in range(1, self.count + 1) if stages.get(n) is not Stage.DONE), self.count + 1)


def begin_run(home: Path, batch: str, printer: Profile, pdf: bytes, at: datetime) -> Run:
    """Put the labels of a run on the disk, with nothing printed yet; runs that are too old go."""
    runs = home / "print-runs"
    runs.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old(home, at)
    count, number = pages_in(pdf), 1
    while True:
        folder = runs / f"{batch}-{number}"
        try:
            folder.mkdir(mode=0o700)
            break
        except FileExistsError:
            number += 1
    _write(folder / "labels.pdf", pdf)
    _write(folder / "journal", b"")
    facts = {"batch": batch, "printer": printer.name, "count": count, "made": at.isoformat()}
    # Last: a folder without it is a run that never began.
    _write(folder / "run.json", json.dumps(facts, indent=2).encode())
    _sync(folder)
    _sync(runs)
    return Run(folder, batch, printer.name, count, at)


def print_runs(home: Path) -> list[Run]:
    """All runs that are kept, the newest first."""
    found = [_read(path.parent) for path in (home / "print-runs").glob("*/run.json")]
    return sorted(found, key=lambda run: (run.made, run.code), reverse=True)


def find_run(home: Path, code: str) -> Run:
    """The run of that code. Raises NotFound."""
    found = next((run for run in print_runs(home) if run.code == code), None)
    if found is None:
        raise NotFound(_("There is no print run {code}. See: tannha printer runs").format(code=code))
    return found


def print_run(run: Run, profile: Profile, start: int | None, told: Told) -> int:
    """Print what is left of a run, or from sheet `start` on; returns how many sheets were printed.

    Raises NotNow when the printer stops or a person must first look, and BadInput for a start that would leave a sheet
    out. Nothing is printed twice unless `start` says so.
    """
    with _alone(run, profile), _journal(run) as note, connected(profile) as printer:
        begin = start if start is not None else _where_it_stopped(run, printer, note)
        _check_start(run, begin)
        for passed in range(run.next_sheet(), begin):
            note(passed, Stage.DONE)  # the person who named a later sheet has seen it
        feet = tuple(f"{run.code}  {number}/{run.count}" for number in range(1, run.count + 1))
        sheets = sheets_of((run.folder / "labels.pdf").read_bytes(), profile.raster, feet, start=begin - 1)

        def noted(number: int, stage: Stage) -> None:
            note(number, stage)
            if stage is Stage.DONE:
                told(number)

        for later in range(begin, run.next_sheet()):
            note(later, Stage.AGAIN)  # what comes after the start is printed again, even if this breaks off
        print_sheets(printer, enumerate(sheets, start=begin), noted)
    return run.count - begin + 1


def _where_it_stopped(run: Run, printer: NetworkPrinter | FilePrinter, note: Callable[[int, Stage], None]) -> int:
    """The first sheet to print, where that is certain; a sheet that the printer has had and no longer holds is out."""
    sheet = run.next_sheet()
    stage = run.stages().get(sheet)
    if stage is Stage.RECEIVED:
        status = printer.status()
        if status.idle and not status.faults:
            note(sheet, Stage.DONE)
            return sheet + 1
    if stage in IN_DOUBT:
        raise NotNow(
            _(
                "Look whether sheet {sheet} came out whole. If not: tannha printer resume {run} --from {sheet}; "
                "if it did: --from {following}"
            ).format(sheet=sheet, run=run.code, following=sheet + 1)
        )
    return sheet


def _check_start(run: Run, begin: int) -> None:
    following = run.next_sheet()
    if not 1 <= begin <= min(following + (run.stages().get(following) in IN_DOUBT), run.count + 1):
        raise BadInput(
            _("From sheet {begin}, sheets would be left out; the next one is {next}").format(
                begin=begin, next=following
            )
        )


@contextmanager
def _journal(run: Run) -> Iterator[Callable[[int, Stage], None]]:
    """Write lines that are on the disk before the next step."""
    path = run.folder / "journal"
    torn = path.read_bytes()[-1:] not in {b"", b"\n"}
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        if torn:  # the power went in the middle of a line: it never counted
            os.write(file, b"\n")

        def note(number: int, stage: Stage) -> None:
            os.write(file, f"{number} {stage}\n".encode())
            os.fsync(file)

        yield note
    finally:
        os.close(file)


def _whole_lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="ascii").splitlines(keepends=True):
        number, _blank, stage = line.rstrip("\n").partition(" ")
        if line.endswith("\n") and number.isdigit() and stage in set(Stage):
            yield line.rstrip("\n")


@contextmanager
def _alone(run: Run, profile: Profile) -> Iterator[None]:
    """Nobody else prints this run or on this printer meanwhile; a process that dies lets go by itself."""
    home = run.folder.parent.parent
    (home / "printers").mkdir(parents=True, exist_ok=True)
    paths = (run.folder / "lock", home / "printers" / f".{profile.name}.lock")
    files = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in paths]
    try:
        _lock(files, profile)
        yield
    finally:
        for file in files:
            os.close(file)


def _lock(files: list[int], profile: Profile) -> None:
    try:
        for file in files:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise NotNow(_("Somebody else is printing on {printer} just now").format(printer=profile.name)) from error


def _read(folder: Path) -> Run:
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    made = datetime.fromisoformat(facts["made"])
    return Run(folder, facts["batch"], facts["printer"], facts["count"], made)


def _forget_old(home: Path, at: datetime) -> None:
    for run in print_runs(home):
        if at - run.made > KEPT:
            shutil.rmtree(run.folder)


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as whole:
        whole.write(content)
        whole.flush()
        os.fsync(whole.fileno())


def _sync(folder: Path) -> None:
    """Make new names in a folder last."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
