"""What processes say about their work: plain lines without anybody's data, which a full disk costs and nothing else."""

from contextlib import suppress

import structlog


class Unhurt(structlog.PrintLogger):
    """Prints; where there is no room for a line, the line is lost and the work goes on."""

    def msg(self, message: str) -> None:
        """Print one line."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = error = critical = failure = exception = fatal = msg


def speak_plainly() -> None:
    """Set logging up for this process.

    Tracebacks come without the values of variables: these are people's names and addresses.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=lambda *_names: Unhurt(),
    )
