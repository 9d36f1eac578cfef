"""The pages on a ward with a planned and printed day; asked as a browser asks, with tokens and cookies."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from delivery.models import Role
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from web.app import create_app
from web.people import add_staff

PASSWORD = "mật khẩu để thử"
PEOPLE = (
    ("bode", Role.CLERK, "BD"), ("viethung", Role.CLERK, "VH"), ("giamsat", Role.SUPERVISOR, None),
    ("kiemtoan", Role.AUDITOR, None), ("quantri", Role.ADMINISTRATOR, None),
)  # fmt: skip


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    settings = Settings(home=tmp_path / "home", carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
    made = Service.from_settings(settings)
    shutil.copy(sqlite_template, settings.home / "tannha.db")
    set_up(made)
    with made.database.write() as session:
        for username, role, office in PEOPLE:
            add_staff(session, username, username.title(), role, office, PASSWORD)
    yield made
    made.close()


@pytest.fixture
def day(service: Service, tmp_path: Path) -> Day:
    """Three envelopes of Bồ Đề, planned and printed."""
    return Day(service, Intake(service.database, tmp_path)).prepare(3)


@dataclass
class Browser:
    """A browser without pictures: keeps cookies and sends the token of the page it last saw."""

    client: FlaskClient

    def get(self, address: str, *, follow: bool = False) -> TestResponse:
        return self.client.get(address, follow_redirects=follow)

    def post(self, address: str, /, on: str = "/dang-nhap", **form: str | list[str]) -> TestResponse:
        """Submit a form of the page `on`, and follow to where it leads."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(on, follow=True).text)
        assert token is not None, f"no form on {on}"
        return self.client.post(address, data={"csrf_token": token[1], **form}, follow_redirects=True)

    def log_in(self, username: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/dang-nhap", username=username, password=password)


@pytest.fixture
def browser(service: Service) -> Callable[[], Browser]:
    app = create_app(service)
    return lambda: Browser(app.test_client())


@pytest.fixture
def anyone(browser: Callable[[], Browser]) -> Browser:
    """Somebody who is not logged in."""
    return browser()


@pytest.fixture
def logged_in(browser: Callable[[], Browser]) -> Callable[[str], Browser]:
    def as_(username: str) -> Browser:
        made = browser()
        assert made.log_in(username).status_code in {200, 403}
        return made

    return as_
