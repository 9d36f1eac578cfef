"""Imports through the command line and real processes: whole, refused, interrupted, killed, two at once."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.cli import tannha
from delivery.errors import BadInput
from delivery.maps import store
from delivery.maps.importing import Sources, import_map
from delivery.places.atlas import Atlas
from routing.roads import Network
from tests.conftest import SHARED
from tests.maps.village import Village, usual_village

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def importing(home: Path, extract: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that imports an extract, for a test to stop; without the pages and the optimiser it starts at once."""
    code = "import signal, sys; from pathlib import Path; from delivery.maps.importing import Sources, import_map\n"
    # Whoever runs the tests in the background of a shell has its processes pass over an interrupt.
    code += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "import_map(Path(sys.argv[1]), Sources(Path(sys.argv[2])))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home), str(extract)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def answer(home: Path, *arguments: str | Path) -> tuple[int, str, str]:
    """Type a command and wait for its end: exit code, output, complaints."""
    environment = {"TANNHA_HOME": str(home), "TANNHA_LANGUAGE": "en", "COLUMNS": "160"}
    result = CliRunner().invoke(tannha, ["map", *map(str, arguments)], env=environment)
    return result.exit_code, result.stdout, result.stderr


def imported(home: Path, *arguments: str | Path) -> dict[str, Any]:
    code, output, complaints = answer(home, "import", *arguments, "--json")
    assert code == 0, complaints
    report: dict[str, Any] = json.loads(output)
    return report


def large_village(count: int = 60) -> Village:
    """Enough streets that an import takes its time: a grid of them, each with a name."""
    village = usual_village()
    for index in range(count):
        along = [(3_000 + 90 * index, 100 * step) for step in range(count)]
        across = [(3_000 + 90 * step, 100 * index) for step in range(count)]
        village.road(f"Phố Ngang {index}", *along)
        village.road(f"Phố Dọc {index}", *across)
    return village


@pytest.fixture
def old_map(tmp_path: Path) -> Path:
    """A home whose served map is that of the usual village."""
    import_map(tmp_path / "home", Sources(usual_village().write(tmp_path / "old.osm.pbf")))
    return tmp_path / "home"


def served(home: Path) -> Path:
    folder = store.current(home)
    assert folder is not None
    return folder


