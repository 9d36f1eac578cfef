"""An online geocoder in the chain: asked rarely, slowly and with as little as possible, and never believed blindly."""

from collections.abc import Callable, Collection
from datetime import datetime

from geopy.distance import great_circle
from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeopyError,
)
from geopy.extra.rate_limiter import RateLimiter
from geopy.location import Location

from delivery.geocoders.answers import Answer, AnswerBook
from delivery.geocoders.asking import PlaceGeocoder, Question, ServiceSilent
from delivery.geocoders.breaker import Breaker
from delivery.geocoders.sending import street_part
from delivery.geocoders.services import SERVICES, Access
from delivery.i18n import marked
from delivery.moments import now
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place
from delivery.places.possible import possible_codes
from delivery.places.text import fold

ELSEWHERE = marked("The online service places it outside the ward that the address names")
NOT_SURE = marked("Only an online service knows this address, and not to the house")
# What turns us away stays so for a while: a key, a quota.
TURNED_AWAY_SECONDS = 3600.0
NEAR_THE_STREET_M = 200


class OnlineLine:
    """One service as all threads of a process share it: its geocoder, its pace, its breaker."""

    def __init__(self, name: str, access: Access, per_second: float, breaker: Breaker | None = None) -> None:
        self.name = name
        self._service = SERVICES[name]
        self._breaker = breaker or Breaker()
        self._geocoder = self._service.make(access)
        # No retries and no swallowing: geopy would write the question into the log.
        self._limited = RateLimiter(
            self._geocoder.geocode, min_delay_seconds=1 / per_second, max_retries=0, error_wait_seconds=1 / per_second,
            swallow_exceptions=False,
        )  # fmt: skip

    def answer(self, query: str, street: str | None) -> Answer | None:
        """What the service says, or None where it knows no such place.

        Raises ServiceSilent when it fails, turns us away, or is being left alone after failures.
        """
        if not self._breaker.lets_through():
            raise ServiceSilent(self.name)
        try:
            found = self._limited(query, **self._service.options)
            answer = self._understood(found, street) if found is not None else None
        except GeocoderRateLimited as error:
            self._breaker.failed(error.retry_after or 0)
            raise ServiceSilent(self.name) from None
        except (GeocoderQuotaExceeded, GeocoderInsufficientPrivileges, GeocoderAuthenticationFailure):
            self._breaker.failed(TURNED_AWAY_SECONDS)
            raise ServiceSilent(self.name) from None
        except (GeopyError, LookupError, TypeError, ValueError, AttributeError):
            # Whatever stands in an answer that is none: geopy reads it without looking.
            self._breaker.failed()
            raise ServiceSilent(self.name) from None
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """Let go of the connections to the service."""
        self._geocoder.adapter.close()

    def _understood(self, found: Location, street: str | None) -> Answer:
        quality, radius = self._service.precision(found.raw)
        if street and street not in fold(f"{found.address} {found.raw}"):
            # Another street than the one asked for: at most the area is right.
            quality, radius = Quality.AREA, max(radius, 1500)
        return Answer(float(found.latitude), float(found.longitude), quality, radius)


class OnlineService(PlaceGeocoder):
    """A line to a service as a geocoder of the chain: what it said is kept, and believed where it fits the address."""

    online = True

    def __init__(self, atlas: Atlas, line: OnlineLine, book: AnswerBook, clock: Callable[[], datetime] = now) -> None:
        super().__init__(atlas)
        self.name = line.name
        self._line, self._book, self._clock = line, book, clock

    def place(self, question: Question) -> Place | None:
        """The service's answer, from the book or asked now; nothing is sent of addresses that are not ours.

        Raises ServiceSilent.
        """
        return self._find(question, may_ask=True)

    def recall(self, question: Question) -> Place | None:
        return self._find(question, may_ask=False)

    def _find(self, question: Question, *, may_ask: bool) -> Place | None:
        allowed = possible_codes(question.address, self.atlas)
        provinces = {ward.province for ward in self.atlas.wards.today if ward.code in allowed}
        province = provinces.pop() if len(provinces) == 1 else ""
        query = street_part(question.address, _names(allowed, self.atlas), province)
        if query is None or question.on_map.source == "given":
            return None
        at = self._clock()
        known, answer = self._book.find(self.name, query, at)
        if not known and may_ask:
            answer = self._line.answer(query, question.address.street)
            self._book.keep_answer(self.name, query, answer, at)
        return _judged(question, answer, self.name, self.atlas, allowed) if answer is not None else None


def _judged(question: Question, answer: Answer, source: str, atlas: Atlas, allowed: Collection[str]) -> Place:
    """The answer as a place: in doubt unless it lies in a ward that the address allows, and says more than the map."""
    ward = atlas.wards.at(answer.lat, answer.lon)
    inside = ward is not None and ward.code in allowed
    sure = inside and (_fits_the_map(question.on_map, answer) or _settles(question, answer, allowed))
    return Place(
        answer.lat, answer.lon, answer.radius_m, answer.quality, source, ward.code if ward else None,
        question.on_map.old_ward_code, ask=not sure,
        candidates=() if sure else _names(allowed, atlas),
        note=() if sure else (NOT_SURE if inside else ELSEWHERE,),
    )  # fmt: skip


def _names(codes: Collection[str], atlas: Atlas) -> tuple[str, ...]:
    wards = (atlas.wards.by_code(code) for code in codes)
    return tuple(sorted(ward.name for ward in wards if ward is not None))


def _settles(question: Question, answer: Answer, allowed: Collection[str]) -> bool:
    """Whether the answer decides what the map could not: the address names a ward, and the answer is exact enough.

    Where the old ward that it names lies in several of today's, only a house decides between them.
    """
    if question.address.ward is None and question.address.now is None:
        return False
    return answer.quality is Quality.HOUSE or (answer.quality is Quality.STREET and len(allowed) == 1)


def _fits_the_map(on_map: Place, answer: Answer) -> bool:
    """Whether the map is sure, only less exact, and the answer lies where the map has it."""
    if on_map.ask or on_map.lat is None or on_map.lon is None or answer.quality is Quality.AREA:
        return False
    apart = great_circle((on_map.lat, on_map.lon), (answer.lat, answer.lon)).meters
    return bool(apart <= (on_map.radius_m or 0) + NEAR_THE_STREET_M)
