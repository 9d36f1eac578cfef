"""By which times couriers travel: along the streets of the imported map, as a server says, or in straight lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import structlog

import routing
from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.maps.served import Served
from delivery.settings import Settings
from routing.roads import Network, NetworkTravel, Vehicle

OsrmTravel = ValhallaTravel = None

log = structlog.get_logger()
# Steps of a line are kept in 1/100,000 degrees, a metre or so.
UNIT = 100_000
Line = Sequence[tuple[float, float]]

WAYS: dict[str, str] = {
    "streets": marked("Times and distances along the streets of the imported map."),
    "server": marked("Times and distances along the streets, as a routing server gave them."),
    "straight": marked("Times and distances by straight lines, lengthened; with a map they follow the streets."),
}


@dataclass(frozen=True)
class Travelling:
    """How couriers travel: `kind` is a key of WAYS. `lines` gives the line from each place to the next, if known."""

    kind: str
    travel: routing.Travel
    lines: Callable[[Sequence[routing.Location]], Sequence[Line]] | None = None

    def way(self, places: Sequence[routing.Location]) -> list[int] | None:
        """The line through these places along the streets, as `Route.way` keeps it; None where none is known."""
        if self.lines is None or len(places) < 2:
            return None
        points = [point for line in self.lines(places) for point in line]
        whole = [(round(lat * UNIT), round(lon * UNIT)) for lat, lon in points]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole) if a != b]
        return [number for step in [*whole[:1], *steps] for number in step] or None


def points_of(way: Sequence[int] | None) -> Iterator[tuple[float, float]]:
    """The points, in degrees, of a line as `Route.way` keeps it."""
    lat = lon = 0
    for north, east in zip((way or ())[::2], (way or ())[1::2], strict=True):
        lat, lon = lat + north, lon + east
        yield lat / UNIT, lon / UNIT


STRAIGHT = Travelling("straight", routing.HaversineTravel())


def travelling_of(settings: Settings) -> Callable[[], Travelling]:
    """What to ask for the travel of this moment, as the settings say; a new map is seen at once.

    Raises BadSetting when a server is to be asked and none is named.
    """
    if settings.travel == "straight":
        return lambda: STRAIGHT
    if settings.travel in {"osrm", "valhalla"}:
        server = _server(settings)
        return lambda: server
    vehicle = Vehicle(settings.vehicle)
    return Served(settings.home, lambda folder: _along_streets(folder, vehicle)).get


def _server(settings: Settings) -> Travelling:
    if not settings.travel_url:
        raise BadSetting(_("TANNHA_TRAVEL={kind} needs the server's address in TANNHA_TRAVEL_URL").format(
            kind=settings.travel))  # fmt: skip
    of_kind = OsrmTravel if settings.travel == "osrm" else ValhallaTravel
    server = of_kind(settings.travel_url, vehicle=Vehicle(settings.vehicle))
    return Travelling("server", server, server.shape)


def _along_streets(folder: Path | None, vehicle: Vehicle) -> Travelling:
    if folder is None:
        return STRAIGHT
    try:
        network = NetworkTravel(Network.open(folder / "roads.npz"), vehicle)
    except (routing.RoutingError, OSError) as error:
        # Letters must go out; that the map is broken is told by `tannha check`.
        log.warning("roads_unreadable", map=folder.name, error=type(error).__name__)
        return STRAIGHT
    return Travelling("streets", network, network.shape)
