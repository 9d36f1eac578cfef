"""Travel along streets: a network read from OpenStreetMap, and the times and ways on it."""

from routing.roads.network import Network, Vehicle
from routing.roads.osm import read_network

__all__ = ["Network", "Vehicle", "read_network"]
