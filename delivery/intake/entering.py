"""Entering one result by hand, and taking back what was entered by mistake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_cases_about
from delivery.database import take_turns
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.intake.importing import add_results, ward_of
from delivery.intake.promises import PROMISING
from delivery.intake.row import BadRow, check_row
from delivery.models import Message, PackedResult, Result


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of an entry: the result by that dossier and copy, which may have been there before."""

    result_id: int
    is_new: bool


def enter_result(
    session: Session, cells: Mapping[str, str], offices: Collection[int] | None, at: datetime
) -> Entered:  # fmt: skip
    """Enter a result as a person types it (field -> text), for one of the offices that they may touch (None: all).

    What is known by the same dossier and copy stays as it is. Raises BadRow with all that is wrong.
    """
    said = check_row(cells, ward_of(session, offices))
    if offices is not None and said.office_id not in offices:
        raise _elsewhere("office")
    take_turns(session, PROMISING)
    same = sa.select(Result).where(Result.dossier_code == said.dossier_code, Result.copy_no == said.copy_no)
    known = session.scalar(same)
    if known is not None:
        if offices is not None and known.office_id not in offices:
            raise _elsewhere("dossier_code")
        return Entered(known.id, is_new=False)
    add_results(session, [said], at=at, import_id=None)
    return Entered(session.scalars(same).one().id, is_new=True)


def may_be_taken_back(result: Result) -> bool:
    """Whether it was entered by hand and nothing has come of it yet."""
    return result.import_id is None and result.item_id is None and result.version == 1


def take_back(session: Session, result: Result, by: str, at: datetime) -> None:
    """Undo an entry, as if it had never been made; its open questions are nobody's any more.

    Raises NotNow when it came in a file, was corrected, or lies in an envelope.
    """
    if not may_be_taken_back(result):
        raise NotNow(_("Only what was entered by hand and lies in no envelope yet can be taken back"))
    subjects = (f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}")
    close_cases_about(session, subjects, at=at, by=by, decision="taken back")
    session.execute(sa.delete(Message).where(Message.result_id == result.id))
    # Out of the envelope it once lay in, it was taken before.
    session.execute(sa.delete(PackedResult).where(PackedResult.result_id == result.id))
    session.delete(result)


def _elsewhere(field: str) -> BadRow:
    text = _("another office has this dossier; it may not be changed from here")
    if field == "office":
        text = _("Đơn vị is another office; its own staff, or a supervisor, can take this row in")
    return BadRow(text, [(field, text)])
