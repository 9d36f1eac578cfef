"""How fast whom goes on which road, as tables: by class and vehicle, and by hour and class."""

from typing import NamedTuple

from routing.roads.network import Vehicle


class Road(NamedTuple):
    """A class of road and the speeds in km/h that are kept on it from junction to junction, stops at them included."""

    name: str
    foot: float
    bicycle: float
    motorbike: float
    car: float

    def kmh(self, vehicle: Vehicle) -> float:
        speed: float = getattr(self, vehicle.value)
        return speed


# OpenStreetMap's value of `highway`. Motorbikes in Hà Nội make 18 to 25 km/h in town; main roads are faster but wait at
# lights. Where nobody may ride at all is not told here but by the network's access bits.
CLASSES = (
    Road("motorway", 5, 15, 45, 60),
    Road("trunk", 5, 14, 32, 35),
    Road("primary", 5, 13, 27, 26),
    Road("secondary", 5, 13, 25, 23),
    Road("tertiary", 5, 12, 23, 20),
    Road("unclassified", 5, 12, 21, 18),
    Road("residential", 5, 11, 18, 14),
    Road("living_street", 5, 9, 13, 9),
    Road("service", 5, 9, 12, 9),
    Road("pedestrian", 5, 8, 8, 5),
    Road("track", 4, 8, 12, 8),
    Road("cycleway", 5, 12, 12, 5),
    Road("path", 5, 8, 8, 5),
    Road("steps", 2.5, 2, 2, 2),
)
ROW = {road.name: row for row, road in enumerate(CLASSES)}
