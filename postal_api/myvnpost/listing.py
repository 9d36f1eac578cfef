"""MyVNPost's list of changed orders and their histories: what stands in for a feed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from postal_api.errors import NotSent
from postal_api.events import TrackingEvent
from postal_api.moments import VIETNAM, read_moment
from postal_api.myvnpost.wire import records_of
from postal_api.reading import first_object, json_value, objects, text
from postal_api.statuses import MYVNPOST, kind_of


@dataclass(frozen=True, slots=True)
class Change:
    """An order that the list shows as changed, whose history is worth reading."""

    item_code: str
    reference: str
    code: str
    at: datetime | None


def read_list(body: bytes) -> list[Change]:
    """The orders of a page of the list; one without a date is always worth reading."""
    changes = []
    for record in records_of(json_value(body)):
        if item_code := text(record.get("itemCode")):
            at = _moment(text(record.get("updatedDate"))) or _moment(text(record.get("createdDate")))
            changes.append(Change(item_code, text(record.get("saleOrderCode")), text(record.get("status")), at))
    return changes


def read_history(body: bytes, change: Change) -> list[TrackingEvent]:
    """The events of an item; a row without a readable moment is dated by its order, and its code is never dropped."""
    answer = json_value(body)
    data = first_object(answer.get("data") if isinstance(answer, dict) else answer)
    events = []
    for row in objects(data.get("statusHistory")):
        code = text(row.get("statusCode"))
        written = f"{text(row.get('createdDate'))} {text(row.get('createdHour')) or text(row.get('createHour'))}"
        at = _moment(written) or change.at
        if at is None:
            continue
        events.append(event(change, code, text(row.get("statusName")), at))
    return events


def event(change: Change, code: str, said: str, at: datetime) -> TrackingEvent:
    """A status that an item had, named by what it says, as the carrier gives its histories no numbers."""
    name = f"{change.item_code}|{code}|{int(at.timestamp())}"
    return TrackingEvent(
        item_code=change.item_code,
        reference=change.reference or None,
        kind=kind_of(MYVNPOST, code),
        code=code,
        text=said,
        occurred_at=at,
        event_id=hashlib.sha256(name.encode()).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the list was read: everything changed before `since` is known; `seen` is the newest change of this
    reading, which has come to `page`.
    """

    since: datetime
    seen: datetime
    page: int = 0

    def __str__(self) -> str:
        return f"{self.since.isoformat()}|{self.seen.isoformat()}|{self.page}"

    @classmethod
    def parse(cls, written: str) -> "Cursor":
        """Read a cursor that `str` has written.

        Raises NotSent for anything else.
        """
        try:
            since, seen, page = written.split("|")
            return cls(datetime.fromisoformat(since), datetime.fromisoformat(seen), int(page))
        except ValueError as error:
            raise NotSent("the cursor is none of this carrier's") from error


def list_query(cursor: Cursor, page_size: int, now: datetime) -> dict[str, str]:
    """One page of the orders that changed since the cursor; the end lies ahead, as two clocks never agree."""
    until = max(now, cursor.since) + timedelta(days=30)
    return {
        "lastUpdateFrom": cursor.since.astimezone(VIETNAM).strftime("%d-%m-%Y"),
        "lastUpdateTo": until.astimezone(VIETNAM).strftime("%d-%m-%Y"),
        "type": "GUI",
        "size": str(page_size),
        "page": str(cursor.page),
        "isInternational": "false",
    }


def _moment(written: str) -> datetime | None:
    try:
        return read_moment(written.strip())
    except (ValueError, OverflowError):
        return None
