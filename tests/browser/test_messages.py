"""Messages as people meet them: a citizen ends them with two presses of a key, staff read what was told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from delivery.messages.addresses import masked, token_of
from delivery.models import Item, Message
from delivery.moments import now
from delivery.rules.messages import MessageChannel, MessageState, Occasion, Why
from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser


def clear(page: Page) -> None:
    """Nobody meets a barrier here, and nobody scrolls sideways."""
    assert (page.url, barriers(page), overflows(page)) == (page.url, [], False)


@pytest.fixture
def told(site: Site) -> int:
    """An envelope whose recipient was told something, and could not be told something else."""
    with site.day.service.database.write() as session:
        session.execute(sa.delete(Message))
        item = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert item is not None
        item.first.email = "nguoi.nhan@example.vn"
        at = now() - timedelta(hours=2)
        moments = {"happened_at": at, "created_at": at, "due_at": at, "worth_until": at + timedelta(days=2)}
        for occasion, state, why, channel in (
            (Occasion.UNDER_WAY, MessageState.SENT, None, MessageChannel.EMAIL),
            (Occasion.OUT_TODAY, MessageState.DROPPED, Why.TOO_LATE, None),
        ):
            session.add(
                Message(
                    result_id=item.first.id, item_id=item.id, occasion=occasion, about="1", state=state, why=why,
                    channel=channel, masked=masked(item.first.email) if channel else "", sent_at=at, **moments,
                )
            )  # fmt: skip
        return item.id


def test_a_citizen_ends_the_messages_and_wants_them_again_with_the_keyboard_alone(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/tin-nhan/{token_of(site.day.service.blind, 'nguoi.nhan@example.vn')}")
    clear(page)
    page.get_by_role("button", name="Không gửi tin đến địa chỉ này nữa").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.good")).to_contain_text("không nhận tin nữa")
    clear(page)

    page.get_by_role("button", name="Tôi muốn nhận tin trở lại").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Không gửi tin đến địa chỉ này nữa")).to_be_visible()


def test_what_citizens_read_has_no_barrier(site: Site, page: Page) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/tin-nhan")
    expect(page.locator("#tin-moved")).to_be_visible()
    clear(page)


def test_staff_read_what_was_told_and_note_who_wants_none(site: Site, page: Page, told: int) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/phong-bi/{told}")
    lines = page.locator("section", has=page.locator("#da-bao"))
    expect(lines).to_contain_text("Thư điện tử n•••@e•••.vn · đã gửi")
    expect(lines).to_contain_text("không gửi (đã quá hạn báo)")
    clear(page)
    page.get_by_role("button", name="n•••@e•••.vn không muốn nhận tin").click()
    expect(page.locator(".notice.good")).to_contain_text("Không gửi tin đến địa chỉ này nữa")
    clear(page)

    page.get_by_role("button", name="Gửi tin trở lại").click()
    expect(page.locator(".notice.good")).to_contain_text("Lại gửi tin đến địa chỉ này")
