"""What processes say about their work: lines without anybody's data, which a full disk costs and nothing else.

Plain lines are for people, and few; JSON lines are for machines, and tell each step (TANNHA_LOG).
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer

PLAIN, JSON = "plain", "json"
# What must never have come so far, and is blotted out where it has: telephones, mail addresses, codes of dossiers.
_PERSONAL = re.compile(
    r"(?<![\w.])(?:\+84|0)(?:[ .]?\d){9,10}(?![\w])"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\b[A-Z]\d{2}(?:\.\d{1,3})+-\d{6}-\d{4}\b"
    r"|\b\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}-\d{6}-\d{4}\b"
)
BLOT = "█"


def blotted(line: str) -> str:
    """The line without what looks like somebody's data: the last wall behind those who keep it out of messages."""
    return _PERSONAL.sub(BLOT, line)


class Unhurt(structlog.PrintLogger):
    """Prints; where there is no room for a line, the line is lost and the work goes on."""

    def msg(self, message: str) -> None:
        """Print one line."""
        with suppress(OSError):
            super().msg(blotted(message))

    log = debug = info = warn = warning = error = critical = failure = exception = fatal = msg


class _Foreign(logging.Handler):
    """Lines of libraries, in the same form as ours."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            facts["error"] = record.exc_info[0].__name__
        with suppress(Exception):
            structlog.get_logger().log(record.levelno, record.getMessage(), **facts)


def speak_plainly() -> None:
    """Set logging up for this process, in lines for people.

    Tracebacks come without the values of variables: these are people's names and addresses.
    """
    show: Any = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    _set_up([structlog.dev.set_exc_info], show, logging.INFO)


def speak_json() -> None:
    """Set logging up for this process: one JSON object a line, each step of the work, libraries' lines as well.

    They go to the error stream: what a command answers stays apart from them.
    """
    errors = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=30))
    show = structlog.processors.JSONRenderer(serializer=_serialised)
    _set_up([structlog.dev.set_exc_info, errors], show, logging.DEBUG, sys.stderr)
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(logging.WARNING)


def speak_as(form: str) -> None:
    """Set logging up as the setting says."""
    (speak_json if form == JSON else speak_plainly)()


def _set_up(processors: list[Any], show: Any, level: int, to: TextIO | None = None) -> None:  # noqa: ANN401  structlog's own type is as wide
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *processors,
            structlog.processors.TimeStamper(fmt="iso"),
            show,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: Unhurt(to),
    )


def _serialised(line: dict[str, Any], default: Callable[[Any], Any] | None = None, **_options: object) -> str:
    return json.dumps(line, ensure_ascii=False, default=default or str)