def assert_whole(folder: Path) -> None:
    """Every part of a map folder can be read to its end."""
    with sqlite3.connect(f"file:{folder / 'gazetteer.sqlite'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    for name in ("wards.geojson", "base.json", "report.json"):
        json.loads((folder / name).read_text(encoding="utf-8"))
    for x, y, size in json.loads((folder / "base.json").read_text(encoding="utf-8"))["cells"]:
        assert (folder / "base" / "14" / str(x) / f"{y}.json").stat().st_size == size
    Network.open(folder / "roads.npz")


def test_an_extract_becomes_the_map_that_is_served(tmp_path: Path) -> None:
    report = imported(tmp_path, usual_village().write(tmp_path / "village.osm.pbf"))

    assert served(tmp_path).name == report["version"]
    assert report["version"].startswith("2026-03-02-")
    assert (report["streets"], report["alleys"], report["numbers"]) == (3, 4, 7)
    assert report["places"] == {"estate": 1, "poi": 1}
    assert report["in_no_ward"] == report["alleys_without_street"] == 0
    assert {ward["code"]: ward["streets"] for ward in report["wards"]} == {"99001": 6, "99002": 1}
    assert report["network"]["islands"] == 0
    assert report["sizes"].keys() == {*store.FILES, "base"} - {"report.json"}
    assert_whole(served(tmp_path))


def test_what_is_suspicious_is_reported_in_words(tmp_path: Path) -> None:
    village = usual_village()
    village.road("Phố Đảo", (5_000, 5_000), (5_000, 5_300))
    village.road("Cầu Cụt", (100, 0), (-200, 0), bridge="yes")
    village.road("Ngõ 9", (1_700, 100), (1_800, 100))
    village.way([village.point((100, 0)), 987_654], {"highway": "residential", "name": "Phố Nửa"})

    code, output, complaints = answer(tmp_path, "import", village.write(tmp_path / "village.osm.pbf"))

    assert code == 0, complaints
    for told in (
        "2 streets and alleys lie in no known ward",
        "1 alley has no street",
        "2 parts of the network are islands",
        "1 bridge has an end that no other road meets",
        "Ways with points outside the extract: 1",
    ):
        assert told in " ".join(output.split())


def test_the_same_files_give_the_same_version_and_the_same_bytes(tmp_path: Path) -> None:
    extract = usual_village().write(tmp_path / "village.osm.pbf")
    folders = []
    for home in (tmp_path / "one", tmp_path / "two"):
        import_map(home, Sources(extract))
        folders.append(served(home))

    one, two = ({path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()} for folder in folders)

    assert folders[0].name == folders[1].name
    assert one.keys() == two.keys()
    different = [name for name in one if one[name].read_bytes() != two[name].read_bytes()]
    # Only the report tells how long it took.
    assert set(different) <= {Path("report.json")}


def test_importing_the_same_again_builds_nothing_and_serves_it(tmp_path: Path) -> None:
    extract = usual_village().write(tmp_path / "village.osm.pbf")
    import_map(tmp_path, Sources(extract))
    first = served(tmp_path)
    made = (first / "gazetteer.sqlite").stat().st_mtime_ns
    import_map(tmp_path, Sources(large_village(3).write(tmp_path / "other.osm.pbf")))

    import_map(tmp_path, Sources(extract))

    assert served(tmp_path) == first
    assert (first / "gazetteer.sqlite").stat().st_mtime_ns == made


def test_other_outlines_make_another_version(tmp_path: Path, old_map: Path) -> None:
    before = served(old_map)
    lat, lon = usual_village().corner
    ring = [[lon - 0.01, lat - 0.01], [lon + 0.1, lat - 0.01], [lon + 0.1, lat + 0.1], [lon - 0.01, lat - 0.01]]
    wards = tmp_path / "wards.geojson"
    feature = {"type": "Feature", "properties": {"code": "77", "name": "Phường Rộng"},
               "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    wards.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")

    report = imported(old_map, tmp_path / "old.osm.pbf", "--wards", wards)

    assert served(old_map) != before
    assert [ward["name"] for ward in report["wards"] if ward["source"] == "wards.geojson"] == ["Rộng"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.osm.pbf", b""),
        ("junk.osm.pbf", b"junk" * 100),
        ("none.osm", b"<osm version='0.6'></osm>"),
        ("gone.pbf", None),
    ],
)
def test_a_wrong_extract_is_refused_and_the_old_map_goes_on(old_map: Path, name: str, content: bytes | None) -> None:
    before = served(old_map)
    if content is not None:
        (old_map / name).write_bytes(content)

    code, output, complaints = answer(old_map, "import", old_map / name)

    assert code == 1
    assert name in complaints
    assert "Traceback" not in output + complaints
    assert served(old_map) == before
    assert_whole(before)
    assert store.versions(old_map) == [before]


def test_wrong_outlines_are_refused_and_the_old_map_goes_on(old_map: Path, tmp_path: Path) -> None:
    (tmp_path / "wards.geojson").write_text("[]", encoding="utf-8")

    with pytest.raises(BadInput):
        import_map(old_map, Sources(tmp_path / "old.osm.pbf", wards=[tmp_path / "wards.geojson"]))

    assert_whole(served(old_map))


def wait_for_work(home: Path, name: str, process: subprocess.Popen[str]) -> None:
    """Until the import has begun to write that file, or has ended."""
    while process.poll() is None and not list((home / "maps").glob(f".building-*/{name}")):
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("how", "at"),
    [
        (signal.SIGKILL, "gazetteer.sqlite"),
        (signal.SIGKILL, "base"),
        (signal.SIGKILL, "roads.npz"),
        (signal.SIGTERM, "wards.geojson"),
        (signal.SIGINT, "wards.geojson"),
    ],
)
def test_an_import_that_is_stopped_leaves_the_old_map_serving(
    old_map: Path, tmp_path: Path, how: signal.Signals, at: str
) -> None:
    before = served(old_map)
    with importing(old_map, large_village().write(tmp_path / "new.osm.pbf")) as process:
        wait_for_work(old_map, at, process)
        process.send_signal(how)
        process.wait(timeout=60)
    assert process.returncode != 0, "it ended before it was stopped"

    assert served(old_map) == before
    assert_whole(before)
    assert store.versions(old_map) == [before]
    assert bool(list((old_map / "maps").glob(".building-*"))) is (how is not signal.SIGINT)

    code, _output, complaints = answer(old_map, "use", before.name)

    assert code == 0, complaints
    assert not list((old_map / "maps").glob(".building-*"))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2_000))
