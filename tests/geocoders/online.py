"""An online geocoder with real sockets: the wire formats of Nominatim, Photon, Pelias and Google, and bad habits."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Body = Any


@dataclass
class Known:
    """The one place that the service knows."""

    lat: float
    lon: float
    name: str
    exact: bool = True


def nominatim(place: Known | None) -> Body:
    if place is None:
        return []
    return [{
        "place_id": 1, "lat": str(place.lat), "lon": str(place.lon), "display_name": place.name,
        "class": "building" if place.exact else "highway", "type": "house" if place.exact else "residential",
        "place_rank": 30 if place.exact else 26,
        "boundingbox": [str(place.lat - 0.002), str(place.lat + 0.002), str(place.lon - 0.002), str(place.lon + 0.002)],
    }]  # fmt: skip


def photon(place: Known | None) -> Body:
    features = [] if place is None else [{
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": {"type": "house" if place.exact else "street", "street": place.name, "country": "Việt Nam",
                       "extent": [place.lon - 0.002, place.lat + 0.002, place.lon + 0.002, place.lat - 0.002]},
    }]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def pelias(place: Known | None) -> Body:
    features = [] if place is None else [{
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "bbox": [place.lon - 0.002, place.lat - 0.002, place.lon + 0.002, place.lat + 0.002],
        "properties": {"layer": "address" if place.exact else "street", "accuracy": "point", "confidence": 0.9,
                       "name": place.name, "label": place.name},
    }]  # fmt: skip
    return {"geocoding": {"version": "0.2"}, "type": "FeatureCollection", "features": features}


def google(place: Known | None) -> Body:
    if place is None:
        return {"results": [], "status": "ZERO_RESULTS"}
    corner = {"southwest": {"lat": place.lat - 0.002, "lng": place.lon - 0.002},
              "northeast": {"lat": place.lat + 0.002, "lng": place.lon + 0.002}}  # fmt: skip
    return {"status": "OK", "results": [{
        "formatted_address": place.name, "types": ["street_address" if place.exact else "route"],
        "geometry": {"location": {"lat": place.lat, "lng": place.lon}, "viewport": corner,
                     "location_type": "ROOFTOP" if place.exact else "GEOMETRIC_CENTER"},
    }]}  # fmt: skip


def arcgis(place: Known | None) -> Body:
    candidates = [] if place is None else [{
        "address": place.name, "location": {"x": place.lon, "y": place.lat}, "score": 99,
        "attributes": {"Addr_type": "PointAddress" if place.exact else "StreetName"},
        "extent": {"xmin": place.lon - 0.002, "ymin": place.lat - 0.002, "xmax": place.lon + 0.002,
                   "ymax": place.lat + 0.002},
    }]  # fmt: skip
    return {"spatialReference": {"wkid": 4326}, "candidates": candidates}


FORMATS: dict[str, tuple[Callable[[Known | None], Body], str]] = {
    "/search": (nominatim, "q"),
    "/api": (photon, "q"),
    "/v1/search": (pelias, "text"),
    "/maps/api/geocode/json": (google, "address"),
    "/arcgis/rest/services/World/GeocodeServer/findAddressCandidates": (arcgis, "singleLine"),
}


@dataclass
class OnlineGeocoder:
    """Answers every question with the place it knows; `asked` are the questions, `lines` whole request lines.

    `status` other than 200 is answered to all; `raw` stands in for any body; `slow` seconds pass between two bytes.
    """

    knows: Known | None = None
    status: int = 200
    retry_after: str = ""
    raw: bytes | None = None
    slow: float = 0.0
    asked: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        geocoder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                geocoder._answer(self)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        write, question = FORMATS[parts.path]
        self.lines.append(request.path)
        self.asked.append(parse_qs(parts.query)[question][0])
        body = self.raw if self.raw is not None else json.dumps(write(self.knows)).encode()
        request.send_response(self.status)
        request.send_header("Content-Length", str(len(body)))
        if self.retry_after:
            request.send_header("Retry-After", self.retry_after)
        request.end_headers()
        try:
            for byte in range(len(body)) if self.slow else ():
                time.sleep(self.slow)
                request.wfile.write(body[byte : byte + 1])
                request.wfile.flush()
            if not self.slow:
                request.wfile.write(body)
        except OSError:
            pass  # the caller has hung up
