"""A supervisor gives the carrier's statement to the page: differences are shown, asked about once, put on paper."""

import io
import tempfile
from collections.abc import Callable

import sqlalchemy as sa
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from delivery.models import Batch, Case, CaseKind, Consignment
from tests.delivery.day import Day
from tests.labels.reading import words
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
PAGE = "/doi-chieu"
FOREIGN = "EE123456785VN"


def give(browser: Browser, content: str, name: str = "bang-ke.csv", **form: str) -> TestResponse:
    file = (io.BytesIO(content.encode()), name)
    return browser.post(PAGE, on=PAGE, **{"thang": "2026-11", **form}, bang_ke=file)  # type: ignore[arg-type]


def statement(day: Day) -> str:
    """One envelope billed as it is in our books, one too high, one not at all; and one that nobody here knows."""
    with day.service.database.write() as session:
        batch = session.scalars(sa.select(Batch.id)).first()
        session.execute(sa.update(Consignment).values(handed_over_in=batch))
    right, high, _missing = day.item_codes()
    return f"Mã bưu gửi;Tổng cước\n{right};26.000\n{high};31.500\n{FOREIGN};26.000\n{right};x\n"


def test_the_page_names_each_difference_and_asks_about_it_once(day: Day, logged_in: LogIn) -> None:
    supervisor, file = logged_in("giamsat"), statement(day)

    page = give(supervisor, file)
    again = give(supervisor, file)

    assert page.status_code == 200
    assert all(code in page.text for code in [*day.item_codes()[1:], FOREIGN])
    assert "31.500" in page.text
    assert "Dòng 5" in page.text
    assert again.status_code == 200
    with day.service.database.read() as session:
        cases = session.scalars(sa.select(Case).where(Case.kind == CaseKind.STATEMENT)).all()
    assert len(cases) == 3


def test_the_comparison_is_had_as_pdf_to_sign_and_as_workbook_with_every_envelope(day: Day, logged_in: LogIn) -> None:
    supervisor, file = logged_in("giamsat"), statement(day)

    pdf = give(supervisor, file, dang="pdf")
    book = give(supervisor, file, dang="xlsx")

    text = " ".join(" ".join(words(pdf.data)).split())
    assert "ĐỐI CHIẾU BẢNG KÊ BƯU CHÍNH" in text
    assert "CHƯA KHỚP: 4 dòng" in text
    assert day.item_codes()[0] not in text, "what agrees is on no paper"
    sheets = load_workbook(io.BytesIO(book.data))
    listed = [row[0] for row in sheets["Từng phong bì"].iter_rows(min_row=2, values_only=True)]
    assert {*day.item_codes(), FOREIGN} <= {str(code) for code in listed}
    assert not any("Người Thử" in str(cell) for sheet in sheets for row in sheet.values for cell in row)
    assert 'filename="doi-chieu-2026-11.xlsx"' in book.headers["Content-Disposition"]


def test_what_is_no_statement_is_said_by_its_own_name(day: Day, logged_in: LogIn) -> None:
    supervisor = logged_in("giamsat")

    strange = give(supervisor, "một;hai\nba;bốn\n", "../../etc/thư.csv")

    assert "thư.csv" in strange.text
    assert tempfile.gettempdir() not in strange.text
    assert "etc" not in strange.text
    assert "notice bad" in supervisor.post(PAGE, on=PAGE, thang="2026-11").text
    assert "notice bad" in give(supervisor, statement(day), thang="11/2026").text


def test_it_is_a_supervisor_s(day: Day, logged_in: LogIn) -> None:
    for name in ("bode", "kiemtoan", "quantri"):
        assert logged_in(name).get(PAGE).status_code == 403
        assert PAGE not in logged_in(name).get("/").text
    assert PAGE in logged_in("giamsat").get("/dieu-phoi").text
    assert day.batch


def test_an_earlier_carrier_s_statement_can_still_be_compared(day: Day, logged_in: LogIn) -> None:
    supervisor, file = logged_in("giamsat"), statement(day)
    with day.service.database.write() as session:
        session.execute(sa.update(Consignment).values(carrier="myvnpost"))

    page = supervisor.get(PAGE).text
    assert "<option>myvnpost</option>" in page
    assert "<option selected>sandbox</option>" in page

    chosen = give(supervisor, file, don_vi="myvnpost")
    assert "<option selected>myvnpost</option>" in chosen.text
    with day.service.database.read() as session:
        cases = session.scalars(sa.select(Case).where(Case.kind == CaseKind.STATEMENT)).all()
    assert len(cases) == 3
