"""The console entry point: the service's commands, and those that need the pages."""

from delivery.cli import tannha
from delivery.errors import BadSetting
from delivery.logs import PLAIN, speak_as
from delivery.settings import Settings

__all__ = ["main", "tannha"]

tannha.places |= {"serve": "web.cli:serve", "staff": "web.cli:staff", "demo": "web.demo:play_day"}


def main() -> None:
    """The command `tannha`."""
    try:
        speak_as(Settings.from_env().log)
    except BadSetting:
        speak_as(PLAIN)  # the command that needs the settings tells what is wrong with them
    tannha(prog_name="tannha")
