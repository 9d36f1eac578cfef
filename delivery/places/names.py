"""Names in a line of words: found at a position by looking up phrases, longest first, and forgiven typing errors."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rapidfuzz.distance import OSA

Meaning = TypeVar("Meaning")
# A name may be mistyped in one place, a long one in two; in a short one every letter counts.
SHORTEST_FORGIVEN, LONG = 5, 9


@dataclass(frozen=True, slots=True)
class Found:
    """A name in words `start` to `end` (exclusive)."""

    name: str
    start: int
    end: int


class Names(Generic[Meaning]):
    """Folded names and what each stands for.

    A look-up costs as many dictionary reads as the longest name with that first word has words, however many names
    there are.
    """

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        self._meanings = meanings
        self._widest_from: dict[str, int] = {}
        self._widest_to: dict[str, int] = {}
        self._joined: dict[str, str] = {}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for name in meanings:
            words = name.split(" ")
            self._widest_from[words[0]] = max(len(words), self._widest_from.get(words[0], 0))
            self._widest_to[words[-1]] = max(len(words), self._widest_to.get(words[-1], 0))
            self._by_length[len(name)].append(name)
            if len(words) > 1:
                self._joined["".join(words)] = name

    def __getitem__(self, name: str) -> Meaning:
        return self._meanings[name]

    def __contains__(self, name: object) -> bool:
        return name in self._meanings

    def __iter__(self) -> Iterator[str]:
        return iter(self._meanings)

    def get(self, name: str | None) -> Meaning | None:
        """What a name stands for; None when there is no such name."""
        return None if name is None else self._meanings.get(name)

    def begins(self, word: str) -> bool:
        """Whether a name begins with this word, or is this word written without spaces."""
        return word in self._widest_from or word in self._joined

    def starting(self, words: Sequence[str], start: int, end: int) -> Found | None:
        """The longest name that begins at `start` and does not reach beyond `end`."""
        if start >= end:
            return None
        for width in range(min(self._widest_from.get(words[start], 0), end - start), 0, -1):
            name = " ".join(words[start : start + width])
            if name in self._meanings:
                return Found(name, start, start + width)
        joined = self._joined.get(words[start])
        return Found(joined, start, start + 1) if joined else None

    def ending(self, words: Sequence[str], start: int, end: int) -> Found | None:
        """The longest name that ends before `end` and does not begin before `start`."""
        if start >= end:
            return None
        for width in range(min(self._widest_to.get(words[end - 1], 0), end - start), 0, -1):
            name = " ".join(words[end - width : end])
            if name in self._meanings:
                return Found(name, end - width, end)
        joined = self._joined.get(words[end - 1])
        return Found(joined, end - 1, end) if joined else None

    def close(self, text: str) -> str | None:
        """The one name that `text` is a slip of the fingers away from; None when there is none or more than one."""
        size = len(text)
        if size < SHORTEST_FORGIVEN:
            return None
        allowed = 2 if size >= LONG else 1
        best: list[str] = []
        for length in range(size - allowed, size + allowed + 1):
            for name in self._by_length.get(length, ()):
                distance = OSA.distance(text, name, score_cutoff=allowed)
                if distance < allowed:
                    allowed, best = distance, [name]
                elif distance == allowed:
                    best.append(name)
        return best[0] if len(best) == 1 and _same_digits(text, best[0]) else None


def _same_digits(text: str, name: str) -> bool:
    """Hoa Sữa 1 is not a slip of Hoa Sữa 2."""
    return [letter for letter in text if letter.isdigit()] == [letter for letter in name if letter.isdigit()]
