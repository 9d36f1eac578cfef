"""The board: routes changed by hand, each change a version, two dispatchers at once, and what is published."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.board import (
    Author,
    ask_optimiser,
    change,
    go_to,
    open_desk,
    publish,
    redo,
    undo,
)
from delivery.dispatch.changes import CallIn, Change, Hold, LeaveOut, Move, Pin, PutIn, SendHome
from delivery.dispatch.desk import Spot
from delivery.dispatch.planning import request_plan
from delivery.dispatch.versions import current_of, forget_drafts, versions_of
from delivery.dispatch.weighing import weigh
from delivery.dispatch.wishes import Wishes
from delivery.errors import BadInput, ChangedMeanwhile, NotFound, NotNow
from delivery.models import Batch, Case, CaseKind, Courier, Custody, Item, LeftOut, Plan
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.rows import a_row


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Eight envelopes of Bồ Đề, gathered and planned for its couriers."""
    made = Day(service, intake)
    made.import_and_place(*(a_row(number) for number in range(1, 9)))
    made.plan()
    return made


def batch_of(day: Day) -> Batch:
    with day.service.database.read() as session:
        return find_batch(session, day.batch)


def seen(day: Day) -> int:
    batch = batch_of(day)
    return batch.draft_id or batch.plan_id or 0


def do(day: Day, what: Change, *, by: str = "lan", sees: int | None = None) -> Plan:
    return change(day.service, day.batch, Author(by, seen(day) if sees is None else sees), what, NOW)


def routes(day: Day, *, published: bool = False) -> dict[int, list[int]]:
    """The items of each courier in their order, as the board shows them or as the batch follows them."""
    with day.service.database.read() as session:
        batch = find_batch(session, day.batch)
        version = batch.plan if published else current_of(batch)
        assert version is not None
        return {route.courier_id: [stop.item_id for stop in route.stops] for route in version.routes}


def everything(day: Day) -> list[int]:
    return sorted(item for items in routes(day).values() for item in items)


def test_a_move_becomes_a_version_of_its_own_and_the_batch_goes_on_as_published(day: Day) -> None:
    before = routes(day)
    courier, other = sorted(couriers(day))[:2]
    item = before[courier][0] if before.get(courier) else before[other][0]
    owner = next(who for who, items in before.items() if item in items)
    target = other if owner == courier else courier

    made = do(day, Move(item, Spot(target, 1)))

    after = routes(day)
    assert after[target][0] == item
    assert item not in after.get(owner, [])
    assert everything(day) == sorted(item for items in before.values() for item in items)
    assert routes(day, published=True) == before
    assert (made.made_by, made.change and made.change["kind"]) == ("lan", "moved")


def test_what_a_place_is_said_to_cost_is_what_the_move_costs(day: Day) -> None:
    item = everything(day)[0]
    desk = open_desk(day.service, day.batch)
    weighed = weigh(desk, item)
    assert {place.seconds for place in weighed.places if place.spot == weighed.now} == {0}

    for place in weighed.best:
        made = do(day, Move(item, place.spot))
        with day.service.database.read() as session:
            before, after = session.get_one(Plan, desk.version), session.get_one(Plan, made.id)
            driving = [sum(route.driving for route in plan.routes) for plan in (before, after)]
        assert place.seconds == driving[1] - driving[0]
        turn_back(day)


def test_two_dispatchers_at_once_never_overwrite_each_other(day: Day) -> None:
    first, second = everything(day)[:2]
    looked_at = seen(day)
    do(day, LeaveOut(first), by="lan", sees=looked_at)

    with pytest.raises(ChangedMeanwhile, match="lan đã sửa tuyến"):
        do(day, LeaveOut(second), by="minh", sees=looked_at)

    assert second in everything(day)
    do(day, LeaveOut(second), by="minh")
    assert not {first, second} & set(everything(day))


