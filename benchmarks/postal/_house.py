"""A house with envelopes on their way, and a carrier's key that can sign what is said of them."""

import base64
import json
import random
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from delivery.database import Database
from delivery.dispatch.batching import batch_due
from delivery.dispatch.consignments import consign
from delivery.intake.importing import import_results
from delivery.intake.table import open_table
from delivery.models import Consignment, Item, Result, Submission
from delivery.moments import VIETNAM, now
from delivery.postage import fee_table
from delivery.rules.lifecycle import Fact
from delivery.sample_day import write_sample_day
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.tracking.events import Heard, Report, record_all
from delivery.wiring import Service
from tests.faults.servers import RABBIT, rabbit
from tests.postgres import POSTGRES, postgres_url
from tests.web.test_callbacks import Signer
from web.processes import free_port

DAY = date(2026, 11, 25)
HANDED_OVER_AT = datetime.combine(DAY, wall(7, 45), VIETNAM)
# No ends of journeys: of these a callback is only a hint, and the truth is read from the carrier's feed.
ON_THE_WAY = ("10", "11", "12", "13", "15")
# About one row in four of a sample day is not for delivery or bad on purpose.
ROWS_FOR_ONE = 1.5


@dataclass(frozen=True)
class BenchHouse:
    """An installation with its default settings but for where things are."""

    service: Service
    signer: Signer
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.service.settings.web_url

    @property
    def home(self) -> Path:
        return self.service.settings.home

    def codes(self) -> tuple[list[str], list[str]]:
        """The item codes of all envelopes, and their tracking codes."""
        with self.service.database.read() as session:
            found = session.execute(sa.select(Consignment.item_code, Item.tracking_code).join(Consignment.item)).all()
        return [row[0] for row in found], [row[1] for row in found]

    def genuine(self, codes: Sequence[str], number: int) -> bytes:
        """A callback that no other has been like, signed: one envelope after the other, and each a step further."""
        turn, which = divmod(number, len(codes))
        sent = HANDED_OVER_AT + timedelta(seconds=number)
        return self.signer.callback(codes[which], ON_THE_WAY[turn % len(ON_THE_WAY)], sent.isoformat())


def forged(item_code: str, number: int) -> bytes:
    """A callback in the right form whose signature fits no key."""
    sent = HANDED_OVER_AT + timedelta(seconds=number)
    return json.dumps(
        {
            "data": [{"itemCode": item_code, "status": ON_THE_WAY[0]}],
            "sendDate": sent.isoformat(),
            "signature": base64.b64encode(random.Random(number).randbytes(256)).decode(),
        }
    ).encode()


@contextmanager
def bench_house(home: Path, items: int, database: str) -> Iterator[BenchHouse]:
    """A house on `sqlite` with its folder, or on `postgresql` and RabbitMQ; `items` envelopes are with the carrier."""
    with elsewhere(database) as where:
        environment = {
            "TANNHA_HOME": str(home),
            "TANNHA_PORT": str(free_port()),
            "TANNHA_SANDBOX_PORT": str(free_port()),
            "TANNHA_CALLBACK_KEYS": str(home / "carrier-keys"),
            "TANNHA_NGSP_POLL_SECONDS": "86400",
            "TANNHA_CLOCK_SKEW_SECONDS": str(10**9),
            **where,
        }
        values = {name.removeprefix("TANNHA_").lower(): value for name, value in environment.items()}
        settings = Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]
        service = Service(settings, Database.connect(settings.database))
        try:
            set_up(service)
            _envelopes(service, items)
            yield BenchHouse(service, Signer(home / "carrier-keys"), environment)
        finally:
            service.close()


def _envelopes(service: Service, items: int) -> None:
    file = service.settings.home / "results.csv"
    write_sample_day(file, DAY, count=int(items * ROWS_FOR_ONE) + 20, seed=1)
    import_results(service.database, open_table(file), source="bench", at=now())
    fees = fee_table(service.settings.home)
    with service.database.write() as session:
        # Where they lie is not what is measured here.
        session.execute(sa.update(Result).values(lat=21.04, lon=105.87, placed_at=now()))
        batches = batch_due(session, DAY, now())
        made = [consign(session, item, "sandbox", fees) for batch in batches for item in batch.items][:items]
        for consignment in made:
            consignment.submission, consignment.accepted_at = Submission.ACCEPTED, now()
            consignment.handed_over_in = consignment.item.batch_id
        told = Report(Fact.HANDED_OVER, "ward", "hand-over", HANDED_OVER_AT)
        for start in range(0, len(made), 500):
            record_all(session, [Heard(consignment, told, now()) for consignment in made[start : start + 500]])


@contextmanager
def elsewhere(database: str) -> Iterator[dict[str, str]]:
    if database == "sqlite":
        yield {}
        return
    name, queue = f"tannha_bench_{uuid.uuid4().hex[:12]}", f"tannha-bench-{secrets.token_hex(6)}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {
                "TANNHA_DATABASE_URL": postgres_url(name),
                "TANNHA_BROKER_URL": RABBIT,
                "TANNHA_BROKER_QUEUE": queue,
            }
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            with rabbit() as line:
                line.default_channel.queue_delete(queue)
