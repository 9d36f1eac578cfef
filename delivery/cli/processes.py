"""Commands that keep running, and the doctor: worker, sandbox, check."""

import sys

import click

from delivery.cli.console import command, json_option, people, service, settings, table, write_json
from delivery.doctor import examine
from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.jobs.queues import queues_of
from delivery.jobs.worker import run_worker
from delivery.wiring import Service
from postal_api.sandbox import EXPLANATION, HABITS, SandboxConfig, serve
from postal_api.sandbox.config import MOST_TOGETHER


@click.command("worker")
@click.option("--queues", default="", metavar="NAMES",
              help="Only these of plan, print, submit, inbox, poll, night; all unless given.")  # fmt: skip
@command
def worker(*, queues: str) -> None:
    """Do the work that is due: plan, print, submit, read callbacks and the carrier's feed; stop with Ctrl-C."""
    run_worker(service().settings, queues_of(queues))


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; TANNHA_SANDBOX_PORT unless given.")
@click.option("--speed", type=click.FloatRange(1, 100_000), default=1.0, show_default=True,
              help="How many times faster than life the post works.")  # fmt: skip
@click.option("--habit", "habits", multiple=True, type=click.Choice(sorted(HABITS)), help="A bad habit to switch on.")
@click.option("--together", type=click.IntRange(1, MOST_TOGETHER), default=MOST_TOGETHER, show_default=True,
              help="Envelopes of one moment in one callback, at most.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Say what it does as documented and what it assumes, and end.")
@command
def sandbox(*, port: int | None, speed: float, habits: tuple[str, ...], together: int, explain: bool) -> None:
    """Run the sandbox post: a real HTTP server with the carriers' wire formats, made-up couriers, real bad habits."""
    if explain:
        click.echo(EXPLANATION, nl=False)
        return
    here = settings()
    if not here.uses_sandbox:
        raise BadSetting(_("TANNHA_CARRIER names a real carrier; the sandbox post is not needed"))
    serve(
        SandboxConfig(
            data=here.sandbox_folder,
            port=here.sandbox_port if port is None else port,
            speed=speed,
            callback_url=f"{here.web_url}/callbacks/vnpost",
            viettelpost_callback_url=f"{here.web_url}/callbacks/viettelpost",
            habits=frozenset(habits),
            together=together,
        )
    )


@click.command("check")
@json_option()
@command
def check(*, as_json: bool) -> None:
    """Examine this installation: fonts, time zone, keys, database, worker, carrier; says what to do about each."""
    findings = examine(Service.from_settings(settings()))
    if as_json:
        write_json([{"what": f.what, "ok": f.ok, "says": f.says} for f in findings])
    else:
        rows = [("[green]✓[/]" if f.ok else "[red]✗[/]", _(f.what), f.says) for f in findings]
        table(_("The doctor"), ("", _("Part"), _("Finding")), rows)
        if all(f.ok for f in findings):
            people.print(_("[bold green]Everything is in order.[/]"))
    if not all(f.ok for f in findings):
        sys.exit(1)
