"""A real Chromium before real pages: the server runs in a process of its own, as in life."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from delivery.maps.importing import Sources, import_map
from delivery.models import Role
from delivery.moments import local, now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.browser import warm
from tests.conftest import need
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row
from tests.maps.village import Village
from web.people import add_staff
from web.processes import free_port

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PASSWORD = "mật khẩu để thử"
PHONE, OFFICE = ViewportSize(width=390, height=844), ViewportSize(width=1366, height=768)
DOUBTFUL = "Tổ 6, P. Phúc Đồng, Q. Long Biên, Hà Nội"


@dataclass
class Site:
    """The pages of a ward with a printed day, and one address to decide."""

    url: str
    day: Day

    def log_in(self, page: Page, username: str = "giamsat", first_page: str = "**/dieu-phoi*") -> None:
        page.goto(f"{self.url}/dang-nhap")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(first_page)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with _site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def mapped_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same where a map of two streets of Bồ Đề was imported before the day was planned."""
    folder = tmp_path_factory.mktemp("mapped")
    village = Village(21.03, 105.86)
    village.road("Phố Một", (0, 0), (1000, 0), (2500, 0), kind="tertiary")
    village.road("Phố Quanh Co", (0, 0), *[(1740 if n % 2 else 1790, 20 * n) for n in range(125)])
    import_map(folder / "home", Sources(village.write(folder / "village.osm.pbf")))
    with _site(folder) as site:
        yield site


@pytest.fixture
def team_site(tmp_path: Path) -> Iterator[Site]:
    """The pages on a day of the ward's own team, which is today: four envelopes in the bag of one courier."""
    service = Service.from_settings(Settings(home=tmp_path / "home", carrier="own-team", _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    with service.database.write() as session:
        add_staff(session, "giamsat", "Giám sát", Role.SUPERVISOR, None, PASSWORD)
        for code in ("BD1", "BD2"):
            add_staff(session, code, f"Bưu tá {code}", Role.COURIER, None, PASSWORD, courier_code=code)
    today = Day(service, Intake(service.database, tmp_path), local(now()).date(), now(), now()).prepare(4)
    today.submit()
    today.hand_over()
    try:
        with _served(tmp_path / "home") as url:
            yield Site(url, today)
    finally:
        service.close()


@pytest.fixture
def told_site(tmp_path: Path) -> Iterator[Site]:
    """The pages on a day of which the carrier has accepted all six envelopes; they lie on the table."""
    with _site(tmp_path) as site:
        service = site.day.service
        with running_post(service.settings.sandbox_folder) as post:
            told = Service(service.settings.model_copy(update={"ngsp_url": post.url}), service.database)
            Day(told, site.day.intake, batch=site.day.batch).submit()
            told.hang_up()
        yield site


@contextmanager
def _site(folder: Path) -> Iterator[Site]:
    service = Service.from_settings(Settings(home=folder / "home", carrier="sandbox", _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    with service.database.write() as session:
        add_staff(session, "giamsat", "Giám sát", Role.SUPERVISOR, None, PASSWORD)
    day = Day(service, Intake(service.database, folder)).prepare(6)
    day.import_and_place(a_row(60, Địa_chỉ_nhận=DOUBTFUL, Vĩ_độ="", Kinh_độ=""))
    try:
        with _served(folder / "home") as url:
            yield Site(url, day)
    finally:
        service.close()


@contextmanager
def _served(home: Path, **settings: str) -> Iterator[str]:
    """The pages of a home, served by a process of its own; the address of their first page."""
    port = free_port()
    told = {"TANNHA_HOME": str(home), "TANNHA_PORT": str(port), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **settings}
    server = warm.start(port, told)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.join(15)
        assert server.exitcode is not None, "the pages did not end"


def _wait_for(url: str) -> None:
    for _ in range(150):
        try:
            if httpx.get(f"{url}/readyz", timeout=1).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError("the pages did not come up")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    need(CHROMIUM.exists(), "Chromium (Debian's package)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=["phone", "office"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A fresh visitor with a phone's or an office's screen; errors in the page's own scripts fail the test."""
    opened = chromium.new_page(viewport=PHONE if request.param == "phone" else OFFICE, locale="vi-VN")
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    opened.close()
    assert not troubles
