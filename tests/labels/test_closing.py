"""The sheets of a day's and a month's end add up, lose no row between pages, and stay figures in a spreadsheet."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from labels.closing import (
    Books,
    Difference,
    closing_report,
    closing_workbook,
    draw_closing,
    draw_reconciliation,
    reconciliation_report,
    reconciliation_workbook,
)
from labels.report import Column, Report, Table, draw_report
from labels.sample import FEE
from labels.sample_counter import sample_books
from labels.sheets import write_workbook
from labels.texts import Language
from tests.labels.reading import black_outside, words


def said(pdf: bytes) -> str:
    return " ".join(" ".join(words(pdf)).split())


def cells(book: bytes) -> dict[str, list[list[object]]]:
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in load_workbook(io.BytesIO(book))
    }


@pytest.mark.parametrize("count", [0, 1, 40, 900])
def test_each_sum_on_the_sheets_is_the_sum_of_its_parts(count: int) -> None:
    books = sample_books(count, seed=2, days=20)

    for report in (closing_report(books, "vi"), reconciliation_report(books, "en")):
        for whole, *parts in report.equations:
            assert whole.amount == sum(part.amount for part in parts) or not parts
        for table in report.tables:
            for column, cell in enumerate(table.total):
                if isinstance(cell, int):
                    assert cell == sum(int(row[column]) for row in table.rows)
    assert sum(account.postage for account in books.accounts) == count * FEE


def test_what_is_not_delivered_stands_on_the_days_sheet_and_what_is_delivered_does_not() -> None:
    books = sample_books(60)

    text = said(draw_closing(books))

    for account in books.accounts:
        assert (account.item_code in text) == (account.end != "delivered")
    assert "KHỚP:" in text
    assert "CHƯA KHỚP" not in text


def test_a_difference_is_told_at_once_and_listed_with_its_dossier() -> None:
    books = replace(sample_books(5), differences=(Difference("CH000000999VN", "H26.41.118-261120-0001", "không rõ"),))

    for text in (said(draw_closing(books)), said(draw_reconciliation(books))):
        assert "CHƯA KHỚP: 1" in text
        assert "H26.41.118-261120-0001" in text


def test_an_envelope_whose_end_is_unclear_leaves_the_books_unbalanced() -> None:
    books = sample_books(3)
    spoilt = replace(books, accounts=(replace(books.accounts[0], end="unclear"), *books.accounts[1:]))

    assert not spoilt.balanced
    assert "CHƯA KHỚP" in said(draw_closing(spoilt))


@pytest.mark.parametrize("draw", [draw_closing, draw_reconciliation, closing_workbook, reconciliation_workbook])
def test_the_same_books_make_the_same_bytes(draw: Callable[[Books, Language], bytes]) -> None:
    assert draw(sample_books(30), "vi") == draw(sample_books(30), "vi")


def test_the_months_workbook_has_every_envelope_and_figures_to_reckon_with() -> None:
    books = sample_books(200, days=22)

    sheets = cells(reconciliation_workbook(books))

    heading, *rows, total = sheets["Từng phong bì"]
    assert len(rows) == 200
    assert {row[3] for row in rows} == {account.item_code for account in books.accounts}
    assert total[-3:] == [
        200 * FEE,
        sum(a.to_collect for a in books.accounts),
        sum(a.collected for a in books.accounts),
    ]
    assert heading[-3] == "Cước phát sinh (đ)"


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_text_becomes_a_formula_or_breaks_a_workbook(text: str) -> None:
    table = Table(text, (Column("a", 20),), ((text,), ("=1+1",), ("-2+3|cmd",), ("@SUM(A1)",)))
    report = Report(text, (text,), (), text, (table, table))

    book = load_workbook(io.BytesIO(write_workbook(report, "vi")))

    assert len(book.sheetnames) == 3
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type in {"s", "n"} for cell in row)
    assert [row[0].value for row in book.worksheets[1].iter_rows(min_row=3)] == ["=1+1", "-2+3|cmd", "@SUM(A1)"]


@given(st.lists(st.integers(0, 90), max_size=6), st.booleans(), st.integers(0, 3))
@settings(max_examples=80, deadline=None)
def test_tables_of_any_length_lose_no_row_and_keep_to_the_page(
    lengths: list[int], signed: bool, equations: int
) -> None:
    names = iter(f"Z{number:05d}" for number in range(1_000))
    tables = tuple(
        Table(
            f"T{at}", (Column("x", 20), Column("n", 10)), tuple((next(names), 1) for _ in range(length)), ("S", length)
        )
        for at, length in enumerate(lengths)
    )
    made = closing_report(sample_books(1), "vi").equations[:1] * equations
    report = Report("R", ("f",), made, "v", tables, ("a", "b") if signed else ())

    pdf = draw_report(report, "vi")

    shown = [word for page in words(pdf) for word in page.split() if word.startswith("Z")]
    rows = sum(lengths)
    assert shown == [f"Z{number:05d}" for number in range(rows)]
    assert not black_outside(pdf, 5)
    last = words(pdf)[-1]
    if signed and rows:
        assert "Z" in last, "signatures that stand alone could be laid to any report"


@given(st.text(max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_text_is_printed_within_its_place(text: str) -> None:
    books = sample_books(4)
    accounts = tuple(replace(account, state=text, payer=text, office=text) for account in books.accounts)
    pdf = draw_reconciliation(replace(books, accounts=accounts, offices=(text,)))

    assert not black_outside(pdf, 5)
    assert not any(ord(letter) in range(0x202A, 0x202F) for letter in said(pdf))


def test_the_list_of_all_envelopes_is_kept_for_the_workbook() -> None:
    books = sample_books(2_000, days=22)

    assert len(words(draw_reconciliation(books))) < 20
    assert len(cells(reconciliation_workbook(books))["Từng phong bì"]) == 2_002
