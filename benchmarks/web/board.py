"""A planned batch for the board: what waits at an office, scattered around it, gathered and given routes."""

import random
from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from delivery.dispatch.batching import find_batch
from delivery.models import Office, Result, Stop
from delivery.moments import local, now
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day

# What people look for: many, some, few, nobody.
SEARCHES = ("nguyen", "ngo gia tu", "hồng lan 0912", "khong co ai ten the")
# A ward is about so many degrees wide.
WIDE = 0.02


def planned_batch(service: Service, seed: int = 1) -> Day:
    """The day of the first office, whose waiting results all have a place now."""
    dice = random.Random(seed)
    with service.database.write() as session:
        office = session.scalars(sa.select(Office).order_by(Office.code)).first()
        assert office is not None
        waiting = sa.select(Result).where(Result.office_id == office.id, Result.item_id.is_(None))
        for result in session.scalars(waiting):
            result.lat = office.lat + dice.uniform(-WIDE, WIDE) / 2
            result.lon = office.lon + dice.uniform(-WIDE, WIDE) / 2
            result.placed_at = now()
    day = Day(service, Intake(service.database, service.settings.home), local(now()).date(), now(), now())
    day.plan()
    return day


def questions(day: Day) -> Iterator[tuple[str, "partial[TestResponse]"]]:
    """The board, an envelope weighed, and the same envelope moved to and fro, each a version of its own."""
    with day.service.database.read() as session:
        stop = session.scalars(sa.select(Stop).where(Stop.position == 3).order_by(Stop.id)).first()
        assert stop is not None
        item, courier = stop.item_id, stop.route.courier_id
    address = f"/dot/{day.batch}/tuyen"
    yield f"the board, {_size(day)} envelopes", partial(_open, address=address)
    yield "an envelope weighed", partial(_open, address=f"{address}/phong-bi/{item}")
    yield "all places, for a drag", partial(_open, address=f"{address}/phong-bi/{item}", accept="application/json")
    yield "a move, and the board again", partial(_move, day=day, item=item, courier=courier)


def _open(client: FlaskClient, *, address: str, accept: str = "text/html") -> TestResponse:
    return client.get(address, headers={"Accept": accept})


def _move(client: FlaskClient, *, day: Day, item: int, courier: int) -> TestResponse:
    with day.service.database.read() as session:
        batch = find_batch(session, day.batch)
        version, at = batch.draft or batch.plan, 1
        assert version is not None
        for route in version.routes:
            at = next((stop.position for stop in route.stops if stop.item_id == item), at)
    form = {"viec": "chuyen", "phong_bi": item, "nguoi": courier, "vi_tri": 2 if at == 3 else 3, "thay": version.id}
    return client.post(f"/dot/{day.batch}/tuyen/doi", data=form, headers={"HX-Request": "true"})


def _size(day: Day) -> int:
    with day.service.database.read() as session:
        return len(find_batch(session, day.batch).items)
