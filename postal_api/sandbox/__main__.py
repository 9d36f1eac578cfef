"""`python -m postal_api.sandbox`: the sandbox post as a process of its own."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from postal_api.errors import SandboxCannotStart
from postal_api.sandbox.config import HABITS, MOST_TOGETHER, PAUSES, SandboxConfig
from postal_api.sandbox.explained import EXPLANATION
from postal_api.sandbox.server import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run the post until it is ended."""
    chosen = _parser().parse_args(arguments)
    if chosen.explain:
        print(EXPLANATION, end="")
        return 0
    if chosen.data is None:
        print("--data FOLDER is needed: where the books and the key pair lie", file=sys.stderr)
        return 2
    try:
        config = SandboxConfig(
            data=chosen.data,
            port=chosen.port,
            speed=chosen.speed,
            callback_url=chosen.callback,
            viettelpost_callback_url=chosen.viettelpost_callback,
            habits=frozenset(chosen.habit),
            seed=chosen.seed,
            through_nights=chosen.through_nights,
            together=chosen.together,
            token_seconds=chosen.token_seconds,
            pauses=tuple(chosen.pause) or PAUSES,
        )
        serve(config, announce=lambda address: print(address, flush=True))
    except SandboxCannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    habits = "; ".join(f"{name}: {what}" for name, what in HABITS.items())
    parser = argparse.ArgumentParser(prog="python -m postal_api.sandbox", description="A post to practise with.")
    add = parser.add_argument
    add("--explain", action="store_true", help="say what is documented and what is assumed, and end")
    add("--data", type=Path, help="folder for the books, the key pair and the file `port`")
    add("--port", type=int, default=0, help="port to listen on; 0 lets the system choose")
    add("--speed", type=float, default=1, help="how many times faster than life the clock runs")
    add("--callback", metavar="URL", help="where signed callbacks are sent; none are sent unless given")
    add("--viettelpost-callback", metavar="URL", help="where Viettel Post's callbacks are sent")
    add("--habit", action="append", default=[], choices=sorted(HABITS), help=f"a bad habit, repeatable ({habits})")
    add("--seed", type=int, default=0, help="changes all journeys and habits")
    add("--through-nights", action="store_true", help="do not stop the clock at 18:00")
    add("--together", type=int, default=MOST_TOGETHER, help="envelopes of one moment in one callback, at most")
    add("--token-seconds", type=int, default=3600, help="how long a token is good for")
    add("--pause", type=float, action="append", default=[], metavar="SECONDS",
        help="pause before each attempt to deliver a callback, repeatable")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
