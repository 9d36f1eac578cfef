"""The application behind its real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask

from web.lanes import create_lanes
from web.room import is_staff_of, parser_for
from web.views import callbacks


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Its address on this machine."""
    lanes = create_lanes(
        app, lambda _raws: [], callbacks.DOORS, parser=parser_for(is_staff_of(app)), host="127.0.0.1", port=0
    )
    thread = Thread(target=lanes.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{lanes.effective_port}"
    finally:
        lanes.close()
