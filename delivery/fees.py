"""The tables of fees that were entered: which counts on a day, entering the next, and taking one back while unused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import take_turns
from delivery.errors import BadFeeTable, BadInput, ChangedMeanwhile, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import AuditEntry, Consignment, FeeVersion
from delivery.moments import short_date
from delivery.postage import MORE_G, WEIGHT_G, fee_file, fee_table, fee_text
from postal_api.errors import BadFees, NoFee
from postal_api.fees import FeeTable, Zone

# Who enters a table and who takes one back take turns: each knows what holds before.
FEES = 2
AHEAD = timedelta(days=730)
LONGEST_REASON = 120
MOST_ROWS = 60
MOST_LETTERS = 200
# How many results the envelopes hold whose prices are compared before a table is entered.
TYPICAL = (1, 2, 3, 5)

ZONES: dict[str, str] = {
    Zone.DISTRICT: marked("within the district"),
    Zone.PROVINCE: marked("within the province"),
    Zone.REGION: marked("to a neighbouring province"),
    Zone.COUNTRY: marked("across the country"),
}


class Source(StrEnum):
    """Where the table comes from that counts."""

    ENTERED = "entered"
    FILE = "file"
    DELIVERED = "delivered"


SOURCES: dict[str, str] = {
    Source.ENTERED: marked("entered here"),
    Source.FILE: marked("the file fees.toml of this installation"),
    Source.DELIVERED: marked("the table that comes with the program"),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of fees as it is typed: zone, grams and dong of each row; dong; name and words of each exemption."""

    fees: Sequence[tuple[str, str, str]]
    transfer: str
    exempt: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, table: FeeTable) -> "Rows":
        fees = [(str(fee.zone), str(fee.up_to_g), str(fee.dong)) for fee in table.fees]
        return cls(fees, str(table.transfer), list(table.exempt.items()))

    @property
    def text(self) -> str:
        """As the file has it that the commands read."""
        lines = [
            line
            for zone, up_to, dong in self.fees
            for line in ("[[fee]]", f"zone = {_string(zone)}", f"up_to_g = {_number(up_to)}", f"dong = {_number(dong)}")
        ]
        lines += ["[transfer]", f"dong = {_number(self.transfer)}", "[exempt]"]
        lines += [f"{_string(name)} = {_string(words)}" for name, words in self.exempt]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts on a day: the table, where it comes from, and the version if it was entered."""

    table: FeeTable
    source: Source
    version: FeeVersion | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What a typical envelope costs before and after, in dong; None where a table has no price for it."""

    results: int
    grams: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Entered:
    """A version of the table, and how many sendings were charged by it."""

    version: FeeVersion
    charged: int

    @property
    def may_go(self) -> bool:
        return self.version.withdrawn_at is None and not self.charged


def fees_on(session: Session, home: Path, day: date) -> FeeTable:
    """The table by which envelopes are charged that leave on `day`; the file's while none was entered for it.

    Whoever charges by a version keeps it from being taken back until their transaction ends. Raises UnreadableFile.
    """
    found = _version_on(session, day, locked=True)
    return fee_table(home) if found is None else _parsed(found)


def fees_told(session: Session, home: Path, day: date) -> FeeTable:
    """The table that counts on `day`, only to tell prices by it. Raises UnreadableFile."""
    return standing_on(session, home, day).table


def standing_on(session: Session, home: Path, day: date) -> Standing:
    """The table that counts on `day`, and where it comes from. Raises UnreadableFile."""
    found = _version_on(session, day)
    if found is not None:
        return Standing(_parsed(found), Source.ENTERED, found)
    return Standing(fee_table(home), Source.FILE if fee_file(home).exists() else Source.DELIVERED)


def fees_text_on(session: Session, home: Path, day: date) -> str:
    """The table that counts on `day`, as text. Raises UnreadableFile."""
    found = _version_on(session, day)
    return fee_text(home) if found is None else found.text


def entered(session: Session) -> list[Entered]:
    """Every version, the one that counts from the latest day first, with what was charged by it."""
    charged: dict[int | None, int] = dict(
        session.execute(
            sa.select(Consignment.fee_version, sa.func.count())
            .where(Consignment.fee_version.is_not(None))
            .group_by(Consignment.fee_version)
        ).all()
    )
    versions = session.scalars(sa.select(FeeVersion).order_by(FeeVersion.valid_from.desc(), FeeVersion.id.desc()))
    return [Entered(one, charged.get(one.id, 0)) for one in versions]


def newest(session: Session) -> int:
    """The number of the version that was entered last; 0 when there is none."""
    return session.scalar(sa.select(sa.func.max(FeeVersion.id))) or 0


def read_rows(rows: Rows) -> FeeTable:
    """The table that was typed, by the parser that reads the file as well.

    Raises BadFeeTable with what is wrong in which row.
    """
    wrong = [*_too_much(rows), *_out_of_reach(rows)]
    try:
        table = FeeTable.parse(rows.text)
    except BadFees as error:
        told = [(row, _(_COLUMNS[column])) for row, column in error.mistakes]
        raise BadFeeTable([*told, *wrong] or [(0, str(error))]) from error
    if wrong:
        raise BadFeeTable(wrong)
    if _price(table, WEIGHT_G) is None:
        raise BadFeeTable([(0, _("There is no price for an envelope of {grams} g within the district").format(
            grams=WEIGHT_G))])  # fmt: skip
    return table


