"""One result from its recipient's wish to their thanks: a phone at home, the desk, a courier without network.

The pages, a worker, an SMS gateway and the one-stop system that hears of it are real processes and servers; three
people use three browsers.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from delivery.models import Batch, CitizenWord, DoorAct, Result, Role, Route
from delivery.moments import local, now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser.conftest import OFFICE, PASSWORD
from tests.browser.round_app import ALL_NOTED, APP, WAITS, deliver, ready, status
from tests.browser.test_a_clerks_day import again_until, print_and_read
from tests.browser.test_handover import gun
from tests.browser.test_own import phone
from tests.delivery.conftest import Intake
from tests.delivery.rows import a_row
from tests.journeys.test_the_day import answers, process, until
from tests.messages.servers import Gateway, running_gateway
from tests.notices.conftest import an_endpoint
from tests.notices.receiver import Receiver, running_receiver, said
from web.people import add_staff
from web.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.journey]
DOSSIER, PHONE, DIGITS = "H26.41.118-261120-0001", "0912345001", "001"


@dataclass
class Ward:
    """A ward of its own team, with its pages and a worker, and the telephones of its citizens."""

    service: Service
    telephones: Gateway
    one_stop: Receiver

    @property
    def url(self) -> str:
        return self.service.settings.web_url

    def one(self, wanted: sa.Select[str]) -> str:
        with self.service.database.read() as session:
            return session.scalars(wanted).one()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    home, port = tmp_path / "home", free_port()
    with ExitStack() as house:
        telephones, one_stop = house.enter_context(running_gateway()), house.enter_context(running_receiver())
        told = {
            "message_channels": "sms", "sms_gateway": telephones.profile(tmp_path), "sms_key": "khoa",
            "message_quiet": "", "carrier": "own-team", "port": port, "notice_plain_http": True,
        }  # fmt: skip
        service = Service.from_settings(Settings(home=home, _env_file=None, **told))  # type: ignore[arg-type, call-arg]
        house.callback(service.close)
        set_up(service)
        with service.database.write() as session:
            add_staff(session, "huong", "Trần Thu Hương", Role.CLERK, "BD", PASSWORD)
            for code in ("BD1", "BD2"):
                add_staff(session, code, f"Bưu tá {code}", Role.COURIER, None, PASSWORD, courier_code=code)
        an_endpoint(service, one_stop)
        today = f"{local(now()).date():%d/%m/%Y}"
        # It lies at the counter; the export says where its recipient lives.
        row = a_row(1, Số_điện_thoại=PHONE, Trả_tại_nhà="", Ngày_có_kết_quả=today)
        Intake(service.database, tmp_path).rows(row)
        quick = {"plan_seconds": 1, "sweep_seconds": 0.5, "language": "vi"}
        environment = {f"TANNHA_{name.upper()}": str(value) for name, value in {**told, **quick}.items()}
        for command in ("worker", "serve"):
            house.enter_context(process(home, command, environment=environment))
        until(lambda: answers(f"{service.settings.web_url}/readyz"), 90)
        yield Ward(service, telephones, one_stop)


def test_from_the_wish_of_a_citizen_to_their_thanks(ward: Ward, chromium: Browser, tmp_path: Path) -> None:
    with phone(chromium, scripts=False) as at_home:
        wishes_it_home(ward, at_home)
        desk = at_the_desk(ward, chromium)
        code = the_desk_sends_it_out(desk, tmp_path)
        a_courier_delivers_it_without_network(ward, chromium)
        says_thanks(ward, at_home)
        the_desk_reads_it_and_closes_the_day(ward, desk, code)
        desk.close()
    the_one_stop_system_has_heard_of_it(ward, code)


def wishes_it_home(ward: Ward, page: Page) -> None:
    page.goto(f"{ward.url}/ho-so-cua-toi")
    page.fill("#ho_so", DOSSIER)
    page.fill("#dien_thoai", PHONE)
    page.press("#dien_thoai", "Enter")
    page.wait_for_url("**/ma")
    until(lambda: bool(ward.telephones.sent), 120)
    page.fill("#ma", re.findall(r"\b\d{6}\b", ward.telephones.texts[-1])[0])
    page.press("#ma", "Enter")
    page.wait_for_url("**/xem")
    page.click("text=Xem lại trước")
    page.check("#dong_y")
    page.click("button:has-text('Phát tại nhà')")
    expect(page.locator("main")).to_contain_text("Kết quả được phát tại nhà")


def at_the_desk(ward: Ward, chromium: Browser) -> Page:
    page = chromium.new_page(viewport=OFFICE, locale="vi-VN", base_url=ward.url)
    page.set_default_timeout(60_000)
    log_in(page, "huong", "**/dieu-phoi*")
    return page


def log_in(page: Page, username: str, first_page: str) -> None:
    page.goto("/dang-nhap")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(first_page)


def the_desk_sends_it_out(page: Page, folder: Path) -> str:
    """Gathered, planned, printed, and handed over to the ward's own courier; the code on its label."""

    def gathered() -> bool:
        # A worker looks the address up: until then there is nothing to gather.
        with page.expect_navigation():
            page.get_by_role("button", name="Gom").click()
        return page.get_by_role("button", name="Lập tuyến").count() > 0

    page.goto(f"/dieu-phoi?ngay={local(now()).date().isoformat()}")
    again_until(page, gathered)
    page.get_by_role("button", name="Lập tuyến").first.click()
    expect(page.locator(".stops li")).to_have_count(1, timeout=90_000)
    (code,) = print_and_read(page, folder)
    with page.expect_navigation():
        page.get_by_role("button", name="Báo bưu chính").click()
    again_until(page, lambda: page.get_by_role("button", name="Báo bưu chính").count() == 0)
    page.get_by_role("link", name="Bàn giao").click()
    page.wait_for_url("**/ban-giao/*", wait_until="load")
    expect(page.locator("#ma")).to_be_focused()
    gun(page, code)
    expect(page.locator("#noi")).to_have_text(f"{code}: đã bàn giao", timeout=20_000)
    page.fill("#ten-carrier", "Bưu tá của phường")
    page.get_by_role("button", name="Kết thúc bàn giao").click()
    expect(page.get_by_text("Đủ: cả 1 phong bì đã bàn giao")).to_be_visible()
    return code


