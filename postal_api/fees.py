"""Postage as an editable table: what a journey costs, and who need not pay.

The defaults are prices that a provincial post publishes as applied under TT 22/2017/TT-BTTTT, for up to 100 g one way
(documented at one province; whether Hà Nội applies the same, and what heavier items cost, is not known). Under it,
revolutionaries from before 19 August 1945 and Heroic Mothers pay nothing. An office replaces the table by its own.
"""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from postal_api.errors import BadFees, NoFee

DEFAULT = """\
# Postage in dong for one way, with tax; the first row that fits counts. Two ways cost the sum.
# zone: district (within what was a district until July 2025), province, region (neighbouring provinces), country

[[fee]]
zone = "district"
up_to_g = 100
dong = 26000

[[fee]]
zone = "province"
up_to_g = 100
dong = 30000

[[fee]]
zone = "region"
up_to_g = 100
dong = 30500

[[fee]]
zone = "country"
up_to_g = 100
dong = 31500

# For handing over the state's own fee of a dossier.
[transfer]
dong = 8000

# Whoever belongs to one of these pays no postage.
[exempt]
revolutionary = "Người hoạt động cách mạng trước ngày 19/8/1945"
heroic-mother = "Bà mẹ Việt Nam anh hùng"
"""


class Zone(StrEnum):
    """How far an item travels."""

    DISTRICT = "district"
    PROVINCE = "province"
    REGION = "region"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Fee:
    """One row of the table."""

    zone: Zone
    up_to_g: int
    dong: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one journey costs, and what of it is collected at the door; `exempt` says why it costs nothing."""

    dong: int
    at_the_door: int
    exempt: str = ""


@dataclass(frozen=True, slots=True)
class FeeTable:
    """Prices and exemptions, as an office has them; `edition` is the number that its owner gives the table, if any."""

    fees: tuple[Fee, ...]
    transfer: int
    exempt: dict[str, str]
    edition: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a table in TOML, of the form of DEFAULT.

        Raises BadFees naming what cannot be read.
        """
        try:
            wire = tomllib.loads(text)
            _check(wire)
            fees = tuple(Fee(Zone(row["zone"]), _whole(row["up_to_g"]), _whole(row["dong"])) for row in wire["fee"])
            exempt = {str(name): str(words) for name, words in wire.get("exempt", {}).items()}
            return cls(fees, _whole(wire.get("transfer", {}).get("dong", 0)), exempt)
        except tomllib.TOMLDecodeError as error:
            raise BadFees(f"the table of fees is no TOML: {error}") from error
        except BadFees:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadFees(f"the table of fees has a wrong or missing value: {error}") from error

    def charge(
        self,
        zone: Zone,
        weight_g: int,
        *,
        at_the_door: bool = False,
        kinds: Iterable[str] = (),
        both_ways: bool = False,
    ) -> Charge:
        """What a journey costs, collected `at_the_door` or paid otherwise.

        `kinds` are the exemptions that the recipient has shown. With `both_ways` the dossier was fetched as well.
        Raises NoFee when no row fits.
        """
        reason = next((self.exempt[kind] for kind in kinds if kind in self.exempt), "")
        if reason:
            return Charge(0, 0, reason)
        fitting = (fee for fee in self.fees if fee.zone is zone and weight_g <= fee.up_to_g)
        fee = next(fitting, None)
        if fee is None:
            raise NoFee(f"the table of fees has no row for {weight_g} g within {zone}")
        dong = fee.dong * (2 if both_ways else 1)
        return Charge(dong, dong if at_the_door else 0)


def _check(wire: dict[str, Any]) -> None:
    """Raises BadFees with every value that is wrong or missing, by its row."""
    readers: dict[str, Callable[[Any], object]] = {"zone": Zone, "up_to_g": _whole, "dong": _whole}
    wrong = [
        (number, name)
        for number, row in enumerate(wire["fee"], 1)
        for name, read in readers.items()
        if not _reads(read, row.get(name))
    ]
    if not _reads(_whole, wire.get("transfer", {}).get("dong", 0)):
        wrong.append((0, "transfer"))
    if wrong:
        named = ", ".join(f"row {row}: {value}" if row else value for row, value in wrong)
        raise BadFees(f"the table of fees has a wrong or missing value ({named})", wrong)


def _reads(read: Callable[[Any], object], value: object) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no whole number")
    return value
