"""The pages about messages: what citizens read, who was told, and that no more is wanted, by link and at the desk."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.messages.addresses import hash_of, is_unwanted, masked, read_token, token_of
from delivery.models import Item, Message, Result, UnwantedAddress
from delivery.moments import now
from delivery.rules.messages import MessageChannel, MessageState, Occasion, Why
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.conftest import Browser
from web.app import create_app

LogIn = Callable[[str], Browser]
EMAIL = "nguoi.nhan@example.vn"


def link(service: Service, address: str = EMAIL) -> str:
    return f"/tin-nhan/{token_of(service.blind, address)}"


def unwanted(service: Service, address: str = EMAIL) -> bool:
    with service.database.read() as session:
        return is_unwanted(session, hash_of(service.blind, address))


def test_a_look_at_the_link_changes_nothing_and_a_press_does_and_can_be_undone(
    service: Service, anyone: Browser
) -> None:
    page = anyone.get(link(service))
    assert page.status_code == 200
    assert EMAIL not in page.text
    assert not unwanted(service)

    answer = anyone.post(link(service), on=link(service))
    assert "Địa chỉ này không nhận tin nữa" in answer.text
    assert unwanted(service)

    anyone.post(f"{link(service)}/nhan-lai", on=link(service))
    assert not unwanted(service)


def test_a_mail_program_presses_it_with_one_click(service: Service, anyone: Browser) -> None:
    for _ in range(2):
        answer = anyone.client.post(link(service), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 303
    assert unwanted(service)


def test_only_this_one_press_needs_no_token_of_a_page(service: Service, anyone: Browser, logged_in: LogIn) -> None:
    anyone.client.post(link(service))
    assert anyone.client.post(f"{link(service)}/nhan-lai").status_code == 400
    assert unwanted(service)
    assert logged_in("bode").client.post("/phong-bi/1/tin-nhan/thu").status_code == 400


def test_every_link_that_is_not_ours_gets_the_same_answer(service: Service, anyone: Browser) -> None:
    right = link(service)
    other = "a" if right[-1] != "a" else "b"
    wrong = [right[:-1] + other, right[:-3], f"{right}a", "/tin-nhan/x", "/tin-nhan/" + "a" * 40, "/tin-nhan/ổ"]

    answers = {(anyone.get(address).status_code, anyone.get(address).text) for address in wrong}
    pressed = {anyone.client.post(address).status_code for address in wrong}

    assert len({(status, re.sub(r'value="[^"]*"', "", text)) for status, text in answers}) == 1
    assert {status for status, _text in answers} == pressed == {404}
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(UnwantedAddress)) == 0


def test_what_is_kept_of_an_address_is_a_hash_that_its_owner_alone_can_name(service: Service) -> None:
    token = token_of(service.blind, EMAIL)

    assert read_token(service.blind, token.upper()) == hash_of(service.blind, f" {EMAIL.upper()} ")
    assert read_token(bytes(32), token) is None
    assert hash_of(service.blind, "0912 345 001") == hash_of(service.blind, "+84912345001")
    assert hash_of(service.blind, EMAIL) != hash_of(bytes(32), EMAIL)
    assert (masked(EMAIL), masked("+84912345001")) == ("n•••@e•••.vn", "•••• ••• 001")


def envelope_of(day: Day, **values: object) -> str:
    """The page of the first envelope; its recipient was told something."""
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert item is not None
        told = {
            "occasion": Occasion.MISSED, "about": "1:2026-11-25", "state": MessageState.SENT, "sent_at": now(),
            "channel": MessageChannel.SMS, "masked": masked(item.first.phone), **values,
        }  # fmt: skip
        moments = dict.fromkeys(("happened_at", "created_at", "due_at", "worth_until"), now())
        session.add(Message(result_id=item.first.id, item_id=item.id, **moments, **told))
        return f"/phong-bi/{item.id}"


def test_staff_read_what_was_told_to_whom_by_what_and_when(day: Day, logged_in: LogIn) -> None:
    page = logged_in("kiemtoan").get(envelope_of(day)).text
    told = page.split('id="da-bao"')[1].split("</section>")[0]

    assert "Chưa phát được" in told or "Không phát được" in told
    assert re.search(r"SMS •••• ••• \d{3} · đã gửi", told)
    assert "<form" not in told


def test_why_it_was_not_told_stands_there_in_words(day: Day, logged_in: LogIn) -> None:
    told = logged_in("bode").get(
        envelope_of(day, state=MessageState.DROPPED, why=Why.NO_ADDRESS, channel=None, masked="", sent_at=None)
    ).text  # fmt: skip

    assert "không gửi <span" in told
    assert "không có số điện thoại hay thư điện tử" in told


def test_at_the_desk_a_number_is_noted_that_wants_no_messages_and_that_is_undone(day: Day, logged_in: LogIn) -> None:
    page, clerk = envelope_of(day), logged_in("bode")
    with day.service.database.read() as session:
        phone = next(iter(session.scalars(sa.select(Result).join(Item).order_by(Item.id)))).phone

    said = clerk.post(f"{page}/tin-nhan/dien-thoai", on=page)
    assert "không muốn nhận tin." in said.text
    assert unwanted(day.service, phone)
    assert clerk.post(f"{page}/tin-nhan/thu", on=page).status_code == 404
    clerk.post(f"{page}/tin-nhan/dien-thoai/nhan-lai", on=page)
    assert not unwanted(day.service, phone)

    assert logged_in("viethung").post(f"{page}/tin-nhan/dien-thoai", on="/dieu-phoi").status_code == 404
    assert logged_in("kiemtoan").post(f"{page}/tin-nhan/dien-thoai", on="/dieu-phoi").status_code == 403


def test_the_public_page_of_an_envelope_says_nothing_of_messages(day: Day, anyone: Browser) -> None:
    envelope_of(day)
    with day.service.database.read() as session:
        code = session.scalars(sa.select(Item.tracking_code).order_by(Item.id)).first()

    assert "•••" not in anyone.get(f"/tra-cuu?ma={code}").text


def test_where_nobody_is_told_anything_the_page_says_nothing_of_it(day: Day, logged_in: LogIn) -> None:
    with day.service.database.read() as session:
        number = session.scalar(sa.select(Item.id))

    assert 'id="da-bao"' not in logged_in("bode").get(f"/phong-bi/{number}").text


@pytest.mark.parametrize("username", ["bode", "giamsat", "kiemtoan", "quantri"])
def test_the_office_reads_what_citizens_read_on_each_occasion(username: str, logged_in: LogIn) -> None:
    page = logged_in(username).get("/tin-nhan").text

    for occasion in Occasion:
        assert f'id="tin-{occasion.value}"' in page
    assert "Mot cua B" in page
    assert "Kính gửi ông/bà" in page
    assert "TANNHA_MESSAGE_CHANNELS" in page


def test_the_page_shows_how_the_channels_are_and_what_is_missing(day: Day) -> None:
    envelope_of(day)
    settings = day.service.settings.model_copy(update={"message_channels": "sms,email"})
    app = create_app(Service(settings, day.service.database))
    browser = Browser(app.test_client())
    browser.log_in("giamsat")
    page = browser.get("/tin-nhan").text

    assert "TANNHA_SMS_KEY" in page
    assert re.search(r"1\. SMS</th>\s*<td[^>]*>\d\d/\d\d/\d{4}", page)
    assert re.search(r"2\. Thư điện tử</th>\s*<td[^>]*>–", page)
