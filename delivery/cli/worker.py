"""The command that does the work. Nothing else is loaded with it: a worker that has died is soon replaced."""

import click

from delivery.cli.console import command, service
from delivery.jobs.queues import queues_of
from delivery.jobs.worker import run_worker


@click.command("worker")
@click.option("--queues", default="", metavar="NAMES",
              help="Only these of plan, print, submit, inbox, poll, night; all unless given.")  # fmt: skip
@command
def worker(*, queues: str) -> None:
    """Do the work that is due: plan, print, submit, read callbacks and the carrier's feed; stop with Ctrl-C."""
    run_worker(service().settings, queues_of(queues))
