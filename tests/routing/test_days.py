"""Spreading items over days: none twice, none lost, on time where that is possible, and neighbours together."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.days import Day, Item, earliest_deadline_first, spread
from routing.travel import Location
from tests.routing.days import OFFICE


def week(count: int, seconds: int, couriers: int = 1) -> list[Day]:
    return [Day(number, seconds, couriers, OFFICE) for number in range(count)]


def some_items(count: int, days: int, seed: int = 5) -> list[Item]:
    chance = random.Random(seed)
    return [
        Item(
            f"i{n}",
            Location(OFFICE.lat + chance.gauss(0, 0.02), OFFICE.lon + chance.gauss(0, 0.02)),
            service=150,
            deadline=chance.randrange(days),
        )
        for n in range(count)
    ]


@st.composite
def due(draw: st.DrawFn) -> list[Item]:
    offset = st.floats(-0.03, 0.03, allow_nan=False)
    return [
        Item(
            f"i{n}",
            Location(OFFICE.lat + draw(offset), OFFICE.lon + draw(offset)),
            service=draw(st.sampled_from([0, 150, 600])),
            deadline=draw(st.integers(0, 3)),
            earliest=draw(st.integers(0, 4)),
            priority=draw(st.sampled_from([0, 50, 100])),
        )
        for n in range(draw(st.integers(0, 25)))
    ]


@settings(max_examples=60, deadline=None)
@given(items=due(), count=st.integers(1, 4), seconds=st.sampled_from([0, 2000, 4000, 30_000]))
def test_every_item_has_one_day_or_is_reported_and_no_day_is_too_full(
    items: list[Item], count: int, seconds: int
) -> None:
    days = week(count, seconds)

    planned = spread(items, days)

    assert sorted([*planned.assignment, *planned.unplanned]) == sorted(item.id for item in items)
    assert all(planned.load[day.number] <= day.capacity for day in days)
    for item in items:
        if item.id in planned.assignment:
            assert item.earliest <= planned.assignment[item.id]
            assert (item.id in planned.late) == (planned.assignment[item.id] > item.deadline)


@settings(max_examples=60, deadline=None)
@given(items=due(), seconds=st.sampled_from([2000, 4000, 8000, 30_000]))
def test_deadlines_that_a_sorted_list_keeps_are_kept(items: list[Item], seconds: int) -> None:
    days = week(4, seconds)
    greedy = earliest_deadline_first(items, days)

    planned = spread(items, days)

    if not greedy.late and not greedy.unplanned:
        assert (planned.late, planned.unplanned) == ((), ())


def test_neighbours_go_together_more_than_by_a_sorted_list() -> None:
    items, days = some_items(400, 5), week(5, 8 * 3600, couriers=2)

    planned, greedy = spread(items, days), earliest_deadline_first(items, days)

    assert len(planned.visits) < len(greedy.visits)
    assert planned.late == ()


def test_where_not_all_can_be_on_time_the_more_urgent_ones_are() -> None:
    items = [Item(f"i{n}", OFFICE, service=1000, deadline=0, priority=100 * (n % 2)) for n in range(6)]

    planned = spread(items, week(2, 3100))

    assert set(planned.late) == {"i0", "i2", "i4"}


def test_two_thousand_items_are_spread_over_a_week_and_again_alike() -> None:
    items, days = some_items(2000, 5), week(5, 8 * 3600, couriers=4)

    first = spread(items, days, seed=3)

    assert spread(items, days, seed=3) == first
    assert first.late == ()
