"""How fast a carrier may be asked, and when it is left alone: a bucket of turns and a breaker, by given moments.

The bucket is the generic cell rate algorithm (ITU-T I.371, annex A): one moment, `full_at`, says how empty it is. In
any stretch of time no more requests leave than the rate allows for it and one second more. Who finds it empty is
promised the next turn that nobody else has; so a long queue is one wake-up for each turn, however many wait. While the
carrier is left alone a turn is a try, one for each rest: to wake more of them would find out nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BURST = timedelta(seconds=1)
# Who comes when it was promised, and a little too early, waits so long where it stands.
PATIENCE = timedelta(seconds=5)
FAILURES, WITHIN = 5, timedelta(seconds=30)
LOOK_AGAIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a second; how long a carrier that fails is left alone; how long a single try may take at most."""

    per_second: float
    rest: timedelta = timedelta(seconds=60)
    longest_try: timedelta = timedelta(seconds=60)

    @property
    def interval(self) -> timedelta:
        """From one turn to the next."""
        return timedelta(seconds=1 / self.per_second)

    @property
    def burst(self) -> timedelta:
        """How much the bucket holds; a slow carrier's holds one turn."""
        return max(BURST, self.interval)


@dataclass(frozen=True, slots=True)
class Turn:
    """`at` is when to ask; `promised` that it is not soon, and that nobody else has the same turn."""

    at: datetime
    promised: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """One carrier's bucket and breaker.

    The bucket is full again at `full_at`; `queue_end` is the last turn that was promised. `failed_at` are the failures
    since it last answered. The breaker is closed while `open_until` is empty; after that moment one try is let through,
    which has until `try_until` to come back.
    """

    full_at: datetime
    queue_end: datetime
    failed_at: tuple[datetime, ...] = ()
    open_until: datetime | None = None
    try_until: datetime | None = None

    @property
    def is_well(self) -> bool:
        """Whether the carrier has answered last, so that another answer says nothing new."""
        return not self.failed_at and self.open_until is None and self.try_until is None

    def next_turn(self, limits: Limits, now: datetime) -> datetime:
        """When the bucket holds a turn again."""
        return max(now, self.full_at + limits.interval - limits.burst)

    def ask(
        self, limits: Limits, now: datetime, *, promised: datetime | None = None, ahead: bool = False
    ) -> tuple["Pace", Turn]:
        """A turn, with what is left of the pace: now, soon, or one that is promised.

        Who was `promised` one before gets it, or a new one where it could not be kept. Who is `ahead` is not put at the
        end of the queue.
        """
        if promised is not None and promised > now:
            return self, Turn(promised, promised=True)
        if (shut := self._shut_until(now)) is not None:
            return self._promise(limits, shut, ahead=ahead)
        if self.open_until is not None:
            trying = replace(self, try_until=now + limits.longest_try)
            return trying.take(limits, now), Turn(now, promised=False)
        turn = self.next_turn(limits, now)
        expected = promised is not None or ahead
        if turn - now > (PATIENCE if expected else timedelta(0)):
            return self._promise(limits, turn, ahead=ahead)
        return self.take(limits, turn), Turn(turn, promised=False)

    def take(self, limits: Limits, at: datetime) -> "Pace":
        """One request leaves at that moment."""
        return replace(self, full_at=max(self.full_at, at) + limits.interval)

    def answered(self) -> "Pace":
        """The carrier is well, whatever it said; a queue that waited for its recovery is drawn up anew."""
        queue_end = self.queue_end if self.open_until is None else self.full_at
        return replace(self, failed_at=(), open_until=None, try_until=None, queue_end=queue_end)

    def failed(self, limits: Limits, now: datetime) -> "Pace":
        """It did not answer reliably; the fifth time in a row within half a minute, or when tried, it is left alone."""
        recent = (*(at for at in self.failed_at if at + WITHIN > now), now)[-FAILURES:]
        if self.open_until is not None or len(recent) == FAILURES:
            return replace(self, failed_at=recent, open_until=now + limits.rest, try_until=None)
        return replace(self, failed_at=recent)

    def asked_for_patience(self, limits: Limits, until: datetime) -> "Pace":
        """It answers, but wants nothing before `until`: the bucket is empty for everybody."""
        return replace(self.answered(), full_at=max(self.full_at, until + limits.burst - limits.interval))

    def gave_up_trying(self) -> "Pace":
        """The one that was let through has not asked after all: another may."""
        return replace(self, try_until=None)

    def _shut_until(self, now: datetime) -> datetime | None:
        if self.open_until is None:
            return None
        if now < self.open_until:
            return self.open_until
        return now + LOOK_AGAIN if self.try_until is not None and now < self.try_until else None

    def _promise(self, limits: Limits, earliest: datetime, *, ahead: bool) -> tuple["Pace", Turn]:
        if ahead:
            return self, Turn(earliest, promised=True)
        step = limits.interval if self.open_until is None else max(limits.interval, limits.rest + LOOK_AGAIN)
        at = max(earliest, self.queue_end + step)
        return replace(self, queue_end=at), Turn(at, promised=True)
