"""A ward whose day lies long behind it."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from delivery.cli import tannha
from delivery.models import TrackingEvent
from delivery.rules.doorstep import Paper, Receiver
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake, _no_line_left_open, intake, service
from tests.delivery.own_team import Round, clock, delivered

__all__ = ["_no_line_left_open", "intake", "service"]

# What locks, compares JSON or has triggers of its own is seen on both kinds of databases.
BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database: SQLite where nothing else is said."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres"))
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "tannha.db")
    return f"sqlite:///{tmp_path / 'tannha.db'}"


def command(service: Service, *words: str) -> Result:
    """`tannha WORDS` in English, within this process: a new one for each would be most of the time of these stories."""
    environment = {
        "TANNHA_HOME": str(service.settings.home), "TANNHA_DATABASE_URL": service.settings.database,
        "TANNHA_LANGUAGE": "en", "COLUMNS": "200",
    }  # fmt: skip
    return CliRunner().invoke(tannha, words, env=environment)


@pytest.fixture
def ended(service: Service, intake: Intake) -> Round:
    """Three envelopes in a courier's bag, of which the first two were delivered."""
    round_ = Round.begin(service, intake, 3, Email="nguoi@example.vn", Ghi_chú="gọi trước")
    round_.say(delivered("10:00", Receiver.HOUSEHOLD, [Paper.VNEID]), number=0)
    round_.say(delivered("10:20"), number=1)
    with round_.day.service.database.write() as session:
        # The order was made at a moment of today; in this story all happened on that day.
        session.execute(
            sa.update(TrackingEvent).where(TrackingEvent.received_at > clock("23:00")).values(received_at=NOW)
        )
    return round_
