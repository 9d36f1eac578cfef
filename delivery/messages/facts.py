"""What a message is made of, read from the books: of the recipient nothing is read here."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.messages.wording import Facts
from delivery.models import Consignment, Item, Message, Office, Result
from delivery.moments import local
from delivery.rules.messages import Occasion
from delivery.workdays import why_moved


def facts_of(session: Session, message: Message, web_url: str, now: datetime) -> Facts:
    """The facts of one message at this moment."""
    result = session.get_one(Result, message.result_id)
    item = session.get_one(Item, message.item_id) if message.item_id is not None else None
    office = session.get_one(Office, result.office_id)
    moved = message.occasion is Occasion.MOVED
    carrier = ""
    if item is not None and not moved:
        sent = int(message.about.partition(":")[0])
        carrier = session.scalar(sa.select(Consignment.carrier).where(Consignment.id == sent)) or ""
    return Facts(
        occasion=message.occasion,
        ward=office.ward_name,
        office=office.name,
        office_address=office.address,
        office_phone=office.phone,
        link=tracking_page(web_url, item.tracking_code if item is not None else ""),
        happened_at=message.happened_at,
        promised=result.promised_date,
        today=local(now).date(),
        carrier=carrier,
        tracking_code=item.tracking_code if item is not None else "",
        was_promised=result.first_promised if moved else None,
        closed_for="; ".join(dict.fromkeys(one.reason for one in why_moved(session, result))) if moved else "",
    )


def tracking_page(web_url: str, tracking_code: str) -> str:
    """Where an envelope is followed; without one, the front page."""
    return f"{web_url}/tra-cuu?ma={tracking_code}" if tracking_code else web_url
