"""Figures in the pages: a clerk's own office, the district's, and what the public may know."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from delivery.models import Consignment
from delivery.moments import local, now
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.tracking.figures import FEWEST_SHOWN
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.web.conftest import Browser
from web.views import figures
from web.views.figures import Public

LogIn = Callable[[str], Browser]


@pytest.fixture
def delivered(service: Service, tmp_path: Path) -> Service:
    """Eleven envelopes of Bồ Đề, all delivered today."""
    Day(service, Intake(service.database, tmp_path)).prepare(FEWEST_SHOWN + 1)
    moment = now()
    with service.database.write() as session:
        for sent in session.scalars(sa.select(Consignment)):
            for fact in (Fact.HANDED_OVER, Fact.DELIVERED):
                record(session, sent, Report(fact, "feed", f"{fact}-{sent.id}", moment), moment)
    return service


@pytest.mark.usefixtures("delivered")
def test_a_clerk_sees_the_own_office_a_supervisor_all_or_one(logged_in: LogIn) -> None:
    own = logged_in("bode").get("/so-lieu").text
    assert "<dd>11</dd>" in own
    assert "Đăng ký khai sinh" in own
    assert "Không có phong bì nào kết thúc" in logged_in("viethung").get("/so-lieu?van_phong=BD").text
    supervisor = logged_in("giamsat")
    assert "<dd>11</dd>" in supervisor.get("/so-lieu").text
    assert "<dd>0</dd>" in supervisor.get("/so-lieu?van_phong=VH").text
    # There is nobody's name in it.
    assert "Người Thử" not in own
    assert logged_in("quantri").get("/so-lieu").status_code == 200


@pytest.mark.usefixtures("delivered")
def test_the_days_are_chosen_and_nonsense_is_none(logged_in: LogIn) -> None:
    clerk, yesterday = logged_in("bode"), local(now()).date() - timedelta(days=1)

    assert "Không có phong bì nào" in clerk.get(f"/so-lieu?den={yesterday}").text
    for strange in ("tu=0001-01-01&den=0001-01-01", "den=9999-12-31", "tu=x", "tu=2099-01-01"):
        assert clerk.get(f"/so-lieu?{strange}").status_code == 200


@pytest.mark.usefixtures("delivered")
def test_the_files_are_for_those_who_may_see_the_page(logged_in: LogIn, anyone: Browser) -> None:
    clerk = logged_in("bode")

    assert "Bồ Đề,11,0" in clerk.get("/so-lieu.csv").data.decode("utf-8-sig")
    assert clerk.get("/so-lieu.xlsx").data.startswith(b"PK")
    assert clerk.get("/so-lieu.pdf").status_code == 404
    assert "Bồ Đề" not in logged_in("viethung").get("/so-lieu.csv?van_phong=BD").data.decode("utf-8-sig")
    for address in ("/so-lieu", "/so-lieu.csv"):
        assert anyone.get(address).status_code == 302


@pytest.mark.usefixtures("delivered")
def test_the_public_sees_wards_with_enough_envelopes_and_no_cost(anyone: Browser) -> None:
    page = anyone.get("/cong-khai").text

    assert "Bồ Đề" in page
    assert "Việt Hưng" not in page
    assert "26.000" not in page
    assert "/cong-khai" in anyone.get("/").text


def test_few_are_not_shown_and_what_was_reckoned_serves_for_a_while(
    service: Service, tmp_path: Path, browser: Callable[[], Browser]
) -> None:
    anyone = browser()
    assert "Chưa đủ số liệu" in anyone.get("/cong-khai").text
    Day(service, Intake(service.database, tmp_path)).prepare(FEWEST_SHOWN + 1)
    with service.database.write() as session:
        for sent in session.scalars(sa.select(Consignment)):
            record(session, sent, Report(Fact.DELIVERED, "feed", f"end-{sent.id}", now()), now())

    # Whoever asks again and again does not have everything reckoned again and again.
    assert "Chưa đủ số liệu" in anyone.get("/cong-khai").text


def test_while_one_reckons_anew_others_are_shown_what_was_reckoned_before(
    browser: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "PUBLIC_SECONDS", -1)
    first, second = browser(), browser()
    first.get("/cong-khai")
    reckon, begun, may_end = figures._reckon, Event(), Event()

    def reckon_long(last: date) -> Public:
        begun.set()
        assert may_end.wait(30)
        return reckon(last)

    monkeypatch.setattr(figures, "_reckon", reckon_long)
    with ThreadPoolExecutor(1) as others:
        waits = others.submit(first.get, "/cong-khai")
        assert begun.wait(30)
        shown = second.get("/cong-khai")
        may_end.set()

        assert (shown.status_code, waits.result().status_code) == (200, 200)
