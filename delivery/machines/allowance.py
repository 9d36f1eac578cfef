"""How often a machine may ask in a minute, over all processes that answer it.

A process borrows a part of the minute's allowance at a time and counts it down by itself, so that the database hears
of one request in twenty and the disk is not asked for each. What was borrowed and not used is lost with the minute: a
machine may get a little less than its rate, never more.
"""

import math
import threading
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from delivery.database import Database
from delivery.machines.clients import Caller
from delivery.models import MachineClient

WINDOW = 60
PARTS = 20


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a minute: how many requests as far as this process knows, and for how many seconds."""

    granted: bool
    limit: int
    remaining: int
    seconds: int


@dataclass(slots=True)
class _Purse:
    """What a process has borrowed for a minute, and what nobody had borrowed then."""

    minute: int = -1
    lent: int = 0
    unlent: int = 0


class Allowances:
    """What this process has borrowed, by machine; shared by its threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._purses: dict[int, _Purse] = {}
        self._lock = threading.Lock()

    def ask(self, caller: Caller, at: datetime) -> Allowance:
        """Count one request of a machine, if there is room for it in this minute."""
        minute, second = divmod(int(at.timestamp()), WINDOW)
        with self._lock:
            purse = self._purses.setdefault(caller.client_id, _Purse())
            # After the limit was reached nobody is asked again before the next minute.
            if purse.minute != minute or (not purse.lent and purse.unlent):
                self._borrow(purse, caller, minute, at)
            granted = purse.lent > 0
            purse.lent -= granted
            return Allowance(granted, caller.per_minute, purse.lent + purse.unlent, WINDOW - second)

    def _borrow(self, purse: _Purse, caller: Caller, minute: int, at: datetime) -> None:
        part = math.ceil(caller.per_minute / PARTS)
        same = MachineClient.minute == minute
        used = sa.case((same, sa.func.coalesce(MachineClient.used, 0)), else_=0) + part
        wanted = sa.update(MachineClient).where(MachineClient.id == caller.client_id)
        with self._database.write() as session:
            told = session.scalar(
                wanted.values(minute=minute, used=used, last_used_at=at).returning(MachineClient.used)
            )
        over = max(0, (told or 0) - caller.per_minute)
        purse.minute, purse.lent = minute, max(0, part - over)
        purse.unlent = max(0, caller.per_minute - (told or 0))
