"""Serving the pages with waitress; no access log: addresses and codes of citizens are nobody's log line."""

from waitress import create_server

from delivery.wiring import Service
from web.app import create_app

THREADS = 8


def serve(service: Service, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises OSError when the port cannot be opened.
    """
    server = create_server(
        create_app(service), host=host, port=port, threads=THREADS, ident="", clear_untrusted_proxy_headers=True
    )
    try:
        server.run()
    finally:
        server.close()
