"""Printers of an office in the browser: entered, calibrated, chosen for labels, and the choice remembered."""

from collections.abc import Callable

import pypdfium2
import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, PrintProfile
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.labels.reading import words
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
PAGE = "/may-in"
A4 = {"name": "Quầy 1", "sheet": "4", "dpi": "203", "right_mm": "1,5", "down_mm": "−0.5", "active": "1"}


def add(browser: Browser, office: str = "BD", **changes: str) -> str:
    return browser.post(f"{PAGE}/moi", on=f"{PAGE}/moi", don_vi=office, **{**A4, **changes}).text


def printers(service: Service) -> list[PrintProfile]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(PrintProfile).order_by(PrintProfile.id)))


def test_a_clerk_enters_a_printer_changes_it_and_puts_the_change_back(service: Service, logged_in: LogIn) -> None:
    browser = logged_in("bode")

    assert "Từ nay chọn được Quầy 1" in add(browser)
    (made,) = printers(service)
    assert (made.sheet, made.right_mm, made.down_mm) == ("4", 1.5, -0.5)
    one = f"{PAGE}/{made.id}"
    page = browser.post(one, on=one, **{**A4, "right_mm": "2", "thay": "0"}).text
    assert "Dời sang phải, mm: <del>1.5</del> → <ins>2</ins>" in page
    with service.database.read() as session:
        number = session.scalars(sa.text("SELECT max(id) FROM revision")).one()
    browser.post(f"{one}/lui", on=one, lan=str(number))
    assert printers(service)[0].right_mm == 1.5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sheet": "9"}, "Hãy chọn"), ({"dpi": "72"}, "Hãy chọn"), ({"right_mm": "20.5"}, "từ −20"),
        ({"down_mm": "nan"}, "từ −20"), ({"name": " "}, "name-sai"), ({"office": "VH"}, "Hãy chọn bộ phận"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_comes_back(
    service: Service, logged_in: LogIn, changes: dict[str, str], said: str
) -> None:
    assert said in add(logged_in("bode"), **changes)
    assert printers(service) == []


def test_two_printers_of_an_office_have_two_names(service: Service, logged_in: LogIn) -> None:
    browser = logged_in("giamsat")
    add(browser)

    assert "đã có máy in mang tên ấy" in add(browser)
    add(browser, "VH")
    add(browser, name="Quầy 2")
    other = printers(service)[-1]
    one = f"{PAGE}/{other.id}"
    assert "đã có máy in mang tên ấy" in browser.post(one, on=one, **A4, thay="0").text
    assert [one.name for one in printers(service)] == ["Quầy 1", "Quầy 1", "Quầy 2"]


@pytest.mark.parametrize(("sheet", "size"), [("thermal", (100, 150)), ("8", (210, 297))])
def test_the_calibration_page_has_the_size_of_its_paper_and_says_what_is_set(
    logged_in: LogIn, sheet: str, size: tuple[int, int]
) -> None:
    browser = logged_in("bode")
    add(browser, sheet=sheet)

    answer = browser.get(f"{PAGE}/1/can-chinh")

    assert answer.mimetype == "application/pdf"
    assert sizes(answer.data) == [size]
    assert {"TRANG", "CĂN", "CHỈNH", "Quầy", "+1.5"} <= set(" ".join(words(answer.data)).split())


def test_labels_are_laid_out_for_the_chosen_printer_and_the_choice_is_remembered(day: Day, logged_in: LogIn) -> None:
    browser = logged_in("bode")
    add(browser)
    add(browser, name="Quầy 2", sheet="thermal")
    table = f"/dieu-phoi?ngay={day.day}"
    first, second = printers(day.service)

    on_sheets = browser.post(f"/dot/{day.batch}/nhan", on=table, may=str(first.id), bo="2").data
    assert sizes(on_sheets) == [(210, 297)] * 2
    assert f'<option value="{first.id}" selected>' in browser.get(table).text
    one_a_page = browser.post(f"/dot/{day.batch}/nhan", on=table, may=str(second.id), bo="0").data
    assert sizes(one_a_page) == [(100, 150)] * 3
    assert f'<option value="{second.id}" selected>' in browser.get(table).text
    assert f'<option value="{second.id}" selected>' not in logged_in("giamsat").get(table).text
    assert "số nhãn đã dùng phải ít hơn" in browser.post(f"/dot/{day.batch}/nhan", on=table, may="2", bo="3").text
    with day.service.database.read() as session:
        opened = session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.action == "opened labels")).all()
    assert [one["printer"] for one in opened] == ["Quầy 1", "Quầy 2", "Quầy 2"]


def test_a_printer_of_another_office_or_out_of_use_prints_nothing(day: Day, logged_in: LogIn) -> None:
    browser, table = logged_in("giamsat"), f"/dieu-phoi?ngay={day.day}"
    add(browser, "VH")
    add(browser, active="")

    for printer in printers(day.service):
        assert browser.post(f"/dot/{day.batch}/nhan", on=table, may=str(printer.id)).status_code == 404


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Each page's width and height in whole mm."""
    pages = [page.get_size() for page in pypdfium2.PdfDocument(pdf)]
    return [(round(wide * 25.4 / 72), round(high * 25.4 / 72)) for wide, high in pages]
