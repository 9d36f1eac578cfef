"""This project's own road network, through its public functions."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from benchmarks.alone import NotHere

VEHICLE = "motorbike"


def read(extract: Path) -> Any:  # noqa: ANN401  whatever this state of the project has for a network
    """The network of an extract; raises NotHere in a state of the project without one."""
    return _roads().read_network(extract)


def travel_on(network: Any) -> Any:  # noqa: ANN401
    """Travel by motorbike, without the hour."""
    return _roads().NetworkTravel(network, VEHICLE)


def _roads() -> Any:  # noqa: ANN401
    if importlib.util.find_spec("routing.roads") is None:
        raise NotHere("this state of the project reads no road network")
    return importlib.import_module("routing.roads")
