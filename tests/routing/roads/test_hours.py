"""What the hour does to travel times: read from a table, or learnt from what couriers drove."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import UnsupportedInput
from routing.roads import Factors, Observation, learn_factors
from routing.roads.speeds import CLASSES, ROW


def test_without_a_table_every_hour_is_the_usual_one() -> None:
    assert set(Factors().by_class(17)) == {1.0}


def test_a_row_for_a_class_counts_before_the_row_for_all(tmp_path: Path) -> None:
    table = tmp_path / "factors.csv"
    table.write_text("hour,road_class,factor\n17,*,1.5\n17,primary,2\n", encoding="utf-8-sig")
    factors = Factors.read(table)

    at_five = factors.by_class(17)
    assert (at_five[ROW["primary"]], at_five[ROW["service"]]) == (2.0, 1.5)
    assert set(factors.by_class(16)) | set(factors.by_class(None)) == {1.0}
    assert len(at_five) == len(CLASSES)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("24,*,1", "hour must be 0 to 23"),
        ("8,boulevard,1", "road_class must be"),
        ("8,*,0", "factor must be 0.1 to 10"),
        ("8,*,nan", "factor must be"),
        ("8,*", "are needed"),
        ("soon,*,1", "are needed"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(tmp_path: Path, line: str, told: str) -> None:
    table = tmp_path / "factors.csv"
    table.write_text(f"hour,road_class,factor\n7,*,1\n{line}\n", encoding="utf-8")

    with pytest.raises(UnsupportedInput, match=f"factors.csv, line 3: .*{told}"):
        Factors.read(table)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "factors.csv"
    table.write_bytes(b"hour,road_class,factor\n\xff\xfe\n")

    with pytest.raises(UnsupportedInput, match="not a CSV file"):
        Factors.read(table)


def drives(hour: int, ratio: float, count: int) -> list[Observation]:
    return [Observation(hour, 300, 300 * ratio)] * count


def test_the_more_legs_were_driven_the_more_they_are_believed() -> None:
    learnt = [learn_factors(drives(17, 2.0, count)).rows[17, "*"] for count in (8, 20, 1000)]

    assert learnt == pytest.approx([2 ** (8 / 28), 2**0.5, 2 ** (1000 / 1020)])


def test_a_few_legs_teach_nothing() -> None:
    assert learn_factors(drives(17, 2.0, 7)).rows == {}


def test_a_courier_who_had_lunch_on_the_way_changes_nothing() -> None:
    usual = drives(12, 1.2, 41)

    assert learn_factors(usual + drives(12, 50, 20)).rows[12, "*"] == pytest.approx(1.2 ** (61 / 81))


def test_short_legs_and_times_that_cannot_be_are_passed_over() -> None:
    wrong = [(8, 59, 600), (8, 300, 0), (8, 300, -5), (24, 300, 300), (8, float("nan"), 9), (8, 300, float("inf"))]

    assert learn_factors([Observation(*one) for one in wrong] * 50).rows == {}


@given(st.lists(st.builds(Observation, st.integers(-1, 24), st.floats(), st.floats()), max_size=60))
def test_whatever_was_observed_the_factors_are_usable(observations: list[Observation]) -> None:
    for (hour, _), factor in learn_factors(observations * 8).rows.items():
        assert 0 <= hour < 24
        assert 0.1 <= factor <= 10


@given(st.floats(0.2, 5), st.integers(8, 500))
def test_slow_and_fast_are_learnt_alike(ratio: float, count: int) -> None:
    slow, fast = (learn_factors(drives(9, one, count)).rows[9, "*"] for one in (ratio, 1 / ratio))

    assert slow * fast == pytest.approx(1)
    assert min(1, ratio) <= slow <= max(1, ratio) or slow == pytest.approx(ratio)
