"""Figures on travel times: how long it takes to be ready and to answer, and whether the answers agree."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.addresses.report import Section
from benchmarks.alone import Told, alone
from benchmarks.goals import Verdict
from benchmarks.peers.matrices import Timed
from benchmarks.tables import seconds, show, whole

OURS, SCIPY, STRAIGHT = "Tận Nhà", "scipy dijkstra", "haversine"
ENGINES = {
    OURS: "ours",
    "routingkit-cch": "routingkit_cch",
    SCIPY: "scipy_dijkstra",
    "Valhalla": "valhalla",
    STRAIGHT: "haversine",
}
MB = 1024 * 1024


class Area(NamedTuple):
    """An extract with its goals: seconds of a matrix by size, and of reading and making ready together."""

    title: str
    extract: str
    within: Mapping[int, float]
    ready: float | None = None


AREAS = (
    Area("the district", "long_bien_roads.osm.pbf", {1000: 0.15, 5000: 1.5}),
    Area("inner Hà Nội", "hanoi-inner-2025.osm.pbf", {1000: 0.4, 5000: 5.0}, ready=30),
)


def measure(shared: Path, quick: bool) -> Section:
    section = Section()
    sizes = (100, 500) if quick else (200, 500, 1000, 2000, 5000)
    for area in AREAS:
        told = {
            name: alone(f"benchmarks.peers.matrices:{function}", shared / "data" / area.extract, sizes)
            for name, function in ENGINES.items()
        }
        timed = {name: one.value for name, one in told.items() if one.value is not None}
        _show_times(area, sizes, told)
        _show_agreement(area, timed)
        section.results[area.extract] = {name: _kept(told[name], one) for name, one in timed.items()}
        section.verdicts += _verdicts(area, timed, told)
    return section


def _show_times(area: Area, sizes: tuple[int, ...], told: Mapping[str, Told]) -> None:
    rows = []
    for name, one in told.items():
        if one.value is None:
            print(f"{name}: not measured, {one.refused}")
            continue
        timed: Timed = one.value
        answered = [seconds(timed.by_size.get(size)) for size in sizes]
        rows.append([name, seconds(timed.reading), seconds(timed.preparing), *answered, str(one.peak_mb)])
    columns = ("engine", "read s", "make ready s", *(f"{size:,}² s" for size in sizes), "peak MB")
    show(f"Travel times in {area.title}: wall seconds of n × n matrices", columns, rows)


def _show_agreement(area: Area, timed: Mapping[str, Timed]) -> None:
    """Beside scipy on roads that were read apart from ours: two readers, two sets of speeds, the same streets."""
    oracle = timed.get(SCIPY)
    if oracle is None or oracle.sample is None or oracle.metres is None:
        return
    rows = []
    for name, one in timed.items():
        if name != SCIPY and one.sample is not None:
            apart = one.metres is not None
            metres = _ratios(one.metres, oracle.metres) if one.metres is not None else None
            rows.append(
                [
                    name,
                    "other roads" if apart else "same arcs",
                    _spread(_ratios(one.sample, oracle.sample)),
                    _spread(metres),
                ]
            )
    show(
        f"Agreement with scipy in {area.title}: ratio of p10 – median – p90",
        ("engine", "on", "seconds", "metres"),
        rows,
    )
    ours = timed.get(OURS)
    if ours is not None and ours.snapped:
        cuts = np.percentile(ours.snapped, (50, 90, 100))
        print(f"snapped points moved {cuts[0]:.0f} m median, {cuts[1]:.0f} m p90, {cuts[2]:.0f} m at most")
        print(f"at most {ours.apart_from_dijkstra:.2f} s from scipy between junctions of the same network")
        print(f"shape of a route over 100 places: {seconds(ours.shapes)} s")


def _ratios(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    size = min(len(one), len(other))
    one, other = one[:size, :size], other[:size, :size]
    # Below a few minutes the rounding and the snapping decide.
    far = np.isfinite(one) & np.isfinite(other) & (other > 60)
    return np.asarray(one[far] / other[far])


def _spread(ratios: np.ndarray | None) -> str:
    if ratios is None or not len(ratios):
        return ""
    return " – ".join(f"{cut:.3f}" for cut in np.percentile(ratios, (10, 50, 90)))


def _kept(told: Told, timed: Timed) -> dict[str, object]:
    return {
        "reading": timed.reading, "preparing": timed.preparing, "by size": timed.by_size, "peak MB": told.peak_mb,
        "nodes": timed.nodes, "snapped m": [round(metres, 1) for metres in timed.snapped], "shapes": timed.shapes,
        "apart from dijkstra s": timed.apart_from_dijkstra,
    }  # fmt: skip


def _verdicts(area: Area, timed: Mapping[str, Timed], told: Mapping[str, Told]) -> Iterator[Verdict]:
    ours = timed.get(OURS)
    for size, most in area.within.items():
        goal = f"{area.title}: {size:,} × {size:,} network matrix in ≤ {most} s"
        yield _within(goal, ours.by_size.get(size) if ours else None, most)
    apart = ours.apart_from_dijkstra if ours else None
    text = "not measured" if apart is None else f"{apart:.2f} s"
    yield Verdict(f"{area.title}: network and scipy agree within 1 s", text, None if apart is None else apart <= 1)
    if area.ready is not None:
        ready = (ours.reading or 0) + (ours.preparing or 0) if ours else None
        yield _within(f"{area.title}: network read and ready in ≤ {area.ready:.0f} s", ready, area.ready)
        return
    straight, size = timed.get(STRAIGHT), 5000
    yield _within("haversine: 5,000 × 5,000 in ≤ 1 s", straight.by_size.get(size) if straight else None, 1.0)
    if straight is not None and size in straight.by_size:
        result = 2 * 8 * size**2 // MB
        peak = told[STRAIGHT].peak_mb
        yield Verdict(
            f"haversine: 5,000 × 5,000 within memory of the result ({result} MB)",
            f"{whole(straight.grown_mb)} MB beyond the start, {peak} MB in all",
            straight.grown_mb <= 1.05 * result,
        )


def _within(goal: str, value: float | None, most: float) -> Verdict:
    return Verdict(
        goal, "not measured" if value is None else f"{seconds(value)} s", None if value is None else value <= most
    )
