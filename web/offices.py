"""The offices that whoever asks may look into, and the one of them that a page is about."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Office
from web import access


@dataclass(frozen=True, slots=True)
class Choice:
    """The offices of a reader; `office` is the one that was chosen, None for all of them."""

    offices: Sequence[Office]
    office: Office | None

    @property
    def shown(self) -> Sequence[Office]:
        return self.offices if self.office is None else [self.office]

    @property
    def ids(self) -> list[int]:
        return [office.id for office in self.shown]

    @property
    def names(self) -> dict[int, str]:
        return {office.id: office.ward_name for office in self.shown}


def offices_seen(session: Session) -> list[Office]:
    """By their codes: a clerk's own, or all of the district."""
    offices = session.scalars(sa.select(Office).order_by(Office.code))
    return [office for office in offices if access.may_see_office(office.id)]


def choose_office(session: Session, code: str | None) -> Choice:
    """Those that may be seen; another office's code chooses nothing."""
    offices = offices_seen(session)
    return Choice(offices, next((office for office in offices if office.code == code), None))
