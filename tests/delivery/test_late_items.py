"""What comes late finds a place in a day that is planned already, or goes with a second trip once the first is out."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.board import Author, change, publish
from delivery.dispatch.changes import PutIn
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import Asker, papers_of, print_batch
from delivery.dispatch.trips import TURN, busy_until
from delivery.errors import NotNow
from delivery.models import Batch, Label, Plan
from delivery.wiring import Service
from tests.delivery.conftest import DAY, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.rows import a_row
from tests.labels.reading import words

LATE = datetime.fromisoformat("2026-11-25T07:20:00+07:00")
NOON = datetime.fromisoformat("2026-11-25T12:00:00+07:00")


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Six envelopes of Bồ Đề, planned and printed; then two more results are placed."""
    made = Day(service, intake).prepare(6)
    made.import_and_place(a_row(7), a_row(8))
    return made


def gather(day: Day, at: datetime = LATE) -> list[str]:
    with day.service.database.write() as session:
        return [batch.code for batch in batch_due(session, DAY, at)]


def put_in(day: Day) -> None:
    """The dispatcher puts what waits into the routes and publishes them."""
    with day.service.database.read() as session:
        sees = find_batch(session, day.batch).plan_id or 0
    made = change(day.service, day.batch, Author("lan", sees), PutIn(), LATE)
    with day.service.database.write() as session:
        publish(session, day.batch, Author("lan", made.id), LATE)


def printings(day: Day) -> list[int]:
    with day.service.database.read() as session:
        return sorted(len(label.printings) for label in session.scalars(sa.select(Label)))


def test_what_comes_late_joins_the_batch_that_is_still_here(day: Day) -> None:
    assert gather(day) == [day.batch]
    with day.service.database.read() as session:
        batch = find_batch(session, day.batch)
        placed = {stop.item_id for route in batch.plan.routes for stop in route.stops} if batch.plan else set()
        assert len(batch.items) == 8
        assert len(placed) == 6


def test_only_the_new_labels_are_printed_and_all_papers_name_all(day: Day) -> None:
    gather(day)
    put_in(day)

    papers = print_batch(day.service, day.batch, LATE, asker=Asker("bode"), only_new=True)

    assert printings(day) == [1] * 8
    assert len(words(papers["labels.pdf"])) == 2
    assert len(words(papers_of(day.service, day.batch)["labels.pdf"])) == 8
    listed = "".join("".join(words(papers["manifest.pdf"])).split())
    assert all(code in listed for code in day.item_codes())
    with pytest.raises(NotNow, match="đã có nhãn"):
        print_batch(day.service, day.batch, LATE, asker=Asker("bode"), only_new=True)


def test_the_whole_is_printed_again_only_with_a_reason(day: Day) -> None:
    gather(day)
    put_in(day)

    with pytest.raises(NotNow):
        print_batch(day.service, day.batch, LATE, asker=Asker("bode"))
    assert printings(day) == [1] * 6
    print_batch(day.service, day.batch, LATE, asker=Asker("bode", "xếp lại tuyến"))
    assert printings(day) == [1, 1, *[2] * 6]


def test_once_the_first_trip_is_out_a_second_begins_when_it_is_back(service: Service, intake: Intake) -> None:
    day = told_day(service, intake, 6)
    day.hand_over(day.item_codes()[:1])
    day.import_and_place(a_row(7), a_row(8))

    first, second = gather(day, NOON)
    assert (first, second) == (day.batch, day.batch[:-1] + "2")
    with service.database.write() as session:
        request_plan(session, code=second, day=None, seconds=1, at=NOON)
    day.work("plan")

    with service.database.read() as session:
        out, later = find_batch(session, first).plan, find_batch(session, second).plan
        assert out
        assert later
        back = {route.courier_id: route.back for route in out.routes}
        assert sum(len(route.stops) for route in later.routes) == 2
        for route in later.routes:
            assert route.leave >= max(12 * 3600 + TURN, back.get(route.courier_id, 0) + TURN)


def test_nobody_is_bound_by_the_first_batch_of_a_day_or_by_another_day(day: Day) -> None:
    with day.service.database.write() as session:
        assert busy_until(session, find_batch(session, day.batch)) == {}
        office = find_batch(session, day.batch).office_id
        tomorrow = Batch(code="BD-261126-1", office_id=office, day=DAY + timedelta(days=1), created_at=NOON)
        session.add(tomorrow)
        session.flush()
        assert busy_until(session, tomorrow) == {}


def test_a_second_trip_for_which_nobody_has_time_leaves_its_envelopes_here_and_says_so(
    service: Service, intake: Intake
) -> None:
    day = told_day(service, intake, 2)
    day.hand_over(day.item_codes()[:1])
    day.import_and_place(a_row(7))
    evening = datetime.fromisoformat("2026-11-25T18:00:00+07:00")
    second = gather(day, evening)[-1]
    with service.database.write() as session:
        request_plan(session, code=second, day=None, seconds=1, at=evening)
    day.work("plan")

    with service.database.read() as session:
        plan = session.scalars(sa.select(Plan).order_by(Plan.id.desc())).first()
        assert plan
        assert plan.routes == []
        assert len(plan.left_out) == 1
