"""How good answers are, beside the truth: right, asked, silently wrong; the street; how far off."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import quantiles

from geopy.distance import great_circle

from benchmarks.addresses import HERE, Answer, Case
from benchmarks.addresses.spelling import plain

_BEFORE_THE_NAME = re.compile(r"^(?:(?:ngo|ngach|hem|kiet) [\d/]+[a-z]? ?,? ?)*(?:(?:pho|duong) )?")


class Outcome(Enum):
    """What an answer is worth. Whoever gives no ward at all has asked as well."""

    RIGHT = "right"
    ASKED = "asked"
    WRONG = "silently wrong"


def outcome(case: Case, answer: Answer) -> Outcome:
    if _is_right(case, answer):
        return Outcome.RIGHT
    return Outcome.ASKED if answer.ask or not answer.ward else Outcome.WRONG


def _is_right(case: Case, answer: Answer) -> bool:
    if not case.truth.wards:
        return answer.ward not in HERE
    if case.truth.must_ask:
        return answer.ask or not answer.ward
    return answer.ward in case.truth.wards


def is_right_street(case: Case, answer: Answer) -> bool:
    return case.truth.street == _BEFORE_THE_NAME.sub("", plain(answer.street or ""))


def metres_off(case: Case, answer: Answer) -> float | None:
    """How far the answer is from the true point; None where either is not known."""
    if case.truth.point is None or answer.point is None:
        return None
    return float(great_circle(case.truth.point, answer.point).meters)


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1 and metres; None where there was nothing to measure them by.

    `asked` counts all that a person would see, those whose ward is right among them. `placed` is the share of the
    addresses with a known point for which there is an answer to measure, `within` the share of those whose own radius
    holds the true point.
    """

    rows: int
    right: float
    right_or_asked: float
    wrong: float
    asked: float
    street: float | None
    placed: float | None
    median: float | None
    p75: float | None
    p90: float | None
    within: float | None


def score(cases: Sequence[Case], answers: Sequence[Answer]) -> Score:
    pairs = list(zip(cases, answers, strict=True))
    outcomes = [outcome(case, answer) for case, answer in pairs]
    on_streets = [is_right_street(case, answer) for case, answer in pairs if case.truth.street]
    pointed = [(metres_off(case, answer), answer.radius_m) for case, answer in pairs if case.truth.point]
    off = sorted(metres for metres, _ in pointed if metres is not None)
    bounded = [metres <= radius for metres, radius in pointed if metres is not None and radius is not None]
    cuts = quantiles(off, n=20, method="inclusive") if len(off) > 1 else off * 20
    right, wrong = outcomes.count(Outcome.RIGHT), outcomes.count(Outcome.WRONG)
    return Score(
        rows=len(pairs),
        right=right / len(pairs),
        right_or_asked=1 - wrong / len(pairs),
        wrong=wrong / len(pairs),
        asked=_share([answer.ask or not answer.ward for answer in answers]) or 0.0,
        street=_share(on_streets),
        placed=len(off) / len(pointed) if pointed else None,
        median=cuts[9] if off else None,
        p75=cuts[14] if off else None,
        p90=cuts[17] if off else None,
        within=_share(bounded),
    )


def by_kind(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, Score]:
    """A score for each kind; an address counts for all of its kinds."""
    sorted_out: dict[str, list[tuple[Case, Answer]]] = defaultdict(list)
    for case, answer in zip(cases, answers, strict=True):
        for kind in case.kinds:
            sorted_out[kind].append((case, answer))
    return {kind: score(*zip(*pairs, strict=True)) for kind, pairs in sorted(sorted_out.items())}


def silently_wrong(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, list[tuple[Case, Answer]]]:
    """What went wrong without a word, by kind."""
    found: dict[str, list[tuple[Case, Answer]]] = defaultdict(list)
    for case, answer in zip(cases, answers, strict=True):
        if outcome(case, answer) is Outcome.WRONG:
            for kind in case.kinds:
                found[kind].append((case, answer))
    return found


def _share(whether: Iterable[bool]) -> float | None:
    counted = list(whether)
    return sum(counted) / len(counted) if counted else None
