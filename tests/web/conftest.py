"""The pages on a ward with a planned and printed day; asked as a browser asks, with tokens and cookies."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Kept:
    """A home as its people left it, to be copied; which batch was printed last, and what."""

    home: Path
    carrier: str
    batch: str = ""
    papers: dict[str, bytes] = field(default_factory=dict)

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Service]:
        """The service of a copy."""
        shutil.copytree(self.home, folder / "home")
        with service_at(folder / "home", self.carrier) as made:
            yield made

    def day(self, service: Service, folder: Path) -> Day:
        """The day of that home, gone on with by the service of a copy."""
        return Day(service, Intake(service.database, folder), batch=self.batch, papers=dict(self.papers))


@contextmanager
def service_at(home: Path, carrier: str = "sandbox") -> Iterator[Service]:
    told: dict[str, Any] = {"home": home, "carrier": carrier, "_env_file": None}
    made = Service.from_settings(Settings(**told))
    with closing(made):
        yield made


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Four wards with their people, made once for each process of the tests."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    with service_at(home) as made:
        set_up(made)
        with made.database.write() as session:
            for username, role, office in PEOPLE:
                add_staff(session, username, username.title(), role, office, PASSWORD)
    return Kept(home, "sandbox")


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory, furnished: Kept) -> Kept:
    """The same with three envelopes of Bồ Đề, planned and printed: most pages are asked of such a day."""
    folder = tmp_path_factory.mktemp("printed")
    with furnished.copied(folder) as made:
        day = Day(made, Intake(made.database, folder)).prepare(3)
    return replace(furnished, home=folder / "home", batch=day.batch, papers=day.papers)


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A home of one's own; with the printed day in it for whoever asks for `day`."""
    kept: Kept = request.getfixturevalue("printed" if "day" in request.fixturenames else "furnished")
    with kept.copied(tmp_path) as made:
        yield made


@pytest.fixture
def day(service: Service, printed: Kept, tmp_path: Path) -> Day:
    """Three envelopes of Bồ Đề, planned and printed."""
    return printed.day(service, tmp_path)


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
