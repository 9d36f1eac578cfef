"""The words of one address on their way to being understood: each is free until a part of the address takes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from delivery.places.lexicon import Lexicon
from delivery.places.remarks import Remark, remark
from delivery.places.words import Word

Role = Literal["", "unit", "building", "estate", "house", "alley", "group", "street", "ward", "area"]


@dataclass(slots=True)
class Reading:
    """Words, the role each has taken, and what was assumed so far."""

    words: Sequence[Word]
    lexicon: Lexicon
    keys: list[str] = field(init=False)
    roles: list[Role] = field(init=False)
    remarks: list[Remark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = [word.key for word in self.words]
        self.roles = [""] * len(self.words)

    def take(self, start: int, end: int, role: Role) -> None:
        """Give words `start` to `end` (exclusive) their role."""
        self.roles[start:end] = [role] * (end - start)

    def run_end(self, at: int) -> int:
        """Where the free words that follow one another from `at` end: at a separator or at a word with a role."""
        end = at
        while end < len(self.words) and not self.roles[end] and (end == at or not self.words[end].gap):
            end += 1
        return end

    def runs(self) -> list[tuple[int, int]]:
        """All stretches of free words."""
        found, at = [], 0
        while at < len(self.words):
            end = self.run_end(at)
            if end > at:
                found.append((at, end))
            at = max(end, at + 1)
        return found

    def free(self) -> Iterator[int]:
        """The positions that are free, also as they are taken on the way."""
        return (at for at in range(len(self.words)) if not self.roles[at])

    def follows(self, at: int) -> bool:
        """Whether a free word stands at `at` with no separator before it."""
        return at < len(self.words) and not self.roles[at] and not self.words[at].gap

    def is_inside_a_name(self, at: int) -> bool:
        """Whether a street's or place's name that began before reaches over `at`: the Lăng of Bằng Lăng, no làng."""
        start = at
        while start > 0 and at - start < 3 and not self.words[start].gap and not self.roles[start - 1]:
            start -= 1
            for names in (self.lexicon.streets, self.lexicon.places):
                found = names.starting(self.keys, start, self.run_end(at))
                if found is not None and found.end > at:
                    return True
        return False

    def text(self, start: int, end: int) -> str:
        """The words as written."""
        return " ".join(word.text for word in self.words[start:end])

    def phrase(self, start: int, end: int) -> str:
        """The words folded."""
        return " ".join(self.keys[start:end])

    def assume(self, text: str, **values: str) -> None:
        """Note an assumption."""
        self.remarks.append(remark(text, **values))