def test_undoing_and_doing_again_walk_through_the_versions_and_lose_none(day: Day) -> None:
    begun = routes(day)
    items = everything(day)
    do(day, LeaveOut(items[0]))
    do(day, LeaveOut(items[1]))
    latest = routes(day)

    turn_back(day)
    turn_back(day)
    assert routes(day) == begun
    with pytest.raises(NotNow, match="Không có gì để hoàn tác"):
        turn_back(day)
    with day.service.database.write() as session:
        redo(session, day.batch, Author("lan", seen(day)))
    with day.service.database.write() as session:
        redo(session, day.batch, Author("lan", seen(day)))
    assert routes(day) == latest
    with day.service.database.read() as session:
        assert len(versions_of(session, find_batch(session, day.batch))) == 3


def test_publishing_makes_the_batch_follow_the_draft_and_asks_about_nothing_that_waits_by_wish(day: Day) -> None:
    item = everything(day)[0]
    do(day, LeaveOut(item))
    with day.service.database.write() as session:
        publish(session, day.batch, Author("lan", seen_in(session, day)), NOW)

    assert item not in {one for items in routes(day, published=True).values() for one in items}
    with day.service.database.read() as session:
        batch = find_batch(session, day.batch)
        assert batch.draft_id is None
        assert not session.scalars(sa.select(Case).where(Case.kind == CaseKind.LEFT_OUT)).all()
        assert session.scalar(sa.select(LeftOut.reason).where(LeftOut.plan_id == batch.plan_id)) == "by_hand"
    day.print()
    assert len(day.item_codes()) == 7


def test_what_waits_by_wish_is_planned_by_nobody_until_it_is_put_back(day: Day) -> None:
    waiting, other = everything(day)[:2]
    do(day, LeaveOut(waiting))
    do(day, LeaveOut(other))
    ask(day)

    assert not {waiting, other} & set(everything(day))
    with pytest.raises(NotNow, match="Không có gì chờ xếp tuyến"):
        do(day, PutIn())
    place = weigh(open_desk(day.service, day.batch), other).best[0]
    do(day, Move(other, place.spot))
    assert other in everything(day)
    assert waiting not in everything(day)


def test_a_held_route_and_a_pinned_envelope_stay_whatever_the_optimiser_finds(day: Day) -> None:
    courier = max(routes(day), key=lambda who: len(routes(day)[who]))
    held = routes(day)[courier]
    do(day, Hold(courier, held=True))
    ask(day)
    assert routes(day)[courier][: len(held)] == held
    with pytest.raises(NotNow, match="đang được giữ"):
        do(day, LeaveOut(held[0]))
    assert all(place.seconds is None for place in weigh(open_desk(day.service, day.batch), held[0]).places[1:])

    do(day, Hold(courier, held=False))
    do(day, Pin(held[0], pinned=True))
    others = sorted(couriers(day) - {courier})
    with pytest.raises(NotNow, match="ghim"):
        do(day, Move(held[0], Spot(others[0], 1)))
    ask(day)
    assert held[0] in routes(day)[courier]


def test_who_is_off_today_has_no_route_and_the_others_can_take_over_what_waits(day: Day) -> None:
    courier = max(routes(day), key=lambda who: len(routes(day)[who]))
    everybody = everything(day)
    do(day, SendHome(courier))
    assert courier not in routes(day)
    do(day, PutIn())

    assert courier not in routes(day)
    assert everything(day) == everybody
    do(day, CallIn(courier, None))
    assert courier in {place.spot.courier for place in weigh(open_desk(day.service, day.batch), everybody[0]).places}


def test_somebody_must_be_left_to_deliver(day: Day) -> None:
    first, *others = sorted(couriers(day))
    for other in others:
        do(day, SendHome(other))

    with pytest.raises(NotNow, match="Không còn ai"):
        do(day, SendHome(first))


def test_a_longer_shift_is_offered_where_it_lets_an_envelope_in_and_then_does(day: Day) -> None:
    first, *others = sorted(couriers(day))
    for other in others:
        do(day, SendHome(other))
    begin = open_desk(day.service, day.batch).hours[first][0]
    do(day, CallIn(first, (begin, begin + 1200)))
    do(day, PutIn())
    out = waiting(day)
    assert out

    remedies = weigh(open_desk(day.service, day.batch), out[0]).remedies
    offered = [one for one in remedies if isinstance(one.change, CallIn) and one.change.courier == first]
    assert offered
    assert offered[0].change
    assert "làm tới" in offered[0].words
    do(day, offered[0].change)
    assert out[0] in everything(day)


