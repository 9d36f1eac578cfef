"""What a version of routes changed, in words."""

from collections.abc import Mapping

from delivery.i18n import gettext as _
from delivery.i18n import marked, ngettext
from delivery.models import Plan
from delivery.moments import clock

WORDS: dict[str, str] = {
    "moved": marked("{item}: {from} → {to}"),
    "given": marked("{item}: into route {to}"),
    "left_out": marked("{item} waits at the ward"),
    "pinned": marked("{item} pinned to its route"),
    "unpinned": marked("{item} unpinned"),
    "held": marked("Route {courier} held"),
    "released": marked("Route {courier} released"),
    "sent_home": marked("{courier} is off today"),
    "called_in": marked("{courier} works {start}–{end}"),
    "optimised": marked("The optimiser's routes"),
}


def change_words(plan: Plan, codes: Mapping[int, str]) -> str:
    """The change that made this version; `codes` name the envelopes by their dossiers."""
    facts = plan.change or {"kind": "optimised"}
    if facts["kind"] == "put_in":
        count = facts["count"]
        return ngettext("{count} envelope put in", "{count} envelopes put in", count).format(count=count)
    kind = "given" if facts["kind"] == "moved" and not facts["from"] else facts["kind"]
    told = {**facts, "item": codes.get(facts.get("item", 0), "?")}
    told |= {name: clock(facts[name]) for name in ("start", "end") if name in facts}
    return _(WORDS[kind]).format(**told)
