"""What goes over the wire: files of ours compressed, pages with secrets never, and unchanged files not at all."""

import gzip
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.web.conftest import Browser

FILES = ["css/tannha.css", "vendor/bootstrap.min.css", "js/handover.js", "icon.svg"]
STATIC = Path(__file__).parents[2] / "web" / "static"


def got(browser: Browser, address: str, headers: dict[str, str]) -> TestResponse:
    """The whole answer; its file is closed again."""
    return browser.client.get(address, headers=headers, buffered=True)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_ours_comes_compressed_to_whoever_can_read_it(anyone: Browser, name: str) -> None:
    plain = (STATIC / name).read_bytes()
    packed = got(anyone, f"/static/{name}", {"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain)

    for refused in ("", "identity", "gzip;q=0"):
        whole = got(anyone, f"/static/{name}", {"Accept-Encoding": refused})
        assert "Content-Encoding" not in whole.headers
        assert whole.data == plain
        assert "accept-encoding" in whole.vary
        assert "accept-encoding" in packed.vary


def test_what_has_not_changed_is_not_sent_again(anyone: Browser) -> None:
    first = got(anyone, "/static/css/tannha.css", {"Accept-Encoding": "gzip"})
    for encodings in ("gzip", "identity"):
        kept = {"Accept-Encoding": encodings, "If-None-Match": first.headers["ETag"]}
        again = got(anyone, "/static/css/tannha.css", kept)
        assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_that_part_of_it(anyone: Browser) -> None:
    plain = (STATIC / "css/tannha.css").read_bytes()
    part = got(anyone, "/static/css/tannha.css", {"Accept-Encoding": "gzip", "Range": "bytes=5-14"})
    assert (part.status_code, part.data) == (206, plain[5:15])


def test_pages_with_a_token_in_them_are_never_compressed(anyone: Browser) -> None:
    for page in ("/", "/dang-nhap", "/phong-bi-cua-toi"):
        assert "Content-Encoding" not in got(anyone, page, {"Accept-Encoding": "gzip"}).headers