def test_whenever_an_import_is_killed_what_is_served_is_whole(
    tmp_path_factory: pytest.TempPathFactory, milliseconds: int
) -> None:
    home = tmp_path_factory.mktemp("home")
    import_map(home, Sources(usual_village().write(home / "old.osm.pbf")))
    with importing(home, large_village(30).write(home / "new.osm.pbf")) as process:
        # From when it has begun to write: before, nothing can be half done.
        wait_for_work(home, "*", process)
        time.sleep(milliseconds / 1000)
        process.kill()

    for folder in (served(home), *store.versions(home)):
        assert_whole(folder)


def test_a_second_import_is_told_to_wait(old_map: Path, tmp_path: Path) -> None:
    with store.lock(old_map):
        code, _output, complaints = answer(old_map, "import", tmp_path / "old.osm.pbf")

    assert code == 1
    assert "Another import" in complaints
    assert answer(old_map, "import", tmp_path / "old.osm.pbf")[0] == 0


def test_maps_are_listed_shown_chosen_and_removed(old_map: Path, tmp_path: Path) -> None:
    old = served(old_map)
    new = imported(old_map, large_village(3).write(tmp_path / "new.osm.pbf"))["version"]

    _code, output, _complaints = answer(old_map, "list", "--json")
    assert {each["version"]: each["served"] for each in json.loads(output)} == {old.name: False, new: True}

    assert answer(old_map, "use", old.name)[0] == 0
    assert served(old_map) == old
    _code, output, _complaints = answer(old_map, "show", "--json")
    assert json.loads(output)["version"] == old.name

    code, _output, complaints = answer(old_map, "remove", old.name)
    assert code == 1
    assert old.name in complaints
    assert answer(old_map, "remove", new)[0] == 0
    assert answer(old_map, "use", new)[0] == 1
    assert answer(old_map, "list")[0] == answer(old_map, "show")[0] == 0


def test_a_home_without_a_map_says_how_to_get_one(tmp_path: Path) -> None:
    assert "tannha map import" in answer(tmp_path, "list")[1]
    code, _output, complaints = answer(tmp_path, "show")
    assert code == 1
    assert "tannha map import" in " ".join(complaints.split())


def test_the_service_finds_addresses_in_an_imported_village(old_map: Path) -> None:
    atlas = Atlas.open(served(old_map))
    lat, lon = usual_village().degrees((300, 300))

    ward = atlas.wards.at(lat, lon)

    assert ward is not None
    assert (ward.code, ward.name) == ("99001", "Hoa Sen")


@pytest.mark.shared
def test_the_district_gives_the_streets_and_the_numbers_that_are_known_of_it(tmp_path: Path) -> None:
    data = SHARED / "data"
    sources = Sources(data / "long_bien_roads.osm.pbf", wards=[data / "new_wards_2025.geojson"])

    report = import_map(tmp_path, sources)

    assert report.made == "2025-05-14"
    assert report.numbers >= 466
    assert report.alleys > 800
    assert {ward.code for ward in report.wards if ward.streets > 100} == {"00118", "00127", "00136", "00145"}
    assert report.alleys_without_street < 40
    assert_whole(served(tmp_path))


@pytest.mark.shared
def test_a_foreign_city_imports_without_wards(tmp_path: Path) -> None:
    report = import_map(tmp_path, Sources(SHARED / "data" / "Helsinki.osm.pbf"))

    assert report.streets >= 100
    assert report.alleys == 0
    assert report.numbers > 500
    assert report.wards == ()
    assert report.in_no_ward == report.streets
    assert_whole(served(tmp_path))
