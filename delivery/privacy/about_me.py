"""What the ward keeps about somebody's dossier, for how long, and who looked at it: for the person themselves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.citizens.words import CITIZEN
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Amendment, AuditEntry, CitizenWord, Consignment, DoorAct, Item, Result, Role, Staff
from delivery.moments import local
from delivery.privacy.lasting import last_acts
from delivery.rules.doorstep import PAPERS, RECEIVERS, Paper, Receiver
from delivery.rules.phones import national
from delivery.rules.retention import AFTER, After, Kept

# Of whatever a page can hold; the newest are shown.
MOST_LOOKS = 100
WHO: dict[str, str] = {
    Role.CLERK: marked("a clerk of the ward"),
    Role.DISPATCHER: marked("whoever plans the routes"),
    Role.SUPERVISOR: marked("a supervisor"),
    Role.AUDITOR: marked("an auditor"),
    Role.ADMINISTRATOR: marked("an administrator"),
    Role.COURIER: marked("the courier"),
    CITIZEN: marked("you, or who has your code"),
}
NOBODYS = marked("the ward's machine")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that is kept: what it says now, why and by which law, and until when; None: so long after the end."""

    what: str
    says: Sequence[str]
    why: str
    basis: str
    until: date | None
    days: int
    counted: str


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One act about the dossier: who it was by role, never by name."""

    at: datetime
    who: str
    action: str


@dataclass(frozen=True, slots=True)
class AboutMe:
    """All of it; `more_looks` tells that there were more than can be shown."""

    lines: Sequence[Line]
    looks: Sequence[LookedAt]
    more_looks: bool


def about_me(session: Session, result: Result, table: Sequence[Kept]) -> AboutMe:
    """What is kept about a dossier, for whoever has proved that it is theirs."""
    ended = last_acts(session, [result]).get(result.id)
    looks = _looks(session, result)
    return AboutMe(
        lines=[_line(session, result, kept, ended) for kept in table if kept.after is After.END],
        looks=looks[:MOST_LOOKS], more_looks=len(looks) > MOST_LOOKS,
    )  # fmt: skip


def _line(session: Session, result: Result, kept: Kept, ended: datetime | None) -> Line:
    until = local(ended + timedelta(days=kept.days)).date() if ended is not None else None
    says = [text for text in _says(session, result, kept.name) if text]
    return Line(_(kept.what), says, _(kept.why), _(kept.basis), until, kept.days, _(AFTER[kept.after]))


def _says(session: Session, result: Result, name: str) -> Iterator[str]:
    """What stands in the books of this kind, in the reader's words."""
    item = session.get(Item, result.item_id) if result.item_id is not None else None
    if name in _OF_RESULT:
        yield from _OF_RESULT[name](result)
    elif item is not None:
        yield from _OF_ITEM[name](session, item)


def _version(content: dict[str, object]) -> str:
    parts = (str(content.get(name, "")) for name in ("recipient_name", "phone", "address"))
    return ", ".join(part for part in parts if part)


def _proofs(session: Session, item: Item) -> Iterator[str]:
    sent = sa.select(Consignment.id).where(Consignment.item_id == item.id)
    acts = session.scalars(sa.select(DoorAct).where(DoorAct.consignment_id.in_(sent)).order_by(DoorAct.id))
    yield from map(_act, acts)


def _handed_out(_session: Session, item: Item) -> Iterator[str]:
    if item.collected:
        yield _(RECEIVERS[Receiver(item.collected["receiver"])])


def _wishes(session: Session, item: Item) -> Iterator[str]:
    words = sa.select(CitizenWord.words).where(CitizenWord.item_id == item.id)
    yield from session.scalars(words.order_by(CitizenWord.id))


def _remarks(session: Session, item: Item) -> Iterator[str]:
    """As the table of terms has them: of the carrier, of an amendment, of a second sending."""
    sent = sa.select(Consignment.id).where(Consignment.item_id == item.id)
    for said in session.execute(sa.select(Amendment.reason, Amendment.said).where(Amendment.consignment_id.in_(sent))):
        yield from said
    yield from (one.refusal for one in item.consignments)
    yield from (one.reason for one in item.resends)


def _act(act: DoorAct) -> str:
    who = [_(RECEIVERS[act.receiver])] if act.receiver is not None else []
    signed = [_("signed on the phone")] if act.strokes else []
    return ", ".join([*who, *(_(PAPERS[Paper(name)]) for name in act.papers), *signed])


_OF_RESULT: dict[str, Callable[[Result], Iterable[str]]] = {
    "contact": lambda result: (national(result.phone), result.email),
    "address": lambda result: (result.address,),
    "place": lambda result: (
        f"{result.lat:.5f}, {result.lon:.5f}" if result.lat is not None and result.lon is not None else "",
    ),
    "name": lambda result: dict.fromkeys((result.owner_name, result.recipient_name, result.note)),
    "versions": lambda result: (_version(version.content) for version in result.versions),
}
_OF_ITEM: dict[str, Callable[[Session, Item], Iterable[str]]] = {
    "hand_out": _handed_out, "proof": _proofs, "wishes": _wishes, "remarks": _remarks,
}  # fmt: skip


def _looks(session: Session, result: Result) -> list[LookedAt]:
    subjects = [f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}"]
    if result.item_id is not None:
        subjects.append(f"item:{result.item_id}")
    found = session.execute(
        sa.select(AuditEntry.at, AuditEntry.actor, AuditEntry.action, Staff.role)
        .outerjoin(Staff, Staff.username == AuditEntry.actor)
        .where(AuditEntry.subject.in_(subjects))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_LOOKS + 1)
    )
    return [LookedAt(at, _(WHO.get(role or actor, NOBODYS)), action) for at, actor, action, role in found]