def test_no_shift_past_midnight_is_offered_and_nobody_who_has_left_is_called_in(day: Day) -> None:
    first, *others = sorted(couriers(day))
    in_session(day, lambda session: setattr(session.get_one(Courier, first), "break_length", None))
    do(day, CallIn(first, (24 * 3600 - 300, 24 * 3600)))
    for other in others:
        do(day, SendHome(other))
    remedies = weigh(open_desk(day.service, day.batch), waiting(day)[0]).remedies

    shifts = [one.change.shift for one in remedies if isinstance(one.change, CallIn) and one.change.shift]
    assert shifts
    assert all(0 <= start < end <= 24 * 3600 for start, end in shifts)
    in_session(day, lambda session: setattr(session.get_one(Courier, others[0]), "active", False))
    with pytest.raises(NotFound, match="không có bưu tá như vậy"):
        do(day, CallIn(others[0], None))


def test_who_lost_a_place_by_a_change_is_counted(day: Day) -> None:
    busy = max(routes(day), key=lambda who: len(routes(day)[who]))
    had = routes(day)[busy]
    begin = open_desk(day.service, day.batch).hours[busy][0]

    made = do(day, CallIn(busy, (begin, begin + 300)))

    assert made.change
    assert made.change["lost"] == len(had)
    assert waiting(day) == sorted(had)


def test_a_courier_who_has_left_the_office_leaves_envelopes_that_can_be_given_to_others(day: Day) -> None:
    gone = max(routes(day), key=lambda who: len(routes(day)[who]))
    item, everybody = routes(day)[gone][0], everything(day)
    in_session(day, lambda session: setattr(session.get_one(Courier, gone), "active", False))

    weighed = weigh(open_desk(day.service, day.batch), item)
    assert weighed.now is None
    assert {place.spot.courier for place in weighed.best} == couriers(day)
    made = do(day, Move(item, weighed.best[0].spot))
    assert made.change
    assert made.change["lost"] == len([one for one in everybody if one not in everything(day)])
    do(day, PutIn())
    assert everything(day) == everybody


def test_hours_that_end_before_they_begin_are_refused(day: Day) -> None:
    courier = min(couriers(day))
    with pytest.raises(BadInput, match="kết thúc sau khi bắt đầu"):
        do(day, CallIn(courier, (36000, 36000)))


def test_an_answer_that_comes_after_somebody_went_on_by_hand_overwrites_nothing(day: Day) -> None:
    items = everything(day)
    with day.service.database.write() as session:
        ask_optimiser(session, day.batch, Author("minh", seen_in(session, day)), 1, NOW)
    do(day, LeaveOut(items[0]))
    by_hand = routes(day)

    day.work("plan")

    assert routes(day) == by_hand
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        answer = next(one for one in versions_of(session, batch) if one.change == {"kind": "optimised"})
        go_to(session, day.batch, Author("minh", seen_in(session, day)), answer.id)
    assert everything(day) == items


def test_an_envelope_that_is_called_back_meanwhile_stops_the_change(day: Day) -> None:
    class CalledBack(LeaveOut):
        def planned(self, desk):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            with day.service.database.write() as session:
                session.get_one(Item, items[1]).recalled_at = NOW
            return super().planned(desk)

    items = everything(day)
    with pytest.raises(NotNow, match="Trong lúc đó"):
        do(day, CalledBack(items[0]))
    assert items[0] in everything(day)


def test_once_an_envelope_has_left_nothing_of_the_routes_changes(service: Service, intake: Intake) -> None:
    day = told_day(service, intake)
    item = everything(day)[0]
    do(day, LeaveOut(item))
    day.hand_over(day.item_codes()[-1:])

    for attempt in (
        lambda: do(day, LeaveOut(item)),
        lambda: in_session(day, lambda session: publish(session, day.batch, Author("lan", seen(day)), NOW)),
        lambda: turn_back(day),
        lambda: ask(day),
    ):
        with pytest.raises(NotNow, match="bàn giao một phần"):
            attempt()