def compare(before: FeeTable, after: FeeTable) -> list[Compared]:
    """What typical envelopes cost within the district, by the one table and by the other."""
    weights = [(results, WEIGHT_G + MORE_G * (results - 1)) for results in TYPICAL]
    return [Compared(results, grams, _price(before, grams), _price(after, grams)) for results, grams in weights]


def enter(
    session: Session, rows: Rows, valid_from: date, reason: str, *, sees: int, by: str, at: datetime, today: date
) -> FeeVersion:
    """Enter a table that counts from a day on, today at the earliest; what was charged before stays as it is.

    `sees` is the number of the newest version when the form was made. Raises BadFeeTable, BadInput for a day or a
    reason that cannot be, and ChangedMeanwhile when somebody else has entered one since.
    """
    table = read_rows(rows)
    if not today <= valid_from <= today + AHEAD:
        raise BadInput(
            _("A table can count from {first} at the earliest, and from {last} at the latest").format(
                first=short_date(today), last=short_date(today + AHEAD)
            )
        )
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise BadInput(_("Say why, in {count} characters at most").format(count=LONGEST_REASON))
    take_turns(session, FEES)
    if newest(session) != sees:
        raise ChangedMeanwhile(_("Somebody else has changed this meanwhile. Look at it, and save again"))
    made = FeeVersion(valid_from=valid_from, text=Rows.of(table).text, reason=reason, made_by=by, made_at=at)
    session.add(made)
    session.flush()
    facts = {"valid_from": valid_from.isoformat(), "reason": reason}
    session.add(AuditEntry(at=at, actor=by, action="entered fees", subject=f"fees:{made.id}", facts=facts))
    return made


def take_back(session: Session, number: int, *, by: str, at: datetime) -> FeeVersion:
    """Let a version count no more, as long as nothing was charged by it.

    Raises NotFound, and NotNow when it was taken back already, or something was charged.
    """
    take_turns(session, FEES)
    found = session.get(FeeVersion, number, with_for_update=True)
    if found is None:
        raise NotFound(_("There is no such table"))
    if found.withdrawn_at is not None:
        raise NotNow(_("It was taken back already"))
    if session.scalar(sa.select(sa.exists().where(Consignment.fee_version == number))):
        raise NotNow(_("Envelopes were charged by it. Enter another table instead, that counts from today on"))
    found.withdrawn_by, found.withdrawn_at = by, at
    session.add(AuditEntry(at=at, actor=by, action="took fees back", subject=f"fees:{number}", facts={}))
    return found


def _version_on(session: Session, day: date, *, locked: bool = False) -> FeeVersion | None:
    wanted = (
        sa.select(FeeVersion)
        .where(FeeVersion.valid_from <= day, FeeVersion.withdrawn_at.is_(None))
        .order_by(FeeVersion.valid_from.desc(), FeeVersion.id.desc())
        .limit(1)
    )
    # Whoever waits here for one that is being taken back finds none afterwards, and looks once more.
    while locked and (found := session.scalar(wanted)) is not None:
        session.refresh(found, with_for_update={"read": True})
        if found.withdrawn_at is None:
            return found
    return session.scalar(wanted)


def _parsed(version: FeeVersion) -> FeeTable:
    return replace(FeeTable.parse(version.text), edition=version.id)


def _price(table: FeeTable, grams: int) -> int | None:
    try:
        return table.charge(Zone.DISTRICT, grams).dong
    except NoFee:
        return None


_COLUMNS: dict[str, str] = {
    "zone": marked("Choose how far it goes"),
    "up_to_g": marked("The weight is a whole number of grams"),
    "dong": marked("The price is a whole number of dong"),
    "transfer": marked("The price of a transfer is a whole number of dong"),
}


def _too_much(rows: Rows) -> list[tuple[int, str]]:
    wrong: list[tuple[int, str]] = []
    if not rows.fees:
        wrong.append((0, _("There is no price in it")))
    if len(rows.fees) > MOST_ROWS or len(rows.exempt) > MOST_ROWS:
        wrong.append((0, _("At most {count} rows").format(count=MOST_ROWS)))
    names = [name for name, _words in rows.exempt]
    words = [text for pair in rows.exempt for text in pair]
    if any(not text or len(text) > MOST_LETTERS or not text.isprintable() for text in words):
        wrong.append((0, _("An exemption has a short name, and words of {count} characters at most").format(
            count=MOST_LETTERS)))  # fmt: skip
    if len(set(names)) < len(names):
        wrong.append((0, _("Two exemptions have the same name")))
    return wrong


def _out_of_reach(rows: Rows) -> list[tuple[int, str]]:
    """Rows that could never count, because the first that fits does: by number, from 1 on."""
    wrong: list[tuple[int, str]] = []
    reached: dict[str, int] = {}
    for number, (zone, up_to, _dong) in enumerate(rows.fees, 1):
        if not _is_number(up_to):
            continue
        if reached.get(zone, 0) >= int(up_to):
            wrong.append((number, _("A row above counts for this weight already; put the lighter one first")))
        reached[zone] = max(reached.get(zone, 0), int(up_to))
    return wrong


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= 9


def _number(typed: str) -> str:
    # What is no number is left to the parser, which says in which row it stands.
    return str(int(typed)) if _is_number(typed) else _string(typed)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
