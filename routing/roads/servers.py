"""Travel as told by a routing server: OSRM or Valhalla, one interface, asked in blocks.

The server learns the coordinates of all places, and nothing else. Nobody is asked unless a setting names it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar

import httpx
import numpy as np
import numpy.typing as npt

from routing.errors import InvalidProblem, TravelUnavailable
from routing.roads.travel import Line, Snap
from routing.roads.wire import Distances, Json
from routing.travel import HaversineTravel, Location, Matrix, Points, flat, in_degrees

Answer = TypeVar("Answer")
# A table of a hundred by a hundred places is a few hundred kilobytes.
MOST_BYTES = 32 * 2**20


class Dialect(Protocol):
    """How a kind of server is asked, and what its answers mean. Reading raises whatever it stumbles over.

    `most` is how many places may be named in one request; `refusal` is the server's own code of an error.
    """

    @property
    def most(self) -> int: ...
    def table_request(self, url: str, origins: Sequence[Location], goals: Sequence[Location]) -> httpx.Request: ...
    def read_table(self, answer: Json) -> Distances: ...
    def snap_request(self, url: str, places: Sequence[Location]) -> httpx.Request: ...
    def read_snaps(self, answer: Json) -> list[Location | None]: ...
    def route_request(self, url: str, start: Location, end: Location) -> httpx.Request: ...
    def read_line(self, answer: Json) -> list[Location]: ...
    def refusal(self, answer: Json) -> str: ...
    def is_no_way(self, refusal: str) -> bool: ...


class Told(NamedTuple):
    """Seconds and metres from each place to each other, and where the server knew no way, so that they are straight."""

    seconds: Matrix
    metres: Matrix
    straight: npt.NDArray[np.bool_]


class _NoWay(Exception):
    """The server says that there is no way."""


@dataclass(frozen=True, slots=True)
class ServerTravel:
    """A `routing.travel.Travel` that asks the server at `url`, waiting at most `timeout` seconds for each whole answer.

    Every method raises TravelUnavailable when the server cannot be reached, is too slow, or answers nonsense.
    """

    dialect: Dialect
    url: str
    timeout: float = 30.0
    astray: HaversineTravel = field(default_factory=HaversineTravel)

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidProblem("the address of a routing server begins with http:// or https://")
        if self.dialect.most < 2 or not 0 < self.timeout <= 3600:
            raise InvalidProblem("a routing server is asked for at least two places and at most an hour")

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        told = self.table(places)
        return told.seconds, told.metres

    def table(self, places: Sequence[Location]) -> Told:
        """As `matrices`, and which ways are straight lines because the server knew none."""
        places = [Location(*row) for row in in_degrees(places).tolist()]
        seconds, metres = self.astray.matrices(places)
        straight = np.ones(seconds.shape, bool)
        size = self.dialect.most // 2
        starts = range(0, len(places), size)
        with self._client() as client:
            for rows, columns in ((slice(a, a + size), slice(b, b + size)) for a in starts for b in starts):
                told = self._block(client, places[rows], places[columns])
                known = np.isfinite(told[0]) & np.isfinite(told[1])
                for table, block in zip((seconds, metres), told, strict=True):
                    table[rows, columns][known] = np.rint(block[known]).astype(np.int64)
                straight[rows, columns] = ~known
        for table in (seconds, metres, straight):
            np.fill_diagonal(table, 0)
        return Told(seconds, metres, straight)

    def chart(self, places: Sequence[Location]) -> Points:
        return flat(places)

    def snap(self, places: Sequence[Location]) -> list[Snap]:
        """Where the server puts each place on its network, and how far off that is."""
        in_degrees(places)
        size, spots = self.dialect.most // 2, list[Location | None]()
        with self._client() as client:
            for start in range(0, len(places), size):
                spots += self._spots(client, places[start : start + size])
        ways = [self._off(place, spot) for place, spot in zip(places, spots, strict=True)]
        return [
            Snap(spot or place, off, spot is not None) for place, spot, off in zip(places, spots, ways, strict=True)
        ]

    def shape(self, stops: Sequence[Location]) -> list[Line]:
        """The line of each leg; straight where the server knows no way."""
        in_degrees(stops)
        with self._client() as client:
            return [self._leg(client, start, end) for start, end in pairwise(stops)]

    @property
    def _base(self) -> str:
        return self.url.rstrip("/")

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=self.timeout)

    def _block(self, client: httpx.Client, origins: Sequence[Location], goals: Sequence[Location]) -> Distances:
        shape = len(origins), len(goals)

        def read(answer: Json) -> Distances:
            seconds, metres = self.dialect.read_table(answer)
            if seconds.shape != shape or metres.shape != shape:
                raise ValueError("another number of rows or columns than asked for")
            return seconds, metres

        try:
            return self._asked(client, self.dialect.table_request(self._base, origins, goals), read)
        except _NoWay:
            return self._without_those_off(client, origins, goals)

    def _without_those_off(
        self, client: httpx.Client, origins: Sequence[Location], goals: Sequence[Location]
    ) -> Distances:
        """One place without a street spoils a whole answer: halve the block until it stands alone."""
        nothing = np.full((len(origins), len(goals)), np.nan)
        if len(origins) == len(goals) == 1:
            return nothing, nothing
        axis = 0 if len(origins) >= len(goals) else 1
        half = max(len(origins), len(goals)) // 2
        parts = (
            ((origins[:half], goals), (origins[half:], goals))
            if axis == 0
            else ((origins, goals[:half]), (origins, goals[half:]))
        )
        (seconds, metres), (more_seconds, more_metres) = (self._block(client, *part) for part in parts)
        return np.concatenate([seconds, more_seconds], axis), np.concatenate([metres, more_metres], axis)

    def _spots(self, client: httpx.Client, places: Sequence[Location]) -> list[Location | None]:
        def read(answer: Json) -> list[Location | None]:
            spots = self.dialect.read_snaps(answer)
            if len(spots) != len(places):
                raise ValueError("another number of places than asked for")
            return spots

        try:
            return self._asked(client, self.dialect.snap_request(self._base, places), read)
        except _NoWay:
            half = len(places) // 2
            return (
                [spot for part in (places[:half], places[half:]) for spot in self._spots(client, part)]
                if half
                else [None]
            )

    def _leg(self, client: httpx.Client, start: Location, end: Location) -> Line:
        if start == end:
            return (start, end)
        try:
            between = self._asked(client, self.dialect.route_request(self._base, start, end), self.dialect.read_line)
        except _NoWay:
            between = []
        return (start, *between, end)

    def _off(self, place: Location, spot: Location | None) -> float:
        """Metres from the place to where it was put."""
        if spot is None:
            return float("inf")
        straight = HaversineTravel(detour=1.0).table(np.array([place]), np.array([spot]))
        return float(straight[1][0, 0])

    def _asked(self, client: httpx.Client, request: httpx.Request, read: Callable[[Json], Answer]) -> Answer:
        try:
            response = self._received(client, request)
            answer = response.json()
        except httpx.TimeoutException as error:
            raise TravelUnavailable(f"{self._name} did not answer within {self.timeout:g} s") from error
        except httpx.HTTPError as error:
            raise TravelUnavailable(f"{self._name} cannot be reached; is it running?") from error
        except (ValueError, RecursionError) as error:
            raise TravelUnavailable(f"{self._name} answered no JSON (HTTP {response.status_code})") from error
        try:
            if response.is_success:
                return read(answer)
            refusal = self.dialect.refusal(answer)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
            raise TravelUnavailable(f"{self._name} answered in words that are not known") from error
        if self.dialect.is_no_way(refusal):
            raise _NoWay
        # Only its code: the server's sentence may repeat where somebody lives.
        raise TravelUnavailable(f"{self._name} refused (HTTP {response.status_code}, {refusal[:40]!r})")

    def _received(self, client: httpx.Client, request: httpx.Request) -> httpx.Response:
        """The whole answer; a server that drips or floods is given up."""
        ends = time.monotonic() + self.timeout
        response = client.send(request, stream=True)
        try:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise TravelUnavailable(f"{self._name} answered more than {MOST_BYTES // 2**20} MB")
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("the answer took too long", request=request)
        finally:
            response.close()
        return httpx.Response(response.status_code, content=bytes(body))

    @property
    def _name(self) -> str:
        """The server without what its address may hold of a password."""
        return f"the routing server at {httpx.URL(self.url).host}"
