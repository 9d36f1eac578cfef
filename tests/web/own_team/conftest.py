"""The pages on a morning of the own team: three envelopes in the bag of one courier, two accounts of couriers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import time_machine

from delivery.dispatch.rounds import rounds_of_day
from delivery.models import Role
from delivery.setting_up import set_up
from delivery.wiring import Service
from tests.delivery.conftest import DAY, Intake
from tests.delivery.own_team import Round, clock, own
from tests.web.conftest import PASSWORD, PEOPLE, Browser, Kept, service_at
from web.people import add_staff

COUNTER = "/ket-qua-phat"


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A ward whose own team carries; every courier for whom rounds are planned has an account."""
    home = tmp_path_factory.mktemp("team") / "home"
    with service_at(home, "own-team") as made:
        set_up(made)
        with made.database.write() as session:
            for username, role, office in PEOPLE:
                add_staff(session, username, username.title(), role, office, PASSWORD)
            for code in ("BD1", "BD2", "VH1"):
                add_staff(session, code, f"Bưu tá {code}", Role.COURIER, None, PASSWORD, courier_code=code)
    return Kept(home, "own-team")


@pytest.fixture(scope="session")
def under_way(tmp_path_factory: pytest.TempPathFactory, team: Kept) -> Kept:
    """The same with a round, as it was begun at nine o'clock."""
    folder = tmp_path_factory.mktemp("under-way")
    with team.copied(folder) as made, time_machine.travel(clock("09:00")):
        day = Round.begin(made, Intake(made.database, folder)).day
    return replace(team, home=folder / "home", batch=day.batch, papers=day.papers)


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A home of one's own; with the round in it for whoever asks for `rounds`."""
    kept: Kept = request.getfixturevalue("under_way" if "rounds" in request.fixturenames else "team")
    with kept.copied(tmp_path) as made:
        yield made


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """Nine o'clock on the day of the round."""
    with time_machine.travel(clock("09:00")) as clocks:
        yield clocks


@dataclass
class Rounds:
    """The round of the morning, whose it is, and where its pages are."""

    round: Round
    courier: str
    code: str

    @property
    def address(self) -> str:
        return f"/rounds/{self.code}"

    def stop(self, number: int) -> str:
        return f"{self.address}/{number}"

    def code_of(self, number: int) -> str:
        """The item code of the envelope of a stop."""
        with self.round.day.service.database.read() as session:
            (found,) = rounds_of_day(session, DAY, [1, 2, 3, 4])
            stop = found.at(number)
            assert stop is not None
            return stop.sent.item_code

    def say(self, browser: Browser, number: int = 1, **form: str) -> str:
        """Press a button of a stop's page, with what its form carries; returns the page that follows."""
        here = self.stop(number)
        return browser.post(here, on=here, **{**form_of(browser, here), **form}).text


def form_of(browser: Browser, address: str) -> dict[str, str]:
    """The hidden fields of the first form for the door on a page."""
    page = browser.get(address).text
    form = page.split('class="door-form"')[1]
    return {name: _field(form, name) for name in ("phieu", "buu_gui")}


def _field(form: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', form)
    assert found is not None
    return found[1]


@pytest.fixture
def rounds(service: Service, under_way: Kept, tmp_path: Path, morning: time_machine.Traveller) -> Rounds:  # noqa: ARG001
    made = Round(under_way.day(own(service), tmp_path))
    with service.database.read() as session:
        (found,) = rounds_of_day(session, DAY, [1, 2, 3, 4])
        return Rounds(made, found.route.code.lower(), found.batch.code)
