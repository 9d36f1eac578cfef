"""The carrier's statement against our books on paper, for the two who settle what differs.

It has no word about who receives what.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from labels.report import Cell, Figure, Report, Table, draw_report
from labels.sheets import write_workbook
from labels.tables import table_of
from labels.texts import Language, say

Side = Literal["agreed", "differs", "only_ours", "only_theirs"]
SIDES: tuple[Side, ...] = ("agreed", "differs", "only_ours", "only_theirs")
NOTHING_SAID = "–"


@dataclass(frozen=True, slots=True)
class Compared:
    """An envelope on both sides; money in whole dong, None where that side says nothing of it."""

    item_code: str
    dossier: str
    side: Side
    postage_ours: int | None
    postage_theirs: int | None
    collected_ours: int | None
    collected_theirs: int | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A statement compared; `period`, `moment` and `carrier` in words, `bad` are rows by number with what ails them."""

    period: str
    moment: str
    carrier: str
    envelopes: tuple[Compared, ...]
    bad: tuple[tuple[int, str], ...] = ()

    def count(self, side: Side) -> int:
        return sum(envelope.side == side for envelope in self.envelopes)

    @property
    def agreed(self) -> bool:
        return not self.bad and self.count("agreed") == len(self.envelopes)


def draw_settlement(settlement: Settlement, language: Language = "vi") -> bytes:
    """The comparison as PDF, without the envelopes that agree. Raises FontsMissing."""
    return draw_report(settlement_report(settlement, language), language)


def settlement_workbook(settlement: Settlement, language: Language = "vi") -> bytes:
    """The comparison as XLSX, with every envelope."""
    return write_workbook(settlement_report(settlement, language), language)


def settlement_report(settlement: Settlement, language: Language) -> Report:
    """How many envelopes and how much money both sides name, and each over which they do not agree."""
    differing = [each for each in settlement.envelopes if each.side != "agreed"]
    wrong = len(differing) + len(settlement.bad)
    return Report(
        title=say(language, "settlement_title"),
        facts=(
            say(language, "month_billed", month=settlement.period),
            say(language, "settled_with", carrier=settlement.carrier),
            say(language, "as_of", moment=settlement.moment),
        ),
        equations=(
            _envelopes(settlement, language),
            *_money(settlement, "postage", lambda each: (each.postage_ours, each.postage_theirs), language),
            *_money(settlement, "cod_taken", lambda each: (each.collected_ours, each.collected_theirs), language),
        ),
        verdict=say(language, "settled") if settlement.agreed else say(language, "unsettled", count=wrong),
        tables=(
            _envelope_by_envelope("differences", differing, language),
            table_of("bad_rows", ("row", "why"), (20, 162), settlement.bad, language),
            _envelope_by_envelope("all_items", settlement.envelopes, language, on_paper=False),
        ),
        signers=tuple(say(language, name) for name in ("made_by", "head_signs", "post_signs")),
        remark=say(language, "settlement_remark"),
    )


def _envelopes(settlement: Settlement, language: Language) -> tuple[Figure, ...]:
    parts = [
        Figure(say(language, side), settlement.count(side), "=" if side == "agreed" else "+") for side in SIDES
    ]  # fmt: skip
    return Figure(say(language, "envelopes"), len(settlement.envelopes)), *parts


def _money(
    settlement: Settlement,
    name: str,
    both: Callable[[Compared], tuple[int | None, int | None]],
    language: Language,
) -> list[tuple[Figure, ...]]:
    """What they say, what we say, and the difference; nothing where the statement has no such column."""
    sides = [both(each) for each in settlement.envelopes]
    if all(theirs is None for _ours, theirs in sides):
        return []
    ours, theirs = (sum(side[at] or 0 for side in sides) for at in (0, 1))
    more = theirs - ours
    return [(
        Figure(say(language, "on_statement", what=say(language, name)), theirs),
        Figure(say(language, "in_books", what=say(language, name)), ours, "="),
        Figure(say(language, "difference"), abs(more), "−" if more < 0 else "+"),
    )]  # fmt: skip


def _envelope_by_envelope(
    title: str, envelopes: Sequence[Compared], language: Language, *, on_paper: bool = True
) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            each.item_code, each.dossier, say(language, each.side),
            _said(each.postage_ours), _said(each.postage_theirs),
            _said(each.collected_ours), _said(each.collected_theirs),
        )
        for each in envelopes
    ]  # fmt: skip
    names = ("item_code", "dossier", "what_differs", "postage_ours", "postage_theirs", "cod_ours", "cod_theirs")
    return table_of(title, names, (30, 38, 42, 18, 18, 18, 18), rows, language, texts=3, on_paper=on_paper)


def _said(amount: int | None) -> Cell:
    return NOTHING_SAID if amount is None else amount
