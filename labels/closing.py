"""The end of a day and of a month on paper: what was handed over, what became of it, and the money that goes with it.

Both are for the two offices that sign them, and have no word about who receives what.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from labels.report import Cell, Figure, Report, Table, draw_report
from labels.sheets import write_workbook
from labels.tables import table_of
from labels.texts import Language, say

End = Literal["delivered", "returned", "out", "unclear"]


@dataclass(frozen=True, slots=True)
class Account:
    """An envelope that was handed over: where it stands, its postage, and what is collected at the door.

    `day` is for people, `order` sorts days; `state` and `payer` are in words.
    """

    day: str
    order: str
    batch: str
    office: str
    item_code: str
    end: End
    state: str
    payer: str
    postage: int
    to_collect: int = 0

    @property
    def collected(self) -> int:
        return self.to_collect if self.end == "delivered" else 0

    @property
    def open(self) -> int:
        return self.to_collect if self.end == "out" else 0

    @property
    def lost(self) -> int:
        return self.to_collect - self.collected - self.open


@dataclass(frozen=True, slots=True)
class Difference:
    """An envelope over which the books disagree, with the dossier for whoever looks into it."""

    item_code: str
    dossier: str
    why: str


@dataclass(frozen=True, slots=True)
class AtWard:
    """What a batch holds that was not handed over."""

    batch: str
    office: str
    count: int


@dataclass(frozen=True, slots=True)
class Books:
    """What was handed over in a day or a month; `period` and `moment`, when it was asked, in words.

    `book` is the head of the book of who did what: on signed paper it shows later that nothing before was rewritten.
    """

    period: str
    moment: str
    offices: tuple[str, ...]
    accounts: tuple[Account, ...]
    differences: tuple[Difference, ...] = ()
    at_ward: tuple[AtWard, ...] = ()
    book: str = ""

    @property
    def days(self) -> int:
        return len({account.order for account in self.accounts})

    def count(self, end: End) -> int:
        return sum(account.end == end for account in self.accounts)

    @property
    def balanced(self) -> bool:
        return not self.differences and not self.count("unclear")


def draw_closing(books: Books, language: Language = "vi") -> bytes:
    """The end-of-day sheet as PDF. Raises FontsMissing."""
    return draw_report(closing_report(books, language), language)


def closing_workbook(books: Books, language: Language = "vi") -> bytes:
    """The end-of-day sheet as XLSX."""
    return write_workbook(closing_report(books, language), language)


def draw_reconciliation(books: Books, language: Language = "vi") -> bytes:
    """The month's reconciliation as PDF, without the list of all envelopes. Raises FontsMissing."""
    return draw_report(reconciliation_report(books, language), language)


def reconciliation_workbook(books: Books, language: Language = "vi") -> bytes:
    """The month's reconciliation as XLSX, with every envelope."""
    return write_workbook(reconciliation_report(books, language), language)


def closing_report(books: Books, language: Language) -> Report:
    """Did everything that was handed over arrive or come back, or is it still out; and what is not delivered."""
    open_ones = sorted(
        (account for account in books.accounts if account.end != "delivered"),
        key=lambda account: (account.state, account.item_code),
    )
    return Report(
        title=say(language, "closing_title"),
        facts=_facts(books, say(language, "day_of_dispatch", day=books.period), language),
        equations=(_envelopes(books, language), _collected(books, language)),
        verdict=_verdict(books, language),
        tables=(
            _differences(books, language),
            _batches(books, language),
            table_of("not_delivered", ("item_code", "batch", "state", "cod_due"), (38, 34, 84, 26),
                   [(a.item_code, a.batch, a.state, a.to_collect or "") for a in open_ones], language),
        ),
        signers=_signers(language),
        remark=say(language, "closing_remark"),
    )  # fmt: skip


def reconciliation_report(books: Books, language: Language) -> Report:
    """What the month's postage is and who bears it; what was to be collected, and what became of it."""
    by_day = sorted(books.accounts, key=lambda account: (account.order, account.batch, account.item_code))
    due = [account for account in by_day if account.to_collect and account.end != "delivered"]
    payers = sorted({account.payer for account in books.accounts})
    postage = [
        Figure(payer, sum(a.postage for a in books.accounts if a.payer == payer), "+" if at else "=")
        for at, payer in enumerate(payers)
    ]
    total = Figure(say(language, "postage"), sum(account.postage for account in books.accounts))
    return Report(
        title=say(language, "reconciliation_title"),
        facts=_facts(books, say(language, "month_of_dispatch", month=books.period, days=books.days), language),
        equations=(_envelopes(books, language), (total, *postage), _collected(books, language)),
        verdict=_verdict(books, language),
        tables=(
            _differences(books, language),
            _sums(books.accounts, "by_payer", "who_pays", lambda a: (a.payer, a.payer), language),
            _sums(books.accounts, "by_office", "office", lambda a: (a.office, a.office), language),
            _sums(books.accounts, "by_day", "day", lambda a: (a.order, a.day), language),
            table_of("not_collected", ("day", "item_code", "state", "cod_due"), (24, 38, 90, 30),
                   [(a.day, a.item_code, a.state, a.to_collect) for a in due], language),
            _all_items(by_day, language),
        ),
        signers=_signers(language),
        remark=say(language, "closing_remark"),
    )  # fmt: skip


