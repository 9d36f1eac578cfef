"""The recipient's page on a cheap phone: without a script, with the keyboard alone, over a slow network."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from delivery.models import CitizenWord, Item, WordKind
from delivery.moments import now
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows

# The first page over a 2G connection; a staff page once it was opened comes from the browser's own store.
MOST_BYTES = 60_000
SMALLEST = {"width": 360, "height": 640}


@contextmanager
def phone(chromium: Browser, *, scripts: bool) -> Iterator[Page]:
    context = chromium.new_context(viewport=SMALLEST, java_script_enabled=scripts)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def envelope(site: Site, number: int) -> tuple[int, str, str]:
    """The id, the code and the three digits of an envelope."""
    with site.day.service.database.read() as session:
        item = session.scalars(sa.select(Item).order_by(Item.id)).all()[number]
        return item.id, item.tracking_code, item.first.phone[-3:]


def tell(site: Site, item_id: int, fact: Fact) -> None:
    with site.day.service.database.write() as session:
        item = session.get_one(Item, item_id)
        sent = item.consignments[-1]
        sent.handed_over_in = item.batch_id
        record(session, sent, Report(fact, "feed", f"own-{fact}", now()), now())


def enter(page: Page, site: Site, number: int) -> None:
    _id, code, digits = envelope(site, number)
    page.goto(f"{site.url}/phong-bi-cua-toi?ma={code}")
    page.fill("#so", digits)
    page.press("#so", "Enter")
    page.wait_for_url("**/xem")


def words(site: Site, item_id: int) -> dict[WordKind, CitizenWord]:
    with site.day.service.database.read() as session:
        wanted = sa.select(CitizenWord).where(CitizenWord.item_id == item_id, CitizenWord.taken_back_at.is_(None))
        return {word.kind: word for word in session.scalars(wanted)}


def test_without_a_script_it_is_kept_let_go_and_rated(site: Site, chromium: Browser) -> None:
    item_id = envelope(site, 0)[0]
    with phone(chromium, scripts=False) as page:
        enter(page, site, 0)
        page.click("text=Tôi tự đến lấy")
        expect(page.locator("main")).to_contain_text("chờ ông/bà tại quầy")
        page.click("text=Tôi không đến lấy nữa")
        expect(page.locator("text=Tôi tự đến lấy")).to_be_visible()
        assert words(site, item_id) == {}
        page.click("text=Xong")
        another = envelope(site, 5)[0]
        tell(site, another, Fact.DELIVERED)
        enter(page, site, 5)
        page.click("button[value='5']")
        assert words(site, another)[WordKind.RATING].stars == 5
        page.click("text=Xong")
        page.goto(f"{site.url}/phong-bi-cua-toi/xem")
        expect(page.locator("#so")).to_be_visible()


def test_no_state_of_the_page_has_a_barrier_or_scrolls_sideways(site: Site, chromium: Browser) -> None:
    with phone(chromium, scripts=True) as page:

        def looks_well() -> None:
            assert barriers(page) == []
            assert not overflows(page)

        page.goto(f"{site.url}/phong-bi-cua-toi")
        looks_well()
        page.fill("#ma", "x")
        page.fill("#so", "123")
        page.press("#so", "Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        looks_well()
        for number, fact in ((1, None), (2, Fact.RETURNED), (3, Fact.DELIVERED)):
            if fact is not None:
                tell(site, envelope(site, number)[0], fact)
            enter(page, site, number)
            looks_well()
            said = {None: "Tôi tự đến lấy", Fact.RETURNED: "Xin gửi lại"}.get(fact)
            page.click(f"button:has-text('{said}')" if said else "button[value='3']")
            page.wait_for_load_state()
            looks_well()
            page.click("text=Xong")


def test_the_keyboard_alone_says_that_it_never_arrived(site: Site, chromium: Browser) -> None:
    item_id, _code, _digits = envelope(site, 4)
    tell(site, item_id, Fact.DELIVERED)
    with phone(chromium, scripts=True) as page:
        enter(page, site, 4)
        page.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("không ai nhận")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Phường đang tìm")
    assert words(site, item_id)[WordKind.DISPUTE].words == "không ai nhận"


@pytest.mark.parametrize("address", ["/", "/tra-cuu", "/phong-bi-cua-toi", "/cong-khai"])
def test_what_a_citizen_opens_first_is_light(site: Site, chromium: Browser, address: str) -> None:
    with phone(chromium, scripts=True) as page:
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        loaded: list[float] = []
        wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
        page.goto(site.url + address, wait_until="networkidle")
        assert 0 < sum(loaded) < MOST_BYTES
