"""Whoever types a command waits for what it needs, and for nothing else."""

import subprocess
import sys

import click
import pytest

from web.command import tannha

# Each takes tenths of a second to load; none is needed to read the books.
HEAVY = ("alembic", "geopy", "numba", "numpy", "openpyxl", "ortools", "reportlab", "shapely")
TYPED = """
import sys
from web.command import main
sys.argv = ["tannha", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("track", "--help"), ("staff", "--help")])
def test_who_asks_for_help_does_not_wait_for_the_optimiser(words: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", TYPED, *words], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert "delivery" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_help_says_of_each_command_what_the_command_says_of_itself() -> None:
    context = click.Context(tannha, info_name="tannha", max_content_width=200, terminal_width=200)
    shown = dict(line.split(maxsplit=1) for line in tannha.get_help(context).partition("Commands:\n")[2].splitlines())
    assert sorted(shown) == tannha.list_commands(context)
    for name, told in shown.items():
        command = tannha.get_command(context, name)
        assert command is not None
        assert command.help is not None
        assert command.get_short_help_str(limit=180) == told.strip()
