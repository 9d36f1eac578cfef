"""What every geocoder of the chain is asked, and what each of them is: a geopy geocoder that can also say how sure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from geopy.geocoders.base import Geocoder
from geopy.location import Location

from delivery.geocoders.keys import door_key, text_key
from delivery.geocoders.wire import NoNetwork
from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.locating import Place, locate


@dataclass(frozen=True, slots=True)
class Question:
    """An address to place: its parts, the keys it may be remembered by, and where the map alone puts it.

    `on_map` is the gazetteer's answer, with the point that came with the address where there is one.
    """

    address: Address
    on_map: Place
    key: str
    text_key: str

    @property
    def keys(self) -> tuple[str, str]:
        return self.key, self.text_key


def ask(text: str, atlas: Atlas, lat: float | None = None, lon: float | None = None) -> Question:
    """Understand an address, once for all geocoders; `lat` and `lon` are the point that came with it."""
    address = parse(text, atlas)
    unaided = locate(address, atlas)
    given = lat is not None and lon is not None
    on_map = locate(address, atlas, lat=lat, lon=lon) if given else unaided
    return Question(address, on_map, door_key(address, unaided), text_key(text))


class ServiceSilent(Exception):
    """A geocoder cannot answer now; the others can."""


class PlaceGeocoder(Geocoder):  # type: ignore[misc]  # geopy has no types
    """One geocoder of the chain: `place` says where and how sure, `geocode` answers as geopy's do.

    `online` says that asking it may leave the machine.
    """

    name = ""
    online = False

    def __init__(self, atlas: Atlas) -> None:
        super().__init__(adapter_factory=NoNetwork)
        self.atlas = atlas

    def prepare(self, questions: Iterable[Question]) -> None:
        """Look up at once what `place` will be asked one by one, where that is cheaper."""

    def place(self, question: Question) -> Place | None:
        """Where the address lies, or None for nothing to say.

        Raises ServiceSilent when it cannot be asked now.
        """
        raise NotImplementedError

    def recall(self, question: Question) -> Place | None:
        """What is known without asking anybody outside."""
        return self.place(question)

    def geocode(self, query: str, **_options: Any) -> Location | None:  # noqa: ANN401  geopy's own signature
        """The location of an address whose place is not in doubt, else None; of geopy's options none has a meaning."""
        try:
            place = self.place(ask(query, self.atlas))
        except ServiceSilent:
            return None
        if place is None or place.ask or place.lat is None or place.lon is None:
            return None
        facts = {"quality": place.quality.value, "radius_m": place.radius_m, "source": place.source}
        return Location(query, (place.lat, place.lon), facts)


class Gazetteer(PlaceGeocoder):
    """The map in the house: streets, alleys, numbers, estates, wards. It always answers, if only with a doubt."""

    name = "map"

    def place(self, question: Question) -> Place:
        return question.on_map
