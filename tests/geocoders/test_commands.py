"""The commands about places, as a script calls them."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from click.testing import Result as Outcome

from delivery.cli import tannha
from delivery.geocoding import geocode
from delivery.models import ConfirmedDoor, Result
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.rows import a_row

ADDRESS = "Số 12 ngõ 68 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, Hà Nội"
DOSSIER = "H26.41.118-261120-0001"
DOOR = ("21.0502", "105.8655")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A home with one placed result, as the commands find it in the environment."""
    monkeypatch.setenv("TANNHA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    made = Service.from_settings(Settings(home=tmp_path / "home", _env_file=None))  # type: ignore[call-arg]
    set_up(made)
    Intake(made.database, tmp_path).rows(a_row(1, Địa_chỉ_nhận=ADDRESS, Vĩ_độ="", Kinh_độ=""))
    geocode(made.database, NOW)
    return made


def say(*words: str, typed: str = "") -> Outcome:
    return CliRunner().invoke(tannha, list(words), input=typed)


def test_a_pin_is_put_listed_without_house_numbers_and_forgotten(home: Service) -> None:
    assert say("place", "fix", DOSSIER, *DOOR).exit_code == 0
    listed = json.loads(say("place", "list", "--json").stdout)
    assert [(row["address"], row["source"]) for row in listed] == [("~ 21.050, 105.865", "person")]
    with home.database.read() as session:
        assert session.scalars(sa.select(Result)).one().place_source == "person"

    assert say("place", "forget", typed=f"{ADDRESS}\n").exit_code == 0

    assert json.loads(say("place", "list", "--json").stdout) == []
    with home.database.read() as session:
        assert session.scalars(sa.select(Result)).one().place_source == "numbers"


def test_a_door_is_confirmed_only_with_consent(home: Service) -> None:
    refused = say("place", "confirm", DOSSIER, *DOOR)
    assert refused.exit_code == 1
    assert "đồng ý" in refused.stderr

    assert say("place", "confirm", DOSSIER, *DOOR, "--consent").exit_code == 0

    with home.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConfirmedDoor)) == 1
    assert "door" in say("place", "list").stdout


@pytest.mark.usefixtures("home")
def test_an_unknown_dossier_and_a_point_elsewhere_are_told_in_one_line() -> None:
    assert say("place", "fix", "H00-000000-0000", *DOOR).exit_code == 1
    outside = say("place", "fix", DOSSIER, "10.77", "106.70")
    assert outside.exit_code == 1
    assert "Traceback" not in outside.output
    assert "phường" in outside.stderr


@pytest.mark.usefixtures("home")
def test_placing_anew_says_how_many_were_looked_at_and_what_changed() -> None:
    anew = json.loads(say("geocode", "--again", "--json").stdout)

    assert anew == {"looked": 1, "moved": 0, "other_ward": 0, "ask": 0}
