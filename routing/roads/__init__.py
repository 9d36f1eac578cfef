"""Travel along streets: a network read from OpenStreetMap, and the times and ways on it."""

from routing.roads.hours import Factors, Observation, learn_factors
from routing.roads.network import Network, Vehicle
from routing.roads.osm import read_network
from routing.roads.osrm import Osrm
from routing.roads.servers import ServerTravel
from routing.roads.travel import Line, NetworkTravel, Pace, Snap
from routing.roads.valhalla import Valhalla

MOTORBIKE = Vehicle.MOTORBIKE

__all__ = [
    "MOTORBIKE",
    "Factors",
    "Line",
    "Network",
    "NetworkTravel",
    "Observation",
    "Osrm",
    "Pace",
    "ServerTravel",
    "Snap",
    "Valhalla",
    "Vehicle",
    "learn_factors",
    "read_network",
]
