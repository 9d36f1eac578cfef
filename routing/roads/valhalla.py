"""The words of Valhalla's HTTP API (https://valhalla.github.io/valhalla/api/), without the talking."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from routing.roads.wire import Distances, Json, floats, on_globe
from routing.travel import Location

# What the service takes of most costings unless told otherwise (service_limits: max_matrix_location_pairs 2500).
MOST = 100
# "No suitable edges near location", "No path could be found for input".
NO_WAY = {"171", "442"}


@dataclass(frozen=True, slots=True)
class Valhalla:
    """A server asked for one costing, such as `motor_scooter`, `auto`, `bicycle` or `pedestrian`."""

    costing: str = "motor_scooter"
    most: int = MOST

    def table_request(self, url: str, origins: Sequence[Location], goals: Sequence[Location]) -> httpx.Request:
        return self._request(url, "sources_to_targets", sources=_points(origins), targets=_points(goals))

    def read_table(self, answer: Json) -> Distances:
        rows = answer["sources_to_targets"]
        seconds = floats([[cell["time"] for cell in row] for row in rows])
        return seconds, floats([[cell["distance"] for cell in row] for row in rows]) * 1000

    def snap_request(self, url: str, places: Sequence[Location]) -> httpx.Request:
        return self._request(url, "locate", locations=_points(places))

    def read_snaps(self, answer: Json) -> list[Location | None]:
        edges = [(spot.get("edges") or [None])[0] for spot in answer]
        return [on_globe(edge["correlated_lat"], edge["correlated_lon"]) if edge else None for edge in edges]

    def route_request(self, url: str, start: Location, end: Location) -> httpx.Request:
        return self._request(url, "route", locations=_points([start, end]), directions_type="none")

    def read_line(self, answer: Json) -> list[Location]:
        return decoded(answer["trip"]["legs"][0]["shape"])

    def refusal(self, answer: Json) -> str:
        return str(answer["error_code"])

    def is_no_way(self, refusal: str) -> bool:
        return refusal in NO_WAY

    def _request(self, url: str, service: str, **asked: Json) -> httpx.Request:
        document = asked | {"costing": self.costing, "units": "kilometers"}
        return httpx.Request("POST", f"{url}/{service}", json=document)


def decoded(line: str) -> list[Location]:
    """The points of a polyline in Google's encoding, with six decimals as Valhalla writes it."""
    numbers, value, shift = [], 0, 0
    for letter in line:
        chunk = ord(letter) - 63
        value |= (chunk & 31) << shift
        shift += 5
        if chunk < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    points, lat, lon = [], 0, 0
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + north, lon + east
        points.append(on_globe(lat / 1e6, lon / 1e6))
    return points


def _points(places: Sequence[Location]) -> list[dict[str, float]]:
    return [{"lat": round(place.lat, 6), "lon": round(place.lon, 6)} for place in places]