def a_courier_delivers_it_without_network(ward: Ward, chromium: Browser) -> None:
    route = ward.one(sa.select(Route.code).join(Batch, Batch.plan_id == Route.plan_id))
    bag: BrowserContext = chromium.new_context(
        viewport={"width": 360, "height": 740}, locale="vi-VN", base_url=ward.url
    )
    page = bag.new_page()
    log_in(page, route.lower(), "**/rounds**")
    page.goto(APP)
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    bag.set_offline(True)
    page.reload()
    ready(page)
    deliver(page, 1)
    status(page, WAITS)
    with ward.service.database.read() as session:
        assert session.scalars(sa.select(DoorAct)).all() == []
    bag.set_offline(False)
    status(page, ALL_NOTED)
    bag.close()


def says_thanks(ward: Ward, page: Page) -> None:
    """By the link of the message that it is on its way; that it was delivered is told once nobody can unsay it."""
    until(lambda: any("/tra-cuu?ma=" in text for text in ward.telephones.texts), 120)
    (link,) = {found for text in ward.telephones.texts for found in re.findall(r"http://\S+/tra-cuu\?ma=\w+", text)}
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Đã phát")
    page.click("text=Phong bì này của tôi")
    page.fill("#so", DIGITS)
    page.press("#so", "Enter")
    page.wait_for_url("**/xem")
    page.click("button[value='5']")
    page.fill("#loi-danh-gia", "bưu tá rất lịch sự")
    page.click("button:has-text('Gửi')")
    expect(page.locator("main")).to_contain_text("Đã ghi nhận")


def the_desk_reads_it_and_closes_the_day(ward: Ward, page: Page, code: str) -> None:
    page.goto(f"/tim?ma={code}")
    expect(page.locator("main")).to_contain_text("bưu tá rất lịch sự")
    page.goto("/ket-so")
    expect(page.get_by_text("Sổ cân đến phong bì cuối cùng")).to_be_visible()
    page.goto("/so-lieu")
    expect(page.locator(".tiles")).to_contain_text("5,0 ★")
    with ward.service.database.read() as session:
        # Once each, whatever was tried again on the way.
        assert len(session.scalars(sa.select(DoorAct)).all()) == 1
        assert session.scalars(sa.select(CitizenWord.stars)).one() == 5
        result = session.scalars(sa.select(Result)).one()
    texts = ward.telephones.texts
    assert len(texts) == len(set(texts))
    secrets = (result.owner_name, result.dossier_code, result.procedure_name, result.address)
    assert not [text for text in texts for secret in secrets if secret in text]


def the_one_stop_system_has_heard_of_it(ward: Ward, code: str) -> None:
    """Of each step, signed, in its number's place; the last says who vouches for it, and none says whose it is."""
    heard = ward.one_stop
    until(lambda: heard.results.get((DOSSIER, 1), {}).get("stage") == "delivered", 120)
    last = heard.results[DOSSIER, 1]
    assert (last["item_code"], last["proof"], last["received_by"]) == (code, "own_team", "recipient")
    told = dict(zip(heard.names, heard.came, strict=True))
    assert sorted(one["data"]["sequence"] for one in told.values()) == list(range(1, last["sequence"] + 1))
    steps = [kind for kind in heard.types if kind != "result.updated"]
    assert steps == ["result.taken_over", "result.under_way", "result.delivered"]
    assert heard.forged == 0
    with ward.service.database.read() as session:
        result = session.scalars(sa.select(Result)).one()
    secrets = (result.owner_name, result.recipient_name, result.phone, result.procedure_name, result.address)
    assert not [text for text in secrets for notice in heard.came if text in said(notice)]
