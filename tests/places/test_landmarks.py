"""A courier is told what people there go by, and nothing that does not help to find the door."""

from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.places.atlas import Atlas
from delivery.places.gazetteer import Gazetteer
from delivery.places.landmarks import METRES_PER_DEGREE, Landmark, Landmarks
from delivery.places.rows import PlaceRow, StreetRow

LAT, LON = 21.04, 105.87


def at(north: float, east: float = 0.0) -> tuple[float, float]:
    """A spot so many metres from the corner."""
    return LAT + north / METRES_PER_DEGREE, LON + east / METRES_PER_DEGREE / cos(radians(LAT))


def place(name: str, north: float, east: float = 0.0, kind: str = "poi", reach: int = 10) -> PlaceRow:
    return PlaceRow(name, kind, "1", *at(north, east), reach)  # type: ignore[arg-type]


def street(name: str, north: float) -> StreetRow:
    """From west to east."""
    return StreetRow(name, "1", *at(north), 500, 1000, lines=((at(north, -500), at(north, 500)),))


def near(*rows: PlaceRow, streets: tuple[StreetRow, ...] = (), radius_m: int = 10) -> Landmark | None:
    return Landmarks(Gazetteer(streets, (), rows)).near(LAT, LON, radius_m)


def test_what_everybody_knows_goes_before_the_shop_next_door() -> None:
    found = near(place("Cắt tóc Hùng", 20), place("Chợ Gia Lâm", 110), place("Trường Tiểu học Ái Mộ", 140))

    assert found is not None
    assert (found.name, found.metres, found.across) == ("Chợ Gia Lâm", 100, False)


def test_a_shop_helps_where_there_is_nothing_else_and_only_beside_it() -> None:
    assert near(place("Cắt tóc Hùng", 30)) is not None
    assert near(place("Cắt tóc Hùng", 90)) is None


@pytest.mark.parametrize(
    "unhelpful",
    [
        place("Chợ Xa", 400),
        place("Sân golf Long Biên", 100, reach=500),
        place("Việt Hưng", 10, kind="quarter"),
        place("Sài Đồng", 10, kind="estate"),
    ],
)
def test_what_is_far_or_everywhere_is_no_landmark(unhelpful: PlaceRow) -> None:
    assert near(unhelpful) is None


def test_opposite_is_said_only_where_one_street_lies_between_and_the_door_is_known() -> None:
    pagoda, here = place("Chùa Ái Mộ", 40), street("Ái Mộ", 20)

    def across(*streets: StreetRow, radius_m: int = 10) -> bool:
        found = near(pagoda, streets=streets, radius_m=radius_m)
        assert found is not None
        return found.across

    assert across(here)
    assert not across()
    assert not across(here, radius_m=50)
    assert not across(here, street("Ngọc Lâm", 30))
    assert not across(street("Sau Nhà", -20))


def test_a_map_without_places_has_no_landmarks() -> None:
    assert near() is None


def test_long_bien_has_landmarks_without_any_imported_map() -> None:
    found = Atlas.built_in().landmarks.near(21.0425, 105.8654)

    assert found is not None
    assert found.name == "Chùa Ái Mộ"


@given(st.floats(-300, 300), st.floats(-300, 300))
def test_the_distance_told_is_that_to_the_edge_in_tens(north: float, east: float) -> None:
    found = near(place("Chợ", north, east, reach=20))

    away = max(0.0, (north**2 + east**2) ** 0.5 - 20)
    assert (found is None) == (away > 150) or abs(away - 150) < 2
    if found is not None:
        assert abs(found.metres - away) <= 6
