"""The way to a provider and back, as a browser without pictures goes it."""

import html
import re
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

HERE = "http://127.0.0.1:8000"


def led_to(page: TestResponse) -> str:
    """Where the page that leads away leads."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found is not None, page.text[-2000:]
    return html.unescape(found[1])


def inside(address: str) -> str:
    """The page of ours to which the provider sends a browser back."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == HERE
    return f"{parts.path}?{parts.query}"
