"""The figures on addresses: tables, what is kept of them, and whether the goals are met."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.addresses import Case, corpus
from benchmarks.addresses.asking import OURS, Asked, ask_all
from benchmarks.addresses.ground import Ground
from benchmarks.addresses.judging import Score, by_kind, metres_off, score, silently_wrong
from benchmarks.addresses.leaving_out import leave_one_out
from benchmarks.goals import Verdict
from benchmarks.maps import Imported, import_map
from benchmarks.tables import percent, show, whole

SCORE_COLUMNS = (
    "who", "rows", "right ward %", "right or asked %", "silently wrong %", "asked %", "right street %", "placed %",
    "median m", "p75 m", "p90 m", "within radius %",
)  # fmt: skip
TITLES = {
    "given": "Addresses written by hand (addresses.csv)",
    "made-up": "Addresses made up in the many ways people write",
    "bus-stops": "Bus stops whose name holds a house number",
    "left-out": "House numbers taken out one by one",
}


@dataclass(slots=True)
class Section:
    """What one section measured; `results` goes into the JSON file."""

    results: dict[str, Any] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)


class Bench(NamedTuple):
    """What all corpora are measured with."""

    shared: Path
    home: Path
    imported: Imported
    examples: int


def measure(shared: Path, rows: int, seed: int, examples: int, quick: bool) -> Section:
    ground, section = Ground(shared), Section()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        imported = import_map(home, ground.data / "long_bien_roads.osm.pbf", ground.data / "new_wards_2025.geojson")
        section.results["map"] = {"seconds": round(imported.seconds, 1), "why not": imported.why}
        for key, cases in _corpora(ground, rows, seed):
            _one_corpus(section, key, cases, Bench(shared, home, imported, examples))
    _left_out(section, ground, 20 if quick else None)
    return section


def _corpora(ground: Ground, rows: int, seed: int) -> Iterator[tuple[str, list[Case]]]:
    yield "given", corpus.given(ground)
    yield "made-up", corpus.made_up(ground, rows, seed)
    yield "bus-stops", corpus.bus_stops(ground)


def _one_corpus(section: Section, key: str, cases: list[Case], bench: Bench) -> None:
    asked = list(ask_all(cases, bench.shared, bench.home, bench.imported))
    scores = {one.who: score(cases[: len(one.said)], one.said) for one in asked if one.said}
    show(TITLES[key], SCORE_COLUMNS, [_score_row(who, got) for who, got in scores.items()])
    for one in asked:
        if not one.said:
            print(f"{one.who}: not measured, {one.refused}")
    section.results[key] = {who: asdict(one) for who, one in scores.items()}
    section.verdicts += _accuracy(key, scores)
    if key == "given":
        _old_wards(cases, asked)
    if key == "made-up":
        _kinds(section, cases, asked)
        _speed(section, asked)
        _examples(cases, asked, bench.examples)


def _score_row(who: str, got: Score) -> list[str]:
    shares = (got.right, got.right_or_asked, got.wrong, got.asked, got.street, got.placed)
    metres = (got.median, got.p75, got.p90)
    return [who, str(got.rows), *map(percent, shares), *map(whole, metres), percent(got.within)]


def _old_wards(cases: Sequence[Case], asked: Sequence[Asked]) -> None:
    """The old ward, which labels and couriers want beside the new one."""
    rows, named = [], sum(bool(case.old_wards) for case in cases)
    for one in asked:
        pairs = [(case, got) for case, got in zip(cases, one.said, strict=False) if case.old_wards and got.old_ward]
        if pairs:
            rows.append([one.who, f"{sum(got.old_ward in case.old_wards for case, got in pairs)} of {named}"])
    show("Right old ward, where the address names one", ("who", "right"), rows)


def _kinds(section: Section, cases: Sequence[Case], asked: Sequence[Asked]) -> None:
    for one in asked:
        if not one.said or not one.is_ours:
            continue
        kinds = by_kind(cases, one.said)
        worst_first = sorted(kinds.items(), key=lambda kind: kind[1].right_or_asked)
        show(f"{one.who}: by kind, the most silently wrong first", ("kind", *SCORE_COLUMNS[1:]), [
            _score_row(kind, got) for kind, got in worst_first
        ])  # fmt: skip
        section.results.setdefault("kinds", {})[one.who] = {kind: asdict(got) for kind, got in kinds.items()}


def _speed(section: Section, asked: Sequence[Asked]) -> None:
    rows: list[list[str]] = []
    speeds: dict[str, tuple[float | None, float]] = {}
    for one in asked:
        if one.answers is None:
            continue
        count = len(one.said)
        parsing = count / one.answers.parsing if one.answers.parsing else None
        speeds[one.who] = (parsing, count / max(one.answers.seconds, 1e-9))
        rows.append([one.who, whole(parsing), whole(speeds[one.who][1]), str(one.peak_mb), one.door])
    show("Speed: addresses each second of processor time, one core", (
        "who", "understood", "understood and placed", "peak MB", "accuracy by"
    ), rows)  # fmt: skip
    section.results["speed"] = speeds
    for who in OURS:
        if who in speeds:
            parsed, placed = speeds[who]
            section.verdicts.append(_at_least(f"{who}: ≥ 2,000 addresses/s parsed", parsed, 2000))
            section.verdicts.append(_at_least(f"{who}: ≥ 300 addresses/s geocoded", placed, 300))


def _examples(cases: Sequence[Case], asked: Sequence[Asked], most: int) -> None:
    for one in asked:
        if most and one.said and one.is_ours:
            print(f"\n## {one.who}: silently wrong, by kind\n")
            wrong = silently_wrong(cases, one.said)
            for kind, pairs in sorted(wrong.items(), key=lambda kind: -len(kind[1])):
                print(f"{kind}: {len(pairs)}")
                for case, got in pairs[:most]:
                    truth = "ask" if case.truth.must_ask else "/".join(sorted(case.truth.wards)) or "elsewhere"
                    print(f"    {case.text!r}: {got.ward}, {got.street}; right is {truth}, {case.truth.street}")


def _left_out(section: Section, ground: Ground, most: int | None) -> None:
    cases, answers = leave_one_out(ground, most)
    goal = "left out: median error ≤ 80 m"
    if isinstance(answers, str):
        show(TITLES["left-out"], ("who", "why not"), [[OURS[1], f"not measured: {answers}"]])
        section.verdicts.append(Verdict(goal, answers, None))
        return
    got = score(cases, answers)
    show(TITLES["left-out"], SCORE_COLUMNS, [_score_row("Tận Nhà, numbers of the shared data", got)])
    section.results["left-out"] = asdict(got)
    section.verdicts.append(_at_most(goal, got.median, 80, "m"))
    off = [metres for case, answer in zip(cases, answers, strict=True) if (metres := metres_off(case, answer))]
    print(f"more than 1 km off: {sum(metres > 1000 for metres in off)} of {len(off)}")


def _accuracy(key: str, scores: dict[str, Score]) -> Iterator[Verdict]:
    for who in OURS:
        got = scores.get(who)
        if got is None:
            yield Verdict(f"{key}, {who}: all goals", "not measured", None)
        elif key == "bus-stops":
            yield _at_most(f"{key}, {who}: median error ≤ 80 m", got.median, 80, "m")
        else:
            yield _share_of(f"{key}, {who}: ≥ 95 % right new ward", got.right, 0.95)
            yield _share_of(f"{key}, {who}: ≥ 98 % right or asked", got.right_or_asked, 0.98)
            if got.street is not None:
                yield _share_of(f"{key}, {who}: ≥ 85 % right street", got.street, 0.85)


def _share_of(goal: str, share: float, least: float) -> Verdict:
    return Verdict(goal, f"{100 * share:.1f} %", share >= least)


def _at_least(goal: str, value: float | None, least: float) -> Verdict:
    return Verdict(
        goal, "not measured" if value is None else f"{value:,.0f}", None if value is None else value >= least
    )


def _at_most(goal: str, value: float | None, most: float, unit: str) -> Verdict:
    text = "not measured" if value is None else f"{value:.0f} {unit}"
    return Verdict(goal, text, None if value is None else value <= most)
