"""What is measured: published instances with their best known costs, ward days, and made-up days that grow."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from routing import Courier, Location, Problem, Stop, TimeWindow
from routing.vroom import read_problem
from routing.vrplib import read_instance

ALL = ("tannha", "pyvrp", "vroom", "ortools", "tannha-ortools")
ON_DAYS = ("tannha", "tannha-even", "vroom", "ortools", "tannha-ortools")
MORNING, AFTERNOON = TimeWindow(28_800, 43_200), TimeWindow(43_200, 61_200)
SHIFT = TimeWindow(28_800, 63_000)
OFFICE = Location(21.04, 105.87)
KM_PER_DEGREE = 111.2
WORTH = 3600


@dataclass(frozen=True)
class Case:
    """One problem; `published` is the best known cost, where there is one."""

    name: str
    seconds: float
    read: Callable[[], tuple[Problem, int]]
    published: float | None = None

    @cached_property
    def problem(self) -> Problem:
        return self._read[0]

    @property
    def unit(self) -> int:
        """How many times the published unit our prices count."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[Problem, int]:
        return self.read()


@dataclass(frozen=True, slots=True)
class Set:
    """Cases of one kind, and the solvers that are asked unless others are named."""

    title: str
    solvers: tuple[str, ...]
    cases: Callable[[Path], Iterator[Case]]
    made_up: bool = False


def _instances(
    folder: str, seconds: float, fits: Callable[[str], bool] = lambda _: True
) -> Callable[[Path], Iterator[Case]]:
    def cases(shared: Path) -> Iterator[Case]:
        found = (file for file in (shared / "instances" / folder).glob("*.vrp") if fits(file.stem))
        yield from (_instance(file, seconds) for file in sorted(found, key=_size))

    return cases


def _instance(file: Path, seconds: float) -> Case:
    def read() -> tuple[Problem, int]:
        instance = read_instance(file.read_text(encoding="utf-8", errors="replace"))
        return instance.problem, instance.unit

    return Case(file.stem, seconds, read, _published(file.with_suffix(".sol")))


def _published(solution: Path) -> float | None:
    if not solution.exists():
        return None
    cost = re.search(r"^Cost:?\s+([\d.]+)", solution.read_text(encoding="utf-8"), re.MULTILINE)
    return float(cost[1]) if cost else None


def _size(file: Path) -> tuple[int, str]:
    return _nodes(file.stem), file.stem


def _nodes(name: str) -> int:
    """How many nodes an instance of Uchoa et al. has, by its name."""
    numbers = re.match(r"X-n(\d+)-", name)
    return int(numbers[1]) if numbers else 0


def _days(shared: Path) -> Iterator[Case]:
    for stops, seconds in ((300, 20), (1000, 40), (5000, 120)):
        yield _day(shared, stops, seconds)


def _day(shared: Path, stops: int, seconds: float) -> Case:
    file = shared / "data" / "days" / f"day-{stops}.json"
    return Case(f"day-{stops}", seconds, lambda: (read_problem(json.loads(file.read_text(encoding="utf-8"))), 1))


def _growing(_shared: Path) -> Iterator[Case]:
    """Four times the stops on four times the ground get four times as long."""
    for stops, km2, depots, seconds in ((1_000, 60, 14, 20), (5_000, 60, 14, 60), (20_000, 240, 56, 240)):
        yield Case(f"made-{stops}", seconds, lambda s=stops, a=km2, d=depots: (made_up_day(s, a, d), 1))  # type: ignore[misc]


def _for_ortools(shared: Path) -> Iterator[Case]:
    folder = shared / "instances" / "CVRP"
    yield _instance(folder / "X-n200-k36.vrp", 10)
    yield _instance(folder / "X-n1001-k43.vrp", 60)
    yield _day(shared, 5000, 120)


def made_up_day(stops: int, km2: float, depots: int, seed: int = 1) -> Problem:
    """Clustered stops on a square, half of them with half-day windows; leaving one out costs an hour."""
    random = np.random.default_rng(seed)
    side = km2**0.5 / KM_PER_DEGREE
    centres = random.uniform(0, side, (max(1, stops // 40), 2))
    points = centres[random.integers(len(centres), size=stops)] + random.normal(0, 0.2 / KM_PER_DEGREE, (stops, 2))
    alone = random.random(stops) < 0.2
    points[alone] = random.uniform(0, side, (int(alone.sum()), 2))
    points = np.clip(points, 0, side)
    windows = [((), (), (MORNING,), (AFTERNOON,))[n] for n in random.integers(4, size=stops)]
    offices = [_at(point) for point in random.uniform(0, side, (depots, 2))]
    count = max(depots, round(stops * 0.013))
    return Problem(
        tuple(Stop(f"s{n}", _at(points[n]), 150, windows[n], penalty=WORTH) for n in range(stops)),
        tuple(Courier(f"c{n}", offices[n % depots], SHIFT, (150,)) for n in range(count)),
        balance=0,
    )


def _at(point: np.ndarray) -> Location:
    return Location(OFFICE.lat + float(point[0]), OFFICE.lon + float(point[1]) / np.cos(np.radians(OFFICE.lat)))


SETS = {
    "x-small": Set(
        "CVRP, Uchoa et al., up to 502 nodes", ALL, _instances("CVRP", 20, lambda name: _nodes(name) <= 502)
    ),
    "x-large": Set("CVRP, Uchoa et al., from 801 nodes", ALL, _instances("CVRP", 20, lambda name: _nodes(name) >= 801)),
    "vrptw": Set("VRPTW, Gehring & Homberger, 1,000 stops", ALL, _instances("VRPTW", 60)),
    "mdvrptw": Set("MDVRPTW, Vidal et al.", ALL, _instances("MDVRPTW", 60)),
    "pcvrptw": Set("VRPTW with prizes", ALL, _instances("PCVRPTW", 60)),
    "xxl": Set("CVRP, Arnold et al.", ("tannha", "pyvrp"), _instances("CVRP/XXL", 300)),
    "days": Set("Ward days", ON_DAYS, _days),
    "growth": Set("Made-up days that grow", ("tannha",), _growing, made_up=True),
    "ortools": Set("The engine on OR-Tools' routing library", ("tannha-ortools", "ortools"), _for_ortools),
}
