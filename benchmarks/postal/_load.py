"""An open-loop load: every request has a moment at which it is due, and its answer is timed from that moment.

A load that waits for an answer before it asks again goes easy on a server that is slow ("coordinated omission"); this
one does not. It runs in a process of its own: `python -m benchmarks.postal._load <orders> <answers> <lines>`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

CITIZENS = 8
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is due so many seconds after the start; `name` comes back with its answer."""

    due: float
    name: str
    method: str
    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status (0 for none), and when it was due and came, by the clock on the wall."""

    name: str
    status: int
    due: float
    came: float
    come_again: bool

    @property
    def seconds(self) -> float:
        return self.came - self.due


def write_orders(path: Path, url: str, requests: Iterable[Request]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{url}\n")
        file.writelines(json.dumps(asdict(request)) + "\n" for request in requests)


def read_answers(path: Path) -> list[Answer]:
    with path.open(encoding="utf-8") as file:
        return [Answer(**json.loads(line)) for line in file]


class _Line:
    """A connection that is kept and opened again when it was closed."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: Request) -> tuple[int, bool]:
        try:
            return await asyncio.wait_for(self._ask(request), PATIENCE_SECONDS)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, ValueError):
            self._close()
            return 0, False

    async def _ask(self, request: Request) -> tuple[int, bool]:
        reader, writer = self._streams = self._streams or await asyncio.open_connection(*self._where)
        body = request.body.encode()
        head = f"{request.method} {request.path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in answer[1:])}
        await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self._close()
        return int(answer[0].split()[1]), "retry-after" in headers

    def _close(self) -> None:
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None


async def _play(url: str, requests: list[Request], lines_of_carrier: int) -> list[Answer]:
    where = urlsplit(url)
    # Citizens have lines of their own: they do not wait for the carrier to let go of one.
    carrier: asyncio.Queue[Request] = asyncio.Queue()
    citizens: asyncio.Queue[Request] = asyncio.Queue()
    answers: list[Answer] = []
    began = time.time() + 0.5

    async def one_line(waiting: asyncio.Queue[Request]) -> None:
        line = _Line(str(where.hostname), where.port or 80)
        while True:
            request = await waiting.get()
            status, come_again = await line.ask(request)
            answers.append(Answer(request.name, status, began + request.due, time.time(), come_again))
            waiting.task_done()

    queues = [carrier] * lines_of_carrier + [citizens] * CITIZENS
    lines = [asyncio.create_task(one_line(queue)) for queue in queues]
    for request in requests:
        if (pause := began + request.due - time.time()) > 0:
            await asyncio.sleep(pause)
        (citizens if request.method == "GET" else carrier).put_nowait(request)
    await asyncio.gather(carrier.join(), citizens.join())
    for task in lines:
        task.cancel()
    return answers


def main(orders: str, answers: str, lines: str) -> None:
    with Path(orders).open(encoding="utf-8") as file:
        url = file.readline().strip()
        requests = sorted((Request(**json.loads(line)) for line in file), key=lambda request: request.due)
    with Path(answers).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(answer)) + "\n" for answer in asyncio.run(_play(url, requests, int(lines))))


if __name__ == "__main__":
    main(*sys.argv[1:])
