"""A label printer on a real TCP port: it speaks ~HS, keeps what it printed, and jams, dawdles or vanishes when told."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

STREAM = re.compile(rb"~HS|~JA|\^XA.*?\^XZ", re.DOTALL)


@dataclass
class Behaviour:
    """What goes wrong, and at which sheet that comes in (counted from 1 over the printer's whole life)."""

    jam_at: int = 0
    vanish_at: int = 0
    mute_at: int = 0
    hold_at: int = 0
    garbage: bytes = b""
    seconds_a_sheet: float = 0.0
    dribble: bool = False


@dataclass
class PrinterServer:
    """`printed` is what came out whole; `faults` may be set as if somebody opened the lid."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    printed: list[bytes] = field(default_factory=list)
    came_in: int = 0
    faults: set[str] = field(default_factory=set)
    held: list[tuple[float, bytes]] = field(default_factory=list)
    port: int = 0
    line: socket.socket | None = None

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _address = listener.accept()
            except OSError:
                return
            with line, suppress(OSError):
                self.line = line
                self._talk(line)

    def repair(self) -> None:
        """Paper back in, lid closed, nothing goes wrong from here on."""
        self.behaviour = Behaviour()
        self.faults.clear()
        self.held.clear()

    def _talk(self, line: socket.socket) -> None:
        buffer = b""
        while more := line.recv(1 << 16):
            buffer += more
            while found := STREAM.search(buffer):
                buffer = buffer[found.end() :]
                if not self._obey(line, found.group()):
                    return

    def _obey(self, line: socket.socket, command: bytes) -> bool:
        if command == b"~JA":
            self.held.clear()
            return True
        if command == b"~HS":
            return self._answer(line)
        self.came_in += 1
        if self.came_in == self.behaviour.vanish_at:
            return False
        if self.came_in == self.behaviour.jam_at:
            self.faults.add("paper_out")
            self.held.append((float("inf"), command))
            return True
        until = float("inf") if self.came_in == self.behaviour.hold_at else time.monotonic()
        self.held.append((until + self.behaviour.seconds_a_sheet, command))
        return True

    def _answer(self, line: socket.socket) -> bool:
        if self.behaviour.mute_at and self.came_in >= self.behaviour.mute_at:
            return True
        now = time.monotonic()
        self.printed += [sheet for until, sheet in self.held if until <= now]
        self.held = [(until, sheet) for until, sheet in self.held if until > now]
        answer = self.behaviour.garbage or self.status()
        for part in [answer[i : i + 1] for i in range(len(answer))] if self.behaviour.dribble else [answer]:
            line.sendall(part)
        return True

    def status(self) -> bytes:
        """The three lines of ~HS, as a ZPL printer sends them."""
        paper, pause, head = (int(name in self.faults) for name in ("paper_out", "paused", "head_open"))
        held = len(self.held)
        return (
            f"\x02030,{paper},{pause},1199,{held:03d},0,0,0,000,0,0,0\x03\r\n"
            f"\x02001,0,{head},0,1,2,4,0,{0:08d},1,000\x03\r\n"
            "\x021234,0\x03\r\n"
        ).encode()


@contextmanager
def running_printer(**goes_wrong: object) -> Iterator[PrinterServer]:
    """A printer that is on; it can be reached at 127.0.0.1 and its `port`."""
    server = PrinterServer(Behaviour(**goes_wrong))  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        yield server
        # A listener that is only closed leaves its thread waiting.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        if server.line is not None:
            with suppress(OSError):
                server.line.shutdown(socket.SHUT_RDWR)
        thread.join(5)
