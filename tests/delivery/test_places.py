"""A made-up day to practise with."""

import csv
from datetime import date
from pathlib import Path

from delivery.sample_day import HEADER, write_sample_day


def test_a_made_up_day_is_the_same_for_the_same_seed_and_has_bad_and_doubtful_rows(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "results.csv", tmp_path / "b.csv"

    made = write_sample_day(first, date(2026, 11, 25), 200, seed=7)
    write_sample_day(second, date(2026, 11, 25), 200, seed=7)

    assert first.read_bytes() == second.read_bytes()
    assert (made.rows, made.bad, made.doubtful) == (200, 12, 10)
    assert 150 <= made.at_home <= 190
    with first.open(encoding="utf-8-sig") as file:
        assert tuple(next(csv.reader(file))) == HEADER
