"""The page of the table of fees: who looks and who enters, what it would change, mistakes by row, taking back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.models import FeeVersion
from delivery.moments import local, now
from delivery.postage import fee_file
from delivery.wiring import Service
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
PAGE = "/bang-cuoc"


def form(*rows: tuple[str, str, str], **changes: str | list[str]) -> dict[str, str | list[str]]:
    zones, grams, dong = (list(column) for column in zip(*rows, ("district", "", ""), strict=True))
    typed: dict[str, str | list[str]] = {
        "vung": zones, "den_g": grams, "dong": dong, "chuyen": "8.000", "ma_mien": ["heroic-mother", ""],
        "loai_mien": ["Bà mẹ Việt Nam anh hùng", ""], "tu_ngay": local(now()).date().isoformat(), "ly_do": "QĐ 12",
        "thay": "0",
    }  # fmt: skip
    return typed | changes


def versions(service: Service) -> list[FeeVersion]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(FeeVersion)))


@pytest.mark.parametrize("username", ["giamsat", "quantri"])
def test_a_table_is_entered_and_taken_back(service: Service, logged_in: LogIn, username: str) -> None:
    browser = logged_in(username)

    page = browser.post(PAGE, on=PAGE, **form(("district", "1.000", "27.500"))).text
    assert "27.500" in page
    (entered,) = versions(service)
    assert (entered.made_by, entered.reason) == (username, "QĐ 12")
    page = browser.post(f"{PAGE}/rut", on=PAGE, ban=str(entered.id)).text
    assert "Đã rút lại" in page
    assert "bảng có sẵn trong phần mềm" in page
    assert versions(service)[0].withdrawn_by == username
    assert "đã được rút lại rồi" in browser.post(f"{PAGE}/rut", on=PAGE, ban=str(entered.id)).text


def test_what_would_change_is_seen_before_and_keeps_nothing(service: Service, logged_in: LogIn) -> None:
    page = logged_in("giamsat").post(f"{PAGE}/xem", on=PAGE, **form(("district", "90", "27500"))).text

    assert "+1.500" in page
    assert "phong bì như vậy không gửi được" in page
    assert 'value="27500"' in page
    assert versions(service) == []


def test_mistakes_come_back_with_their_rows_and_what_was_typed(service: Service, logged_in: LogIn) -> None:
    answer = logged_in("quantri").post(PAGE, on=PAGE, **form(("district", "100", "27500"), ("moon", "50", "hai chục")))

    assert answer.status_code == 422
    assert 'id="dong-2-sai"' in answer.text
    assert 'value="haichục"' in answer.text
    assert "số đồng nguyên" in answer.text
    assert versions(service) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ly_do": " "}, "lý do"),
        ({"tu_ngay": "hôm qua"}, "Hãy chọn ngày"),
        ({"tu_ngay": (local(now()).date() - timedelta(days=2)).isoformat()}, "sớm nhất"),
        ({"thay": "7"}, "người khác đã sửa"),
    ],
)
def test_what_cannot_be_meant_enters_nothing(
    service: Service, logged_in: LogIn, changes: dict[str, str | list[str]], said: str
) -> None:
    answer = logged_in("quantri").post(PAGE, on=PAGE, **form(("district", "100", "27500"), **changes))

    assert (answer.status_code, versions(service)) == (422, [])
    assert said in answer.text


@pytest.mark.parametrize("username", ["bode", "kiemtoan"])
def test_a_clerk_and_an_auditor_look_and_change_nothing(service: Service, logged_in: LogIn, username: str) -> None:
    browser = logged_in(username)

    page = browser.get(PAGE).text
    assert "26.000" in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    for address in (PAGE, f"{PAGE}/xem", f"{PAGE}/rut"):
        assert browser.post(address, on="/tra-cuu", **form(("district", "100", "1"))).status_code == 403
    assert versions(service) == []


def test_a_file_that_cannot_be_read_is_named_and_a_table_can_be_entered_instead(
    service: Service, logged_in: LogIn
) -> None:
    fee_file(service.settings.home).write_text("broken", encoding="utf-8")
    browser = logged_in("giamsat")

    assert "fees.toml" in browser.get(PAGE).text
    assert "27.500" in browser.post(PAGE, on=PAGE, **form(("district", "100", "27500"))).text
