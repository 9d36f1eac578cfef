"""The roll of workers: each signs that it is alive and which queues it serves; who is silent is not counted upon."""

import socket
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.jobs.queues import QUEUES
from delivery.models import Worker
from delivery.wiring import Service

SIGNS_EVERY, ALIVE = timedelta(seconds=5), timedelta(seconds=20)


def sign(session: Session, owner: str, queues: list[str], now: datetime) -> None:
    """A worker says that it is alive; often, so only every few seconds something is written."""
    worker = session.get(Worker, owner)
    if worker is None:
        session.add(Worker(id=owner, started_at=now, seen_at=now, queues=queues))
        # A worker that has been silent for a day is only a memory.
        session.execute(sa.delete(Worker).where(Worker.seen_at < now - timedelta(days=1)))
    elif worker.seen_at < now - SIGNS_EVERY:
        worker.seen_at = now


def sign_off(service: Service, owner: str) -> None:
    """A worker has ended in peace: from now on nobody waits for it."""
    with service.database.write() as session:
        session.execute(sa.delete(Worker).where(Worker.id == owner))


def workers_alive(service: Service, queue: str | None = None) -> int:
    """How many workers have signed their life within the last seconds, and serve this queue where one is named."""
    return len(_alive(service, queue))


def workers_elsewhere(service: Service, queue: str) -> int:
    """How many of them are on other machines."""
    return sum(owner.partition(":")[0] != socket.gethostname() for owner in _alive(service, queue))


def unserved(service: Service) -> list[str]:
    """The queues that no living worker serves."""
    return [queue.name for queue in QUEUES if not workers_alive(service, queue.name)]


def _alive(service: Service, queue: str | None) -> Collection[str]:
    with service.database.read() as session:
        since = database_now(session) - ALIVE
        found = session.scalars(sa.select(Worker).where(Worker.seen_at > since))
        return [each.id for each in found if queue is None or each.queues is None or queue in each.queues]
