"""The appointment slip of an envelope: when it is promised and how to ask for it, with no word about what is in it."""

from sqlalchemy.orm import Session

from delivery.errors import NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import Item
from delivery.moments import short_date
from delivery.rules.codes import show_tracking_code
from delivery.tracking.following import find_items, find_results
from labels.appointment import Appointment
from labels.model import Party


def appointments_of(session: Session, code: str, tracking_address: str) -> list[Appointment]:
    """A slip for each envelope that an item code, tracking code, item number or dossier code names.

    Raises NotFound; NotNow while what is named has no envelope yet, and so no tracking code.
    """
    try:
        items = find_items(session, code)
    except NotFound:
        if not find_results(session, code):
            raise
        raise NotNow(
            _("{code} is in no batch yet; its tracking code comes with the envelope").format(code=code)
        ) from None
    return [_appointment(item, tracking_address) for item in items]


def _appointment(item: Item, tracking_address: str) -> Appointment:
    result, office = item.first, item.office
    return Appointment(
        office=Party(office.name, office.address, office.phone),
        name=result.recipient_name,
        tracking_code=show_tracking_code(item.tracking_code),
        qr=f"{tracking_address}?ma={item.tracking_code}",
        tracking_address=tracking_address,
        promised=short_date(result.promised_date),
        hotline=office.phone,
        slot=result.slots,
    )
