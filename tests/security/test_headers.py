"""Every answer, the unwelcome ones as well, tells the browser what may not be done with it."""

from collections.abc import Callable, Iterator

import pytest
from werkzeug.test import TestResponse

from tests.security.ground import NOBODY, Ground, methods
from web.limits import UNCOUNTED

# What is the same for everybody and holds nobody's data may be kept.
KEPT = {"static", "base_map.overview", "base_map.cell", "round_app.page", "round_app.part", "round_app.worker",
        "round_app.manifest", "round_app.picture", "figures.public"}  # fmt: skip


def every_answer(ground: Ground, name: str) -> Iterator[tuple[str, str, TestResponse]]:
    who = ground.attacker(name)
    for rule in ground.rules:
        for address in ground.addresses(rule):
            for method in (*methods(rule), "OPTIONS", "DELETE"):
                yield rule.endpoint, f"{method} {address}", who.ask(address, method)
    yield "", "no page", who.ask("/khong-co-gi")
    yield "", "a file that is not there", who.ask("/static/khong-co.css")
    yield "static", "a file", who.ask("/static/app.css")
    yield "", "too much", who.ask("/dang-nhap", "POST", data=b"x" * (2 * 1024 * 1024), content_type="text/plain")


@pytest.mark.parametrize("name", [NOBODY, "giam-sat", "quan-tri", "buu-ta-o-day"])
def test_every_answer_is_hardened(ground: Ground, name: str) -> None:
    for endpoint, what, answer in every_answer(ground, name):
        told = answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in told["Content-Security-Policy"].split(";"))
        # One page compiles what reads codes; nothing else of the kind is allowed to it either.
        may = "'self' 'wasm-unsafe-eval'" if what == "GET /rounds/mang-theo" else "'self'"
        assert policy.get("script-src", may) == may, what
        assert "unsafe" not in told["Content-Security-Policy"].replace("'wasm-unsafe-eval'", ""), what
        assert policy.get("default-src") in {"'self'", "'none'"}, what
        assert policy["frame-ancestors"] == "'none'", what
        if endpoint != "callbacks.vnpost":
            assert (policy["object-src"], policy["base-uri"]) == ("'none'", "'none'"), what
            assert policy["form-action"] == "'self'"
        assert told["X-Content-Type-Options"] == "nosniff", what
        assert told["Referrer-Policy"] in {"same-origin", "no-referrer"}, what
        assert told["Cross-Origin-Opener-Policy"] == told["Cross-Origin-Resource-Policy"] == "same-origin", what
        assert "geolocation=()" in told["Permissions-Policy"], what
        assert "Server" not in told
        if endpoint not in KEPT or answer.status_code >= 300:
            assert "no-store" in told["Cache-Control"], what
        assert answer.mimetype != "text/html" or "charset=utf-8" in told["Content-Type"]
        assert "Access-Control-Allow-Origin" not in told


def test_what_may_be_kept_holds_nobody_s_data(ground: Ground) -> None:
    """Whoever is logged in gets, of what may be kept, the very same as nobody."""
    nobody, clerk = ground.attacker(), ground.attacker("can-bo-o-day")

    for rule in ground.rules:
        if rule.endpoint in KEPT & UNCOUNTED:
            for address in ground.addresses(rule):
                mine, theirs = nobody.ask(address), clerk.ask(address)
                assert mine.status_code == theirs.status_code, address
                assert mine.data == theirs.data or mine.status_code == 404, address


def cookies(answer: TestResponse) -> dict[str, str]:
    return {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}


def test_over_https_cookies_are_for_this_host_alone_and_https_stays(with_settings: Callable[..., Ground]) -> None:
    ground = with_settings(public_url="https://tannha.example.gov.vn")
    stranger = ground.attacker()

    page = stranger.ask("/dang-nhap", base_url="https://tannha.example.gov.vn")
    cookie = cookies(page)["__Host-tannha"]
    assert all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_cookie_of_the_language_is_no_way_in_for_a_neighbour_either(with_settings: Callable[..., Ground]) -> None:
    ground = with_settings(public_url="https://tannha.example.gov.vn")
    here = "https://tannha.example.gov.vn"
    stranger = ground.attacker()
    token = stranger.ask("/dang-nhap", base_url=here).text.split('name="csrf_token" value="')[1].split('"')[0]

    # The proxy speaks http with us, whatever the browser speaks with the proxy.
    answer = stranger.ask(
        "/ngon-ngu", "POST", base_url=here, data={"csrf_token": token, "ngon_ngu": "en"},
        headers={"Referer": f"{here}/dang-nhap"}, environ={"wsgi.url_scheme": "http"},
    )  # fmt: skip

    assert {"Secure", "HttpOnly"} <= {part.strip() for part in cookies(answer)["ngon_ngu"].split(";")}


def test_without_https_nothing_is_promised_of_it(ground: Ground) -> None:
    page = ground.attacker().ask("/dang-nhap")

    assert "Strict-Transport-Security" not in page.headers
    assert "HttpOnly" in cookies(page)["tannha"]


@pytest.mark.parametrize("path", ["/khong-co-gi", "/phong-bi/2000000000", "/dot/x/labels.pdf"])
def test_an_error_tells_nothing_of_the_program(ground: Ground, path: str) -> None:
    text = ground.attacker("giam-sat").ask(path).text.lower()

    for word in ("traceback", "werkzeug", "flask", "python", "sqlalchemy", ".py", "sqlite"):
        assert word not in text
