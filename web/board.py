"""The board's view of a batch: lanes of doors, hours on a line, totals beside the published ones, and all versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.batching import has_left
from delivery.dispatch.board import next_version
from delivery.dispatch.problems import hours_with, on_duty, to_carry
from delivery.dispatch.reasons import explain
from delivery.dispatch.trips import busy_until
from delivery.dispatch.versions import BY_HAND, current_of, versions_of
from delivery.dispatch.wishes import Shift, Wishes
from delivery.models import Batch, Courier, Item, LeftOut, Plan, PlanState, Route, Stop
from web.board_words import change_words
from web.day import COLOURS, DASHES, RouteLine

HOUR = 3600
LONGEST_LIST = 30


@dataclass(frozen=True, slots=True)
class Total:
    """What routes come to: seconds of driving, metres, and the seconds out of who is out longest and shortest."""

    doors: int
    driving: int
    metres: int
    longest: int
    shortest: int

    @classmethod
    def of(cls, routes: Sequence[Route], doors: int) -> "Total":
        out = [route.back - route.leave for route in routes]
        return cls(
            doors, sum(route.driving for route in routes), sum(route.distance for route in routes),
            max(out, default=0), min(out, default=0),
        )  # fmt: skip

    @property
    def gap(self) -> int:
        """How much longer than the others somebody is out."""
        return self.longest - self.shortest


@dataclass(frozen=True, slots=True)
class Door:
    """An envelope in a lane; `stop` holds its number and times, `why` the reason where it has no route."""

    item: Item
    stop: Stop | None
    pinned: bool = False
    why: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the day on the line of hours, in hundredths of its length: at a door, or waiting before one."""

    kind: str
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Lane:
    """A courier's route; `shift` are today's hours, `usual` says whether they are those of every day."""

    courier: Courier
    route: Route | None
    doors: Sequence[Door]
    colour: str
    dash: str
    held: bool
    shift: Shift
    usual: bool
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list: what changed, who did it, and what its routes come to."""

    plan: Plan
    words: str
    total: Total
    waiting: int
    is_shown: bool
    is_published: bool


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything on the page."""

    batch: Batch
    version: Plan | None
    is_draft: bool
    is_closed: bool
    lanes: Sequence[Lane]
    waiting: Sequence[Door]
    off: Sequence[Courier]
    away: Sequence[Courier]
    total: Total
    published: Total | None
    versions: Sequence[VersionLine]
    hours: Sequence[tuple[int, float]]
    plan_id: int | None
    may_undo: bool
    may_redo: bool

    @property
    def may_put_in(self) -> bool:
        """Whether something waits that nobody wishes to wait."""
        return any(not door.by_hand for door in self.waiting)

    @property
    def routes(self) -> list[RouteLine]:
        """The routes as the map draws them."""
        return [
            RouteLine(lane.route, [door.stop for door in lane.doors if door.stop], lane.colour, lane.dash)
            for lane in self.lanes
            if lane.route is not None
        ]


