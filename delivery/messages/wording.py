"""The words of each message: which ward, which day, the way to the tracking page, and nothing that is inside.

No text holds a name, an address of a citizen, a phone number of one, a dossier code or a kind of certificate: the facts
from which texts are made do not have them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import printable

from unidecode import unidecode

from delivery.i18n import catalogue, marked
from delivery.moments import local, short_date
from delivery.places.text import normal
from delivery.rules.codes import show_tracking_code
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.messages import Occasion

# The basic table of GSM 03.38 holds these of ASCII; those of its extension table count double and are not used.
GSM = frozenset(printable) - frozenset("^{}\\[~]|`\t\x0b\x0c\r")
SMS_LENGTH = 160
LONGEST_WHY = 120


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a message may be made of. `link` is the tracking page, or the front page where there is no envelope."""

    occasion: Occasion
    ward: str
    office: str
    office_address: str
    office_phone: str
    link: str
    happened_at: datetime
    promised: date
    today: date
    carrier: str = ""
    tracking_code: str = ""
    was_promised: date | None = None
    closed_for: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it is read: `short` fits one SMS, `subject` and `long` are an e-mail's."""

    subject: str
    long: str
    short: str


@dataclass(frozen=True, slots=True)
class Template:
    """The texts of an occasion; what stands in braces is filled in."""

    subject: str
    long: str
    short: str


TEMPLATES: Mapping[Occasion, Template] = {
    Occasion.UNDER_WAY: Template(
        marked("Your envelope is on its way"),
        marked("The envelope that you asked to have brought home has left the ward{by}{with_carrier}."),
        marked("your envelope is on its way{by}."),
    ),
    Occasion.OUT_TODAY: Template(
        marked("Your envelope comes today"),
        marked(
            "Your envelope is being brought to you today{with_carrier}. Please have an identity card or VNeID at hand: "
            "whoever brings it must see to whom it is given."
        ),
        marked("your envelope comes today; have an ID at hand."),
    ),
    Occasion.MISSED: Template(
        marked("Your envelope could not be delivered"),
        marked(
            "On {day} your envelope could not be delivered. It is brought once more, or comes back to the ward; the "
            "page below says which. If you would rather fetch it, call the ward."
        ),
        marked("your envelope could not be delivered on {short_day}."),
    ),
    Occasion.DELIVERED: Template(
        marked("Your envelope was delivered"),
        marked(
            "Your envelope was delivered at {clock} on {day}. If you have not received it, please call the ward at "
            "once{phone}."
        ),
        marked("delivered {clock} {short_day}. Not received? Call{phone}."),
    ),
    Occasion.BACK: Template(
        marked("Your envelope is back at the ward"),
        marked(
            "Your envelope could not be delivered and is back at the ward since {day}. Please fetch it at {office}, "
            "{office_address}, or call{phone} and ask for it to be sent again."
        ),
        marked("your envelope is back here: fetch it, or call us."),
    ),
    Occasion.MOVED: Template(
        marked("The day of your result has moved"),
        marked("Your result was promised for {was}. It is now promised for {day}{because}. We ask for your patience."),
        marked("your result: {short_day} instead of {short_was}."),
    ),
    Occasion.NOT_YET: Template(
        marked("Correction: your envelope is still on its way"),
        marked(
            "Our last message about your envelope was a mistake. It is still on its way to you; the page below says "
            "where. We apologise."
        ),
        marked("our last message was wrong, it is on its way."),
    ),
}
# The promise had moved, and is again what it was.
MOVED_BACK = Template(
    marked("The day of your result is as it was first said"),
    marked(
        "We wrote that the day of your result had moved. That does not hold any more: it is promised for {day}, as it "
        "was said at first."
    ),
    marked("your result: {short_day}, as first said."),
)
CARRIERS: Mapping[str, str] = {
    "sandbox": marked(", with the post"),
    "ngsp": marked(", with VNPost"),
    "ngsp-provincial": marked(", with VNPost"),
    "myvnpost": marked(", with VNPost"),
    "viettelpost": marked(", with Viettel Post"),
    OWN_TEAM: marked(", with the ward's own courier"),
}
BY_DAY, BY_SHORT_DAY = marked(", and is to be there by {day}"), marked(", due by {day}")
BECAUSE = marked(", because the offices were closed: {why}")
TRACK, CODE = marked("See: {link}"), marked("Code: {code}")
HEAD = marked("Ward office {ward}")
GREETING = marked("Dear Sir or Madam,")
FOLLOW = marked("Where it is, at any time: {link}")
TRACKING_CODE = marked("Tracking code: {code}")
AUTOMATIC = marked("This message was sent automatically; please do not answer it.")
STOP = marked("You want no more such messages at this address: {link}")


