"""What the inbox is narrowed to, as it stands in addresses and forms, and the views that people keep."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.intake.trays import Narrow, Tray
from delivery.models import Procedure, SavedView
from web.dates import day_of

LONGEST_NAME = 40
MOST_VIEWS = 20


def narrow_of(asked: Mapping[str, str]) -> Narrow:
    """Read the filter; what makes no sense narrows nothing."""
    return Narrow(
        procedure=asked.get("thu_tuc", "").strip()[:LONGEST_NAME] or None,
        since=day_of(asked.get("tu")),
        until=day_of(asked.get("den")),
    )


def as_query(narrow: Narrow) -> dict[str, Any]:
    """The filter as fields of an address or a form; empty where nothing is narrowed."""
    fields = {
        "thu_tuc": narrow.procedure,
        "tu": narrow.since.isoformat() if narrow.since else None,
        "den": narrow.until.isoformat() if narrow.until else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def procedures(session: Session) -> Sequence[Procedure]:
    """What may be chosen from."""
    return session.scalars(sa.select(Procedure).order_by(Procedure.code)).all()


def views_of(session: Session, staff_id: int) -> Sequence[SavedView]:
    """The views that a person keeps, in the order in which they were made."""
    return session.scalars(sa.select(SavedView).where(SavedView.staff_id == staff_id).order_by(SavedView.id)).all()


def keep_view(
    session: Session, staff_id: int, name: str, tray: Tray, *, office: str | None, procedure: str | None
) -> SavedView:  # fmt: skip
    """Keep a view under a name; one of that name becomes this one. Days are not kept: they would soon be over.

    Raises BadInput without a name, or when there are as many as fit on a page.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise BadInput(_("Give the view a name"))
    kept = {view.name: view for view in views_of(session, staff_id)}
    if name not in kept and len(kept) >= MOST_VIEWS:
        raise BadInput(_("{most} views are the most; remove one first").format(most=MOST_VIEWS))
    view = kept.get(name) or SavedView(staff_id=staff_id, name=name)
    view.tray, view.office_code, view.procedure_code = tray.value, office, procedure
    session.add(view)
    session.flush()
    return view
