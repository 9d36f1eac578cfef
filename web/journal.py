"""The audit book as people read it: who did or saw what, newest first, narrowed to a person, a thing or some days."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.intake.cells import harmless
from delivery.models import AuditEntry, Batch, Staff
from delivery.moments import at_local, local
from delivery.tracking.following import find_items, find_results

ROWS_ON_A_PAGE = 100
MOST_IN_A_FILE = 20_000

# What people may have done, as the book writes it and as they read it.
ACTIONS: dict[str, str] = {
    "agreed to a second sending": marked("agreed to a second sending"),
    "asked for a second sending": marked("asked for a second sending"),
    "handed out": marked("handed an envelope out at the counter"),
    "withdrew a second sending": marked("withdrew a second sending"),
    "acknowledged a data request": marked("acknowledged a data request"),
    "answered a data request": marked("answered a data request"),
    "asked about their data": marked("asked about their own data"),
    "took back a data request": marked("took back a data request"),
    "took a copy of their data": marked("took a copy of their own data"),
    "prepared a key of fields": marked("made the next key of personal fields"),
    "retired a key of fields": marked("took an old key of personal fields away"),
    "sealed with a new key of fields": marked("had personal fields sealed with a new key"),
    "erased what was due": marked("had erased what was due"),
    "placed a hold": marked("had nothing of it erased"),
    "lifted a hold": marked("let it go by its terms again"),
    "wrote a leak down": marked("wrote a leak down"),
    "told the authority of a leak": marked("told the authority of a leak"),
    "told the persons of a leak": marked("told those concerned of a leak"),
    "amended a leak": marked("added to a leak"),
    "closed a leak": marked("closed a leak"),
    "asked to take data out": marked("asked to take data out"),
    "agreed to taking data out": marked("agreed to taking data out"),
    "refused taking data out": marked("refused taking data out"),
    "took data out": marked("took data out as a file"),
    "added": marked("entered it in the settings"),
    "asked the optimiser": marked("asked the optimiser for routes"),
    "changed": marked("changed it in the settings"),
    "changed routes": marked("changed routes"),
    "changed the password": marked("changed the own password"),
    "chose tai-quay": marked("handed it out at the counter"),
    "chose tai-nha": marked("had it brought home"),
    "closed": marked("closed the case"),
    "closed the account": marked("closed the account"),
    "closed the machine": marked("closed a connected system"),
    "compared a statement": marked("compared a statement of the carrier"),
    "corrected": marked("corrected it"),
    "discarded a file": marked("discarded a file"),
    "drew a closing sheet": marked("drew the sheet of the day"),
    "drew the journal": marked("took the journal out as a file"),
    "ended a hand-over": marked("ended a hand-over"),
    "ended all log-ins": marked("ended all log-ins"),
    "entered": marked("entered it by hand"),
    "entered the machine": marked("entered a connected system"),
    "fetched": marked("fetched papers"),
    "gave a file": marked("gave a file of results"),
    "gave a new password": marked("gave a new password"),
    "gave the machine a new key": marked("gave a connected system a new key"),
    "gave back": marked("left the case to others"),
    "log-in": marked("logged in"),
    "log-in by provider": marked("logged in by way of the provider"),
    "log-in refused": marked("came from the provider and was not let in"),
    "allowed a tie": marked("allowed an account to be tied to one at the provider"),
    "ended a tie": marked("ended a tie to the provider"),
    "gave a tie back": marked("gave a tie to the provider back"),
    "tied the account": marked("tied the account to one at the provider"),
    "log-in failed": marked("failed to log in"),
    "looked for": marked("looked for somebody"),
    "made new recovery codes": marked("made new recovery codes"),
    "noted absence": marked("noted an absence"),
    "ended a phone's log-in": marked("ended the log-in of a phone"),
    "gave a phone its log-in back": marked("gave a phone its log-in back"),
    "offered a pairing": marked("showed a code that lets a phone in"),
    "paired a phone": marked("let a phone in with the code of the desk"),
    "opened the account": marked("opened the account"),
    "packed": marked("ticked a result off at the packing table"),
    "sealed": marked("sealed an envelope"),
    "took back a step of packing": marked("took back a step of packing"),
    "found a seal broken": marked("wrote down that a seal is broken"),
    "placed": marked("placed an address"),
    "printed": marked("printed papers"),
    "proved": marked("proved to be the recipient"),
    "proved by provider": marked("proved at the provider to be the recipient"),
    "said again": marked("asked to have it sent again"),
    "said dispute": marked("said that it never arrived"),
    "said fetch": marked("said that they will fetch it"),
    "said rating": marked("rated the delivery"),
    "unsaid again": marked("took back the wish to have it sent again"),
    "unsaid dispute": marked("took back that it never arrived"),
    "unsaid fetch": marked("took back that they will fetch it"),
    "unsaid rating": marked("took the rating back"),
    "printed again": marked("printed a label again"),
    "published routes": marked("published routes"),
    "put a result in": marked("put a result into an envelope"),
    "messages ended": marked("noted that a recipient wants no messages"),
    "messages wanted": marked("noted that a recipient wants messages again"),
    "paused notices": marked("paused notices to the one-stop system"),
    "resumed notices": marked("resumed notices to the one-stop system"),
    "removed an endpoint": marked("removed an endpoint for notices"),
    "rotated a secret": marked("made a new secret for notices"),
    "sent a test notice": marked("sent a test notice"),
    "sent notices again": marked("had notices sent again"),
    "put back": marked("undid a correction"),
    "recalled": marked("asked an envelope back"),
    "released": marked("released a recalled envelope"),
    "reopened": marked("reopened the case"),
    "reopened the account": marked("reopened the account"),
    "restored": marked("restored a letter"),
    "said at the door": marked("told what happened at the door"),
    "saw": marked("saw it"),
    "scanned": marked("scanned at the hand-over"),
    "opened labels": marked("opened labels for a printer"),
    "entered fees": marked("entered a table of fees"),
    "took fees back": marked("took a table of fees back"),
    "chose carrier": marked("chose the carrier of an office"),
    "took carrier back": marked("took the choice of a carrier back"),
    "tried carrier": marked("tried the line to a carrier"),
    "set days": marked("set days of the calendar"),
    "set up the second factor": marked("set up the second step"),
    "submitted": marked("had the carrier told"),
    "took a result out": marked("took a result out of an envelope"),
    "took absence back": marked("took an absence back"),
    "took away the second factor": marked("took the second step away"),
    "took back": marked("took it back"),
    "took back an entry": marked("took an entry back"),
    "took days back": marked("took days of the calendar back"),
    "took in a file": marked("took in a file of results"),
    "took in hand": marked("took a returned envelope in hand"),
    "took over": marked("took over the case"),
    "turned to another version": marked("went to another version of routes"),
    "used a recovery code": marked("used a recovery code"),
    "withdrew": marked("withdrew a result: it stays at the counter"),
    "wrong code": marked("gave a wrong code"),
    "wrong password": marked("gave a wrong password"),
    "wrote": marked("wrote a letter"),
}
# What an entry is about, by the first word of its subject.
THINGS: dict[str, str] = {
    "batch": marked("batch {name}"),
    "breach": marked("leak {name}"),
    "data-request": marked("data request {name}"),
    "retention": marked("the terms"),
    "calendar": marked("calendar {name}"),
    "case": marked("case {name}"),
    "closing": marked("close of the day {name}"),
    "courier": marked("courier {name}"),
    "endpoint": marked("endpoint {name}"),
    "item": marked("envelope {name}"),
    "export": marked("export {name}"),
    "journal": marked("the journal"),
    "letter": marked("letter {name}"),
    "machine": marked("connected system {name}"),
    "month": marked("month {name}"),
    "office": marked("office {name}"),
    "provider": marked("the provider of identities ({name})"),
    "procedure": marked("procedure {name}"),
    "result": marked("result {name}"),
    "results": marked("the inbox"),
    "route": marked("route {name}"),
    "staff": marked("account {name}"),
    "upload": marked("file {name}"),
}
# Facts that are worth a word, and no personal data.
FACTS: dict[str, str] = {
    "count": marked("{value} of them"),
    "dossier": marked("dossier {value}"),
    "found": marked("{value} found"),
    "paper": marked("paper {value}"),
    "phone": marked("phone {value}"),
    "promises": marked("promises moved: {value}"),
    "reason": marked("because: {value}"),
    "first": marked("from {value}"),
    "last": marked("to {value}"),
    "role": marked("as {value}"),
    "why": marked("why: {value}"),
    "who": marked("who: {value}"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the book is wanted; empty is everything. `people` are those whose entries the reader may see at all;
    what was written after `until` is not asked for.
    """

    actor: str = ""
    action: str = ""
    about: str = ""
    first: date | None = None
    last: date | None = None
    people: Sequence[str] | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first; `older` names the last of them where more follow."""

    entries: Sequence[AuditEntry]
    older: int | None


def page_of(session: Session, asked: Asked, *, before: int | None = None) -> Page:
    """The newest entries, or those that are older than the entry `before`."""
    wanted = _wanted(session, asked)
    if before is not None and (mark := session.get(AuditEntry, before)) is not None:
        wanted = wanted.where(sa.tuple_(AuditEntry.at, AuditEntry.id) < sa.tuple_(mark.at, mark.id))
    found = session.scalars(wanted.limit(ROWS_ON_A_PAGE + 1)).all()
    shown = found[:ROWS_ON_A_PAGE]
    return Page(shown, shown[-1].id if len(found) > len(shown) else None)


def count_of(session: Session, asked: Asked) -> int:
    """How many entries a file of them would hold."""
    found = _wanted(session, asked).with_only_columns(AuditEntry.id).order_by(None).limit(MOST_IN_A_FILE).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def as_csv(session: Session, asked: Asked, names: Mapping[str, str], *, head: str, mark: str) -> bytes:
    """The newest entries as a table that no spreadsheet will run; at most `MOST_IN_A_FILE`.

    `head` is the first line, and `mark` ends each row: both say who took it out.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([harmless(head)])
    writer.writerow([_("Moment"), _("User name"), _("Name"), _("What"), _("About"), _("More"), _("Export")])
    for entry in session.scalars(_wanted(session, asked).limit(MOST_IN_A_FILE)):
        cells = (entry.actor, names.get(entry.actor, ""), done(entry.action), about(entry.subject), more(entry), mark)
        writer.writerow([f"{local(entry.at):%d/%m/%Y %H:%M:%S}", *(harmless(cell) for cell in cells)])
    return written.getvalue().encode("utf-8-sig")