def test_a_plan_that_is_ready_after_the_hand_over_began_changes_nothing(service: Service, intake: Intake) -> None:
    day = told_day(service, intake)
    followed = batch_of(day).plan_id
    with day.service.database.write() as session:
        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)
    day.hand_over(day.item_codes()[:1])

    day.work("plan")

    assert batch_of(day).plan_id == followed


def test_what_came_later_waits_beside_the_routes_until_it_is_put_in(day: Day) -> None:
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        batch.plan_id = None
    day.import_and_place(a_row(20))
    with day.service.database.write() as session:
        batch_due(session, DAY, NOW)
    late = waiting(day)
    assert len(late) == 9

    do(day, PutIn())

    assert waiting(day) == []
    assert len(everything(day)) == 9


@pytest.mark.parametrize("what", [Move(10**6, Spot(1, 1)), LeaveOut(10**6), Pin(10**6, pinned=True)])
def test_an_envelope_of_another_batch_is_not_to_be_found(day: Day, what: Change) -> None:
    with pytest.raises(NotFound):
        do(day, what)


def test_places_and_couriers_that_there_are_not_are_refused(day: Day) -> None:
    item, courier = everything(day)[0], min(couriers(day))
    with pytest.raises(BadInput, match="không có chỗ nào như vậy"):
        do(day, Move(item, Spot(courier, 99)))
    with pytest.raises(BadInput, match="không có chỗ nào như vậy"):
        do(day, Move(item, Spot(courier, 0)))
    with pytest.raises(NotFound, match="không đi tuyến"):
        do(day, Move(item, Spot(10**6, 1)))


def test_routes_that_nobody_follows_are_forgotten_and_who_changed_what_is_not(day: Day) -> None:
    first, second = everything(day)[:2]
    do(day, LeaveOut(first))
    in_session(day, lambda session: publish(session, day.batch, Author("lan", seen_in(session, day)), NOW))
    do(day, LeaveOut(second), by="minh")
    published, draft = routes(day, published=True), routes(day)

    assert forget_drafts(day.service.database, NOW) == 0
    assert forget_drafts(day.service.database, NOW + timedelta(days=1)) == 1

    assert (routes(day, published=True), routes(day)) == (published, draft)
    with day.service.database.read() as session:
        made = versions_of(session, find_batch(session, day.batch))
        assert [one.made_by for one in made] == ["minh", "lan"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Plan)) == 3


def test_wishes_are_read_as_they_were_kept() -> None:
    wishes = Wishes({5: 1}, frozenset({1}), frozenset({2}), {1: (27000, 61200)}, frozenset({6}))

    assert Wishes.of(wishes.facts()) == wishes
    assert Wishes.of(None) == Wishes()


def couriers(day: Day) -> set[int]:
    with day.service.database.read() as session:
        office = find_batch(session, day.batch).office_id
        return set(session.scalars(sa.select(Courier.id).where(Courier.office_id == office, Courier.active)))


def waiting(day: Day) -> list[int]:
    """What lies at the ward without a place in the routes on the board."""
    with day.service.database.read() as session:
        batch = find_batch(session, day.batch)
        version = current_of(batch)
        served = {stop.item_id for route in (version.routes if version else []) for stop in route.stops}
        lies = sa.select(Item.id).where(Item.batch_id == batch.id, Item.custody == Custody.WARD)
        return [item for item in session.scalars(lies.order_by(Item.id)) if item not in served]


def seen_in(session: Session, day: Day) -> int:
    batch = find_batch(session, day.batch)
    return batch.draft_id or batch.plan_id or 0


def in_session(day: Day, step: Callable[[Session], object]) -> None:
    with day.service.database.write() as session:
        step(session)


def turn_back(day: Day) -> None:
    in_session(day, lambda session: undo(session, day.batch, Author("lan", seen_in(session, day))))


def ask(day: Day) -> None:
    in_session(day, lambda session: ask_optimiser(session, day.batch, Author("lan", seen_in(session, day)), 1, NOW))
    day.work("plan")
