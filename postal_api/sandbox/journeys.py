"""Made-up journeys of envelopes: plausible days with their failures, drawn from the item code alone."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as wall

from postal_api.events import EventKind
from postal_api.moments import VIETNAM

OPENING = wall(8, 0)
# What is collected later than this is not carried out the same day.
LAST_COLLECTION = wall(15, 0)
NOBODY_THERE = ("Người nhận vắng nhà", "Không liên lạc được người nhận")
GOES_BACK = ("Sai địa chỉ", "Người nhận từ chối nhận")

# Shares of all envelopes, as the fates are drawn: delivered at the first visit; at the second, the same afternoon;
# sent back. The rest stays out over night.
FIRST_VISIT, SECOND_VISIT, SENT_BACK = 0.86, 0.06, 0.04
NEXT_DAY_DELIVERED = 0.6


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that will happen to an envelope."""

    kind: EventKind
    at: datetime
    reason: str | None = None


def plan_journey(item_code: str, collected_at: datetime, seed: int = 0) -> tuple[Step, ...]:
    """All that will happen to an envelope from its collection on, in strictly rising order of time.

    Everything after the collection happens between 08:00 and 18:00 in Viet Nam, and the last step is its end.
    """
    return tuple(_steps(random.Random(f"{seed}:{item_code}"), collected_at.replace(microsecond=0)))


def _steps(dice: random.Random, collected_at: datetime) -> Iterator[Step]:
    yield Step(EventKind.COLLECTED, collected_at)
    # Bags are scanned as a whole, so many envelopes share these two moments.
    arrived = _rounded_up(_start_of_work(collected_at) + _minutes(dice, 10, 25), 5)
    yield Step(EventKind.AT_OFFICE, arrived)
    out = _rounded_up(arrived + _minutes(dice, 10, 30), 10)
    yield Step(EventKind.OUT_FOR_DELIVERY, out)
    visit = _between(dice, out + timedelta(minutes=5), max(_on(out, wall(15, 0)), out + timedelta(minutes=15)))
    fate = dice.random()
    if fate < FIRST_VISIT:
        yield Step(EventKind.DELIVERED, visit)
    elif fate < FIRST_VISIT + SENT_BACK:
        yield from _sent_back(dice, visit, dice.choice(GOES_BACK))
    else:
        yield Step(EventKind.ATTEMPT_FAILED, visit, dice.choice(NOBODY_THERE))
        again = visit + _minutes(dice, 5, 15)
        yield Step(EventKind.OUT_FOR_DELIVERY, again)
        second = _between(dice, again + timedelta(minutes=5), _on(again, wall(17, 25)))
        if fate < FIRST_VISIT + SENT_BACK + SECOND_VISIT:
            yield Step(EventKind.DELIVERED, second)
        else:
            yield Step(EventKind.ATTEMPT_FAILED, second, dice.choice(NOBODY_THERE))
            yield from _next_day(dice, second)


def _sent_back(dice: random.Random, visit: datetime, reason: str) -> Iterator[Step]:
    yield Step(EventKind.ATTEMPT_FAILED, visit, reason)
    turned = visit + _minutes(dice, 5, 20)
    yield Step(EventKind.RETURNING, turned, reason)
    back = _between(dice, max(turned + timedelta(minutes=10), _on(visit, wall(16, 30))), _on(visit, wall(17, 50)))
    yield Step(EventKind.RETURNED, back, reason)


def _next_day(dice: random.Random, last_visit: datetime) -> Iterator[Step]:
    yield Step(EventKind.AT_OFFICE, _between(dice, _on(last_visit, wall(17, 30)), _on(last_visit, wall(17, 55))))
    morning = _on(last_visit + timedelta(days=1), OPENING)
    out = _rounded_up(morning + _minutes(dice, 15, 45), 10)
    yield Step(EventKind.OUT_FOR_DELIVERY, out)
    third = _between(dice, out + timedelta(minutes=10), _on(out, wall(15, 0)))
    if dice.random() < NEXT_DAY_DELIVERED:
        yield Step(EventKind.DELIVERED, third)
    else:
        yield from _sent_back(dice, third, dice.choice(NOBODY_THERE))


def _start_of_work(collected_at: datetime) -> datetime:
    local = collected_at.astimezone(VIETNAM)
    if local.time() > LAST_COLLECTION:
        return _on(local + timedelta(days=1), OPENING)
    return max(local, _on(local, OPENING))


def _on(day: datetime, at: wall) -> datetime:
    return datetime.combine(day.astimezone(VIETNAM).date(), at, VIETNAM)


def _minutes(dice: random.Random, least: int, most: int) -> timedelta:
    return timedelta(minutes=dice.randint(least, most))


def _between(dice: random.Random, start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=dice.randint(0, max(int((end - start).total_seconds()), 0)))


def _rounded_up(moment: datetime, minutes: int) -> datetime:
    past = timedelta(minutes=moment.minute % minutes, seconds=moment.second)
    return moment if not past else moment - past + timedelta(minutes=minutes)