def view_board(session: Session, batch_id: int) -> BoardView:
    """Gather the board of a batch as it stands."""
    batch = _read(session, batch_id)
    version = current_of(batch)
    wishes = Wishes.of(version.wishes if version is not None else None)
    items = {item.id: item for item in to_carry(batch)}
    busy = busy_until(session, batch)
    couriers = on_duty(batch, wishes, busy)
    routes = {route.courier_id: route for route in (version.routes if version is not None else [])}
    shifts = [hours_with(one, wishes, busy) for one in couriers]
    hours = _day_of(shifts, list(routes.values()))
    lanes = [_lane(number, one, routes.get(one.id), items, wishes, hours) for number, one in enumerate(couriers)]
    planned = {door.item.id for lane in lanes for door in lane.doors}
    missed = {left.item_id: left for left in (version.left_out if version is not None else [])}
    closed = has_left(session, batch)
    return BoardView(
        batch=batch,
        version=version,
        is_draft=batch.draft_id is not None,
        is_closed=closed,
        lanes=lanes,
        waiting=[_waiting(item, missed.get(item.id)) for item in items.values() if item.id not in planned],
        off=[one for one in batch.office.couriers if one.is_there(batch.day) and one.id in wishes.off],
        away=[one for one in batch.office.couriers if one.active and not one.is_there(batch.day)],
        total=Total.of([lane.route for lane in lanes if lane.route is not None], len(planned)),
        published=_published(batch, items) if batch.draft_id is not None else None,
        versions=_versions(session, batch, version),
        hours=[(hour * HOUR, _share(hour * HOUR, hours)) for hour in range(-(-hours[0] // HOUR), hours[1] // HOUR + 1)],
        plan_id=_asked(session, batch),
        may_undo=not closed and version is not None and version.parent_id is not None,
        may_redo=not closed and next_version(session, batch) is not None,
    )


def _read(session: Session, batch_id: int) -> Batch:
    plan, draft = selectinload(Batch.plan), selectinload(Batch.draft)
    whole = (
        selectinload(Batch.items).selectinload(Item.results),
        plan.selectinload(Plan.routes).selectinload(Route.stops),
        draft.selectinload(Plan.routes).selectinload(Route.stops),
        plan.selectinload(Plan.left_out),
        draft.selectinload(Plan.left_out),
    )
    return session.get_one(Batch, batch_id, options=whole)


def _lane(
    number: int, courier: Courier, route: Route | None, items: Mapping[int, Item], wishes: Wishes, hours: Shift
) -> Lane:  # fmt: skip
    stops = [stop for stop in route.stops if stop.item_id in items] if route is not None else []
    usual = (courier.shift_start, courier.shift_end)
    shift = wishes.shifts.get(courier.id, usual)
    return Lane(
        courier=courier,
        route=route if stops else None,
        doors=[Door(items[stop.item_id], stop, pinned=stop.item_id in wishes.pinned) for stop in stops],
        colour=COLOURS[number % len(COLOURS)],
        dash=DASHES[number % len(DASHES)],
        held=courier.id in wishes.held,
        shift=shift,
        usual=shift == usual,
        bars=list(_bars(stops, hours)),
    )


def _bars(stops: Sequence[Stop], hours: Shift) -> Iterator[Bar]:
    for stop in stops:
        for kind, start, end in (("wait", stop.arrival, stop.start), ("door", stop.start, stop.departure)):
            if end > start:
                yield Bar(kind, _share(start, hours), (end - start) / (hours[1] - hours[0]) * 100)


def _day_of(shifts: Sequence[Shift], routes: Sequence[Route]) -> Shift:
    """From the first hour in which somebody is out to the last."""
    begin = min([shift[0] for shift in shifts] + [route.leave for route in routes], default=7 * HOUR)
    end = max([shift[1] for shift in shifts] + [route.back for route in routes], default=18 * HOUR)
    return begin, max(end, begin + HOUR)


def _share(moment: int, hours: Shift) -> float:
    return (moment - hours[0]) / (hours[1] - hours[0]) * 100


def _waiting(item: Item, missed: LeftOut | None) -> Door:
    why = explain(missed.reason, missed.facts) if missed is not None and missed.reason != "not_tested" else ""
    return Door(item, None, why=why, by_hand=missed is not None and missed.reason == BY_HAND)


def _published(batch: Batch, items: Mapping[int, Item]) -> Total | None:
    if batch.plan is None:
        return None
    mine = [route for route in batch.plan.routes if any(stop.item_id in items for stop in route.stops)]
    return Total.of(mine, sum(stop.item_id in items for route in mine for stop in route.stops))


def _versions(session: Session, batch: Batch, shown: Plan | None) -> list[VersionLine]:
    made = versions_of(session, batch)[:LONGEST_LIST]
    codes = {item.id: item.first.dossier_code for item in batch.items}
    mine = {one.id for one in batch.office.couriers}
    doors = sa.select(Route.plan_id, sa.func.count(Stop.id)).join(Route.stops).where(
        Route.plan_id.in_([plan.id for plan in made]), Stop.item_id.in_(codes)
    )  # fmt: skip
    counts: dict[int, int] = dict(session.execute(doors.group_by(Route.plan_id)).all())
    return [
        VersionLine(
            plan=plan,
            words=change_words(plan, codes),
            total=Total.of([route for route in plan.routes if route.courier_id in mine], counts.get(plan.id, 0)),
            waiting=len(codes) - counts.get(plan.id, 0),
            is_shown=shown is not None and plan.id == shown.id,
            is_published=plan.id == batch.plan_id,
        )
        for plan in made
    ]


def _asked(session: Session, batch: Batch) -> int | None:
    """The plan that the optimiser is asked for at this moment, if any."""
    waiting = sa.select(Plan).where(Plan.day == batch.day, Plan.state == PlanState.WAITING).order_by(Plan.id.desc())
    return next((plan.id for plan in session.scalars(waiting) if batch.id in plan.batches["ids"]), None)
