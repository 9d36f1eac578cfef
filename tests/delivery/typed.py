"""A command as somebody types it, in the home of the service at hand.

It runs within the process of the test: loading the program anew for each would be most of the time of these stories.
That the program starts by itself is told in tests/journeys.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from delivery.i18n import current_language, speak
from delivery.settings import Settings
from delivery.wiring import Service
from web.command import tannha


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def typed(service: Service, *words: str) -> Done:
    """Run `tannha WORDS`, in English, and wait for its end. Whatever is not raised on purpose is raised here."""
    environment = {
        "TANNHA_HOME": str(service.settings.home),
        "TANNHA_DATABASE_URL": service.settings.database,
        "TANNHA_LANGUAGE": "en",
    }
    spoken = current_language()
    with capture_logs(), _let_go_of():
        ended = CliRunner(env=environment).invoke(tannha, words)
    speak(spoken)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Done(ended.exit_code, ended.stdout, ended.stderr)


@contextmanager
def _let_go_of() -> Iterator[None]:
    """Whatever service a command has made ends with it, as with its process."""
    made: list[Service] = []
    make = Service.from_settings

    def from_settings(settings: Settings) -> Service:
        made.append(make(settings))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Service, "from_settings", from_settings)
        yield
    for service in made:
        service.close()
