"""The command that runs the sandbox post for an installation that has no real carrier."""

import click

from delivery.cli.console import command, settings
from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from postal_api.sandbox import EXPLANATION, HABITS, SandboxConfig, serve
from postal_api.sandbox.config import MOST_TOGETHER


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; TANNHA_SANDBOX_PORT unless given.")
@click.option("--speed", type=click.FloatRange(1, 100_000), default=1.0, show_default=True,
              help="How many times faster than life the post works.")  # fmt: skip
@click.option("--habit", "habits", multiple=True, type=click.Choice(sorted(HABITS)), help="A bad habit to switch on.")
@click.option("--together", type=click.IntRange(1, MOST_TOGETHER), default=MOST_TOGETHER, show_default=True,
              help="Envelopes of one moment in one callback, at most.")  # fmt: skip
@click.option("--through-nights", is_flag=True, help="Do not stop the post's clock at 18:00.")
@click.option("--explain", is_flag=True, help="Say what it does as documented and what it assumes, and end.")
@command
def sandbox(
    *, port: int | None, speed: float, habits: tuple[str, ...], together: int, through_nights: bool, explain: bool
) -> None:
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
            through_nights=through_nights,
        )
    )
