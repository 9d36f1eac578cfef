"""A day under all bad habits at once, with a process killed every few seconds, ends balanced to the last envelope."""

from pathlib import Path

import pytest

from benchmarks.storm import weather
from tests.faults.conftest import SEEDS

ITEMS = 14


@pytest.mark.skipif(SEEDS == 1, reason="a storm takes minutes; it is part of make faults")
@pytest.mark.fault("storm")
@pytest.mark.journey
def test_a_day_in_a_storm_ends_balanced(tmp_path: Path, seed: int) -> None:
    left = weather(tmp_path, ITEMS, every=8, seed=seed, patience=300)

    assert left.kills
    assert left.verdict.sound, left.verdict
    assert left.balance.balanced, left.balance.differences
    assert left.balance.handed_over == left.items
