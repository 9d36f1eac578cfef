"""Item codes: taken one by one from the ranges that the carrier has allotted, each used once, for ever."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import CaseKind, NumberRange
from postal_api.s10 import ItemCode

SUBJECT = "numbers"


def take_number(session: Session) -> str:
    """The next free S10 item code.

    Raises NotNow when every allotted range is used up.
    """
    wanted = sa.select(NumberRange.id).where(NumberRange.next <= NumberRange.last).order_by(NumberRange.id).limit(1)
    while (free := session.scalar(wanted)) is not None:
        taken = session.execute(
            sa.update(NumberRange)
            # Asked again under the lock: somebody else may have taken the last one while we waited for it.
            .where(NumberRange.id == free, NumberRange.next <= NumberRange.last)
            .values(next=NumberRange.next + 1)
            .returning(NumberRange.indicator, NumberRange.next, NumberRange.country)
        ).first()
        if taken is not None:
            return str(ItemCode.make(taken.indicator, taken.next - 1, taken.country))
    raise NotNow(_("No item codes are left. Ask the post for a range: tannha numbers add FIRST LAST"))


def skip_numbers(session: Session, count: int) -> int:
    """Use the next `count` item codes for nothing, for they may have been used; returns how many there were."""
    left = count
    wanted = sa.select(NumberRange).where(NumberRange.next <= NumberRange.last).order_by(NumberRange.id)
    for allotted in session.scalars(wanted.with_for_update()):
        some = min(left, allotted.last - allotted.next + 1)
        allotted.next += some
        left -= some
    return count - left


def numbers_left(session: Session) -> int:
    """How many item codes of the allotted ranges have not been used."""
    left = sa.select(sa.func.coalesce(sa.func.sum(NumberRange.last - NumberRange.next + 1), 0))
    return int(session.scalar(left.where(NumberRange.next <= NumberRange.last)) or 0)


def watch_numbers(session: Session, low: int, at: datetime) -> None:
    """Ask a person for more item codes in time; when there are enough again, the question is closed."""
    left = numbers_left(session)
    if left < low:
        open_case(session, CaseKind.NUMBERS_LOW, SUBJECT, at=at, facts={"left": left})
    else:
        close_case(session, CaseKind.NUMBERS_LOW, SUBJECT, at=at, by="numbers", decision=str(left))
