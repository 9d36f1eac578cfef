"""A made-up day, to practise with."""

from datetime import date
from pathlib import Path

import click

from delivery.cli.console import Day, command, people, settings
from delivery.i18n import gettext as _
from delivery.sample_day import write_sample_day


@click.command("sample-day")
@click.option("--date", "day", type=Day(), required=True, help="The day of dispatch, 2026-11-24.")
@click.option("--count", type=click.IntRange(1, 99_999), default=200, show_default=True, help="How many rows.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes other people.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The CSV file to write.")
@command
def sample_day(*, day: date, count: int, seed: int, out: Path) -> None:
    """Write an export of made-up results to practise with: invented people, real streets, some rows bad on purpose."""
    settings()
    made = write_sample_day(out, day, count=count, seed=seed)
    people.print(_("{count} made-up rows are in {file}, {bad} of them bad on purpose.").format(
        count=count, file=out, bad=made.bad))  # fmt: skip
