"""The online services that a setting may name: how each is reached through geopy, and how exactly it says it knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from geopy.distance import great_circle
from geopy.geocoders import ArcGIS, GoogleV3, Nominatim, Pelias, Photon
from geopy.geocoders.base import Geocoder

from delivery.errors import BadSetting
from delivery.geocoders.wire import DeadlineAdapter
from delivery.i18n import gettext as _
from delivery.places.fixes import Quality

USER_AGENT = "tannha (home delivery of administrative results)"
AT_THE_HOUSE_M, BETWEEN_HOUSES_M, ON_A_STREET_M, IN_AN_AREA_M, FARTHEST_M = 40, 120, 500, 1500, 20_000
Precision = tuple[Quality, int]
Raw = Mapping[str, Any]
Corners = tuple[float, float, float, float]
"""South, west, north, east."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where a service is reached and with what key; an empty address is the service's own public one."""

    url: str
    key: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its geocoder, what it is asked beside the address, and how its answers tell their precision."""

    make: Callable[[Access], Geocoder]
    options: Mapping[str, Any]
    precision: Callable[[Raw], Precision]


def _common(access: Access) -> dict[str, Any]:
    chosen: dict[str, Any] = {
        "timeout": access.seconds, "user_agent": USER_AGENT, "proxies": {}, "adapter_factory": DeadlineAdapter,
    }  # fmt: skip
    if access.url:
        parts = urlsplit(access.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadSetting(_("TANNHA_GEOCODER_URL is an address such as https://geocoder.example.vn"))
        chosen |= {"scheme": parts.scheme, "domain": f"{parts.netloc}{parts.path}"}
    return chosen


def _pelias(access: Access) -> Geocoder:
    if not access.url:
        raise BadSetting(_("Pelias has no public address: set TANNHA_GEOCODER_URL"))
    return Pelias(api_key=access.key or None, **_common(access))


def _google(access: Access) -> Geocoder:
    if not access.key:
        raise BadSetting(_("Google needs a key: set TANNHA_GEOCODER_KEY"))
    return GoogleV3(api_key=access.key, **_common(access))


def _of_nominatim(raw: Raw) -> Precision:
    rank, box = raw.get("place_rank"), raw.get("boundingbox")
    corners = (box[0], box[2], box[1], box[3]) if box else None
    if rank == 30 or (rank is None and raw.get("class") in {"building", "place", "amenity"}):
        return Quality.HOUSE, AT_THE_HOUSE_M
    if rank in {26, 27} or raw.get("class") == "highway":
        return Quality.STREET, _reach(corners, ON_A_STREET_M)
    return Quality.AREA, _reach(corners, IN_AN_AREA_M)


def _of_photon(raw: Raw) -> Precision:
    said = raw["properties"]
    box = said.get("extent")
    corners = (box[3], box[0], box[1], box[2]) if box else None
    if said.get("type") == "house":
        return Quality.HOUSE, AT_THE_HOUSE_M
    if said.get("type") == "street":
        return Quality.STREET, _reach(corners, ON_A_STREET_M)
    return Quality.AREA, _reach(corners, IN_AN_AREA_M)


def _of_pelias(raw: Raw) -> Precision:
    said, box = raw["properties"], raw.get("bbox")
    corners = (box[1], box[0], box[3], box[2]) if box else None
    if said.get("layer") in {"address", "venue"}:
        return Quality.HOUSE, AT_THE_HOUSE_M if said.get("accuracy") == "point" else BETWEEN_HOUSES_M
    if said.get("layer") == "street":
        return Quality.STREET, _reach(corners, ON_A_STREET_M)
    return Quality.AREA, _reach(corners, IN_AN_AREA_M)


def _of_google(raw: Raw) -> Precision:
    kind, view = raw["geometry"].get("location_type"), raw["geometry"].get("viewport")
    corners = (*_pair(view["southwest"]), *_pair(view["northeast"])) if view else None
    if kind in {"ROOFTOP", "RANGE_INTERPOLATED"} and not raw.get("partial_match"):
        return Quality.HOUSE, AT_THE_HOUSE_M if kind == "ROOFTOP" else BETWEEN_HOUSES_M
    if "route" in raw.get("types", ()) or kind in {"ROOFTOP", "RANGE_INTERPOLATED"}:
        # A partial match has found the street, and another number than the one that was asked for.
        return Quality.STREET, max(_reach(corners, ON_A_STREET_M), ON_A_STREET_M)
    return Quality.AREA, _reach(corners, IN_AN_AREA_M)


def _of_arcgis(raw: Raw) -> Precision:
    kind, box = raw.get("attributes", {}).get("Addr_type"), raw.get("extent")
    corners = (box["ymin"], box["xmin"], box["ymax"], box["xmax"]) if box else None
    if kind in {"PointAddress", "Subaddress", "POI"} and raw.get("score", 0) >= 90:
        return Quality.HOUSE, AT_THE_HOUSE_M
    if kind == "StreetAddress" and raw.get("score", 0) >= 90:
        return Quality.HOUSE, BETWEEN_HOUSES_M
    if kind in {"StreetName", "StreetAddress", "PointAddress", "StreetInt"}:
        return Quality.STREET, _reach(corners, ON_A_STREET_M)
    return Quality.AREA, _reach(corners, IN_AN_AREA_M)


def _pair(point: Raw) -> tuple[float, float]:
    return point["lat"], point["lng"]


def _reach(corners: tuple[Any, ...] | None, usual: int) -> int:
    """Half the diagonal of a bounding box in metres; `usual` where there is none."""
    if corners is None:
        return usual
    south, west, north, east = (float(corner) for corner in corners)
    metres = float(great_circle((south, west), (north, east)).meters) / 2
    return max(AT_THE_HOUSE_M, min(FARTHEST_M, round(metres))) if isfinite(metres) else usual


SERVICES: dict[str, Service] = {
    "nominatim": Service(
        lambda access: Nominatim(**_common(access)), {"country_codes": "vn", "language": "vi"}, _of_nominatim
    ),
    "photon": Service(lambda access: Photon(**_common(access)), {}, _of_photon),
    "pelias": Service(_pelias, {"countries": ["VN"]}, _of_pelias),
    "google": Service(_google, {"components": {"country": "VN"}, "language": "vi", "region": "vn"}, _of_google),
    "arcgis": Service(lambda access: ArcGIS(**_common(access)), {"out_fields": "Addr_type"}, _of_arcgis),
}
