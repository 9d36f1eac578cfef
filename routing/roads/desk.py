"""The commands about streets: `python -m routing roads build`, `matrix`, `calibrate`; and `--roads` for the others."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from routing.errors import UnsupportedInput
from routing.problem import Problem
from routing.roads.calibrate import QUANTILES, Fit, calibrate, on_streets
from routing.roads.hours import Factors
from routing.roads.network import Network, Vehicle
from routing.roads.osm import read_network
from routing.roads.travel import NetworkTravel, Pace
from routing.travel import HaversineTravel, Location


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `roads` with its own commands."""
    roads = commands.add_parser(
        "roads", help="street networks: build one, travel times on it, what the straight line misses"
    )
    parts = roads.add_subparsers(required=True)
    building = parts.add_parser("build", help="read the streets of an OpenStreetMap extract")
    building.add_argument("extract", type=Path)
    building.add_argument("out", type=Path)
    building.set_defaults(run=_build)
    measuring = parts.add_parser("matrix", help="seconds and metres between places, as JSON")
    measuring.add_argument("roads", type=Path)
    measuring.add_argument("places", type=Path, help="a CSV file with the columns lat and lon")
    _ask_how(measuring)
    measuring.set_defaults(run=_matrix)
    fitting = parts.add_parser("calibrate", help="compare the straight line with the streets, by vehicle")
    fitting.add_argument("roads", type=Path)
    fitting.add_argument("--places", type=int, default=1000, choices=range(2, 5001), metavar="2…5000")
    fitting.set_defaults(run=_calibrate)


def ask_for_network(parser: argparse.ArgumentParser) -> None:
    """Where a file gives coordinates only, a network may say how long the ways are."""
    parser.add_argument("--roads", type=Path, help="ways along the streets of this network (made by `roads build`)")
    _ask_how(parser)


def network_travel(given: argparse.Namespace) -> NetworkTravel | None:
    """The travel that `--roads`, `--vehicle`, `--hour`, `--pace` and `--factors` ask for."""
    if given.roads is None:
        return None
    factors = Factors.read(given.factors) if given.factors else Factors()
    return NetworkTravel(_opened(given.roads), given.vehicle, given.hour, Pace(scale=given.pace, factors=factors))


def straight_travel(given: argparse.Namespace) -> HaversineTravel:
    """The travel that `--speed` and `--detour` ask for."""
    return HaversineTravel(kmh=given.speed, detour=given.detour)


def tell_who_is_off(given: argparse.Namespace, problem: Problem) -> None:
    """Say on the error output how many places are on no street, so that their ways are straight lines."""
    travel = network_travel(given)
    if travel is None:
        return
    places = {stop.location for stop in problem.stops} | {courier.start for courier in problem.couriers}
    off = sum(not snap.served for snap in travel.snap(sorted(places)))
    if off:
        reach = travel.pace.reach
        told = f"{off} of {len(places)} places are more than {reach:g} m from a street; their ways are straight lines"
        print(told, file=sys.stderr)  # noqa: T201


def _ask_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vehicle", type=Vehicle, choices=list(Vehicle), default=Vehicle.MOTORBIKE)
    parser.add_argument("--hour", type=int, choices=range(24), metavar="0…23", help="the hour whose factors count")
    parser.add_argument("--factors", type=Path, help="a CSV file with the columns hour, road_class (* for all), factor")
    parser.add_argument("--pace", type=float, default=1.0, help="so many times the usual speed (1)")


@cache
def _opened(path: Path) -> Network:
    return Network.open(path)


def _build(given: argparse.Namespace) -> int:
    network = read_network(given.extract)
    network.save(given.out)
    _say([f"{network.streets} streets between {network.junctions} junctions, {network.metres.sum() / 1000:.0f} km"])
    return 0


def _matrix(given: argparse.Namespace) -> int:
    travel = network_travel(given)
    assert travel is not None  # noqa: S101  the network is a required argument here
    seconds, metres = travel.matrices(_places(given.places))
    _say([json.dumps({"durations": seconds.tolist(), "distances": metres.tolist()})])
    return 0


def _calibrate(given: argparse.Namespace) -> int:
    network = _opened(given.roads)
    for vehicle in Vehicle:
        fit = calibrate(NetworkTravel(network, vehicle), on_streets(network, vehicle, given.places))
        _say(_told(vehicle, fit))
    return 0


def _told(vehicle: Vehicle, fit: Fit) -> Iterator[str]:
    yield f"{vehicle}: detour {fit.detour:.2f}, {fit.kmh:.1f} km/h ({fit.pairs} pairs)"
    for name, errors in (("length", fit.length_errors), ("time", fit.time_errors)):
        shares = ", ".join(f"{q:.0%} ≤ {off:.1%}" for q, off in zip(QUANTILES, errors, strict=True))
        yield f"  {name} off by: {shares}"
    for pair in fit.worst:
        ends = " → ".join(f"{place.lat:.4f} {place.lon:.4f}" for place in (pair.start, pair.end))
        yield f"  {pair.metres / pair.straight:5.1f} × straight: {pair.straight} m are {pair.metres} m, {ends}"


def _places(path: Path) -> list[Location]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [Location(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UnsupportedInput(f"{path.name} is not a CSV file with the columns lat and lon in degrees") from error


def _say(lines: "Iterator[str] | list[str]") -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
