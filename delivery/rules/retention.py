"""How long which personal data is kept: a table that a clerk can check, and the terms that a ward may change in it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from delivery.i18n import gettext as _
from delivery.i18n import marked


class BadTerms(ValueError):
    """The ward's own terms cannot be used; the text says which line, and what is allowed there."""


class After(StrEnum):
    """What a term counts from.

    END: the dossier's last act: delivered, fetched or left at the counter, and whatever was said or corrected since.
    OWN: the moment at which this very thing came, was written or was decided.
    """

    END = "end"
    OWN = "own"


AFTER: dict[After, str] = {
    After.END: marked("after the last act about the dossier"),
    After.OWN: marked("after it came or was written"),
}

DUTY = marked("Duty of the authority: law 91/2025/QH15 art. 19; decree 118/2025/NĐ-CP (results to the door)")
CONSENT = marked("Agreement of the person: law 91/2025/QH15 art. 9; ends when it is taken back")
COMPLAINT = marked("Complaints about the post are possible for six months: law 49/2010/QH12 on the post, art. 38")
ACCOUNTABLE = marked("Proof of who did what: law 91/2025/QH15 art. 19.2 (supervision of the processing)")
ONLY_AS_LONG = marked("No longer than the purpose needs it: law 91/2025/QH15 art. 3.3 and 14")


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of personal data: what it is, where it lies, why, by which law, and how many days after what it goes.

    `where` names columns of the database as `table.column`, or a folder of the home as `home/…`. A ward may set `days`
    from `least` to `most`; where both are the same it may not.
    """

    name: str
    what: str
    where: tuple[str, ...]
    why: str
    basis: str
    days: int
    after: After
    least: int
    most: int

    @property
    def is_the_wards(self) -> bool:
        """Whether the ward may change the term."""
        return self.least < self.most

    def cut_off(self, at: datetime) -> datetime:
        """What came to its end before this moment is due at `at`."""
        return at - timedelta(days=self.days)


TABLE: tuple[Kept, ...] = (
    Kept("contact", marked("telephone number and e-mail of the recipient"), ("result.phone", "result.email"),
         marked("to find the door, to tell when it comes, and to look into a loss"),
         COMPLAINT, 183, After.END, 30, 730),
    Kept("address", marked("address to which it was brought"), ("result.address",),
         marked("to bring it, and to look into a loss"), COMPLAINT, 183, After.END, 183, 1095),
    Kept("place", marked("where that address lies on the map"),
         ("result.lat", "result.lon", "result.given_lat", "result.given_lon", "result.address_key",
          "result.place_facts"),
         marked("to plan the courier's way"), ONLY_AS_LONG, 90, After.END, 7, 183),
    Kept("name", marked("names of the owner and the recipient"),
         ("result.owner_name", "result.recipient_name", "result.note", "result.search_text",
          "result.search_marks"),
         marked("to show to whom a result was handed"), DUTY, 730, After.END, 365, 3650),
    Kept("versions", marked("what a dossier said before it was corrected"), ("result_version.content",),
         marked("to see who was sent where, and to undo a correction"), COMPLAINT, 183, After.END, 183, 1095),
    Kept("hand_out", marked("to whom it was handed out at the counter, against which papers"), ("item.collected",),
         marked("proof that the right person has it"), DUTY, 730, After.END, 365, 3650),
    Kept("proof", marked("who took it at the door, which papers were shown, and the signature where the procedure "
                         "asks for one; no photo and no name is taken"),
         ("door_act.receiver", "door_act.papers", "door_act.strokes"),
         marked("proof that the right person has it"), DUTY, 730, After.END, 365, 3650),
    Kept("wishes", marked("what recipients have written: wishes, disputes, words to a rating"), ("citizen_word.words",),
         marked("to do what was asked"), ONLY_AS_LONG, 183, After.END, 30, 730),
    Kept("remarks", marked("remarks of staff and carrier about an envelope"),
         ("consignment.refusal", "event.reason", "amendment.said", "amendment.reason", "resend.reason"),
         marked("to see why it went as it did"), COMPLAINT, 183, After.END, 183, 1095),
    Kept("door", marked("point of a door that was confirmed with the recipient's consent"), ("confirmed_door",),
         marked("to find the same door next time"), CONSENT, 365, After.OWN, 30, 730),
    Kept("pins", marked("pins by which the ward finds an address again, without a name"), ("place_fix", "past_fix"),
         marked("to find the same door next time"), ONLY_AS_LONG, 1095, After.OWN, 183, 3650),
    Kept("cases", marked("details of a case that was decided"), ("case_.facts", "case_.decision"),
         marked("to see why it was decided so"), ACCOUNTABLE, 365, After.OWN, 183, 1825),
    Kept("callbacks", marked("reports of the carrier as they came"), ("callback.raw",),
         marked("to apply them, and to show what was reported"), ONLY_AS_LONG, 30, After.OWN, 7, 183),
    Kept("requests", marked("what somebody asked about their own data, and the answer"),
         ("data_request.words", "data_request.reason", "data_request.identity"),
         marked("to show that it was answered in time"), ACCOUNTABLE, 730, After.OWN, 730, 1825),
    Kept("signatures", marked("signatures at the hand-over table"), ("signature.name", "signature.strokes"),
         marked("both sides sign for what was handed over"), COMPLAINT, 730, After.OWN, 183, 3650),
    Kept("audit", marked("details in the book of who did what; the line itself stays"), ("audit.facts",),
         marked("to find out who saw or changed what"), ACCOUNTABLE, 730, After.OWN, 730, 3650),
    Kept("papers", marked("labels, slips and route sheets as files"), ("home/papers", "home/print-runs"),
         marked("to print them"), ONLY_AS_LONG, 30, After.OWN, 1, 90),
)  # fmt: skip
# What ends by rules of its own, which are told beside the table.
OTHERS: tuple[tuple[str, str], ...] = (
    (marked("messages to citizens: what was told when; the address is never copied"), marked("TANNHA_MESSAGE_DAYS")),
    (marked("one-time codes, as hashes"), marked("one day")),
    (marked("notices to the one-stop system: codes and states, no name"), marked("TANNHA_NOTICE_DAYS")),
    (marked("answers to machines, in case they ask again"), marked("one day")),
    (marked("files of results given in the browser"), marked("until they are taken in; what was wrong, seven days")),
    (marked("answers of online geocoders, without the question"), marked("ninety days at most")),
    (marked("copies of the whole database"), marked("as the ward keeps its backups: docs/rieng-tu.md")),
)


def of_name(name: str, table: Sequence[Kept] = TABLE) -> Kept:
    """The line of that name."""
    return next(kept for kept in table if kept.name == name)


def with_terms(text: str, table: Sequence[Kept] = TABLE) -> tuple[Kept, ...]:
    """The table with a ward's own terms: lines `name = days` of a TOML document.

    Raises BadTerms for a line that names nothing, what is no whole number of days, or what is not allowed.
    """
    try:
        terms = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTerms(str(error)) from error
    if unknown := terms.keys() - {kept.name for kept in table}:
        raise BadTerms(_("Nothing is kept under {names}").format(names=", ".join(sorted(unknown))))
    return tuple(_set(kept, terms) for kept in table)


def _set(kept: Kept, terms: Mapping[str, object]) -> Kept:
    days = terms.get(kept.name, kept.days)
    if type(days) is not int or not kept.least <= days <= kept.most:
        raise BadTerms(
            _("{name}: a whole number of days from {least} to {most}").format(
                name=kept.name, least=kept.least, most=kept.most
            )
        )
    return replace(kept, days=days)
