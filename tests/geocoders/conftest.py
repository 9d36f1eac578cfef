"""A ward with its results, and an online geocoder on this machine that can misbehave."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from delivery.geocoders.answers import AnswerBook
from delivery.geocoders.chain import Chain
from delivery.geocoders.online import OnlineLine, OnlineService
from delivery.geocoders.services import Access
from delivery.places.atlas import Atlas
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.geocoders.online import OnlineGeocoder


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service on a fresh database of each kind, no online geocoder named."""
    settings = Settings(home=tmp_path / "home", database_url=database_url, carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
    made = Service.from_settings(settings)
    set_up(made)
    yield made
    made.close()


@pytest.fixture
def intake(service: Service, tmp_path: Path) -> Intake:
    return Intake(service.database, tmp_path)


@pytest.fixture
def online() -> Iterator[OnlineGeocoder]:
    """A geocoder that listens on 127.0.0.1 and speaks the formats of four services."""
    with OnlineGeocoder() as listening:
        yield listening


MakeChain = Callable[..., Chain]


@pytest.fixture
def chain_with(service: Service, online: OnlineGeocoder) -> Iterator[MakeChain]:
    """A chain that ends with one of the services, in a hurry."""
    lines: list[OnlineLine] = []

    def make(name: str = "nominatim", seconds: float = 2.0) -> Chain:
        line = OnlineLine(name, Access(online.url, "a-key", seconds), per_second=1000)
        lines.append(line)
        atlas = Atlas.built_in()
        return Chain.of(atlas, service.database, [OnlineService(atlas, line, AnswerBook(service.database))])

    yield make
    for line in lines:
        line.close()
