"""The bench of callbacks counts what it says: in a small run all is thanked for, kept and applied."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.postal._house import bench_house
from benchmarks.postal.callbacks import Phase, percentile, run
from tests.conftest import is_open, need


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_is_thanked_for_is_applied_once_and_forgeries_are_told_so(database: str, tmp_path: Path) -> None:
    if database == "postgresql":
        need(is_open(5432), "PostgreSQL on 127.0.0.1:5432")
        need(is_open(5672), "RabbitMQ on 127.0.0.1:5672")
    with bench_house(tmp_path / "home", 10, database) as house:
        (outcome,), broken = run(house, [Phase("a little", 20, 3, forged=0.5)], workers=1)

    assert Counter(answer.status for answer in outcome.answers) == {200: 30, 401: 30}
    # Three of the thirty came twice.
    assert len(outcome.visible) == 27
    assert (outcome.missing, outcome.unapplied, broken) == (0, 0, [])
    assert {page.status for page in outcome.pages} == {200}
    assert list(outcome.misses()) == []


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert [percentile([3.0, 1.0, 2.0, 4.0], p) for p in (50, 95, 100)] == [2.0, 4.0, 4.0]
    assert percentile([], 99) == float("inf")
