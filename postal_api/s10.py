"""UPU S10 item codes: two letters, eight digits, a check digit, two letters of the country (UPU standard S10-12)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from postal_api.errors import NotAnItemCode

WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
LARGEST_SERIAL = 99_999_999
_CODE = re.compile(r"(?P<indicator>[A-Z]{2})(?P<serial>[0-9]{8})(?P<check>[0-9])(?P<country>[A-Z]{2})")
_LETTERS = re.compile(r"[A-Z]{2}")
_SEPARATORS = re.compile(r"[\s\-.\u200b\ufeff]+")
# A Vietnamese keyboard in Telex mode makes one letter of two equal ones, also when a scan gun "types" them.
_TELEX = str.maketrans({"Â": "AA", "Ê": "EE", "Ô": "OO", "Đ": "DD"})


def check_digit(serial: int) -> int:
    """The check digit of a serial number: 11 minus the weighted sum modulo 11, with 10 and 11 folded onto 0 and 5."""
    digits = f"{serial:08d}"
    remainder = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11
    return {10: 0, 11: 5}.get(remainder, remainder)


@dataclass(frozen=True, slots=True, order=True)
class ItemCode:
    """One postal item's number, for ever; `str()` gives the thirteen characters."""

    indicator: str
    serial: int
    country: str = "VN"

    def __post_init__(self) -> None:
        if not _LETTERS.fullmatch(self.indicator) or not _LETTERS.fullmatch(self.country):
            raise NotAnItemCode("service indicator and country are two capital letters each, such as EE and VN")
        if not 0 <= self.serial <= LARGEST_SERIAL:
            raise NotAnItemCode(f"a serial number lies between 0 and {LARGEST_SERIAL}")

    def __str__(self) -> str:
        return f"{self.indicator}{self.serial:08d}{check_digit(self.serial)}{self.country}"

    @classmethod
    def make(cls, indicator: str, serial: int, country: str = "VN") -> Self:
        """The code with the given serial number; its check digit is computed.

        Raises NotAnItemCode when a part is out of its range.
        """
        return cls(indicator, serial, country)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as people type it and scan guns send it: spaces, lower case, full width, Telex letters.

        Raises NotAnItemCode (a ValueError) when it is not thirteen characters of the right kind, or when the check
        digit shows a typing error.
        """
        plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_TELEX)
        match = _CODE.fullmatch(plain)
        if match is None:
            raise NotAnItemCode("an item code is two letters, nine digits and two letters, such as EE123456785VN")
        code = cls(match["indicator"], int(match["serial"]), match["country"])
        if int(match["check"]) != check_digit(code.serial):
            raise NotAnItemCode("the check digit does not fit: type or scan the item code again")
        return code


def looks_like_item_code(text: str) -> bool:
    """Whether a text has the form of an item code; numbers of other carriers do not always keep the check digit."""
    return _CODE.fullmatch(text) is not None
