"""The recipient's page, as a browser without scripts and an account sees it; and as somebody else does."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from delivery.citizens.words import say
from delivery.models import AuditEntry, Case, CaseKind, CitizenWord, Item, WordKind
from delivery.moments import now
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.tracking.figures import FEWEST_SHOWN
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.web.conftest import Browser
from web.views.figures import PUBLIC

LogIn = Callable[[str], Browser]
PAGE = "/phong-bi-cua-toi"


@pytest.fixture
def code(day: Day) -> str:
    """The code of an envelope of Bồ Đề that lies on the table; its recipient's number ends in 001."""
    with day.service.database.read() as session:
        return session.scalars(sa.select(Item).order_by(Item.id)).all()[0].tracking_code


def enter(browser: Browser, code: str, digits: str = "001") -> str:
    return browser.post(PAGE, on=PAGE, ma=code, so=digits).text


def deliver(service: Service, code: str) -> None:
    with service.database.write() as session:
        item = session.scalars(sa.select(Item).where(Item.tracking_code == code)).one()
        sent = item.consignments[-1]
        sent.handed_over_in = item.batch_id
        record(session, sent, Report(Fact.DELIVERED, "feed", "1", now()), now())


def test_the_page_shows_no_name_no_address_and_no_dossier(service: Service, anyone: Browser, code: str) -> None:
    shown = enter(anyone, code)
    assert "Phong bì của tôi" in shown
    assert "Tôi tự đến lấy" in shown
    with service.database.read() as session:
        result = session.scalars(sa.select(Item).where(Item.tracking_code == code)).one().first
    for secret in (result.recipient_name, result.owner_name, result.address, result.dossier_code, result.procedure_name,
                   result.phone):  # fmt: skip
        assert secret not in shown


def test_wrong_digits_and_unknown_codes_get_one_answer(anyone: Browser, code: str) -> None:
    def answer(typed: str, digits: str) -> str:
        text = enter(anyone, typed, digits)
        return re.sub(r'value="[^"]*"', "", text)

    assert answer(code, "999") == answer("0000000000000000A", "001") == answer("", "")
    assert anyone.get(f"{PAGE}/xem", follow=True).text.count("Ba số cuối") == 1


@pytest.mark.usefixtures("code")
def test_without_the_proof_nothing_can_be_said(service: Service, anyone: Browser) -> None:
    anyone.post(f"{PAGE}/noi/fetch", on=PAGE)
    anyone.post(f"{PAGE}/rut/fetch", on=PAGE)
    with service.database.read() as session:
        assert session.scalars(sa.select(CitizenWord)).all() == []


def test_it_is_kept_for_who_fetches_it_and_let_go_when_they_think_again(
    service: Service, anyone: Browser, logged_in: LogIn, code: str
) -> None:
    enter(anyone, code)
    assert "chờ ông/bà tại quầy" in anyone.post(f"{PAGE}/noi/fetch", on=f"{PAGE}/xem").text
    clerk = logged_in("bode")
    assert "Người nhận sẽ đến lấy tại quầy" in clerk.get("/vu-viec").text
    with service.database.read() as session:
        item = session.scalars(sa.select(Item).where(Item.tracking_code == code)).one()
        assert item.recalled_at is not None
    assert "sẽ đến lấy tại quầy" in clerk.get(f"/phong-bi/{item.id}").text
    assert "Tôi tự đến lấy" in anyone.post(f"{PAGE}/rut/fetch", on=f"{PAGE}/xem").text
    with service.database.read() as session:
        assert session.get_one(Item, item.id).recalled_at is None
        book = session.scalars(sa.select(AuditEntry).where(AuditEntry.actor == "citizen").order_by(AuditEntry.id))
        assert [entry.action for entry in book] == ["proved", "said fetch", "unsaid fetch"]


def test_it_is_rated_and_missed_once_it_was_delivered(
    service: Service, anyone: Browser, logged_in: LogIn, code: str
) -> None:
    deliver(service, code)
    enter(anyone, code)
    assert 'aria-pressed="true"' in anyone.post(f"{PAGE}/noi/rating", on=f"{PAGE}/xem", sao="4").text
    for wrong in ("", "0", "12", "45", "-1", "x", "5" * 5000):
        assert "notice bad" in anyone.post(f"{PAGE}/noi/rating", on=f"{PAGE}/xem", sao=wrong).text
    shown = anyone.post(f"{PAGE}/noi/dispute", on=f"{PAGE}/xem", loi="<b>không</b> thấy" + "x" * 9000).text
    assert "Phường đang tìm" in shown
    with service.database.read() as session:
        case = session.scalars(sa.select(Case).where(Case.kind == CaseKind.DISPUTE)).one()
        assert session.scalars(sa.select(CitizenWord.stars).where(CitizenWord.kind == WordKind.RATING)).one() == 4
    page = logged_in("bode").get(f"/vu-viec/{case.id}").text
    assert "&lt;b&gt;không" in page
    assert "<b>không" not in page
    assert anyone.post(f"{PAGE}/noi/anything", on=f"{PAGE}/xem").status_code == 404


def test_the_proof_is_forgotten_after_a_while_and_at_once_by_leaving(anyone: Browser, code: str) -> None:
    enter(anyone, code)
    assert "Không còn gì lưu" in anyone.post(f"{PAGE}/xong", on=f"{PAGE}/xem").text
    assert "Ba số cuối" in anyone.get(f"{PAGE}/xem", follow=True).text
    enter(anyone, code)
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert "Ba số cuối" in anyone.get(f"{PAGE}/xem", follow=True).text


def test_staff_who_look_at_an_envelope_as_its_recipient_stay_logged_in(logged_in: LogIn, code: str) -> None:
    clerk = logged_in("bode")
    enter(clerk, code)
    clerk.post(f"{PAGE}/xong", on=f"{PAGE}/xem")
    assert clerk.get("/dieu-phoi").status_code == 200


def test_the_public_sees_stars_only_of_many(service: Service, anyone: Browser, tmp_path: Path) -> None:
    many = FEWEST_SHOWN + 2
    Day(service, Intake(service.database, tmp_path)).prepare(many)
    with service.database.read() as session:
        codes = session.scalars(sa.select(Item.tracking_code).order_by(Item.id)).all()

    def is_shown(rated: int) -> bool:
        with service.database.write() as session:
            for item in session.scalars(sa.select(Item).order_by(Item.id).limit(rated)):
                say(session, item, WordKind.RATING, now(), stars=4)
        anyone.client.application.extensions.pop(PUBLIC, None)
        shown = anyone.get("/cong-khai").text
        assert f"<dd>{many}</dd>" in shown
        return "4,0 ★" in shown

    for code in codes:
        deliver(service, code)
    assert not is_shown(FEWEST_SHOWN - 1)
    assert is_shown(FEWEST_SHOWN)


def test_a_link_to_another_envelope_asks_for_its_own_proof(anyone: Browser, service: Service, code: str) -> None:
    enter(anyone, code)
    with service.database.read() as session:
        other = session.scalars(sa.select(Item.tracking_code).order_by(Item.id)).all()[1]
    assert f'value="{other}"' in anyone.get(f"{PAGE}?ma={other}", follow=True).text
    assert "Tôi tự đến lấy" in anyone.get(PAGE, follow=True).text
