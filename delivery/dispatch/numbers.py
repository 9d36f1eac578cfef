"""Item codes: taken one by one from the ranges that the carrier has allotted, each used once, for ever."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import NumberRange
from postal_api.s10 import ItemCode


def take_number(session: Session) -> str:
    """The next free S10 item code.

    Raises NotNow when every allotted range is used up.
    """
    free = sa.select(NumberRange.id).where(NumberRange.next <= NumberRange.last).order_by(NumberRange.id).limit(1)
    taken = session.execute(
        sa.update(NumberRange)
        .where(NumberRange.id == free.scalar_subquery())
        .values(next=NumberRange.next + 1)
        .returning(NumberRange.indicator, NumberRange.next, NumberRange.country)
    ).first()
    if taken is None:
        raise NotNow(_("No item codes are left. Ask the post for a range: tannha numbers add FIRST LAST"))
    return str(ItemCode.make(taken.indicator, taken.next - 1, taken.country))


def numbers_left(session: Session) -> int:
    """How many item codes of the allotted ranges have not been used."""
    left = sa.select(sa.func.coalesce(sa.func.sum(NumberRange.last - NumberRange.next + 1), 0))
    return int(session.scalar(left.where(NumberRange.next <= NumberRange.last)) or 0)