def done(action: str) -> str:
    """What was done, in the reader's words; what a newer version wrote stands as it is."""
    return _(ACTIONS[action]) if action in ACTIONS else action


def about(subject: str) -> str:
    """What it was done to."""
    thing, _colon, name = subject.partition(":")
    return _(THINGS[thing]).format(name=name) if thing in THINGS else subject


def more(entry: AuditEntry) -> str:
    """What else the book says of it."""
    told = (_(FACTS[name]).format(value=value) for name, value in entry.facts.items() if name in FACTS and value)
    return "; ".join(told)


def people_of(session: Session, office_id: int | None) -> dict[str, str]:
    """The names of the staff by their user names: of an office, or of all."""
    of_office = sa.true() if office_id is None else Staff.office_id == office_id
    known = session.execute(sa.select(Staff.username, Staff.name).where(of_office).order_by(Staff.username))
    return {person.username: person.name for person in known}


def _wanted(session: Session, asked: Asked) -> sa.Select[AuditEntry]:
    narrow = [
        AuditEntry.actor == asked.actor if asked.actor else None,
        AuditEntry.action == asked.action if asked.action else None,
        AuditEntry.subject.in_(list(_subjects(session, asked.about))) if asked.about else None,
        AuditEntry.at >= at_local(asked.first, time.min) if asked.first else None,
        AuditEntry.at < at_local(asked.last + timedelta(days=1), time.min) if asked.last else None,
        AuditEntry.actor.in_(asked.people) if asked.people is not None else None,
        AuditEntry.at <= asked.until if asked.until else None,
    ]
    conditions = [condition for condition in narrow if condition is not None]
    return sa.select(AuditEntry).where(*conditions).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def _subjects(session: Session, text: str) -> Iterator[str]:
    """All under which the book may know what a code names: an envelope, a dossier, a batch, an account."""
    yield text
    try:
        items = find_items(session, text)
    except NotFound:
        items = []
    results = {result for item in items for result in item.results} | set(find_results(session, text))
    yield from (f"item:{item.id}" for item in items)
    for result in results:
        yield from (f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}")
        if result.item_id is not None:
            yield f"item:{result.item_id}"
    if (batch := session.scalar(sa.select(Batch).where(Batch.code == text.upper()))) is not None:
        yield from (f"batch:{batch.id}", f"batch:{batch.code}")
    if (person := session.scalar(sa.select(Staff.id).where(Staff.username == text.lower()))) is not None:
        yield f"staff:{person}"
