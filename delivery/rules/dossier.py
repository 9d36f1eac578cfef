"""Dossier codes of the one-stop system: `{agency}-{yyMMdd}-{number}`, such as H26.41.118-261120-0007."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

_CODE = re.compile(
    r"(?P<agency>[A-Z0-9]+(?:\.[A-Z0-9]+)*)-(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)-(?P<number>\d{3,8})"
)
_PROVINCE = re.compile(r"(?:^|\.)[HG]\d\d(?:\.|$)")


@dataclass(frozen=True, slots=True)
class DossierCode:
    """An application's number: the agency, the day it was received, and a number that starts anew every day."""

    agency: str
    received: date
    number: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as typed (spaces and lower case are forgiven).

        Raises ValueError when the form, the agency or the date in it cannot be.
        """
        code = re.sub(r"\s+", "", text).upper().replace("–", "-")
        match = _CODE.fullmatch(code)
        if match is None or not _PROVINCE.search(match["agency"]):
            raise ValueError(f"{text!r} is not a dossier code such as H26.41.118-261120-0007")
        received = date(2000 + int(match["year"]), int(match["month"]), int(match["day"]))
        return cls(match["agency"], received, match["number"])

    def __str__(self) -> str:
        return f"{self.agency}-{self.received:%y%m%d}-{self.number}"
