"""Answers that are remembered for a day, so that asking again because an answer was lost does nothing twice.

After the draft "The Idempotency-Key HTTP Header Field" (IETF httpapi). The answer is written in the transaction of the
work itself: there is no moment at which one is on the disk without the other.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import insert_if_new
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import MachineAnswer
from delivery.models.machine import answer_name
from delivery.models.sealed import sealed_values, seals_of

KEPT = timedelta(hours=24)


class KeyUsedOtherwise(BadInput):
    """The key came earlier with another request: either of the two is a mistake of the asker."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may come again: whose, under which key, and the hash of all that it asks for."""

    client_id: int
    key: str
    digest: bytes

    @classmethod
    def of(cls, client_id: int, key: str, *parts: bytes) -> "Asked":
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8) + part)
        return cls(client_id, key, digest.digest())


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: a status of HTTP, the body, the entity tag; `again` when it had been answered before."""

    status: int
    body: bytes
    etag: str = ""
    again: bool = False


def answer_once(session: Session, asked: Asked, work: Callable[[Session], Answer], at: datetime) -> Answer:
    """Do the work unless it was done under this key already, and remember what is answered.

    Of two who ask at the same moment, the second waits until the first is done, and hears the same. Raises
    KeyUsedOtherwise.
    """
    same = sa.and_(MachineAnswer.client_id == asked.client_id, MachineAnswer.key == asked.key)
    session.execute(sa.delete(MachineAnswer).where(same, MachineAnswer.at <= at - KEPT))
    row = {"client_id": asked.client_id, "key": asked.key, "asked": asked.digest, "at": at}
    name = answer_name(asked.client_id, asked.key)
    new = insert_if_new(session, MachineAnswer, **sealed_values(seals_of(session), MachineAnswer, name, row))
    kept = session.scalars(sa.select(MachineAnswer).where(same)).one()
    if new is None:
        if kept.asked != asked.digest:
            raise KeyUsedOtherwise(
                _("This Idempotency-Key came with another request before; use a new key for each request")
            )
        return Answer(kept.status, kept.body, kept.etag, again=True)
    answer = work(session)
    kept.status, kept.body, kept.etag = answer.status, answer.body, answer.etag
    return answer


def forget_answers(session: Session, at: datetime) -> None:
    """Let go of the answers that nobody will ask for again."""
    session.execute(sa.delete(MachineAnswer).where(MachineAnswer.at <= at - KEPT))
