"""The courier's app in the hands of whoever tests it: a phone, its round, and what it has told the ward."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from delivery.models import Case, CaseKind, DoorAct
from tests.browser.conftest import PASSWORD, Site
from tests.browser.test_own_team import NARROWEST, round_of

APP = "/rounds/mang-theo"
ALL_NOTED, WAITS, LOG_IN_AGAIN = "Phường đã ghi đủ", "Chờ có mạng", "Hãy đăng nhập lại"


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A phone that nobody has used yet; a mistake in the app's own scripts fails the test."""
    with a_phone(chromium) as context:
        yield context


@contextmanager
def a_phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": NARROWEST, "height": 740}, locale="vi-VN")
    troubles: list[str] = []
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    yield context
    context.close()
    assert not troubles


def open_round(site: Site, phone: BrowserContext, username: str = "") -> Page:
    """Log in and take the round along; from here on the phone needs no network."""
    page = phone.new_page()
    site.log_in(page, username or round_of(site).route.code.lower(), "**/rounds**")
    page.goto(site.url + APP)
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    return page


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]")


def log_in_again(page: Page, username: str) -> None:
    """By the link that the app shows."""
    page.locator("#tinh-trang a").click()
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"**{APP}")
    ready(page)


def status(page: Page, words: str) -> None:
    expect(page.locator("#tinh-trang")).to_contain_text(words)


def door(page: Page, number: int) -> None:
    """Go to the door of a stop by its number, as the sheet names it."""
    page.goto(page.url.split("#")[0] + "#")
    page.fill("#ma", str(number))
    page.press("#ma", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Điểm {number}")


def deliver(page: Page, number: int, whom: str = "đúng người nhận") -> None:
    door(page, number)
    page.get_by_label("Căn cước").check()
    page.get_by_role("button", name=f"Đã phát cho {whom}").click()
    expect(page.locator("#noi")).to_contain_text(f"Đã ghi điểm {number}")


def in_vain(page: Page, number: int, why: str = "Không có ai ở nhà") -> None:
    door(page, number)
    page.get_by_role("button", name=why).click()
    expect(page.locator("#noi")).to_contain_text(f"Đã ghi điểm {number}")


def acts(site: Site) -> list[DoorAct]:
    with site.day.service.database.read() as session:
        return list(session.scalars(sa.select(DoorAct).order_by(DoorAct.id)))


def told(site: Site) -> list[tuple[str, bool]]:
    return [(act.outcome.value, act.stands) for act in acts(site)]


def cases(site: Site) -> list[Case]:
    with site.day.service.database.read() as session:
        return list(session.scalars(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE)))


def kept_plainly(page: Page) -> str:
    """Everything that lies in the phone's database as somebody would read it who has the phone."""
    rows: str = page.evaluate(
        """async () => {
          const done = (asked) => new Promise((ok) => { asked.onsuccess = () => ok(asked.result); });
          const db = await done(indexedDB.open("tannha-rounds"));
          const all = [];
          for (const name of db.objectStoreNames) {
            all.push([name, await done(db.transaction(name).objectStore(name).getAll())]);
          }
          db.close();
          const text = (value) => value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value;
          return JSON.stringify(all, (_key, value) => text(value));
        }"""
    )
    return rows
