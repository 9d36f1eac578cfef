"""Addresses whose true place is known, what somebody answers to them, and how good the answers are."""

from dataclasses import dataclass, field

# The wards that the old district of Long Biên became; every other ward lies elsewhere.
HERE = frozenset({"00118", "00127", "00136", "00145"})


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of an address: `wards` holds the right codes, more than one where the point is near a border.

    `wards` is empty where the address lies elsewhere. `must_ask`: the text allows more than one ward, nobody can know.
    `street` is the folded name without its kind, None where there is none to find. The point is None where the ward is
    known and the place in it is not.
    """

    wards: frozenset[str]
    street: str | None = None
    point: tuple[float, float] | None = None
    must_ask: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One address as somebody might write it; `kinds` are all that was done to it, so that each can be counted."""

    text: str
    truth: Truth
    kinds: tuple[str, ...] = ()
    old_wards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody made of an address; None and empty where nothing was said."""

    ward: str | None = None
    street: str | None = None
    point: tuple[float, float] | None = None
    radius_m: float | None = None
    ask: bool = False
    old_ward: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers in the order of the questions, with the seconds of processor time that they took.

    `parsing` is the time of understanding alone, where that can be told apart.
    """

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    parsing: float | None = None
