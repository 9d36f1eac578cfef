"""Item codes: the ranges that the carrier has allotted."""

import click
import sqlalchemy as sa

from delivery.cli.console import command, people, service, table
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import NumberRange
from postal_api.s10 import ItemCode


@click.group("numbers")
def numbers() -> None:
    """Ranges of item codes that the carrier has allotted."""


@numbers.command("list")
@command
def list_ranges() -> None:
    """Show the ranges and how many codes are left in each."""
    with service().database.read() as session:
        ranges = session.scalars(sa.select(NumberRange).order_by(NumberRange.id)).all()
        rows = [(f"{r.indicator}…{r.country}", r.next, r.last, max(0, r.last - r.next + 1)) for r in ranges]
    table(_("Item codes"), (_("Series"), _("Next"), _("Last"), _("Left")), rows)


@numbers.command("add")
@click.argument("first")
@click.argument("last")
@command
def add_range(*, first: str, last: str) -> None:
    """Enter a range by its FIRST and LAST item code, as the carrier's letter names them."""
    try:
        begin, end = ItemCode.parse(first), ItemCode.parse(last)
    except ValueError as error:
        raise BadInput(str(error)) from error
    if (begin.indicator, begin.country) != (end.indicator, end.country) or begin.serial > end.serial:
        raise BadInput(_("First and last must be of one series, the first not above the last"))
    with service().database.write() as session:
        clash = sa.select(NumberRange).where(
            NumberRange.indicator == begin.indicator,
            NumberRange.country == begin.country,
            NumberRange.last >= begin.serial,
        )
        # Codes below `next` are used up; a range that reaches into one we know would use them twice.
        if session.scalars(clash).first() is not None:
            raise BadInput(_("This range overlaps one that is known, or lies below it"))
        session.add(NumberRange(indicator=begin.indicator, country=begin.country, next=begin.serial, last=end.serial))
    people.print(_("[green]✓[/] {count} item codes entered.").format(count=end.serial - begin.serial + 1))
