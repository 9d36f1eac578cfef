"""The settings as people meet them: a storm closes a day, a courier is away; phone and office width, no barrier."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from delivery.models import Absence, Closure, Result
from delivery.moments import local, now
from delivery.workdays import calendar_of
from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser


@pytest.fixture
def soon(site: Site) -> date:
    """The next working day; all six envelopes are promised for it, and nothing has been set before."""
    with site.day.service.database.write() as session:
        session.execute(sa.delete(Closure))
        session.execute(sa.delete(Absence))
        day = calendar_of(session).add(local(now()).date() + timedelta(days=1), 0)
        changed = {"promised_date": day, "first_promised": None, "result_date": day - timedelta(days=1)}
        session.execute(sa.update(Result).values(changed))
    return day


def clear(page: Page) -> None:
    """Nobody meets a barrier here, and nobody scrolls sideways."""
    assert (page.url, barriers(page), overflows(page)) == (page.url, [], False)


def test_no_page_of_the_settings_has_a_barrier(site: Site, page: Page, soon: date) -> None:
    site.log_in(page)
    for address in (
        "/thiet-lap", "/lich", f"/lich?ngay={soon}", "/nguoi-phat", "/nguoi-phat/1", "/nguoi-phat/moi", "/bo-phan",
        "/bo-phan/1", "/thu-tuc", "/thu-tuc/1.001193", "/thu-tuc/moi", "/bang-cuoc",
        "/may-in", "/may-in/moi", "/don-vi-phat",
    ):  # fmt: skip
        page.goto(site.url + address)
        clear(page)


def test_a_storm_is_noted_seen_ahead_and_taken_back(site: Site, page: Page, soon: date) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/lich?thang={soon:%Y-%m}")
    page.locator(f'a[href="/lich?ngay={soon}#dat"]').click()
    expect(page.locator("#tu_ngay")).to_have_value(soon.isoformat())

    page.get_by_label("Đóng cửa: bão").check()
    expect(page.locator("#se-ra-sao")).to_contain_text("Sẽ dời 7 ngày hẹn")
    clear(page)
    page.fill("#ly_do", "bão số 9")
    page.get_by_role("button", name="Đặt", exact=True).click()
    expect(page.locator(".notice.good")).to_contain_text("Đã dời 7 ngày hẹn")
    expect(page.locator(".month-told").first).to_contain_text("bão số 9")
    clear(page)
    page.get_by_role("button", name=f"Rút lại: {soon:%d/%m/%Y}").click()
    expect(page.locator(".notice.good")).to_contain_text("trở lại như trước")
    expect(page.get_by_text("Chưa có gì: theo lịch chung")).to_be_visible()


def test_without_a_reason_the_form_comes_back_by_keyboard_alone(site: Site, page: Page, soon: date) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/lich?ngay={soon}")
    page.focus("#loai-closed")
    page.keyboard.press("Space")
    page.focus("#ly_do")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Hãy ghi lý do")
    expect(page.locator("#loai-closed")).to_be_checked()
    expect(page.locator("#tu_ngay")).to_have_value(soon.isoformat())
    clear(page)


def test_a_courier_is_away_changed_and_put_back(site: Site, page: Page, soon: date) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/nguoi-phat")
    page.get_by_role("link", name="BD2", exact=True).click()
    page.fill("#tu_ngay", soon.isoformat())
    page.get_by_role("button", name="Ghi vắng").click()
    expect(page.locator(".notice.good")).to_contain_text(f"vắng: {soon:%d/%m/%Y}")
    page.get_by_role("button", name="Rút lại").click()
    expect(page.get_by_text("Từ hôm nay chưa ghi lần vắng nào.")).to_be_visible()

    page.fill("#capacity", "0")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Một số từ 1 đến 2000")).to_be_visible()
    clear(page)
    page.fill("#capacity", "45")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".changes ins").first).to_have_text("45")
    clear(page)
    page.get_by_role("button", name="Hoàn lại").first.click()
    expect(page.locator("#capacity")).to_have_value("60")
