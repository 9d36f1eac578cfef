"""Batches: what an office dispatches together, the routes that were planned for it, and its papers."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from flask import Response, abort
from pydantic import Field
from sqlalchemy.orm import Session, joinedload

from delivery.dispatch.plan_document import plan_document
from delivery.dispatch.printing import PAPERS, papers_of
from delivery.i18n import marked
from delivery.models import Batch, Item, Office
from delivery.moments import now
from web.api.cursors import cursor, place
from web.api.guarding import caller
from web.api.keyed import unless_known
from web.api.operations import Query, Wire, operation
from web.files import as_file
from web.people import note
from web.views import service

TAG = "batches"
ONE = "/batches/{batch}"
MOST_ON_A_PAGE = 100


class BatchQuery(Query):
    """Which batches, and how many at a time."""

    day: date | None = Field(default=None, description="Only of this day")
    office: Annotated[str, Field(max_length=20)] = Field(default="", description="Code of an office")
    cursor: Annotated[str, Field(max_length=100)] = Field(default="", description="`next` of the page before")
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 50


class BatchOut(Wire):
    """A batch: how many envelopes it holds, by whose hands they are in, and how far it has come."""

    batch: str
    office: str
    day: date
    envelopes: int
    at_ward: int
    with_carrier: int
    with_recipient: int
    is_planned: bool
    is_printed: bool


class BatchPage(Wire):
    """Some batches, and the cursor for those that follow; null where none do."""

    batches: list[BatchOut]
    next: str | None


class StopOut(Wire):
    """A visit on a route: which envelope, when on the clock, where."""

    position: int
    item: int
    dossier: str
    arrival: str
    start: str
    departure: str
    slots: str
    lat: float | None
    lon: float | None


class RouteOut(Wire):
    """One courier's way through the day."""

    route: str
    office: str
    leave: str
    back: str
    distance_m: int
    driving_s: int
    stops: list[StopOut]


class LeftOutOut(Wire):
    """An envelope that found no place, and why, in a word that programs know."""

    item: int
    dossier: str
    reason: str


class PlanOut(Wire):
    """The routes that a batch follows: times as HH:MM on the wall in Viet Nam, lengths in metres and seconds."""

    batch: str
    day: date
    state: str
    routes: list[RouteOut]
    left_out: list[LeftOutOut]


@operation("GET", "/batches", TAG, marked("Batches, the newest first"), query=BatchQuery, answer=BatchPage)
def list_batches(query: BatchQuery) -> BatchPage:
    with service().database.read() as session:
        wanted = _in_reach()
        if query.cursor:
            wanted = wanted.where(Batch.id < place(query.cursor, 1)[0])
        if query.day is not None:
            wanted = wanted.where(Batch.day == query.day)
        if query.office:
            wanted = wanted.where(Batch.office_id.in_(sa.select(Office.id).where(Office.code == query.office)))
        found = session.scalars(wanted.order_by(Batch.id.desc()).limit(query.limit + 1)).all()
        shown = found[: query.limit]
        following = cursor(shown[-1].id) if len(found) > len(shown) else None
        return BatchPage(batches=_shown(session, shown), next=following)


@operation("GET", ONE, TAG, marked("One batch"), answer=BatchOut, conditional=True, problems=(404,))
def get_batch(batch: str) -> Response:
    with service().database.read() as session:
        (shown,) = _shown(session, [_found(session, batch)])
        return unless_known(shown)


@operation(
    "GET", f"{ONE}/plan", TAG, marked("The routes that a batch follows"), answer=PlanOut, conditional=True,
    problems=(404,),
)  # fmt: skip
def get_plan(batch: str) -> Response:
    with service().database.read() as session:
        found = _found(session, batch)
        if found.plan is None:
            abort(404)
        return unless_known(_plan(found, plan_document(session, found.plan)))


@operation(
    "GET", f"{ONE}/documents/{{paper}}", TAG,
    marked("A paper of a batch as it was printed last: labels.pdf, slips.pdf, route-sheets.pdf or manifest.pdf"),
    media="application/pdf", problems=(404, 409),
)  # fmt: skip
def get_document(batch: str, paper: str) -> Response:
    if paper not in PAPERS:
        abort(404)
    with service().database.read() as session:
        code = _found(session, batch).code
    content = papers_of(service(), code, wanted={paper})[paper]
    with service().database.write() as session:
        note(session, caller().actor, "fetched", f"batch:{code}", now(), {"paper": paper})
    return as_file(content, f"{code}-{paper}")


def _in_reach() -> sa.Select[Batch]:
    return sa.select(Batch).options(joinedload(Batch.office)).where(caller().in_reach(Batch.office_id))


def _found(session: Session, code: str) -> Batch:
    return session.scalar(_in_reach().where(Batch.code == code)) or abort(404)


def _shown(session: Session, batches: Sequence[Batch]) -> list[BatchOut]:
    ids = [batch.id for batch in batches]
    counted = sa.select(Item.batch_id, Item.custody, sa.func.count()).where(Item.batch_id.in_(ids))
    hands: dict[int, Counter[str]] = {number: Counter() for number in ids}
    for batch_id, custody, count in session.execute(counted.group_by(Item.batch_id, Item.custody)):
        if batch_id is not None:
            hands[batch_id][custody.value] += count
    return [_batch(batch, hands[batch.id]) for batch in batches]


def _batch(batch: Batch, hands: Counter[str]) -> BatchOut:
    return BatchOut(
        batch=batch.code, office=batch.office.code, day=batch.day, envelopes=hands.total(), at_ward=hands["ward"],
        with_carrier=hands["carrier"], with_recipient=hands["recipient"], is_planned=batch.plan_id is not None,
        is_printed=bool(batch.manifests),
    )  # fmt: skip


def _plan(batch: Batch, document: dict[str, Any]) -> PlanOut:
    """The plan's part for one batch: it may have been made for those of several offices together."""
    own = {item.id for item in batch.items}
    left_out = [
        LeftOutOut(item=each["item"], dossier=each["dossier"], reason=each["reason"])
        for each in document["left_out"]
        if each["item"] in own
    ]
    routes = [
        RouteOut(**{**route, "stops": [StopOut(**stop) for stop in route["stops"]]})
        for route in document["routes"]
        if any(stop["item"] in own for stop in route["stops"])
    ]
    return PlanOut(batch=batch.code, day=batch.day, state=document["state"], routes=routes, left_out=left_out)
