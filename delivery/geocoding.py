"""Placing results: each address that nobody has placed is understood and located; the doubtful become cases.

Results are read, placed with no transaction open (a geocoder may ask over the network), and written where nothing has
changed meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from geopy.distance import great_circle
from sqlalchemy.orm import Session

from delivery.database import Database, database_now
from delivery.geocoders.chain import Chain
from delivery.geocoders.keeping import Found, keep_place, open_address_cases
from delivery.geocoders.remembered import Pins, at_pin, pins_of
from delivery.jobs.queue import put
from delivery.jobs.work import Work
from delivery.models import Result
from delivery.places.atlas import Atlas
from delivery.places.locating import Place

CHUNK = 500
Asked = tuple[str, float | None, float | None]
Progress = Callable[[int], None]
_WAITING = sa.select(Result).where(Result.placed_at.is_(None), Result.wants_delivery)


@dataclass(frozen=True, slots=True)
class _Read:
    """A result as it was read: what it asks, and when it was placed, so that a change meanwhile is noticed."""

    id: int
    asked: Asked
    placed_at: datetime | None


@dataclass(slots=True)
class Again:
    """Placing anew: how many were looked at, moved, lie in another ward now, and are asked about."""

    looked: int = 0
    moved: int = 0
    other_ward: int = 0
    ask: int = 0


def geocode(
    database: Database, at: datetime, *, chain: Chain | None = None, progress: Progress = lambda _done: None
) -> dict[str, int]:
    """Place all results that wait for it; returns how many of each quality, and how many a person is asked about.

    Without a `chain`, the built-in map and what is remembered.
    """
    placing = _Placing(chain or Chain.of(Atlas.built_in(), database, at=at))
    counts: Counter[str] = Counter()
    while read := _read(database, _WAITING.order_by(Result.id)):
        found = placing.find(read)
        with database.write() as session:
            for _result, place in _write(session, read, found, at):
                counts[place.quality.value] += 1
                counts["ask"] += place.ask
        progress(sum(counts.values()) - counts["ask"])
    return dict(counts)


def ask_to_place(session: Session, at: datetime) -> None:
    """Have the addresses found that nobody has looked up yet, whichever way they came in."""
    if session.scalar(_WAITING.with_only_columns(Result.id).limit(1)) is not None:
        put(session, "place", 0, at)


def place_waiting(work: Work) -> None:
    """The job: place all results that wait for it."""
    with work.service.database.read() as session:
        at = database_now(session)

    def say(done: int) -> None:
        with work.service.database.write() as session:
            work.lease.renew(session, work.service.settings.lease_seconds, {"placed": done})

    geocode(work.service.database, at, chain=work.service.geocoders(), progress=say)
    with work.service.database.write() as session:
        work.lease.finish(session)


def geocode_again(database: Database, at: datetime, *, chain: Chain, progress: Progress = lambda _done: None) -> Again:
    """Place anew, as after the import of a map, what no person has placed and no envelope holds yet.

    Where the ward is another one than before, a person is asked.
    """
    placing, again, last = _Placing(chain), Again(), 0
    wanted = sa.select(Result).where(
        Result.placed_at.is_not(None), Result.wants_delivery, Result.item_id.is_(None),
        sa.func.coalesce(Result.place_source, "") != Pins.name,
    )  # fmt: skip
    while read := _read(database, wanted.where(Result.id > last).order_by(Result.id)):
        found, last = placing.find(read), read[-1].id
        with database.write() as session:
            before = {each.id: (each.lat, each.lon, each.new_ward_code) for each in _results(session, read)}
            for result, place in _write(session, read, found, at):
                again.looked += 1
                again.moved += _has_moved(before[result.id][:2], (place.lat, place.lon))
                again.other_ward += before[result.id][2] != place.new_ward_code
                again.ask += place.ask
        progress(again.looked)
    return again


class _Placing:
    """One run: the same address is placed once, however many results go there."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._known: dict[Asked, Found] = {}

    def find(self, read: Sequence[_Read]) -> dict[Asked, Found]:
        """The place of each address; no transaction may be open, for a geocoder may ask over the network."""
        wanted = {each.asked for each in read}
        questions = {asked: self._chain.ask(*asked) for asked in wanted if asked not in self._known}
        self._chain.prepare(questions.values())
        self._known |= {asked: (question, self._chain.place(question)) for asked, question in questions.items()}
        return {asked: self._known[asked] for asked in wanted}


def _read(database: Database, wanted: sa.Select[Any]) -> list[_Read]:
    with database.read() as session:
        return [_Read(each.id, _asked(each), each.placed_at) for each in session.scalars(wanted.limit(CHUNK))]


def _write(
    session: Session, read: Sequence[_Read], found: Mapping[Asked, Found], at: datetime
) -> Iterator[tuple[Result, Place]]:
    """Keep the places of results that are still as they were read; yields these with what was kept."""
    as_read = {each.id: each for each in read}
    # A pin that was put while we were looking wins over what we found.
    pins = pins_of(session, [key for question, _place in found.values() for key in question.keys])
    results = _results(session, read)
    cases = open_address_cases(session, results)
    for result in results:
        now, then = _Read(result.id, _asked(result), result.placed_at), as_read[result.id]
        if now == then and (then.placed_at is None or result.item_id is None):
            question, place = found[then.asked]
            sure = question, at_pin(question, pins) or place
            yield result, keep_place(session, result, sure, at, cases.get(result.id))


def _results(session: Session, read: Sequence[_Read]) -> list[Result]:
    wanted = sa.select(Result).where(Result.id.in_([each.id for each in read])).order_by(Result.id)
    return list(session.scalars(wanted))


def _has_moved(before: tuple[float | None, float | None], after: tuple[float | None, float | None]) -> bool:
    if None in before or None in after:
        return before != after
    return bool(great_circle(before, after).meters > 1)


def _asked(result: Result) -> Asked:
    return result.address, result.given_lat, result.given_lon
