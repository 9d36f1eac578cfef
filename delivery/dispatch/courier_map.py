"""What a courier's sheet shows of the ground: streets and names of the imported map, and what people go by."""

from dataclasses import dataclass, replace
from pathlib import Path

import shapely

from delivery.i18n import gettext as _
from delivery.maps import store
from delivery.maps.base_map import ATTRIBUTION
from delivery.maps.street_map import Area, named_lines, streets_within
from delivery.models import Result
from delivery.places.atlas import Atlas
from delivery.places.landmarks import Landmark
from delivery.wiring import Service
from labels.model import Landmark as Mark
from labels.model import Outline, RouteSheet, Street, StreetName
from labels.route_sheet import sketched_area

# How the sheet draws what the base map tells apart.
RANKS = {"motorway": 0, "primary": 1, "tertiary": 1, "street": 2, "lane": 3, "path": 3}
# On a sheet that shows more than this from south to north (in degrees, about 3 km), lanes would be a grey cloud.
WIDE = 0.027
MOST_STREETS, MOST_ALLEYS = 80, 80
# Words that a name begins with and that are no name themselves.
_COMMON = frozenset((
    "bảo", "bến", "bệnh", "bưu", "cầu", "cây", "chợ", "chùa", "công", "đền", "đình", "ga", "hồ", "khách", "miếu", "nhà",
    "phòng", "sân", "siêu", "thư", "trạm", "trung", "trường", "vườn",
))  # fmt: skip
# A landmark helps to find a door that is known better than this.
ROUGH_M = 60


@dataclass(frozen=True)
class CourierMap:
    """Wards, names and landmarks of an atlas; `folder` is the imported map that it is of, None where none is served."""

    atlas: Atlas
    folder: Path | None

    @classmethod
    def of(cls, service: Service) -> "CourierMap":
        """What is known at this moment."""
        atlas = service.atlas
        return cls(atlas, store.maps_folder(service.settings.home) / atlas.version if atlas.version else None)

    def drawn_on(self, sheet: RouteSheet, landmarks: tuple[Mark, ...]) -> RouteSheet:
        """The sheet with the map of the ground that its sketch shows."""
        area = sketched_area([sheet.start, *(stop.point for stop in sheet.stops), *sheet.way])
        drawn = replace(sheet, outlines=self._outlines(area), landmarks=landmarks)
        if self.folder is None:
            return drawn
        return replace(drawn, streets=self._streets(area), street_names=self._names(area), source=ATTRIBUTION)

    def landmark_of(self, result: Result) -> Landmark | None:
        """What is near the door of a result; None where the door is known only roughly."""
        if result.lat is None or result.lon is None or (result.radius_m or 0) > ROUGH_M:
            return None
        return self.atlas.landmarks.near(result.lat, result.lon, result.radius_m or 0)

    def _outlines(self, area: Area) -> tuple[Outline, ...]:
        south, west, north, east = area
        shown = shapely.box(west, south, east, north)
        return tuple(Outline(w.name, w.outline) for w in self.atlas.wards.today if shapely.intersects(w.shape, shown))

    def _streets(self, area: Area) -> tuple[Street, ...]:
        assert self.folder is not None  # noqa: S101  asked only where there is a map
        finest = 2 if area[2] - area[0] > WIDE else 3
        pieces = ((RANKS[piece.kind], piece.line) for piece in streets_within(self.folder, area))
        return tuple(Street(line, rank) for rank, line in pieces if rank <= finest)

    def _names(self, area: Area) -> tuple[StreetName, ...]:
        gazetteer = self.atlas.gazetteer
        rows = [row for named in (gazetteer.streets, gazetteer.alleys) for same in named.values() for row in same]
        lines = named_lines((row for row in rows if row.lines), area)
        streets = [line for line in lines if not line.is_alley][:MOST_STREETS]
        alleys = [line for line in lines if line.is_alley][:MOST_ALLEYS]
        return tuple(StreetName(line.name, line.line) for line in (*streets, *alleys))


def landmark_words(landmark: Landmark) -> str:
    """A landmark as one says it to somebody who looks for the door."""
    name = _in_a_sentence(landmark.name)
    if landmark.across:
        return _("opposite {place}").format(place=name)
    if landmark.metres:
        return _("near {place}, about {metres} m").format(place=name, metres=landmark.metres)
    return _("near {place}").format(place=name)


def _in_a_sentence(name: str) -> str:
    """ "Chợ Gia Lâm" is chợ Gia Lâm within a sentence, UBND and HH1 stay as they are."""
    first, _blank, rest = name.partition(" ")
    plain = rest and first[:1].isupper() and first[1:].islower() and first.lower() in _COMMON
    return f"{first.lower()} {rest}" if plain else name
