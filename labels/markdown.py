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
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from labels.errors import BadText
from labels.fonts import REGULAR, register
from labels.lettering import normal
from labels.texts import Language, say

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
    if len(source) > LONGEST:
        raise BadText(1, say(language, "text_too_long", most=LONGEST))
    tokens = PARSER.parse(source.removeprefix("\ufeff"))
    return list(_blocks(tokens, language))


def _blocks(tokens: Sequence[Token], language: Language) -> Iterator[Block]:
    lists: list[list[int]] = []  # for each list that is open: the next number, 0 for bullets
    mark, heading, line = "", 0, 1
    for token in tokens:
        line = _line(token, line, language)
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
                raise BadText(line, say(language, "text_list_too_deep"))
            yield _block(tuple(_words(token.children or [], line, language)), heading, len(lists), mark)
            mark = ""


def _line(token: Token, before: int, language: Language) -> int:
    """Where a part begins; a part that this Markdown does not know ends the reading."""
    line = token.map[0] + 1 if token.map else before
    if not token.type.startswith(KNOWN):
        raise BadText(line, say(language, "text_not_known", what=_shown(token.type)))
    return line


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


def _words(children: Sequence[Token], line: int, language: Language) -> Iterator[Words]:
    depth = {"bold": 0, "italic": 0}
    for child in children:
        if child.type not in KNOWN_INLINE:
            raise BadText(line, say(language, "text_not_known", what=_shown(child.type)))
        if child.type in STYLES:
            style, step = STYLES[child.type]
            depth[style] += step
        elif child.type == "text":
            _check(child.content, line, language)
            yield Words(kept(child.content), depth["bold"] > 0, depth["italic"] > 0)
        else:
            line += 1
            yield Words(" " if child.type == "softbreak" else "\n")


def _check(text: str, line: int, language: Language) -> None:
    for found in PLACEHOLDER.findall(text):
        if found != NAME:
            raise BadText(line, say(language, "text_placeholder", what=normal(found)[:20]))
    register()
    font = pdfmetrics.getFont(REGULAR)
    known = font.face.charToGlyph if isinstance(font, TTFont) else {}
    strange = next((letter for letter in kept(text) if ord(letter) not in known), None)
    if strange is not None:
        raise BadText(line, say(language, "text_letter", letter=f"U+{ord(strange):04X}"))


def kept(text: str) -> str:
    """As `normal`, but a blank at either end stays: the next words stand beside it."""
    body = normal(text)
    before = " " if text[:1].isspace() else ""
    after = " " if body and text[-1:].isspace() else ""
    return f"{before}{body}{after}"


def _shown(kind: str) -> str:
    """A parser's word without its ending."""
    return "".join(takewhile(lambda letter: letter != "_", kind))
