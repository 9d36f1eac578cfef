"""By which times couriers travel: along the streets of the imported map, as a server says, or in straight lines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import structlog

import routing
from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.maps.served import Served
from delivery.settings import Settings
from delivery.ways import Line, way_through
from routing.errors import InvalidProblem, TravelUnavailable
from routing.roads import Factors, Network, NetworkTravel, Osrm, Pace, ServerTravel, Valhalla, Vehicle
from routing.roads.speeds import CLASSES

log = structlog.get_logger()
# What Valhalla calls our vehicles.
COSTINGS = {
    Vehicle.MOTORBIKE: "motor_scooter", Vehicle.CAR: "auto", Vehicle.BICYCLE: "bicycle", Vehicle.FOOT: "pedestrian",
}  # fmt: skip


@dataclass(frozen=True)
class Travelling:
    """How couriers travel: `kind` is a key of WAYS. `lines` gives the line from each place to the next, if known.

    `otherwise` is how they travel when this cannot be asked.
    """

    kind: str
    travel: routing.Travel
    lines: Callable[[Sequence[routing.Location]], Sequence[Line]] | None = None
    otherwise: Callable[[], "Travelling"] | None = None

    def among(self, places: Sequence[routing.Location], hours: Iterable[int] = ()) -> "Travelling":
        """Ready for a plan among these places in these hours of the day.

        A server is asked once for all of them, and when it is silent the plan is made without it, so that one plan
        never mixes two kinds of times.
        """
        if isinstance(self.travel, NetworkTravel):
            return replace(self, travel=_in_the_mean(self.travel, list(hours)))
        if self.otherwise is None:
            return self
        known = list(dict.fromkeys(places))
        try:
            seconds, metres = self.travel.matrices(known)
        except TravelUnavailable as error:
            log.warning("routing_server_silent", error=type(error).__name__)
            return self.otherwise()
        rows = {place: row for row, place in enumerate(known)}
        return replace(self, travel=routing.MatrixTravel(rows, seconds, metres))

    def way(self, places: Sequence[routing.Location]) -> list[int] | None:
        """The line through these places along the streets, as `Route.way` keeps it; None where none is known."""
        if self.lines is None or len(places) < 2:
            return None
        try:
            return way_through(self.lines(places))
        except TravelUnavailable:
            return None


def _in_the_mean(travel: NetworkTravel, hours: Sequence[int]) -> NetworkTravel:
    """The same streets with the mean of these hours' factors, for a plan knows one time for each way."""
    if not hours or not travel.pace.factors.rows:
        return travel
    mean = np.mean([travel.pace.factors.by_class(hour) for hour in hours], axis=0)
    rows = {(hours[0], road.name): float(factor) for road, factor in zip(CLASSES, mean, strict=True)}
    return replace(travel, hour=hours[0], pace=replace(travel.pace, factors=Factors(rows)))


STRAIGHT = Travelling("straight", routing.HaversineTravel())


def travelling_of(settings: Settings) -> Callable[[], Travelling]:
    """What to ask for the travel of this moment, as the settings say; a new map is seen at once.

    Raises BadSetting when a server is to be asked and none is named.
    """
    if settings.travel == "straight":
        return lambda: STRAIGHT
    vehicle = Vehicle(settings.vehicle)
    home = settings.home
    at_hand = Served(home, lambda folder: _along_streets(home, folder, vehicle), [hours_file(home)]).get
    if settings.travel == "auto":
        return at_hand
    server = _server(settings, at_hand)
    return lambda: server


def _server(settings: Settings, otherwise: Callable[[], Travelling]) -> Travelling:
    try:
        dialect = Osrm() if settings.travel == "osrm" else Valhalla(COSTINGS[Vehicle(settings.vehicle)])
        server = ServerTravel(dialect, settings.travel_url)
    except InvalidProblem as error:
        raise BadSetting(
            _("TANNHA_TRAVEL={kind} needs the server's address, http://…, in TANNHA_TRAVEL_URL").format(
                kind=settings.travel
            )
        ) from error
    return Travelling("server", server, server.shape, otherwise)


def hours_file(home: Path) -> Path:
    """Where a ward says, or `tannha learn-hours` has learnt, what the hour does to travel times."""
    return home / "hours.csv"


def read_factors(home: Path) -> Factors:
    """What the hour does to travel times in this home; nothing, while nobody has said so.

    Raises RoutingError naming the line that cannot be meant, and OSError.
    """
    file = hours_file(home)
    return Factors.read(file) if file.is_file() else Factors()


def _factors(home: Path) -> Factors:
    try:
        return read_factors(home)
    except (routing.RoutingError, OSError) as error:
        # As with a broken map: the streets without hours are better than no streets.
        log.warning("hours_unreadable", error=type(error).__name__)
        return Factors()


def _along_streets(home: Path, folder: Path | None, vehicle: Vehicle) -> Travelling:
    if folder is None:
        return STRAIGHT
    try:
        network = NetworkTravel(Network.open(folder / "roads.npz"), vehicle, pace=Pace(factors=_factors(home)))
    except (routing.RoutingError, OSError) as error:
        # Letters must go out; that the map is broken is told by `tannha check`.
        log.warning("roads_unreadable", map=folder.name, error=type(error).__name__)
        return STRAIGHT
    return Travelling("streets", network, network.shape)
