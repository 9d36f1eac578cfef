"""The map beneath the pages: there once a map was imported, public, and each piece for ever the same."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from delivery.maps.importing import Sources, import_map
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.maps.village import Village
from tests.web.conftest import Browser

CORNER = (21.03, 105.86)


@pytest.fixture
def bo_de(service: Service, tmp_path: Path) -> str:
    """A map of a straight and a winding street in Bồ Đề, where the day's doors are; its version."""
    village = Village(*CORNER)
    village.road("Phố Một", (0, 0), (1000, 0), (2500, 0), kind="tertiary")
    bends = [(1740 if n % 2 else 1790, 20 * n) for n in range(125)]
    village.road("Phố Quanh Co", (0, 0), *bends)
    file = village.write(tmp_path / "village.osm.pbf")
    return import_map(service.settings.home, Sources(file)).version


def pieces(browser: Browser, version: str) -> list[dict[str, Any]]:
    index = json.loads(browser.get(f"/ban-do/{version}/nen.json").data)
    cells = [browser.get(f"/ban-do/{version}/{x}/{y}.json") for x, y, _bytes in index["cells"]]
    return [index, *(json.loads(cell.data) for cell in cells)]


def test_without_a_map_the_pages_ask_for_none(anyone: Browser, day: Day, logged_in: Any) -> None:
    assert day.batch
    assert "data-base" not in logged_in("bode").get("/dieu-phoi?ngay=2026-11-25").text
    assert anyone.get("/ban-do/2026-01-01-0123456789/nen.json").status_code == 404


def test_anybody_sees_the_streets_of_the_map_that_is_served(anyone: Browser, bo_de: str) -> None:
    index, *cells = pieces(anyone, bo_de)

    assert "OpenStreetMap" in index["attribution"]
    assert {name for cell in cells for name, *_at in cell["names"]} == {"Một", "Quanh Co"}


def test_a_piece_may_be_kept_for_ever_and_is_read_without_gzip_too(anyone: Browser, bo_de: str) -> None:
    address = f"/ban-do/{bo_de}/nen.json"

    packed = anyone.client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
    plain = anyone.get(address)

    assert "immutable" in packed.headers["Cache-Control"]
    assert gzip.decompress(packed.data) == plain.data


def test_what_is_no_version_and_no_cell_is_not_there(anyone: Browser, bo_de: str) -> None:
    for address in (f"{bo_de}/1/1", "../etc/nen", "current/nen", f"{bo_de}/99999/0"):
        assert anyone.get(f"/ban-do/{address}.json").status_code == 404


def test_a_plan_made_on_a_map_draws_its_routes_along_the_streets(
    service: Service, bo_de: str, tmp_path: Path, logged_in: Any
) -> None:
    day = Day(service, Intake(service.database, tmp_path)).prepare(3)
    page = logged_in("bode").get("/dieu-phoi?ngay=2026-11-25").text

    drawn = json.loads(page.split('id="ban-do-du-lieu">')[1].split("</script>")[0])
    assert f'data-base="/ban-do/{bo_de}/nen.json"' in page
    assert service.travelling().kind == "streets"
    assert day.batch
    for route in drawn["routes"]:
        # More points than doors: it bends where the streets do.
        assert len(route["way"]) // 2 > len(route["stops"]) + 2
        start = [whole / 100_000 for whole in route["way"][:2]]
        assert start == pytest.approx(route["start"], abs=2e-5)
