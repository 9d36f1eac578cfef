"""Answers of online services, kept in the database for a while, with the questions as hashes only."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from delivery.database import Database
from delivery.models import ServiceAnswer
from delivery.places.fixes import Quality


@dataclass(frozen=True, slots=True)
class Answer:
    """A point that a service gave, how exactly it claims to know it, and within how many metres that holds."""

    lat: float
    lon: float
    quality: Quality
    radius_m: int


@dataclass(frozen=True, slots=True)
class AnswerBook:
    """What services have answered; older than `keep` counts as not asked, "no answer" after `keep_silence`."""

    database: Database
    keep: timedelta = timedelta(days=90)
    keep_silence: timedelta = timedelta(days=7)

    def find(self, service: str, query: str, at: datetime) -> tuple[bool, Answer | None]:
        """Whether the answer is known, and the answer (None: the service knows no such place)."""
        with self.database.read() as session:
            row = session.get(ServiceAnswer, _key(service, query))
        if row is None:
            return False, None
        if row.answer is None:
            return at - row.asked_at <= self.keep_silence, None
        fresh = at - row.asked_at <= self.keep
        return fresh, Answer(**row.answer | {"quality": Quality(row.answer["quality"])}) if fresh else None

    def keep_answer(self, service: str, query: str, answer: Answer | None, at: datetime) -> None:
        """Write down an answer; a second one takes the place of the first."""
        kept = asdict(answer) | {"quality": answer.quality.value} if answer is not None else None
        row = ServiceAnswer(key=_key(service, query), service=service, asked_at=at, answer=kept)
        with self.database.write() as session:
            session.merge(row)

    def clear(self, at: datetime) -> int:
        """Remove what is too old to be used; returns how many."""
        old = sa.delete(ServiceAnswer).where(ServiceAnswer.asked_at < at - max(self.keep, self.keep_silence))
        with self.database.write() as session:
            return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _key(service: str, query: str) -> str:
    return hashlib.sha256(f"{service}\n{query}".encode()).hexdigest()