def _facts(books: Books, period: str, language: Language) -> tuple[str, ...]:
    facts = period, ", ".join(books.offices), say(language, "as_of", moment=books.moment)
    return (*facts, say(language, "audit_book", head=books.book)) if books.book else facts


def _signers(language: Language) -> tuple[str, ...]:
    return tuple(say(language, name) for name in ("made_by", "head_signs", "post_signs"))


def _verdict(books: Books, language: Language) -> str:
    if books.differences:
        return say(language, "unbalanced", count=len(books.differences))
    return say(language, "balanced" if books.balanced else "unequal")


def _envelopes(books: Books, language: Language) -> tuple[Figure, ...]:
    return (
        Figure(say(language, "handed_over"), len(books.accounts)),
        Figure(say(language, "delivered_to"), books.count("delivered"), "="),
        Figure(say(language, "returned"), books.count("returned"), "+"),
        Figure(say(language, "still_out"), books.count("out"), "+"),
    )


def _collected(books: Books, language: Language) -> tuple[Figure, ...]:
    return (
        Figure(say(language, "cod_due"), sum(account.to_collect for account in books.accounts)),
        Figure(say(language, "cod_taken"), sum(account.collected for account in books.accounts), "="),
        Figure(say(language, "cod_lost"), sum(account.lost for account in books.accounts), "+"),
        Figure(say(language, "cod_open"), sum(account.open for account in books.accounts), "+"),
    )


def _differences(books: Books, language: Language) -> Table:
    rows = [(difference.item_code, difference.dossier, difference.why) for difference in books.differences]
    return table_of("differences", ("item_code", "dossier", "why"), (38, 44, 100), rows, language)


def _batches(books: Books, language: Language) -> Table:
    """A row for each batch, also for one of which nothing was handed over."""
    waiting = {(batch.office, batch.batch): batch.count for batch in books.at_ward}
    accounts: dict[tuple[str, str], list[Account]] = {key: [] for key in waiting}
    for account in books.accounts:
        accounts.setdefault((account.office, account.batch), []).append(account)
    rows: list[tuple[Cell, ...]] = [
        (office, batch, *_counts(accounts[office, batch]), waiting.get((office, batch), 0),
         *_money(accounts[office, batch]))
        for office, batch in sorted(accounts)
    ]  # fmt: skip
    names = ("office", "batch", "handed_over", "delivered_to", "returned", "still_out", "at_ward",
             "postage", "cod_due", "cod_taken")  # fmt: skip
    widths = (36, 26, 13, 13, 13, 16, 13, 19, 18, 18)
    return table_of("by_batch", names, widths, rows, language, texts=2)


def _sums(
    accounts: Sequence[Account], title: str, what: str, key: Callable[[Account], tuple[str, str]], language: Language
) -> Table:
    """A row for each group of accounts, by what sorts it and what it is called."""
    groups = groupby(sorted(accounts, key=key), key=key)
    rows = [(name, *_counts(mine), *_money(mine)) for (_order, name), group in groups for mine in (list(group),)]
    names = (what, "handed_over", "delivered_to", "returned", "still_out", "postage", "cod_due", "cod_taken")
    return table_of(title, names, (50, 16, 16, 16, 17, 24, 22, 22), rows, language, texts=1)


def _all_items(accounts: Iterable[Account], language: Language) -> Table:
    rows = [
        (a.day, a.office, a.batch, a.item_code, a.state, a.payer, a.postage, a.to_collect, a.collected)
        for a in accounts
    ]
    names = ("day", "office", "batch", "item_code", "state", "who_pays", "postage", "cod_due", "cod_taken")
    widths = (24, 60, 32, 32, 60, 44, 32, 32, 32)
    return table_of("all_items", names, widths, rows, language, texts=6, on_paper=False)


def _counts(accounts: Sequence[Account]) -> tuple[int, int, int, int]:
    ends = [account.end for account in accounts]
    return len(ends), ends.count("delivered"), ends.count("returned"), ends.count("out")


def _money(accounts: Sequence[Account]) -> tuple[int, int, int]:
    return (
        sum(account.postage for account in accounts),
        sum(account.to_collect for account in accounts),
        sum(account.collected for account in accounts),
    )
