"""Serving the pages with waitress; no access log: addresses and codes of citizens are nobody's log line."""

import logging
import sys
from functools import partial

from delivery.wiring import Service
from web.app import create_app
from web.lanes import create_lanes
from web.room import MOST_WITH_FILE, is_staff_of, parser_for
from web.views import callbacks, metrics

# Callbacks may want the interpreter all the time; a page that asks for it often must not wait long each time.
SWITCH_SECONDS = 0.0005
# So many may be connected at a time: a carrier that opens hundreds must not keep citizens from the door.
MOST_CONNECTIONS = 800


def serve(service: Service, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises OSError when the port cannot be opened.
    """
    # That a queue has a length is no news to whoever has given it an end.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    sys.setswitchinterval(SWITCH_SECONDS)
    app = create_app(service)
    server = create_lanes(
        app,
        app.extensions[metrics.EXTENSION].counted(partial(callbacks.answer, service)),
        callbacks.DOORS,
        parser=parser_for(is_staff_of(app)),
        host=host,
        port=port,
        ident="",
        clear_untrusted_proxy_headers=True,
        connection_limit=MOST_CONNECTIONS,
        asyncore_use_poll=True,
        max_request_body_size=MOST_WITH_FILE,
    )
    try:
        server.run()
    finally:
        server.close()
