"""The made-up addresses: repeatable, true to the ground, of every kind, and about nobody."""

import re
from collections import Counter

import pytest

from benchmarks.addresses import HERE, Case
from benchmarks.addresses.corpus import bus_stops, given, made_up
from benchmarks.addresses.ground import Ground
from benchmarks.addresses.spelling import plain
from tests.conftest import SHARED

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground(SHARED)


@pytest.fixture(scope="module")
def cases(ground: Ground) -> list[Case]:
    return made_up(ground, 2000, seed=5)


def test_the_same_seed_writes_the_same_addresses_and_another_seed_others(ground: Ground) -> None:
    assert made_up(ground, 50, seed=1) == made_up(Ground(SHARED), 50, seed=1)
    assert made_up(ground, 50, seed=1) != made_up(ground, 50, seed=2)


def test_every_known_point_lies_in_a_ward_that_counts_as_right(ground: Ground, cases: list[Case]) -> None:
    pointed = [case for case in cases if case.truth.point is not None]
    assert len(pointed) > 500
    for case in pointed:
        assert case.truth.point is not None
        assert case.truth.wards & ground.wards_at(*case.truth.point)


def test_an_address_is_here_with_one_right_ward_or_more_or_elsewhere_with_none(cases: list[Case]) -> None:
    for case in cases:
        assert bool(case.truth.wards & HERE) != ("elsewhere" in case.kinds)


def test_nobody_can_know_only_where_more_than_one_ward_is_possible(cases: list[Case]) -> None:
    unknowable = [case for case in cases if case.truth.must_ask]
    assert len(unknowable) > 20
    assert all(len(case.truth.wards) > 1 for case in unknowable)


def test_a_tidily_written_address_names_its_street(cases: list[Case]) -> None:
    tidy = [case for case in cases if "as it should be written" in case.kinds and case.truth.street]
    assert len(tidy) > 100
    for case in tidy:
        assert case.truth.street is not None
        assert case.truth.street in plain(case.text)


def test_hardly_two_addresses_are_alike(cases: list[Case]) -> None:
    assert len({case.text for case in cases}) > 0.95 * len(cases)


def test_each_way_of_writing_occurs_often_enough_to_be_counted(cases: list[Case]) -> None:
    often = Counter(kind for case in cases for kind in case.kinds)
    wanted = {
        "no diacritics", "decomposed (NFD)", "no commas", "typo: telex", "typo: swapped letters", "wrong ward",
        "old form", "new form", "alley: slash", "alley: ngách", "flat in a tower", "namesake in another province",
        "cannot be known",
    }  # fmt: skip
    assert {kind for kind in wanted if often[kind] < 8} == set()


def test_telephone_numbers_are_nobodys(cases: list[Case]) -> None:
    digits = [re.sub(r"\D", "", found) for case in cases for found in re.findall(r"0[\d. ]{8,}", case.text)]
    assert digits
    assert all(number.startswith("0900000") for number in digits)


def test_hand_written_addresses_and_bus_stops_have_their_truth(ground: Ground) -> None:
    assert len(given(ground)) == 25
    assert all(case.truth.wards <= HERE for case in given(ground))
    stops = bus_stops(ground)
    assert len(stops) > 90
    assert all(case.truth.point is not None and case.truth.street for case in stops)
