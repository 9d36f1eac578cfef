"""The offices that whoever asks may look into."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Office
from web import access


def offices_seen(session: Session) -> list[Office]:
    """By their codes: a clerk's own, or all of the district."""
    offices = session.scalars(sa.select(Office).order_by(Office.code))
    return [office for office in offices if access.may_see_office(office.id)]
