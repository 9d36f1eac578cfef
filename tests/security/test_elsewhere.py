"""Nobody is led to another house: not by where to go on, not by the host that a request names, not by a cache."""

import pytest

from tests.security.ground import NOBODY, Ground, methods

EVIL = "evil.example"
ELSEWHERE = (
    f"//{EVIL}", f"https://{EVIL}/", f"/\\{EVIL}", f"\\\\{EVIL}", f"\t//{EVIL}", f"/\t/{EVIL}", f"//{EVIL}\\@x",
    f"https:{EVIL}", f"///{EVIL}", "javascript:alert(1)", "data:text/html,x", "//[", "http://[", f"/%0d%0aX: {EVIL}",
    f"/x\r\nLocation: https://{EVIL}", f"http://{EVIL}@127.0.0.1/",
)  # fmt: skip


def leads_within(location: str | None) -> bool:
    return location is None or (location.startswith("/") and not location.startswith(("//", "/\\")))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_after_a_choice_and_after_the_log_in_one_is_still_here(ground: Ground, elsewhere: str) -> None:
    stranger, clerk = ground.attacker(), ground.attacker()
    clerk.name = "can-bo-o-day"

    language = stranger.press("/ngon-ngu", ngon_ngu="en", tiep=elsewhere)
    asked = stranger.ask("/dang-nhap", query_string={"tiep": elsewhere})
    part = stranger.ask("/ket-qua", headers={"HX-Current-URL": elsewhere.replace("\r\n", "")})
    form = {"csrf_token": stranger.token, "username": "can-bo-o-day", "password": "mật khẩu để thử", "tiep": elsewhere}
    came_in = stranger.ask("/dang-nhap", "POST", data=form)

    assert (language.status_code, asked.status_code, part.status_code, came_in.status_code) == (302, 200, 401, 302)
    for answer in (language, came_in):
        assert leads_within(answer.location)
        assert EVIL not in (answer.location or "").partition("?")[0] or answer.location.startswith("/%0d")
        assert len(answer.headers.getlist("Location")) == 1
    assert part.headers["HX-Redirect"].startswith("/dang-nhap?tiep=")


@pytest.mark.parametrize("name", [NOBODY, "giam-sat"])
def test_no_page_repeats_the_host_that_a_request_names(ground: Ground, name: str) -> None:
    who = ground.attacker(name)
    named = {
        "Host": EVIL, "X-Forwarded-Host": EVIL, "X-Forwarded-Server": EVIL, "Forwarded": f"host={EVIL}",
        "X-Original-URL": f"//{EVIL}", "X-Rewrite-URL": f"//{EVIL}", "X-Forwarded-Proto": "https",
        "X-HTTP-Method-Override": "POST",
    }  # fmt: skip

    for rule in ground.rules:
        for address in ground.addresses(rule):
            for method in methods(rule):
                answer = who.ask(address, method, headers={**named, "X-CSRFToken": who.token})
                assert leads_within(answer.location), address
                assert EVIL.encode() not in answer.data, address
                assert EVIL not in str(answer.headers), address


@pytest.mark.parametrize("path", ["", "//dang-nhap", "//evil.example/dang-nhap", "/static//app.css", "dang-nhap"])
def test_the_way_to_a_tidier_address_names_no_host(ground: Ground, path: str) -> None:
    answer = ground.attacker().ask("/", environ={"PATH_INFO": path}, headers={"Host": EVIL})

    assert leads_within(answer.location)


PATHS = (
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/....//app.py", "/static//etc/passwd",
    "/static/%00", "/static/..\\app.py", "/ban-do/../nen.json", "/ban-do/%2e%2e/1/1.json",
    "/rounds/mang-theo/0/..%2fapp.js", "/rounds/mang-theo/0/../../app.py",
    "/dot/BD-261125-1/..%2f..%2ftannha.db", "/dot/BD-261125-1/%2e%2e", "/dot/BD-261125-1/labels.pdf%00.png",
    "/dot/../labels.pdf", "/dot/%2e%2e%2fkeys/session", "/thu-kem/..%2f..%2fkeys/vi", "/ket-so/2026-11-25.%2e%2e",
    "/so-lieu.csv%00", "/ket-qua/tep/../../keys/seal",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_address_leads_out_of_a_folder(ground: Ground, path: str) -> None:
    answer = ground.attacker("giam-sat").ask(path)

    assert answer.status_code in {302, 308, 400, 404}, answer.status_code
    for secret in (b"import ", b"root:", b"SQLite format"):
        assert secret not in answer.data
