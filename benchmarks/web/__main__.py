"""`make bench-web`: the pages of a district in which tens of thousands of envelopes have been sent.

Each page is asked for as a browser asks, log-in, policy and template included, over no network. Asked are a clerk, who
sees one ward, and a supervisor, who sees all; the figures are milliseconds on the server.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table
from werkzeug.test import TestResponse

from benchmarks.postal._country.land import make_country, write_furniture
from benchmarks.web import mixed
from benchmarks.web.archive import fill
from benchmarks.web.board import SEARCHES, planned_batch, questions
from benchmarks.web.starting import cold_starts
from delivery.database import Database
from delivery.intake.trays import Tray
from delivery.models import Office, Role
from delivery.setting_up import SEED, set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.web.conftest import PASSWORD, Browser
from web.app import create_app
from web.people import add_staff
from web.processes import free_port
from web.serving import spare_the_collector

PEOPLE = (("clerk", Role.CLERK), ("supervisor", Role.SUPERVISOR))
OTHERS = {
    "delivered, narrowed to what there is none of": "/ket-qua?ngan=da-phat&thu_tuc=2.000815",
    "cases": "/vu-viec", "cases that are overdue": "/vu-viec?ngan=qua-han", "figures": "/so-lieu",
    "figures of a year": "/so-lieu?tu=2025-12-01", "public figures": "/cong-khai", "closing the day": "/ket-so",
    "dispatch": "/dieu-phoi", "messages": "/tin-nhan", "an envelope": "/phong-bi/1000", "a result": "/ket-qua/1000",
    "settings": "/thiet-lap", "returned, second page": "/ket-qua?ngan=tra-ve&trang=2",
}  # fmt: skip
# The book of who did what is for auditors alone.
READER = ("kiemtoan", Role.AUDITOR)
JOURNAL = {"journal": "/nhat-ky", "journal, page 40": "/nhat-ky?trang=40"}
GOAL_MS, COLD_START_SECONDS, STARTS = 200, 3.0, 5
FAR = 40
Ask = Callable[[FlaskClient], TestResponse]


def main() -> int:
    if sys.argv[1:2] == ["mixed"]:
        return mixed.main(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, epilog="`mixed` before the options: everybody at once")
    parser.add_argument(
        "--wards", type=int, default=0, help="so many made-up wards; the four of Long Biên unless given"
    )
    parser.add_argument("--results", type=int, default=50_000, help="results in the books, 97 in 100 of them delivered")
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--database", default="", help="an empty database; SQLite in a temporary folder unless given")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database_url=chosen.database, carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
        service = Service(settings, Database.connect(settings.database))
        wards = make_country(chosen.wards, 1000, 1) if chosen.wards else None
        set_up(service, write_furniture(wards, Path(folder) / "furniture") if wards else SEED)
        began = time.perf_counter()
        fill(service.database, chosen.results, key=service.seal)
        Console().print(
            f"{chosen.results} results in {time.perf_counter() - began:.0f} s, {settings.database.split(':')[0]}"
        )
        slow = _measure(service, chosen.times)
        service.close()
        slow += _cold(settings)
    return 1 if slow else 0


def _cold(settings: Settings) -> list[str]:
    """Print how long the server takes to answer after its start; returns whether that is too long."""
    port = free_port()
    here = {"TANNHA_HOME": str(settings.home), "TANNHA_DATABASE_URL": settings.database, "TANNHA_PORT": str(port)}
    took = cold_starts(f"http://127.0.0.1:{port}", here, STARTS)
    print(
        f"from the start to the first answer: {', '.join(f'{one:.2f}' for one in took)} s (goal {COLD_START_SECONDS})"
    )
    return ["the start"] if took[len(took) // 2] > COLD_START_SECONDS else []


def _measure(service: Service, times: int) -> list[str]:
    with service.database.write() as session:
        office = session.scalars(sa.select(Office.code).order_by(Office.code)).first()
        for name, role in (*PEOPLE, READER):
            add_staff(session, name, name, role, office if role is Role.CLERK else None, PASSWORD)
    app = create_app(service)
    # The token of a form is another matter; here the question itself is timed.
    app.config["WTF_CSRF_ENABLED"] = False
    spare_the_collector()
    journal = ((what, partial(_open, address=address)) for what, address in JOURNAL.items())
    slow = _table(app, PEOPLE, [*_questions(), *questions(planned_batch(service))], times)
    return slow + _table(app, [READER], journal, times)


def _table(app: Flask, people: Sequence[tuple[str, Role]], asked: Iterable[tuple[str, Ask]], times: int) -> list[str]:
    """Print how long each page takes for each of these people; returns the pages that take too long."""
    table = Table("page", *(f"{name}: {what}" for name, _role in people for what in ("p50 ms", "p95 ms", "kB")))
    browsers = [Browser(app.test_client()) for _person in people]
    for browser, (name, _role) in zip(browsers, people, strict=True):
        browser.client.post("/dang-nhap", data={"username": name, "password": PASSWORD})
    slow = []
    for what, ask in asked:
        row: list[str] = []
        for browser in browsers:
            middle, late, size = _asked(partial(ask, browser.client), times)
            row += [f"{middle:.0f}", f"{late:.0f}", f"{size / 1000:.0f}"]
            if late > GOAL_MS:
                slow.append(what)
        table.add_row(what, *row)
    Console(width=150).print(table)
    return slow


def _questions() -> Iterator[tuple[str, Ask]]:
    """Each page in words, and how it is asked for."""
    for tray, number in [*((tray, 1) for tray in Tray), (Tray.DELIVERED, FAR), (Tray.ALL, FAR)]:
        yield f"{tray}, page {number}", partial(_open, address=f"/ket-qua?ngan={tray}&trang={number}")
    for words in SEARCHES:
        yield f"“{words}” among all", partial(_look_for, words=words)
    for what, address in OTHERS.items():
        yield what, partial(_open, address=address)


def _open(client: FlaskClient, *, address: str) -> TestResponse:
    return client.get(address)


def _look_for(client: FlaskClient, *, words: str) -> TestResponse:
    return client.post("/ket-qua", data={"tim": words, "ngan": Tray.ALL})


def _asked(ask: Callable[[], TestResponse], times: int) -> tuple[float, float, int]:
    """The middle and the 95th of a hundred of the times, in milliseconds, and the size of the page."""
    took: list[float] = []
    for _each in range(times):
        began = time.perf_counter()
        answer = ask()
        took.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200
    took.sort()
    return took[len(took) // 2], took[int(0.95 * (len(took) - 1))], len(answer.data)


if __name__ == "__main__":
    sys.exit(main())
