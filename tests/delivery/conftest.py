"""A ward to work in: set up as `tannha init` does it, with made-up people."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from delivery import carriers
from delivery.database import Database
from delivery.intake.importing import Refused, import_results
from delivery.intake.table import open_table
from delivery.intake.taken import ImportReport
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from postal_api.carrier import Carrier
from tests.delivery.rows import HEADER, file_of

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _no_line_left_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hang up every carrier that a service of this test has called."""
    called: list[Carrier] = []
    call = carriers.carrier_of

    def carrier_of(settings: Settings) -> Carrier:
        called.append(call(settings))
        return called[-1]

    monkeypatch.setattr(carriers, "carrier_of", carrier_of)
    yield
    for carrier in called:
        carrier.close()


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service on a fresh database of each kind, its four wards furnished."""
    settings = Settings(home=tmp_path / "home", database_url=database_url, carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
    made = Service.from_settings(settings)
    set_up(made)
    yield made
    made.database.engine.dispose()


class Intake:
    """Imports files of rows and keeps what was refused."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.refused: list[Refused] = []
        self.files = 0

    def rows(self, *rows: dict[str, str], dry_run: bool = False) -> ImportReport:
        self.files += 1
        return self.file(file_of(self.folder / f"results-{self.files}.csv", rows), dry_run=dry_run)

    def file(self, path: Path, *, dry_run: bool = False) -> ImportReport:
        self.refused = []
        return import_results(
            self.database, open_table(path), source="test", at=NOW, dry_run=dry_run, refused=self.refused.append
        )

    @property
    def reasons(self) -> list[str]:
        return [refused.reason for refused in self.refused]


@pytest.fixture
def intake(service: Service, tmp_path: Path) -> Intake:
    return Intake(service.database, tmp_path)


Writer = Callable[[Sequence[dict[str, str]]], Path]
__all__ = ["DAY", "HEADER", "NOW", "Intake"]
