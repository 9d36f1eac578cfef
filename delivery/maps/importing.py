"""Importing an extract: read, understand, write beside the old map, and serve the new one when it is complete."""

import hashlib
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.maps import store
from delivery.maps.base_map import write_base_map
from delivery.maps.gazetteer import place_rows, street_rows
from delivery.maps.numbers import find_numbers
from delivery.maps.reading import Extract, read_extract
from delivery.maps.report import EXAMPLES, Findings, Report, network_of
from delivery.maps.streets import find_streets
from delivery.maps.ward_files import read_wards
from delivery.maps.wards import WardMap, WardShape, all_wards, geojson, wards_of_extract
from delivery.places.gazetteer import write_gazetteer
from delivery.places.wards import ward_outlines
from routing.errors import RoutingError
from routing.roads import read_network

# Raised with every change of what is written, so that the same extract becomes a new version.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of an import: an extract, outlines of wards, and outlines of wards as they were until June 2025."""

    extract: Path
    wards: Sequence[Path] = ()
    old_wards: Sequence[Path] = ()

    def digest(self) -> str:
        """A digest of everything that the map depends on: the files, the built-in outlines, the form of the map."""
        built_in = [(ward.code, ward.name, ward.outline) for ward in ward_outlines()]
        whole = hashlib.sha256(f"{FORMAT} {built_in}".encode())
        for mark, files in (("extract", [self.extract]), ("wards", self.wards), ("old", self.old_wards)):
            for file in files:
                whole.update(f"{mark} {_digest(file)}".encode())
        return whole.hexdigest()


def import_map(home: Path, sources: Sources, tell: Callable[[float], None] = lambda _percent: None) -> Report:
    """Build a map from an extract and serve it; `tell` hears how many per cent are done.

    The same files again give the same version, which is served again without building it twice. The map served before
    stays until the new one is complete, and stays whatever goes wrong or is interrupted.

    Raises UnreadableFile or BadInput for files that cannot be used, NotNow while another import is under way.
    """
    started = time.perf_counter()
    digest = sources.digest()
    with store.lock(home):
        same = next((folder for folder in store.versions(home) if folder.name.endswith(digest[:10])), None)
        if same is None:
            same = _build(home, sources, digest, tell, started)
        store.serve(home, same)
    return Report.read(same / "report.json")


def _build(home: Path, sources: Sources, digest: str, tell: Callable[[float], None], started: float) -> Path:
    wards = [ward for file in sources.wards for ward in read_wards(file)]
    wards += [ward for file in sources.old_wards for ward in read_wards(file, old=True)]
    tell(2)
    found = _understand(read_extract(sources.extract), wards, tell)
    version = f"{found.extract.made or 'undated'}-{digest[:10]}"
    try:
        with store.building(home) as folder:
            _write(folder, sources.extract, found, tell)
            _report(folder, sources.extract, found, version, started).write(folder / "report.json")
            return store.publish(home, folder, version)
    except OSError as error:
        raise BadInput(_("The map cannot be written: {why}. The old map stays").format(why=error.strerror)) from error


def _understand(extract: Extract, given: list[WardShape], tell: Callable[[float], None]) -> Findings:
    tell(25)
    wards = all_wards(given, wards_of_extract(extract.boundaries, extract.made), extract.box)
    map_of_wards = WardMap(wards)
    streets = find_streets(extract.roads)
    tell(35)
    rows = street_rows(streets, map_of_wards)
    numbers = find_numbers(streets, extract.houses, extract.stops)
    tell(45)
    return Findings(extract, streets, rows, numbers, place_rows(extract.places, map_of_wards), wards)


def _write(folder: Path, file: Path, found: Findings, tell: Callable[[float], None]) -> None:
    write_gazetteer(folder / "gazetteer.sqlite", found.rows, found.numbers, found.places)
    tell(55)
    outlines = json.dumps(geojson(found.wards), ensure_ascii=False, separators=(",", ":"))
    (folder / "wards.geojson").write_text(outlines, encoding="utf-8")
    write_base_map(folder, found.extract, found.streets, found.wards)
    tell(70)
    try:
        read_network(file).save(folder / "roads.npz")
    except RoutingError as error:
        raise BadInput(
            _("{file} holds no road that a courier could take. Take an extract with roads").format(file=file.name)
        ) from error
    tell(95)


def _report(folder: Path, file: Path, found: Findings, version: str, started: float) -> Report:
    lost = found.lost_alleys()
    return Report(
        version=version,
        file=file.name,
        sha256=_digest(file),
        made=found.extract.made.isoformat() if found.extract.made else None,
        box=found.extract.box,
        streets=sum(1 for row in found.rows if not row.number),
        alleys=sum(1 for row in found.rows if row.number),
        houses=len(found.extract.houses),
        numbers=len(found.numbers),
        places=dict(sorted(Counter(place.kind for place in found.places).items())),
        in_no_ward=sum(1 for row in found.rows if not row.ward),
        alleys_without_street=len(lost),
        alleys_without_street_names=tuple(lost[:EXAMPLES]),
        wards=found.ward_counts(),
        network=network_of(found.extract.roads),
        left_out=dict(sorted(found.extract.oddities.items())),
        sizes=_sizes(folder),
        seconds=round(time.perf_counter() - started, 1),
        peak_mb=_peak_mb(),
    )


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes by file; the cells of the base map together."""
    return {
        path.name: store.size_of(path) if path.is_dir() else path.stat().st_size for path in sorted(folder.iterdir())
    }


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(_("{file} cannot be read: {why}").format(file=file.name, why=error.strerror)) from error


def _peak_mb() -> int:
    """The most memory this process had so far; macOS counts bytes, Linux kilobytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
