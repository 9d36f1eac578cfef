"""The small Markdown of inserts: headings, paragraphs, lists, bold and italics, and nothing else.

What else Markdown knows (HTML, code, pictures, links) is a mistake that is told with its line, not left out silently.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from labels.errors import BadText
from labels.fonts import REGULAR, typeface
from labels.lettering import normal
from labels.texts import TEXTS, Language, say

NAME = "{ten}"
LONGEST = 20_000
DEEPEST_LIST = 2
KNOWN = ("heading_", "paragraph_", "bullet_list_", "ordered_list_", "list_item_", "inline")
KNOWN_INLINE = frozenset({"text", "softbreak", "hardbreak", "strong_open", "strong_close", "em_open", "em_close"})
STYLES = {
    "strong_open": ("bold", 1),
    "strong_close": ("bold", -1),
    "em_open": ("italic", 1),
    "em_close": ("italic", -1),
}
PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")
# HTML is recognised only so that it can be refused with its line; link definitions would vanish without a word.
PARSER = MarkdownIt("commonmark", {"html": True}).disable("reference")


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text in one face."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (level 1 to 3), a paragraph, or a list's entry with its mark and depth (1 or 2)."""

    kind: Literal["heading", "paragraph", "entry"]
    words: tuple[Words, ...]
    level: int = 0
    mark: str = ""


def read_markdown(source: str, language: Language = "vi") -> list[Block]:
    """The blocks of a text.

    Raises BadText naming the first mistake and its line.
    """
    blocks, mistakes = _read(source, language)
    if mistakes:
        raise mistakes[0]
    return blocks


def mistakes_in(source: str, language: Language = "vi") -> list[BadText]:
    """Every mistake in a text, by line; none in one that can be read."""
    return _read(source, language)[1]


def _read(source: str, language: Language) -> tuple[list[Block], list[BadText]]:
    if len(source) > LONGEST:
        return [], [BadText(1, say(language, "text_too_long", most=LONGEST))]
    reading = _Reading(language)
    blocks = list(reading.blocks(PARSER.parse(source.removeprefix("\ufeff"))))
    return blocks, sorted(reading.mistakes, key=lambda mistake: mistake.line)


class _Reading:
    """One pass over the parts that the parser found; what is wrong is kept with its line."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language
        self.mistakes: list[BadText] = []

    def blocks(self, tokens: Sequence[Token]) -> Iterator[Block]:
        lists: list[list[int]] = []  # for each list that is open: the next number, 0 for bullets
        mark, heading, line = "", 0, 1
        for token in tokens:
            line = self._line(token, line)
            if token.type.endswith("list_open"):
                lists.append(_counter(token))
            elif token.type.endswith("list_close"):
                lists.pop()
            elif token.type == "list_item_open":
                mark = _mark(lists[-1])
            elif token.type.startswith("heading"):
                heading = min(3, int(token.tag[1:])) if token.nesting > 0 else 0
            elif token.type == "inline":
                if len(lists) > DEEPEST_LIST:
                    self._wrong(line, "text_list_too_deep")
                yield _block(tuple(self._words(token.children or [], line)), heading, len(lists), mark)
                mark = ""

    def _line(self, token: Token, before: int) -> int:
        """Where a part begins; a part that this Markdown does not know is a mistake, told once where it opens."""
        line = token.map[0] + 1 if token.map else before
        if token.nesting >= 0 and not token.type.startswith(KNOWN):
            self._wrong(line, "text_not_known", what=self._called(token.type))
        return line

    def _words(self, children: Sequence[Token], line: int) -> Iterator[Words]:
        depth = {"bold": 0, "italic": 0}
        for child in children:
            if child.type not in KNOWN_INLINE:
                if child.nesting >= 0:
                    self._wrong(line, "text_not_known", what=self._called(child.type))
            elif child.type in STYLES:
                style, step = STYLES[child.type]
                depth[style] += step
            elif child.type == "text":
                self._check(child.content, line)
                yield Words(kept(child.content), depth["bold"] > 0, depth["italic"] > 0)
            else:
                line += 1
                yield Words(" " if child.type == "softbreak" else "\n")

    def _check(self, text: str, line: int) -> None:
        for found in PLACEHOLDER.findall(text):
            if found != NAME:
                self._wrong(line, "text_placeholder", what=normal(found)[:20])
        known = typeface(REGULAR).face.charToGlyph
        strange = next((letter for letter in kept(text) if ord(letter) not in known), None)
        if strange is not None:
            self._wrong(line, "text_letter", letter=f"U+{ord(strange):04X}")

    def _called(self, kind: str) -> str:
        """What people call a part, by the parser's word without its ending."""
        word = "".join(takewhile(lambda letter: letter != "_", kind))
        name = f"mark_{word}"
        return say(self._language, name) if name in TEXTS else word

    def _wrong(self, line: int, name: str, **facts: object) -> None:
        """Note a mistake, once for each line: a bold word in HTML is two tags and one mistake."""
        told = BadText(line, say(self._language, name, **facts))
        if str(told) not in map(str, self.mistakes):
            self.mistakes.append(told)


def _block(words: tuple[Words, ...], heading: int, depth: int, mark: str) -> Block:
    if heading:
        return Block("heading", words, heading)
    return Block("entry", words, depth, mark) if depth else Block("paragraph", words)


def _counter(token: Token) -> list[int]:
    return [int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else 0]


def _mark(counter: list[int]) -> str:
    if counter[0] == 0:
        return "•"
    counter[0] += 1
    return f"{counter[0] - 1}."


def kept(text: str) -> str:
    """As `normal`, but a blank at either end stays: the next words stand beside it."""
    body = normal(text)
    before = " " if text[:1].isspace() else ""
    after = " " if body and text[-1:].isspace() else ""
    return f"{before}{body}{after}"
