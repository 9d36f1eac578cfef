"""The facts of a case in the words of whoever decides it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from delivery.dispatch.handover import FINDINGS, Finding
from delivery.dispatch.reasons import explain
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Case, CaseKind, RequestKind
from delivery.moments import local, short_date
from delivery.places.address import Address
from delivery.places.fixes import Quality
from delivery.privacy.asking import REQUESTS
from delivery.qualities import QUALITIES
from delivery.rules.doorstep import OUTCOMES, PAPERS, REASONS, RECEIVERS, Outcome, Paper, Reason, Receiver
from delivery.tracking.closing import DIFFERENCES
from delivery.tracking.from_phones import TAKEN_BACK
from delivery.tracking.nightly import WRONGS, Wrong

REASON = marked("Reason")
NAMES: dict[str, str] = {
    "dossier": marked("Dossier"),
    "item_code": marked("Item code"),
    "batch": marked("Batch"),
    "missing": marked("Not scanned"),
    "refused": marked("Could not be accepted"),
    "note": marked("Why it is asked"),
    "candidates": marked("Possible wards"),
    "quality": marked("How exactly"),
    "contradictions": marked("What does not fit"),
    "count": marked("Count"),
    "reason": REASON,
    "copy": marked("Copy number"),
    "earlier": marked("Copy that was there before"),
    "version": marked("Version that holds now"),
    "at_ward": marked("Still at the ward"),
    "kind": marked("Job"),
    "codes": marked("Codes that no table explains"),
    "carrier_said": marked("What the carrier said"),
    "left": marked("Item codes left"),
    "ward": marked("Ward"),
    "ward_code": marked("Our code"),
    "postage_ours": marked("Postage in our books"),
    "postage_theirs": marked("Postage on the statement"),
    "collected_ours": marked("Collected by our books"),
    "collected_theirs": marked("Collected by the statement"),
    "metres": marked("Metres from the place known so far"),
    "receiver": marked("Handed to"),
    "receivers": marked("Handed to"),
    "difference": marked("What does not fit"),
    "said": marked("What the recipient said"),
    "told": marked("What the courier said"),
    "papers": marked("Papers that were shown"),
    "in_vain": marked("Why in vain"),
    "said_by": marked("Who said it"),
    "said_at": marked("When it was said"),
    "endpoint": marked("Where notices go"),
    "wanted": marked("What is asked"),
    "answer_by": marked("To be answered by"),
    "notify_by": marked("The authority is to be told by"),
    "seal": marked("Seal that was put on it"),
    "obstacle": marked("Why it could not be noted"),
}

SOURCES: dict[str, str] = {
    "person": marked("A pin put by a person"),
    "door": marked("Confirmed at the door"),
    "given": marked("The point that came with the address"),
    "numbers": marked("House numbers on the map"),
    "alleys": marked("The alley on the map"),
    "streets": marked("The street on the map"),
    "places": marked("The named place on the map"),
    "wards": marked("The ward on the map"),
    "none": marked("Nothing"),
}


def fact_rows(case: Case) -> Iterator[tuple[str, str]]:
    """What is known about the case: name and text of each fact, in the reader's language."""
    if case.kind is CaseKind.LEFT_OUT:
        others = {name: value for name, value in case.facts.items() if name != "reason"}
        yield _(REASON), explain(str(case.facts.get("reason", "")), others)
        return
    for name, value in case.facts.items():
        text = _SAY.get(name, _plain)(value)
        if text:
            yield _(NAMES.get(name, name)), text


def source_word(source: str) -> str:
    """Where a place comes from, in words; an online service by its own name."""
    return _(SOURCES[source]) if source in SOURCES else _("Online service {name}").format(name=source.title())


def part_rows(address: Address) -> list[tuple[str, str]]:
    """What was understood of an address: the name of each part, and the part."""
    parts = (
        (_("Apartment"), address.unit),
        (_("Building"), address.building),
        (_("Housing estate"), address.estate),
        (_("House number"), address.house),
        (_("Alley"), "/".join(address.alleys)),
        (_("Street"), address.street_text),
        (_("Neighbourhood group"), address.group),
        (_("Ward as written"), _ward_words(address)),
        (_("Outside the map"), address.elsewhere),
        (_("Not understood"), address.landmark),
    )
    return [(name, text) for name, text in parts if text]


def _ward_words(address: Address) -> str:
    if not address.ward:
        return ""
    form = {True: _("before July 2025"), False: _("since July 2025"), None: _("before or since July 2025")}
    return f"{address.ward_text} ({form[address.old_form]})"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _refused(value: object) -> str:
    pairs = value if isinstance(value, list) else []
    return "; ".join(f"{code}: {_(FINDINGS[Finding(finding)])}" for code, finding in pairs)


def _texts(value: object) -> str:
    texts = value if isinstance(value, list) else [value]
    return "; ".join(_(DIFFERENCES.get(str(text), str(text))) for text in texts)


def _receivers(value: object) -> str:
    names = value if isinstance(value, list) else [value]
    return "; ".join(_(RECEIVERS[Receiver(str(name))]) for name in names)


def _told(value: object) -> str:
    return _("taken back") if value == TAKEN_BACK else _(OUTCOMES[Outcome(str(value))])


def _papers(value: object) -> str:
    names = value if isinstance(value, list) else []
    return "; ".join(_(PAPERS[Paper(str(name))]) for name in names)


def _moment(value: object) -> str:
    return f"{local(datetime.fromisoformat(str(value))):%d/%m/%Y %H:%M}"


_SAY: dict[str, Callable[[object], str]] = {
    "receiver": _receivers,
    "receivers": _receivers,
    "refused": _refused,
    "contradictions": _texts,
    "note": _texts,
    "codes": lambda value: "; ".join(map(str, value)) if isinstance(value, list) else str(value),
    "reason": lambda value: _(str(value)) if value else "",
    "difference": lambda value: _(WRONGS[Wrong(str(value))]),
    "quality": lambda value: _(QUALITIES[Quality(str(value))]),
    "told": _told,
    "papers": _papers,
    "in_vain": lambda value: _(REASONS[Reason(str(value))].text),
    "said_at": _moment,
    "notify_by": _moment,
    "answer_by": lambda value: short_date(date.fromisoformat(str(value))),
    "wanted": lambda value: _(REQUESTS[RequestKind(str(value))]),
    # What the courier's taking back was called; the decision says it in words.
    TAKEN_BACK: lambda _value: "",
    # It is drawn, not told.
    "signature": lambda _value: "",
}
