"""A street network as arrays: junctions, the streets between them, who may ride which way, and the lines they follow."""

import hashlib
import zipfile
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from routing.errors import UnsupportedInput
from routing.roads.order import Junctions, contracted
from routing.travel import EARTH_RADIUS_M

FORMAT = 1
Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]


class Vehicle(StrEnum):
    """What a courier moves on."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    MOTORBIKE = "motorbike"
    CAR = "car"

    @property
    def bit(self) -> int:
        """Its place in a street's `ahead` and `back`."""
        return 1 << list(Vehicle).index(self)


@dataclass(frozen=True)
class Network:
    """Streets between junctions. `n` junctions, `m` streets, `k` points of all streets' lines.

    A street is kept once, whatever the directions: `ahead` says which vehicles may go from its tail to its head and
    `back` which from head to tail, as bits (`Vehicle.bit`). Street `s` follows `points[starts[s]:starts[s + 1]]`, from
    tail to head with both ends.
    """

    lat: Reals  # n, degrees
    lon: Reals  # n, degrees
    tail: Junctions  # m
    head: Junctions  # m
    metres: Reals  # m, along the line
    road_class: Bits  # m, row of routing.roads.speeds.CLASSES
    limit: Bits  # m, km/h as signed; 0 where no sign is known
    ahead: Bits  # m
    back: Bits  # m
    starts: Numbers  # m + 1
    points: Reals  # k × 2, latitude and longitude in degrees
    order: Junctions  # n, how junctions are contracted (routing.roads.order); empty: unknown

    @property
    def junctions(self) -> int:
        return len(self.lat)

    @property
    def streets(self) -> int:
        return len(self.tail)

    @cached_property
    def hierarchy(self) -> tuple[Numbers, Numbers]:
        """The contracted network, as routing.roads.kernel wants it: where each junction's arcs start, and their heads."""
        return contracted(self.order, self.tail, self.head)

    @cached_property
    def version(self) -> str:
        """A digest of the content: equal networks have equal versions."""
        digest = hashlib.blake2b(digest_size=12)
        for name, array in self._arrays().items():
            digest.update(f"{name}{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array))
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the network as one `.npz`; whoever opens `path` meanwhile gets the old one or the new one, whole."""
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as file:
            np.savez(file, format=np.array(FORMAT), version=np.array(self.version), **self._arrays())  # type: ignore[arg-type]
        part.replace(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises UnsupportedInput when the file is of another format, cut off or changed, and OSError as `open` does.
        """
        try:
            with np.load(path, allow_pickle=False) as archive:
                kept = {name: archive[name] for name in archive.files}
        except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise UnsupportedInput(f"{path.name} is not a whole street network; import the map again") from error
        return cls._checked(kept, path.name)

    @classmethod
    def _checked(cls, kept: dict[str, Any], name: str) -> Self:
        if int(kept.pop("format", np.array(0))) != FORMAT:
            raise UnsupportedInput(f"{name} is a street network of another format; import the map again")
        version = str(kept.pop("version", ""))
        if set(kept) != {field.name for field in fields(cls)}:
            raise UnsupportedInput(f"{name} is not a whole street network; import the map again")
        network = cls(**kept)
        if network.version != version:
            raise UnsupportedInput(f"{name} was changed after it was written; import the map again")
        return network

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def apart(lat: Reals, lon: Reals, other_lat: Reals, other_lon: Reals) -> Reals:
    """Metres over the globe between points in degrees, elementwise."""
    phi, other_phi = np.radians(lat), np.radians(other_lat)
    half = np.sin((phi - other_phi) / 2) ** 2
    half += np.cos(phi) * np.cos(other_phi) * np.sin(np.radians(lon - other_lon) / 2) ** 2
    metres: Reals = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return metres
