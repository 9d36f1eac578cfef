"""Personal data that leaves the house in bulk: with a reason, from some rows on with a second person's yes, and marked.

Every file carries in its first line and in each row by whom, when and why it was taken out, so that a copy which turns
up somewhere tells where it came from, also in part.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.models import AuditEntry, Export
from delivery.models.base import Facts
from delivery.moments import local

SHORTEST_REASON, LONGEST_REASON = 10, 300
GOOD_FOR = timedelta(days=7)
SHOWN = 200


def ask_out(
    session: Session, what: str, parameters: Facts, *, rows: int, reason: str, by: str, at: datetime
) -> Export:  # fmt: skip
    """Write down who wants to take what out, and why. Raises BadInput without a reason."""
    reason = " ".join(reason.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise BadInput(
            _("Say what it is taken out for, in {least} to {most} characters").format(
                least=SHORTEST_REASON, most=LONGEST_REASON
            )
        )
    made = Export(what=what, parameters=parameters, reason=reason, rows=rows, asked_by=by, asked_at=at, agreed_by="")
    session.add(made)
    session.flush()
    _note(session, by, "asked to take data out", made, at)
    return made


def agree(session: Session, export: Export, by: str, at: datetime) -> None:
    """Another person says yes. Raises NotNow for one's own, and for what was decided or is too old."""
    _must_wait(export, by, at)
    export.agreed_by, export.agreed_at = by, at
    _note(session, by, "agreed to taking data out", export, at)


def refuse(session: Session, export: Export, by: str, at: datetime) -> None:
    """Another person says no. Raises NotNow as `agree` does."""
    _must_wait(export, by, at)
    export.refused_at = at
    _note(session, by, "refused taking data out", export, at)


def take(session: Session, export: Export, by: str, at: datetime, *, alone: int) -> None:
    """Note that it is taken out now.

    Raises NotNow when it is another's, was refused, is too old, or needs a yes that nobody has given: from more than
    `alone` rows on.
    """
    if export.asked_by != by:
        raise NotNow(_("Only whoever has asked for it takes it out"))
    if export.refused_at is not None:
        raise NotNow(_("This was refused"))
    if at - export.asked_at > GOOD_FOR:
        raise NotNow(_("That was asked for too long ago; ask again"))
    if needs_a_yes(export, alone):
        raise NotNow(_("Another person has to agree first: it is more than {count} rows").format(count=alone))
    export.taken_at = at
    _note(session, by, "took data out", export, at)


def needs_a_yes(export: Export, alone: int) -> bool:
    """Whether it waits for another person."""
    return export.rows > alone and export.agreed_at is None


def watermark(export: Export, name: str) -> str:
    """What the file says of itself: which export, by whom, when, why, and who agreed."""
    agreed = _("agreed by {name}").format(name=export.agreed_by) if export.agreed_by else _("no second person needed")
    says = _("Export {number}: taken out by {name} ({user}), {moment}, for: {reason}; {agreed}. Do not pass it on.")
    return says.format(
        number=export.id, name=name, user=export.asked_by, moment=f"{local(export.asked_at):%H:%M %d/%m/%Y}",
        reason=export.reason, agreed=agreed,
    )  # fmt: skip


def mark(export: Export) -> str:
    """What stands in every row of the file."""
    return f"X{export.id}/{export.asked_by}"


def lately(session: Session) -> Sequence[Export]:
    """What was asked for, the newest first."""
    return session.scalars(sa.select(Export).order_by(Export.id.desc()).limit(SHOWN)).all()


def _must_wait(export: Export, by: str, at: datetime) -> None:
    if export.asked_by == by:
        raise NotNow(_("Somebody else than who asks has to agree"))
    if export.agreed_at is not None or export.refused_at is not None:
        raise NotNow(_("This was decided already"))
    if at - export.asked_at > GOOD_FOR:
        raise NotNow(_("That was asked for too long ago; ask again"))


def _note(session: Session, by: str, action: str, export: Export, at: datetime) -> None:
    facts: Facts = {"reason": export.reason, "found": export.rows}
    session.add(AuditEntry(at=at, actor=by, action=action, subject=f"export:{export.id}", facts=facts))
