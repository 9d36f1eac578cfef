"""The words of OSRM's HTTP API (https://project-osrm.org/docs/), without the talking."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from routing.roads.wire import Distances, Json, floats, on_globe
from routing.travel import Location

# What `osrm-routed` takes in one table unless told otherwise (--max-table-size).
MOST = 100


@dataclass(frozen=True, slots=True)
class Osrm:
    """A server made for one profile, usually `driving`."""

    profile: str = "driving"
    most: int = MOST

    def table_request(self, url: str, origins: Sequence[Location], goals: Sequence[Location]) -> httpx.Request:
        numbers = [str(n) for n in range(len(origins) + len(goals))]
        asked = {
            "sources": ";".join(numbers[: len(origins)]),
            "destinations": ";".join(numbers[len(origins) :]),
            "annotations": "duration,distance",
        }
        return self._request(url, "table", [*origins, *goals], asked)

    def read_table(self, answer: Json) -> Distances:
        return floats(answer["durations"]), floats(answer["distances"])

    def snap_request(self, url: str, places: Sequence[Location]) -> httpx.Request:
        return self._request(url, "table", places, {"destinations": "0"})

    def read_snaps(self, answer: Json) -> list[Location | None]:
        return [on_globe(*reversed(spot["location"])) if spot else None for spot in answer["sources"]]

    def route_request(self, url: str, start: Location, end: Location) -> httpx.Request:
        return self._request(url, "route", [start, end], {"overview": "full", "geometries": "geojson"})

    def read_line(self, answer: Json) -> list[Location]:
        return [on_globe(lat, lon) for lon, lat in answer["routes"][0]["geometry"]["coordinates"]]

    def refusal(self, answer: Json) -> str:
        return str(answer["code"])

    def is_no_way(self, refusal: str) -> bool:
        return refusal in {"NoRoute", "NoSegment"}

    def _request(self, url: str, service: str, places: Sequence[Location], asked: dict[str, str]) -> httpx.Request:
        points = ";".join(f"{place.lon:.6f},{place.lat:.6f}" for place in places)
        return httpx.Request("GET", f"{url}/{service}/v1/{self.profile}/{points}", params=asked)
