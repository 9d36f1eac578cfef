"""The chain: geocoders asked one after the other until one is sure; what stays in doubt is for a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from delivery.database import Database
from delivery.geocoders.asking import Gazetteer, PlaceGeocoder, Question, ServiceSilent, ask
from delivery.geocoders.remembered import Doors, Pins
from delivery.i18n import marked
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place

# With a circle this wide a courier still asks somebody on the street, and a service may know better.
WELL_KNOWN_M = 300
SILENT = marked("The online service did not answer; it was placed by the map alone")


@dataclass(frozen=True, slots=True)
class Chain:
    """Geocoders in the order in which they are asked."""

    geocoders: Sequence[PlaceGeocoder]
    atlas: Atlas

    @classmethod
    def of(
        cls, atlas: Atlas, database: Database, online: Sequence[PlaceGeocoder] = (), at: datetime | None = None
    ) -> "Chain":
        """Pins of people, confirmed doors, the map, and then the online services that a setting names."""
        return cls((Pins(atlas, database), Doors(atlas, database, at), Gazetteer(atlas), *online), atlas)

    def ask(self, text: str, lat: float | None = None, lon: float | None = None) -> Question:
        """Understand an address; `lat` and `lon` are the point that came with it."""
        return ask(text, self.atlas, lat, lon)

    def prepare(self, questions: Iterable[Question]) -> None:
        """Look up at once what can be looked up at once."""
        known = list(questions)
        for geocoder in self.geocoders:
            geocoder.prepare(known)

    def place(self, question: Question) -> Place:
        """The first answer that is sure and near, else the best of all; never raises for a service that is down."""
        best: Place | None = None
        silent = False
        for geocoder in self.geocoders:
            try:
                found = geocoder.place(question)
            except ServiceSilent:
                silent = True
                continue
            best = found if best is None or (found is not None and _is_better(found, best)) else best
            if best is not None and _is_well_known(best):
                return best
        place = best or question.on_map
        return replace(place, note=(*place.note, SILENT)) if silent else place

    def answers(self, question: Question) -> list[Place]:
        """What each geocoder knows without asking anybody outside, in their order; those without a point left out."""
        places = (geocoder.recall(question) for geocoder in self.geocoders)
        return [place for place in places if place is not None and place.lat is not None]

    def offline(self) -> "Chain":
        """The same chain without what may leave the machine."""
        return replace(self, geocoders=tuple(each for each in self.geocoders if not each.online))


def _is_well_known(place: Place) -> bool:
    remembered = place.source in {Pins.name, Doors.name}
    return remembered or (not place.ask and place.radius_m is not None and place.radius_m <= WELL_KNOWN_M)


def _is_better(found: Place, best: Place) -> bool:
    """Sure beats doubtful; of two sure ones, the nearer. A doubtful one never takes the place of another."""
    if found.ask:
        return False
    return best.ask or best.quality is Quality.NONE or (found.radius_m or 0) < (best.radius_m or 0)
