"""How results stand at this moment of a transaction, as whoever asks from outside is told it; read for many at once."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import HOLDS_BACK
from delivery.models import Batch, Case, Consignment, DoorAct, Item, Office, Result, Submission
from delivery.rules.doorstep import Outcome
from delivery.rules.standing import Standing, Subject

AT_ONCE = 500


def standings_of(session: Session, subjects: Collection[Subject]) -> dict[Subject, Standing]:
    """How each of these results stands; one that is not in the books (any more) is left out."""
    found: dict[Subject, Standing] = {}
    dossiers = sorted({subject.dossier_code for subject in subjects})
    for start in range(0, len(dossiers), AT_ONCE):
        some = _wanted().where(Result.dossier_code.in_(dossiers[start : start + AT_ONCE]))
        for row in session.execute(some).mappings():
            collected = row["collected"] or {}
            others = {name: row[name] for name in row if name != "collected"}
            standing = Standing(**others, fetched_by=collected.get("receiver"))
            found[standing.subject] = standing
    return {subject: found[subject] for subject in subjects if subject in found}


def standings_in_order(session: Session, results: Iterable[Result]) -> list[Standing]:
    """How results that were just read stand, in their order."""
    subjects = [Subject(result.dossier_code, result.copy_no) for result in results]
    found = standings_of(session, subjects)
    return [found[subject] for subject in subjects]


def _wanted() -> sa.Select[*tuple[Any, ...]]:
    sent = (
        sa.select(sa.func.max(Consignment.id))
        .where(Consignment.item_id == Item.id, Consignment.submission != Submission.VOID)
        .correlate(Item)
        .scalar_subquery()
    )
    # Columns, not objects: a session may have written past those that it holds.
    wanted: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Result.dossier_code, Result.copy_no, Office.code.label("office"), Result.version, Result.procedure_code,
            Result.result_date, Result.promised_date, Result.first_promised, Result.wants_delivery, Result.received_at,
            sa.case((Result.item_id.is_(None), _asked())).label("asked_at"),
            Item.tracking_code, Batch.code.label("batch"), Item.created_at.label("sealed_at"), Item.recalled_at,
            Item.collected_at, Item.collected,
            Consignment.carrier, Consignment.item_code, Consignment.journey, Consignment.since.label("journey_since"),
            Consignment.attempts, _receiver().label("receiver"),
        )
        .join(Office, Office.id == Result.office_id)
        .join(Item, Item.id == Result.item_id, isouter=True)
        .join(Batch, Batch.id == Item.batch_id, isouter=True)
        .join(Consignment, Consignment.id == sent, isouter=True)
    )  # fmt: skip
    return wanted


def _asked() -> sa.ScalarSelect[Any]:
    """Since when an open question keeps it at the counter: about its number, or about its dossier and copy."""
    number, copy_no = (sa.cast(column, sa.Text) for column in (Result.id, Result.copy_no))
    about = ("result:" + number, "result:" + Result.dossier_code + ":" + copy_no)
    open_questions = sa.select(sa.func.min(Case.opened_at)).where(
        Case.kind.in_(HOLDS_BACK), Case.subject.in_(about), Case.closed_at.is_(None)
    )
    return open_questions.correlate(Result).scalar_subquery()


def _receiver() -> sa.ScalarSelect[Any]:
    """By the earliest act that stands: what is said of a second receiver afterwards is a person's question."""
    stands = (
        DoorAct.consignment_id == Consignment.id, DoorAct.outcome == Outcome.DELIVERED, DoorAct.taken_back_at.is_(None)
    )  # fmt: skip
    acts = sa.select(DoorAct.receiver).where(*stands).order_by(DoorAct.occurred_at, DoorAct.id).limit(1)
    return acts.correlate(Consignment).scalar_subquery()
