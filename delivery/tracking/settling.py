"""The carrier's statement against our books, envelope by envelope: agreed, different, or known to one side only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.cases import open_case
from delivery.i18n import marked
from delivery.models import Batch, Case, CaseKind, Consignment, Item
from delivery.models.base import Facts
from delivery.rules.lifecycle import State
from delivery.tracking.statement import Line, Statement

# So many envelopes are looked up together.
TOGETHER = 500


class Verdict(StrEnum):
    """What the two sides say of an envelope."""

    AGREED = "agreed"
    DIFFERS = "differs"
    ONLY_OURS = "only_ours"
    ONLY_THEIRS = "only_theirs"


VERDICTS: dict[Verdict, str] = {
    Verdict.AGREED: marked("Agreed"),
    Verdict.DIFFERS: marked("The amounts differ"),
    Verdict.ONLY_OURS: marked("Handed over, and not on the statement"),
    Verdict.ONLY_THEIRS: marked("On the statement, and not in our books"),
}


@dataclass(frozen=True, slots=True)
class Money:
    """What an envelope cost and what was collected for it, in whole dong; empty where the statement does not say."""

    postage: int | None
    collected: int | None

    def agrees(self, other: "Money") -> bool:
        """Whether both say the same, as far as both say anything."""
        pairs = ((self.postage, other.postage), (self.collected, other.collected))
        return all(None in pair or pair[0] == pair[1] for pair in pairs)


NOTHING = Money(None, None)


@dataclass(frozen=True, slots=True)
class Account:
    """One envelope on both sides; `line` is the statement's row, `subject` names it in a case."""

    verdict: Verdict
    subject: str
    item_code: str
    dossier_code: str
    ours: Money
    theirs: Money
    line: int | None = None
    office_id: int | None = None


def settle_statement(session: Session, statement: Statement, month: date, carrier: str) -> list[Account]:
    """Every envelope of the statement, and all that were handed over to the carrier in the month of that date."""
    found = _found(session, statement.lines)
    accounts = [_account(line, found.get(line.code)) for line in statement.lines]
    known = {consignment.id for consignment in found.values()}
    accounts += [
        _missing(consignment) for consignment in _handed_over(session, month, carrier) if consignment.id not in known
    ]
    return [account for account in accounts if account.verdict is not Verdict.ONLY_OURS or _owed(account.ours)]


def ask_about(session: Session, accounts: Sequence[Account], at: datetime) -> int:
    """Open a case about each difference, once for ever while the amounts stay the same; returns how many are new."""
    opened = 0
    for account in accounts:
        if account.verdict is Verdict.AGREED:
            continue
        facts = _facts(account)
        before = sa.select(Case).where(Case.kind == CaseKind.STATEMENT, Case.subject == account.subject)
        if any(case.facts == facts for case in session.scalars(before)):
            continue
        open_case(session, CaseKind.STATEMENT, account.subject, at=at, facts=facts, office_id=account.office_id)
        opened += 1
    return opened


def ours_of(consignment: Consignment) -> Money:
    """What we owe and are owed: postage for what was handed over, money for what was delivered."""
    return Money(
        postage=consignment.postage if consignment.handed_over_in is not None else 0,
        collected=consignment.to_collect if consignment.journey is State.DELIVERED else 0,
    )


def _account(line: Line, consignment: Consignment | None) -> Account:
    theirs = Money(line.postage, line.collected)
    if consignment is None:
        return Account(Verdict.ONLY_THEIRS, f"statement:{line.code[:60]}", line.code, "", NOTHING, theirs, line.line)
    ours = ours_of(consignment)
    verdict = Verdict.AGREED if ours.agrees(theirs) else Verdict.DIFFERS
    return _of(consignment, verdict, ours, theirs, line.line)


def _missing(consignment: Consignment) -> Account:
    return _of(consignment, Verdict.ONLY_OURS, ours_of(consignment), NOTHING, None)


def _of(consignment: Consignment, verdict: Verdict, ours: Money, theirs: Money, line: int | None) -> Account:
    return Account(
        verdict,
        f"consignment:{consignment.id}",
        consignment.item_code,
        consignment.item.first.dossier_code,
        ours,
        theirs,
        line,
        consignment.item.office_id,
    )


def _owed(money: Money) -> bool:
    return bool(money.postage or money.collected)


def _facts(account: Account) -> Facts:
    facts: Facts = {
        "reason": VERDICTS[account.verdict],
        "dossier": account.dossier_code,
        "item_code": account.item_code,
        "postage_ours": account.ours.postage,
        "postage_theirs": account.theirs.postage,
        "collected_ours": account.ours.collected,
        "collected_theirs": account.theirs.collected,
    }
    return {name: value for name, value in facts.items() if value not in {None, ""}}


def _found(session: Session, lines: Sequence[Line]) -> dict[str, Consignment]:
    """The consignments that the lines name, by the code that names them."""
    found: dict[str, Consignment] = {}
    for start in range(0, len(lines), TOGETHER):
        some = lines[start : start + TOGETHER]
        by_item = _consignments(session, Consignment.item_code.in_([line.item_code for line in some if line.item_code]))
        by_ours = _consignments(session, Consignment.reference.in_([line.reference for line in some if line.reference]))
        items = {consignment.item_code.upper(): consignment for consignment in by_item}
        references = {consignment.reference: consignment for consignment in by_ours}
        for line in some:
            consignment = items.get(line.item_code) or references.get(line.reference)
            if consignment is not None:
                found[line.code] = consignment
    return found


def _handed_over(session: Session, month: date, carrier: str) -> Iterator[Consignment]:
    first = month.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    batches = sa.select(Batch.id).where(Batch.day >= first, Batch.day < following)
    yield from _consignments(session, Consignment.handed_over_in.in_(batches), Consignment.carrier == carrier)


def _consignments(session: Session, *which: sa.ColumnElement[bool]) -> Iterator[Consignment]:
    wanted = sa.select(Consignment).where(*which).order_by(Consignment.id)
    yield from session.scalars(wanted.options(selectinload(Consignment.item).selectinload(Item.results)))
