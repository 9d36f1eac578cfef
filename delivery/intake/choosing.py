"""Choosing for several results at once whether they are brought home or handed out at the counter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.i18n import gettext as _
from delivery.intake.correcting import correct_result, said_of
from delivery.models import Procedure, Result
from delivery.rules.policy import UNKNOWN_PROCEDURE


class Way(StrEnum):
    """How a result reaches its people."""

    COUNTER = "tai-quay"
    HOME = "tai-nha"

    @property
    def other(self) -> "Way":
        return Way.HOME if self is Way.COUNTER else Way.COUNTER


@dataclass(slots=True)
class Choice:
    """What came of a choice: which results changed, and why others did not."""

    changed: list[int] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def choose_way(session: Session, results: Sequence[Result], way: Way, *, by: str, at: datetime) -> Choice:
    """Have results handed out at the counter, or brought home; what goes that way already stays as it is.

    What lies in an envelope, cannot be posted by law, or has no address is not changed; the reason is given by the
    dossier's code.
    """
    postable = _postable(session, results)
    choice = Choice()
    for result in results:
        if result.wants_delivery is (way is Way.HOME):
            continue
        if reason := _hindrance(result, way, postable=result.procedure_code in postable):
            choice.refused.append((result.dossier_code, reason))
            continue
        said = replace(said_of(result), wants_delivery=way is Way.HOME)
        correct_result(session, result, said, at=at, by=by)
        choice.changed.append(result.id)
    return choice


def locked(session: Session, ids: Iterable[int]) -> Sequence[Result]:
    """These results, so that nobody seals them into an envelope meanwhile."""
    wanted = sa.select(Result).where(Result.id.in_(set(ids))).order_by(Result.id)
    return session.scalars(wanted.with_for_update()).all()


def _hindrance(result: Result, way: Way, *, postable: bool) -> str:
    if result.item_id is not None:
        return _("it lies in an envelope already; recall it there")
    if way is Way.HOME and not postable:
        return _("this result cannot be delivered to the home by law; it is handed over at the counter")
    if way is Way.HOME and not result.address:
        return _("Địa chỉ nhận is missing")
    return ""


def _postable(session: Session, results: Sequence[Result]) -> set[str]:
    codes = {result.procedure_code for result in results}
    known = {
        each.code: each.policy() for each in session.scalars(sa.select(Procedure).where(Procedure.code.in_(codes)))
    }
    return {code for code in codes if known.get(code, UNKNOWN_PROCEDURE).postable}
