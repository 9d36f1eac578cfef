"""Routing servers on this machine that speak OSRM's and Valhalla's words and answer from a network of ours."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from routing.roads import NetworkTravel
from routing.travel import Location

MOST = 6  # places in one table; more are refused, as the real ones do


class Refused(Exception):
    """The server answers HTTP 400 with this document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document


def table(travel: NetworkTravel, origins: Sequence[Location], goals: Sequence[Location]) -> tuple[Any, Any]:
    """Seconds and metres; None to and from places without a street."""
    places = [*origins, *goals]
    served = [snap.served for snap in travel.snap(places)]
    among = range(len(origins)), range(len(origins), len(places))
    return tuple(  # type: ignore[return-value]
        [[int(ways[a, b]) if served[a] and served[b] else None for b in among[1]] for a in among[0]]
        for ways in travel.matrices(places)
    )


def osrm(travel: NetworkTravel, path: str, _body: Any) -> Any:
    url = urlsplit(path)
    service, version, profile, points = url.path.strip("/").split("/")
    asked = {key: value[0] for key, value in parse_qs(url.query).items()}
    places = [Location(float(lat), float(lon)) for lon, lat in (point.split(",") for point in points.split(";"))]
    if (version, profile) != ("v1", "driving") or len(places) > MOST:
        raise Refused({"code": "TooBig", "message": f"Too many table coordinates near {points}"})
    snaps = travel.snap(places)
    if service == "route":
        if not all(snap.served for snap in snaps):
            raise Refused({"code": "NoRoute", "message": "Impossible route between points"})
        (line,) = travel.shape(places)
        geometry = {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in line[1:-1]]}
        return {"code": "Ok", "routes": [{"geometry": geometry}]}
    chosen = (asked.get(key, ";".join(map(str, range(len(places))))).split(";") for key in ("sources", "destinations"))
    origins, goals = ([places[int(n)] for n in numbers] for numbers in chosen)
    durations, distances = table(travel, origins, goals)
    sources = [{"location": [snap.location.lon, snap.location.lat], "distance": snap.metres} for snap in snaps]
    return {"code": "Ok", "durations": durations, "distances": distances, "sources": sources}


def valhalla(travel: NetworkTravel, path: str, body: Any) -> Any:
    assert (body["costing"], body["units"]) == ("motor_scooter", "kilometers")
    lists = {key: [Location(**place) for place in body.get(key, [])] for key in ("sources", "targets", "locations")}
    places = [place for those in lists.values() for place in those]
    snaps = travel.snap(places)
    if len(places) > MOST:
        raise Refused({"error_code": 150, "error": "Exceeded max locations", "status_code": 400})
    if path == "/locate":
        edge = [{"correlated_lat": snap.location.lat, "correlated_lon": snap.location.lon} for snap in snaps]
        return [{"edges": [one] if snap.served else None} for one, snap in zip(edge, snaps, strict=True)]
    if not all(snap.served for snap in snaps):
        raise Refused({"error_code": 171, "error": "No suitable edges near location", "status_code": 400})
    if path == "/route":
        (line,) = travel.shape(places)
        return {"trip": {"legs": [{"shape": encoded(line[1:-1])}]}}
    assert path == "/sources_to_targets"
    durations, distances = table(travel, lists["sources"], lists["targets"])
    rows = zip(durations, distances, strict=True)
    return {
        "units": "kilometers",
        "sources_to_targets": [
            [{"time": time, "distance": far / 1000} for time, far in zip(*row, strict=True)] for row in rows
        ],
    }


def encoded(line: Sequence[Location]) -> str:
    """Google's polyline with six decimals."""
    text, before = "", (0, 0)
    for place in line:
        now = (round(place.lat * 1e6), round(place.lon * 1e6))
        for value in (now[0] - before[0], now[1] - before[1]):
            rest = ~(value << 1) if value < 0 else value << 1
            while rest >= 32:
                text += chr((rest & 31 | 32) + 63)
                rest >>= 5
            text += chr(rest + 63)
        before = now
    return text


@contextmanager
def running(answer: Any) -> Iterator[str]:
    """The address of a server that answers each request by `answer(path, document)`: a document, bytes, or pieces."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, document: Any) -> None:
            status = 200
            try:
                told = answer(self.path, document)
            except Refused as refused:
                status, told = 400, refused.document
            pieces = (
                told if isinstance(told, Iterator) else [told if isinstance(told, bytes) else json.dumps(told).encode()]
            )
            self.send_response(status)
            self.end_headers()
            with suppress(ConnectionError):
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
