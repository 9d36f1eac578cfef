"""What an envelope costs and what is collected at its door: by the office's own table, when it is consigned."""

from pathlib import Path

from delivery.errors import UnreadableFile
from delivery.i18n import gettext as _
from delivery.models import Item
from delivery.rules.policy import Payer
from postal_api.errors import BadFees, NoFee
from postal_api.fees import DEFAULT, Charge, FeeTable, Zone

# Nobody weighs a certificate: it is a few sheets in an envelope; each further one brings its sheets.
WEIGHT_G, MORE_G = 60, 20


def fee_file(home: Path) -> Path:
    """Where an office keeps its own table; `postal_api.fees.DEFAULT` counts while there is none."""
    return home / "fees.toml"


def fee_text(home: Path) -> str:
    """The table that counts, as text.

    Raises UnreadableFile.
    """
    file = fee_file(home)
    try:
        return file.read_text(encoding="utf-8") if file.exists() else DEFAULT
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(_("{path} cannot be read: {why}").format(path=file, why=error)) from error


def fee_table(home: Path) -> FeeTable:
    """The table that counts.

    Raises UnreadableFile.
    """
    try:
        return FeeTable.parse(fee_text(home))
    except BadFees as error:
        raise UnreadableFile(_("{path} cannot be read: {why}").format(path=fee_file(home), why=error)) from error


def weight_of(item: Item) -> int:
    """What an envelope weighs, in grams."""
    return WEIGHT_G + MORE_G * (len(item.results) - 1)


def charge_for(item: Item, fees: FeeTable) -> Charge:
    """What an envelope costs within what was its district.

    Raises UnreadableFile when the table has no price for that.
    """
    return charge_of(weight_of(item), fees, at_the_door=item.first.payer == Payer.CITIZEN_COD)


def charge_of(weight_g: int, fees: FeeTable, *, at_the_door: bool) -> Charge:
    """What so many grams cost within what was a district.

    Raises UnreadableFile when the table has no price for that.
    """
    try:
        return fees.charge(Zone.DISTRICT, weight_g, at_the_door=at_the_door)
    except NoFee as error:
        raise UnreadableFile(_("The table of fees has a gap: {why}").format(why=error)) from error
