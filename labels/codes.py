"""Codes that a scan gun reads, as paths on a grid of whole modules.

A module is a whole number of dots of a 203-dpi thermal printer (0.125 mm): a bar narrower or of broken width is what
makes labels unreadable.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import segno
from reportlab.graphics.barcode.code128 import Code128

from labels.errors import CannotDraw

DOT = 25.4 / 203
BAR = 3 * DOT
QUIET_BARS = 10
SIGN_WIDTH = 11
QR_MODULE = 6 * DOT
QR_QUIET = 4
QR_LEVEL = "q"
_BARS = re.compile(r"[\x20-\x7e]{1,40}")

# What our own QR codes are written in: two letters of this alphabet are 11 bits of the code (ISO/IEC 18004).
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
_OURS = re.compile(r"[0-9A-Z $%*+\-./:]{12,60}")
# Any mask is legible; a fixed one makes the code a linear function of its text.
_MASK = 3


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code as a path in modules from its lower left corner; `across` modules wide, quiet zones not counted."""

    path: str
    across: int


@lru_cache(maxsize=256)
def bars(code: str) -> Drawn:
    """Code 128, one unit high.

    Raises CannotDraw for what Code 128 cannot carry at this size.
    """
    if not _BARS.fullmatch(code):
        raise CannotDraw(f"{code[:40]!r} cannot be a bar code")
    symbol: Any = Code128(code, quiet=False)
    symbol.validate()
    symbol.encode()
    symbol.decompose()
    # Each sign is three bars and three blanks, and the last has one bar more.
    whole = len(symbol.decomposed) // 6 - 1
    signs = [symbol.decomposed[6 * at : 6 * at + 6] for at in range(whole)] + [symbol.decomposed[6 * whole :]]
    path = "".join([_sign(elements, SIGN_WIDTH * at) for at, elements in enumerate(signs)])
    return Drawn(path, SIGN_WIDTH * len(signs) + 2)


@cache
def _sign(elements: str, at: int) -> str:
    """The bars of one sign that begins at module `at`; ReportLab writes a bar of two modules as B and a blank as b."""
    path = []
    for element in elements:
        wide = ord(element.lower()) - 96
        if element.isupper():
            path.append(f"{at} 0 {wide} 1 re\n")
        at += wide
    return "".join(path)


def qr(payload: str) -> Drawn:
    """A QR code.

    Raises CannotDraw for what is too long.
    """
    if _OURS.fullmatch(payload):
        return _family(len(payload)).drawn(payload)
    return _drawn_by_segno(payload)


@lru_cache(maxsize=256)
def _drawn_by_segno(payload: str) -> Drawn:
    try:
        code = segno.make_qr(payload, error=QR_LEVEL)
    except segno.DataOverflowError as error:
        raise CannotDraw("this text is too long for a QR code") from error
    return _path(_bits(code), len(code.matrix))


class _Family:
    """QR codes of texts of one length.

    Error correction and masking are linear over bits, so the code of any text is the code of zeros with the difference
    that each bit of the text makes. The differences are learnt from segno, once each.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        first = segno.make_qr("A" * length, error=QR_LEVEL)
        self._version = first.version
        self.across = len(first.matrix)
        self._zeros = self._asked("0" * length)
        self._differences: dict[tuple[int, int], int] = {}

    def drawn(self, payload: str) -> Drawn:
        bits = self._zeros
        for start in range(0, self._length, 2):
            value = _value(payload[start : start + 2])
            while value:
                bit = value & -value
                value ^= bit
                bits ^= self._differences.get((start, bit)) or self._learn(start, bit)
        return _path(bits, self.across)

    def _learn(self, start: int, bit: int) -> int:
        pair = min(2, self._length - start)
        letters = _LETTERS[bit // 45] + _LETTERS[bit % 45] if pair == 2 else _LETTERS[bit]
        text = "0" * start + letters + "0" * (self._length - start - pair)
        self._differences[start, bit] = difference = self._asked(text) ^ self._zeros
        return difference

    def _asked(self, text: str) -> int:
        code = segno.make_qr(
            text, error=QR_LEVEL, version=self._version, mode="alphanumeric", mask=_MASK, boost_error=False
        )
        return _bits(code)


@cache
def _family(length: int) -> _Family:
    return _Family(length)


def _value(letters: str) -> int:
    return _VALUES[letters[0]] * 45 + _VALUES[letters[1]] if len(letters) == 2 else _VALUES[letters]


def _stride(across: int) -> int:
    """Bytes that a row takes."""
    return (across + 7) // 8


def _bits(code: segno.QRCode) -> int:
    """The rows from the top, each in whole bytes."""
    pad = _stride(len(code.matrix)) * 8
    return int("".join("".join(map(str, row)).ljust(pad, "0") for row in code.matrix), 2)


def _path(bits: int, across: int) -> Drawn:
    stride = _stride(across)
    rows = bits.to_bytes(stride * across, "big")
    pieces = _pieces(across)
    return Drawn(
        "".join([pieces[at << 8 | byte] or _piece(pieces, at, byte, across) for at, byte in enumerate(rows)]), across
    )


@cache
def _pieces(across: int) -> list[str]:
    """The path of every eight modules at every place, as far as they were needed."""
    return [""] * (256 * _stride(across) * across)


def _piece(pieces: list[str], at: int, byte: int, across: int) -> str:
    row, column = divmod(at, _stride(across))
    path, start = [], 0
    while start < 8:
        length = 0
        while start + length < 8 and byte >> (7 - start - length) & 1:
            length += 1
        if length:
            path.append(f"{column * 8 + start} {across - 1 - row} {length} 1 re\n")
        start += length + 1
    pieces[at << 8 | byte] = "".join(path)
    return pieces[at << 8 | byte]
