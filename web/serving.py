"""Serving the pages with waitress; no access log: addresses and codes of citizens are nobody's log line."""

import gc
import logging
import sys
from functools import partial
from typing import Any

from delivery.wiring import Service
from web.app import create_app
from web.lanes import Patience, create_lanes
from web.room import MOST_WITH_FILE, is_staff_of, parser_for
from web.views import callbacks, metrics

# Callbacks may want the interpreter all the time; a page that asks for it often must not wait long each time.
SWITCH_SECONDS = 0.0005
# So many may be connected at a time: a carrier that opens hundreds must not keep citizens from the door.
MOST_CONNECTIONS = 800
IDLE_SECONDS = 60
MOST_IN_A_HEAD = 32 * 1024


def serve(service: Service, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises OSError when the port cannot be opened.
    """
    # That a queue has a length is no news to whoever has given it an end.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    sys.setswitchinterval(SWITCH_SECONDS)
    server = server_of(service, host, port)
    spare_the_collector()
    try:
        server.run()
    finally:
        server.close()


def server_of(service: Service, host: str, port: int, patience: Patience | None = None) -> Any:  # noqa: ANN401
    """The server, with all its bounds: connections, heads, bodies, and how long each may take to come in.

    Raises OSError when the port cannot be opened.
    """
    app = create_app(service)
    return create_lanes(
        app,
        app.extensions[metrics.EXTENSION].counted(partial(callbacks.answer, service)),
        callbacks.DOORS,
        parser=parser_for(is_staff_of(app)),
        patience=patience,
        host=host,
        port=port,
        ident="",
        # What a proxy says of where a request comes from is read by web.clients, and believed of those we name alone.
        clear_untrusted_proxy_headers=not service.settings.trusted_proxies,
        channel_timeout=IDLE_SECONDS,
        max_request_header_size=MOST_IN_A_HEAD,
        connection_limit=MOST_CONNECTIONS,
        asyncore_use_poll=True,
        max_request_body_size=MOST_WITH_FILE,
    )


def spare_the_collector() -> None:
    """Have Python's collector look no more at what is there now: what a server begins with stays to its end.

    Otherwise it goes through all modules, mappings and pages again and again, and somebody's page waits for it.
    """
    gc.collect()
    gc.freeze()
