"""How well house numbers are placed between others: each known number is taken out, and asked for."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.addresses import Answer, Case, Truth
from benchmarks.addresses.ground import Ground, Numbered, Street
from benchmarks.addresses.spelling import plain
from benchmarks.alone import alone
from benchmarks.peers.our_addresses import gazetteer_writer
from delivery.places.rows import NumberRow, StreetRow

METRES = 1000


def leave_one_out(ground: Ground, most: int | None = None) -> tuple[list[Case], list[Answer] | str]:
    """The cases and our answers by gazetteers of the shared streets and all numbers but the one asked for."""
    told = alone("benchmarks.addresses.leaving_out:answers", ground.data.parent, most)
    asked = list(_several(ground))[:most]
    return [_case(ground, anchor) for anchor in asked], told.refused or told.value


def answers(shared: Path, most: int | None) -> list[Answer]:
    """In a process of its own: the gazetteers written, opened and asked one by one."""
    from benchmarks.peers.our_addresses import answer_without  # noqa: PLC0415  it loads all of the service

    ground, write = Ground(shared), gazetteer_writer()
    found: list[Answer] = []
    for anchor in list(_several(ground))[:most]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rows = [_number(other) for other in ground.anchors if other != anchor]
            write(folder / "gazetteer.sqlite", list(_streets(ground)), rows, [])
            (folder / "wards.geojson").write_text(json.dumps(_wards(ground)), encoding="utf-8")
            found += answer_without([(_case(ground, anchor).text, folder)])
    return found


def _several(ground: Ground) -> Iterator[Numbered]:
    """The numbers of streets that have others; where there is none there is nothing to lie between."""
    counted: dict[str, int] = {}
    for anchor in ground.anchors:
        counted[anchor.street.name] = counted.get(anchor.street.name, 0) + 1
    return (anchor for anchor in ground.anchors if counted[anchor.street.name] > 1)


def _case(ground: Ground, anchor: Numbered) -> Case:
    truth = Truth(ground.wards_at(anchor.lat, anchor.lon), plain(anchor.street.name), (anchor.lat, anchor.lon))
    return Case(f"Số {anchor.number} {anchor.street.name}, Long Biên, Hà Nội", truth, ("left out",))


def _number(anchor: Numbered) -> NumberRow:
    return NumberRow(plain(anchor.street.name), anchor.number, anchor.lat, anchor.lon)


def _streets(ground: Ground) -> Iterator[StreetRow]:
    for street in ground.streets.values():
        yield from (_street(street, at) for at in range(len(street.stretches)))


def _street(street: Street, at: int) -> StreetRow:
    stretch, metres = street.stretches[at], round(street.stretches[at].km * METRES)
    return StreetRow(street.name, stretch.ward, stretch.lat, stretch.lon, max(20, metres // 2), metres)


def _wards(ground: Ground) -> dict[str, object]:
    """Today's wards in the properties that a map folder has."""
    collection = json.loads((ground.data / "new_wards_2025.geojson").read_text(encoding="utf-8"))
    for feature in collection["features"]:
        given = feature["properties"]
        kind = given["fullName"].removesuffix(given["name"]).strip().lower()
        feature["properties"] = {
            "code": given["code"], "name": given["name"], "kind": kind, "province": "Hà Nội",
            "valid_from": "2025-07-01", "valid_to": None,
        }  # fmt: skip
    return dict(collection)
