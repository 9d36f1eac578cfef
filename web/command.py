"""The console entry point: the service's commands, and those that need the pages."""

from delivery.cli import tannha
from delivery.logs import speak_plainly

tannha.places |= {"serve": "web.cli:serve", "staff": "web.cli:staff", "demo": "web.demo:play_day"}


def main() -> None:
    """The command `tannha`."""
    speak_plainly()
    tannha(prog_name="tannha")
