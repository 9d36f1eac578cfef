"""Which office the column Đơn vị means: by code, or by a name within the text; a name of several means none."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from delivery.places.text import fold

# A code such as BD is only looked for as the whole text: it may be two letters of anything else.
SHORTEST_WITHIN = 4
_WORD = re.compile(r"\w+")
Words = tuple[str, ...]


class NoSuchOffice(ValueError):
    """The text names no office of ours."""


class SeveralOffices(ValueError):
    """The text fits more than one office: wards of different provinces share names."""


class Units:
    """The offices by all that they are called: codes, the ward's name, their own name, their address."""

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        offices: dict[Words, set[int]] = defaultdict(set)
        for name, office in names:
            offices[_words(name)].add(office)
        offices.pop((), None)
        self._offices = {words: frozenset(found) for words, found in offices.items()}
        self._longest = max(map(len, self._offices), default=0)
        self.find = lru_cache(maxsize=10_000)(self._find)

    def _find(self, text: str) -> int:
        """The office that `text` means.

        Of names within one another the longest counts, so that an address with its province tells wards of one name
        apart. Raises NoSuchOffice or SeveralOffices.
        """
        words = _words(text)
        found = self._offices.get(words) or frozenset().union(*self._within(words))
        if not found:
            raise NoSuchOffice(text)
        if len(found) > 1:
            raise SeveralOffices(text)
        return min(found)

    def _within(self, words: Words) -> Iterable[frozenset[int]]:
        """The offices of each known name in the text that is not part of a longer one."""
        reached = 0
        for start in range(len(words)):
            for end in range(min(len(words), start + self._longest), max(start, reached), -1):
                name = words[start:end]
                if name in self._offices and len(" ".join(name)) >= SHORTEST_WITHIN:
                    reached = end
                    yield self._offices[name]
                    break


def _words(text: str) -> Words:
    return tuple(_WORD.findall(fold(text)))
