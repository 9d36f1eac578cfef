"""A village that tests draw themselves and write as a real OpenStreetMap file."""

from collections.abc import Iterable
from math import cos, radians
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

METRES = 111_195.0
Spot = tuple[float, float]


class Village:
    """Points are metres north and east of a corner; the default lies in no ward that the product knows by itself."""

    def __init__(self, lat: float = 20.0, lon: float = 105.5) -> None:
        self.corner = (lat, lon)
        self.nodes: dict[int, Node] = {}
        self.ways: list[Way] = []
        self.relations: list[Relation] = []
        self._at: dict[Spot, int] = {}

    def degrees(self, spot: Spot) -> tuple[float, float]:
        """Latitude and longitude of a spot."""
        lat, lon = self.corner
        return lat + spot[0] / METRES, lon + spot[1] / METRES / cos(radians(lat))

    def point(self, spot: Spot, **tags: str) -> int:
        """A node; without tags, the one that is already there."""
        if not tags and spot in self._at:
            return self._at[spot]
        number = len(self.nodes) + 1
        lat, lon = self.degrees(spot)
        self.nodes[number] = Node(id=number, location=(lon, lat), tags=_keys(tags), timestamp="2026-03-01T00:00:00Z")
        self._at.setdefault(spot, number)
        return number

    def road(self, name: str, *spots: Spot, kind: str = "residential", **tags: str) -> None:
        """A way through spots, which joins others where they share one."""
        named = {"name": name} if name else {}
        self.way([self.point(spot) for spot in spots], {"highway": kind, **named, **_keys(tags)})

    def area(self, south_west: Spot, size: float, **tags: str) -> int:
        """A square with tags."""
        (north, east) = south_west
        spots = [(north, east), (north, east + size), (north + size, east + size), (north + size, east)]
        nodes = [self.point(spot) for spot in spots]
        return self.way([*nodes, nodes[0]], _keys(tags))

    def way(self, nodes: Iterable[int], tags: dict[str, str]) -> int:
        number = len(self.ways) + 1
        self.ways.append(Way(id=number, nodes=list(nodes), tags=tags, timestamp="2026-03-02T00:00:00Z"))
        return number

    def boundary(self, name: str, south_west: Spot, size: float, level: int = 6, **tags: str) -> None:
        """A square administrative unit as a relation."""
        outline = self.area(south_west, size)
        self.relation([outline], {"name": name, "admin_level": str(level), **_keys(tags)})

    def relation(self, ways: Iterable[int], tags: dict[str, str]) -> None:
        """An administrative boundary made of ways."""
        members = [("w", way, "outer") for way in ways]
        kept = {"type": "boundary", "boundary": "administrative", **tags}
        self.relations.append(Relation(id=len(self.relations) + 1, members=members, tags=kept))

    def write(self, file: Path) -> Path:
        with osmium.SimpleWriter(str(file), overwrite=True) as writer:
            for node in self.nodes.values():
                writer.add_node(node)
            for way in self.ways:
                writer.add_way(way)
            for relation in self.relations:
                writer.add_relation(relation)
        return file


def _keys(tags: dict[str, str]) -> dict[str, str]:
    """`addr__street` stands for `addr:street`."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def usual_village(lat: float = 20.0, lon: float = 105.5) -> Village:
    """A street with alleys, houses, an estate, a school, a bus stop and two wards of today, one above the other."""
    village = Village(lat, lon)
    village.road("Phố Bồ Đề", (100, 0), (100, 300), (100, 600), (100, 1000), kind="tertiary")
    village.road("Đường Ngọc Thụy", (100, 1000), (900, 1000), (1900, 1000), kind="secondary")
    village.road("Ngõ 68 Phố Bồ Đề", (100, 300), (300, 300))
    village.road("Ngách 68/5", (300, 300), (300, 400))
    village.road("Hẻm 68/5/2", (300, 400), (350, 400), kind="path")
    village.road("Ngõ 120", (100, 600), (250, 600))
    village.road("", (250, 600), (250, 700), kind="service")
    village.point((110, 150), addr__housenumber="12", addr__street="Phố Bồ Đề")
    village.area((305, 310), 8, building="yes", addr__housenumber="68/3", addr__street="Bồ Đề")
    village.area((600, 100), 200, landuse="residential", name="Khu đô thị mới Hoa Sen")
    village.point((500, 900), amenity="school", name="Trường Tiểu học Hoa Sen")
    village.point((105, 800), highway="bus_stop", name="201-203 Bồ Đề")
    village.boundary("Phường Hoa Sen", (-100, -100), 1200, ref="99001")
    village.boundary("Xã Hoa Súng", (1100, -100), 1200, ref="99002")
    return village