def words_of(facts: Facts, language: str) -> Words:
    """The message in a language, `vi` or `en`; its short form is plain ASCII of one SMS."""
    say = catalogue(language).gettext
    template = MOVED_BACK if _is_moved_back(facts) else TEMPLATES[facts.occasion]
    return Words(
        _filled(say(template.subject), facts, language),
        _filled(say(template.long), facts, language),
        _one_sms(_filled(say(template.short), facts, language, brief=True), facts, language),
    )


def letter_of(facts: Facts, words: Words, language: str, stop: str) -> str:
    """The text of the e-mail; `stop` is where its reader says that no more is wanted."""
    say = catalogue(language).gettext
    where = [say(FOLLOW).format(link=facts.link)]
    if facts.tracking_code:
        where.insert(0, say(TRACKING_CODE).format(code=show_tracking_code(facts.tracking_code)))
    else:
        where = [facts.link]
    sender = [one_line(part) for part in (facts.office, facts.office_address, facts.office_phone) if part.strip()]
    parts = [
        say(GREETING), words.long, "\n".join(where), "\n".join(sender),
        "-- \n" + "\n".join((say(AUTOMATIC), say(STOP).format(link=stop))),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def one_line(text: str) -> str:
    """One line without control characters: nothing that stands in a setting or a table begins another one."""
    return " ".join(normal(text).split())


def plain(text: str) -> str:
    """The text without accents, in the letters of which 160 fit into one SMS."""
    return "".join(letter for letter in unidecode(one_line(text)) if letter in GSM)


def _one_sms(text: str, facts: Facts, language: str) -> str:
    """With the way to the tracking page; where an address is too long for one SMS with the code, or with neither."""
    say = catalogue(language).gettext
    head = plain(say(HEAD).format(ward=one_line(facts.ward)))
    tails = [say(TRACK).format(link=facts.link)]
    if facts.tracking_code:
        tails.append(say(CODE).format(code=show_tracking_code(facts.tracking_code)))
    whole = (f"{head}: {plain(text)} {plain(tail)}" for tail in tails)
    return next((one for one in whole if len(one) <= SMS_LENGTH), f"{head}: {plain(text)}"[:SMS_LENGTH])


def _filled(text: str, facts: Facts, language: str, *, brief: bool = False) -> str:
    say = catalogue(language).gettext
    happened = local(facts.happened_at)
    day = facts.promised if facts.occasion is Occasion.MOVED else happened.date()
    by = ""
    if facts.occasion is Occasion.UNDER_WAY and facts.promised >= facts.today:
        shown = f"{facts.promised:%d/%m}" if brief else short_date(facts.promised)
        by = say(BY_SHORT_DAY if brief else BY_DAY).format(day=shown)
    why = one_line(facts.closed_for)[:LONGEST_WHY]
    return text.format(
        by=by, with_carrier=say(CARRIERS[facts.carrier]) if facts.carrier in CARRIERS else "",
        day=short_date(day), short_day=f"{day:%d/%m}", clock=f"{happened:%H:%M}",
        was=short_date(facts.was_promised or day), short_was=f"{facts.was_promised or day:%d/%m}",
        phone=f" {one_line(facts.office_phone)}" if facts.office_phone.strip() else "",
        office=one_line(facts.office), office_address=one_line(facts.office_address),
        because=say(BECAUSE).format(why=why) if why else "",
    )  # fmt: skip


def _is_moved_back(facts: Facts) -> bool:
    return facts.occasion is Occasion.MOVED and facts.was_promised in {None, facts.promised}
