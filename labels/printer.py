"""A label printer on the network: sheets go out one at a time, and each is asked after until it has come out.

The printer is asked with ~HS (Zebra's host status), which it answers at once and after all bytes that came before: an
answer proves that the sheet has arrived, and an empty buffer without a fault that it has come out.
"""

import os
import re
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from labels.errors import PrinterAway, PrinterStopped

PORT = 9100
ASK = b"~HS"
FORGET = b"~JA"
ANSWER = re.compile(rb"\x02([^\x02\x03]*)\x03")
LONGEST_ANSWER = 4096


class Fault(StrEnum):
    """Why a printer does not print; a person must go there."""

    PAPER_OUT = "paper_out"
    PAUSED = "paused"
    HEAD_OPEN = "head_open"
    RIBBON_OUT = "ribbon_out"
    TOO_HOT = "too_hot"
    MEMORY_LOST = "memory_lost"


class Stage(StrEnum):
    """How far a sheet has come.

    Between `sending` and `received` nobody knows whether the printer has it; `doubtful` when the line broke after that;
    `again` when a person wants it once more.
    """

    AGAIN = "again"
    SENDING = "sending"
    RECEIVED = "received"
    DOUBTFUL = "doubtful"
    SPOILED = "spoiled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Status:
    """What a printer says of itself: what keeps it from printing, and how many sheets it still holds."""

    faults: tuple[Fault, ...] = ()
    held: int = 0

    @property
    def idle(self) -> bool:
        return self.held == 0


class Printer(Protocol):
    """Where sheets go."""

    def send(self, sheet: bytes) -> None:
        """Hand over one sheet whole."""

    def status(self) -> Status:
        """How the printer is."""

    def forget(self) -> None:
        """Let it drop what it still holds."""


def read_status(answer: bytes) -> Status:
    """The meaning of an answer to ~HS.

    Raises PrinterAway for anything that is not such an answer.
    """
    lines = [found.group(1).split(b",") for found in ANSWER.finditer(answer)]
    try:
        first, second = lines[0], lines[1]
        flags = {
            Fault.PAPER_OUT: first[1],
            Fault.PAUSED: first[2],
            Fault.HEAD_OPEN: second[2],
            Fault.RIBBON_OUT: second[3],
            Fault.TOO_HOT: first[11],
            Fault.MEMORY_LOST: first[9],
        }
        held = abs(int(first[4])) + abs(int(first[7])) + abs(int(second[8]))
        return Status(tuple(fault for fault, flag in flags.items() if int(flag)), held)
    except (IndexError, ValueError) as error:
        raise PrinterAway("what answers there does not speak ZPL (~HS)") from error


class NetworkPrinter:
    """A printer that listens on a TCP port; trouble ends the line, so that no late answer is taken for a new one."""

    def __init__(self, host: str, port: int = PORT, patience: float = 10.0) -> None:
        self.patience = patience
        try:
            self._line = socket.create_connection((host, port), timeout=patience)
        except OSError as error:
            raise PrinterAway(f"no printer answers at {host}:{port}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()

    def send(self, sheet: bytes) -> None:
        try:
            self._line.sendall(sheet)
        except OSError as error:
            raise PrinterAway("the line to the printer broke") from error

    def status(self) -> Status:
        answer, until = b"", time.monotonic() + self.patience
        try:
            self._line.sendall(ASK)
            while len(ANSWER.findall(answer)) < 3:
                self._line.settimeout(max(0.01, until - time.monotonic()))
                more = self._line.recv(1024)
                answer += more
                if not more or len(answer) > LONGEST_ANSWER or time.monotonic() > until:
                    break
            self._line.settimeout(self.patience)
        except TimeoutError as error:
            raise PrinterAway("the printer does not say how it is (~HS)") from error
        except OSError as error:
            raise PrinterAway("the line to the printer broke") from error
        return read_status(answer)

    def forget(self) -> None:
        self.send(FORGET)


class FilePrinter:
    """A file, or a device such as /dev/usb/lp0, that takes every sheet and says nothing."""

    def __init__(self, path: Path) -> None:
        try:
            # Owner only: the sheets name people.
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise PrinterAway(f"{path} cannot be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def send(self, sheet: bytes) -> None:
        rest = memoryview(sheet)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            with suppress(OSError):  # a device has nothing to sync
                os.fsync(self._file)
        except OSError as error:
            raise PrinterAway(f"the sheet could not be written: {error.strerror}") from error

    def status(self) -> Status:
        return Status()

    def forget(self) -> None:
        return None


def print_sheets(
    printer: Printer, sheets: Iterable[tuple[int, bytes]], note: Callable[[int, Stage], None], patience: float = 30.0
) -> None:
    """Print numbered sheets in their order, each after the one before has come out; `note` is told every step first.

    Raises PrinterStopped when a person must go there, PrinterAway when the line broke or nothing moves for `patience`
    seconds. What was noted last says how far it came.
    """
    for number, sheet in sheets:
        _be_ready(printer, patience)
        note(number, Stage.SENDING)
        printer.send(sheet)
        status = printer.status()
        note(number, Stage.RECEIVED)
        try:
            _wait_until_idle(printer, status, patience)
        except PrinterAway:
            note(number, Stage.DOUBTFUL)
            raise
        except PrinterStopped:
            note(number, Stage.SPOILED)
            with suppress(PrinterAway):
                printer.forget()
            raise
        note(number, Stage.DONE)


def _be_ready(printer: Printer, patience: float) -> None:
    """Nothing of others in the printer and no fault, before anything is sent."""
    _wait_until_idle(printer, printer.status(), patience)


def _wait_until_idle(printer: Printer, status: Status, patience: float) -> None:
    held, since, pause = status.held, time.monotonic(), 0.02
    while True:
        if status.faults:
            raise PrinterStopped(status.faults)
        if status.idle:
            return
        if status.held != held:
            held, since = status.held, time.monotonic()
        elif time.monotonic() - since > patience:
            raise PrinterAway("the printer holds a sheet but does not print it")
        time.sleep(pause)
        pause = min(0.25, pause * 1.5)
        status = printer.status()
