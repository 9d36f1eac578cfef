"""What is said of a result in the inbox: where it stands, how late it is, what was corrected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.intake.correcting import said_of
from delivery.intake.trays import Line
from delivery.models import Result
from delivery.moments import short_date
from delivery.rules.phones import national
from delivery.tracking.following import STATES
from web.field_words import FIELD_WORDS

# What is worth telling of a correction, in the order of a result's page.
FIELDS = (
    "recipient_name", "owner_name", "phone", "email", "address", "slots", "procedure_name", "result_date",
    "promised_date", "wants_delivery", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earlier:
    """One thing that a result said before it was corrected, with when it was replaced and what it says since."""

    replaced_at: datetime
    field: str
    was: str
    became: str


def stands(line: Line, today: date) -> str:
    """Where a result is, or what it waits for."""
    result = line.result
    if line.item is not None and line.item.collected_at is not None:
        return _("Fetched at the counter")
    if line.item is not None:
        return _(STATES[line.sent.journey]) if line.sent is not None else _("In a batch, its label is not printed yet")
    if not result.wants_delivery:
        return _("Handed out at the counter")
    if result.result_date > today:
        return _("Is completed on {day} and goes out from then on").format(day=short_date(result.result_date))
    if result.placed_at is None:
        return _("Its address is about to be looked up")
    return _("Goes into the next batch")


def waits_since(line: Line, today: date) -> str:
    """How many days past the promise somebody waits; empty while nobody has to."""
    late = (today - line.result.promised_date).days
    if late <= 0 or not line.is_open:
        return ""
    return ngettext("{count} day late", "{count} days late", late).format(count=late)


def earlier_of(result: Result) -> list[Earlier]:
    """What was corrected, the last first."""
    return list(_earlier(result))


def _earlier(result: Result) -> Iterator[Earlier]:
    said = said_of(result).said()
    after = {name: _shown(name, said[name]) for name in FIELDS}
    for version in reversed(result.versions):
        before = {name: _shown(name, version.content.get(name, "")) for name in FIELDS}
        for name in FIELDS:
            if before[name] != after[name]:
                yield Earlier(version.replaced_at, _(FIELD_WORDS[name]), before[name] or "–", after[name] or "–")
        after = before


def _shown(name: str, value: object) -> str:
    if name == "phone":
        return national(str(value))
    if name in {"result_date", "promised_date"}:
        return short_date(value if isinstance(value, date) else date.fromisoformat(str(value)))
    if name == "wants_delivery":
        return _("yes") if value else _("no")
    return str(value)
