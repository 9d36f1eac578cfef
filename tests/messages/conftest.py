"""A citizen who waits for an envelope, and is told what happens to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from delivery.models import Consignment, Job, JobState, Message, Result
from delivery.moments import local, now
from delivery.rules.lifecycle import Fact
from delivery.rules.messages import MessageState, Occasion
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.messages.servers import Gateway, Mailbox, running_gateway, running_mailbox

PUBLIC = "https://tannha.longbien.hanoi.gov.vn"
PHONE, EMAIL = "0912345001", "nguoi.nhan@example.vn"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running_gateway() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


Telling = Callable[..., Service]


@pytest.fixture
def telling(database_url: str, tmp_path: Path) -> Iterator[Telling]:
    """A service that tells citizens, by the channels and settings that are named; its wards are furnished."""
    made: list[Service] = []

    def service_with(channels: str, **settings: Any) -> Service:
        named = {
            "message_quiet": "", "public_url": PUBLIC, "mail_from": "tannha@longbien.hanoi.gov.vn",
            "sms_key": SecretStr("khoa"), "sms_secret": SecretStr("mat"), "sms_sender": "TANNHA",
            "zalo_key": SecretStr("khoa"), "message_seconds": 20.0, "carrier": "own-team", **settings,
        }  # fmt: skip
        service = Service.from_settings(
            Settings(home=tmp_path / "home", database_url=database_url, message_channels=channels,
                     _env_file=None, **named)  # type: ignore[call-arg]
        )  # fmt: skip
        set_up(service)
        made.append(service)
        return service

    yield service_with
    for service in made:
        service.close()


@dataclass
class Citizen:
    """One envelope under way today, and whoever waits for it."""

    day: Day

    @property
    def service(self) -> Service:
        return self.day.service

    @classmethod
    def waits(cls, service: Service, folder: Path, *, handed_over: bool = True, **row: str) -> Self:
        """An envelope of the own team, planned and submitted; in the courier's bag unless it still lies on the table.

        It is promised for the day after tomorrow.
        """
        today = local(now()).date()
        promised = f"{today + timedelta(days=2):%d/%m/%Y}"
        days = {"Ngày_có_kết_quả": f"{today:%d/%m/%Y}", "Ngày_hẹn_trả": promised}
        day = Day(service, Intake(service.database, folder), today, now(), now())
        day.import_and_place(a_row(1, **{**days, "Số_điện_thoại": PHONE, "Email": EMAIL, **row}))
        day.plan()
        day.print()
        day.submit()
        if handed_over:
            day.hand_over()
        return cls(day)

    def hears(self, fact: Fact, ago: timedelta = timedelta(0), *, name: str = "", takes_back: str = "") -> bool:
        """A fact is recorded, which happened some time ago."""
        at = now()
        report = Report(fact, "feed", name or f"{fact}:{at.isoformat()}", at - ago, takes_back=takes_back)
        with self.service.database.write() as session:
            sent = session.scalars(sa.select(Consignment).order_by(Consignment.id.desc())).first()
            assert sent is not None
            return record(session, sent, report, at)

    def send(self, times: int = 1) -> None:
        """Let workers send what is to be sent, as if all waiting were over."""
        for _ in range(times):
            self.day.hurry()
            if (desk := self.service.__dict__.pop("message_desk", None)) is not None:
                # Another worker has not seen the channel fail.
                desk.close()
            self.day.work("message")

    def messages(self) -> list[Message]:
        with self.service.database.read() as session:
            return list(session.scalars(sa.select(Message).order_by(Message.id)))

    def states(self) -> list[tuple[Occasion, MessageState]]:
        return [(one.occasion, one.state) for one in self.messages()]

    def last(self) -> Message:
        return self.messages()[-1]

    def with_the_post(self) -> None:
        """It travels with a carrier that brings back for good what it could not deliver."""
        with self.service.database.write() as session:
            session.execute(sa.update(Consignment).values(carrier="sandbox"))

    def open_jobs(self) -> list[Job]:
        with self.service.database.read() as session:
            wanted = sa.select(Job).where(Job.kind == "message", Job.state != JobState.DONE)
            return list(session.scalars(wanted.order_by(Job.id)))

    def change(self, **values: object) -> None:
        """Correct the result in the books, or age its messages."""
        with self.service.database.write() as session:
            for result in session.scalars(sa.select(Result)):
                for name, value in values.items():
                    setattr(result, name, value)

    def age(self, **values: datetime) -> None:
        with self.service.database.write() as session:
            session.execute(sa.update(Message).values(**values))

    def age_tries(self, moment: datetime) -> None:
        """Whoever is being told something has been for long."""
        with self.service.database.write() as session:
            session.execute(sa.update(Message).where(Message.tried_at.is_not(None)).values(tried_at=moment))
