"""The statement compared on paper: what both sides say adds up, what differs is listed, what agrees is not."""

import io

from openpyxl import load_workbook

from labels.statement import Compared, Settlement, draw_settlement, settlement_report, settlement_workbook
from tests.labels.reading import black_outside, words

FEE = 26_000


def envelope(number: int, theirs: int | None = FEE) -> Compared:
    return Compared(
        f"CH{number:09d}VN", f"H26.41.118-261120-{number:04d}", "agreed" if theirs == FEE else "differs",
        FEE, theirs, 0, None,
    )  # fmt: skip


def settlement(*envelopes: Compared, bad: tuple[tuple[int, str], ...] = ()) -> Settlement:
    return Settlement("11/2026", "09:00 01/12/2026", "myvnpost", envelopes, bad)


def said(pdf: bytes) -> str:
    return " ".join(" ".join(words(pdf)).split())


def test_what_they_say_is_what_we_say_and_the_difference() -> None:
    report = settlement_report(settlement(envelope(1), envelope(2, 31_500), envelope(3, 20_000)), "vi")

    counts, (theirs, ours, difference) = report.equations
    assert [figure.amount for figure in counts] == [3, 1, 2, 0, 0]
    assert (theirs.amount, ours.amount, difference.amount, difference.sign) == (77_500, 78_000, 500, "−")
    # The statement has no column for what was collected: nothing is said of it.
    assert "CHƯA KHỚP: 2" in report.verdict


def test_what_agrees_stands_in_the_workbook_only() -> None:
    compared = settlement(*(envelope(number) for number in range(1, 400)), envelope(400, None), bad=((7, "=1+1"),))

    pdf, book = draw_settlement(compared), load_workbook(io.BytesIO(settlement_workbook(compared)))

    text = said(pdf)
    assert "CH000000400VN" in text
    assert "CH000000001VN" not in text
    assert "=1+1" in text
    assert not black_outside(pdf, 5)
    assert book["Từng phong bì"].max_row == 402
    assert all(cell.data_type in {"s", "n"} for sheet in book for row in sheet.iter_rows() for cell in row)


def test_a_statement_that_agrees_says_so_and_the_same_makes_the_same_bytes() -> None:
    compared = settlement(envelope(1), envelope(2))

    assert "AGREED: the statement" in said(draw_settlement(compared, "en"))
    assert draw_settlement(compared) == draw_settlement(compared)
    assert settlement_workbook(compared) == settlement_workbook(compared)
