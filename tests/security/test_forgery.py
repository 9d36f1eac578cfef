"""A form of another site, and a browser that says itself that another site sent it, change nothing."""

import pytest

from tests.security.ground import NOBODY, PEOPLE, Ground, changes
from web.app import UNPROTECTED

# What comes from no page of ours: a carrier's and a provider's machine with a signature, a mail program with its link.
BY_MACHINES = {"callbacks.vnpost", "messages.stop", "sign_in.end_log_ins"}


def test_only_what_machines_send_is_taken_without_a_token() -> None:
    assert UNPROTECTED == BY_MACHINES


@pytest.mark.parametrize("name", [NOBODY, "giam-sat", "quan-tri", "buu-ta-o-day"])
def test_without_the_token_of_this_browser_nothing_is_changed(ground: Ground, name: str) -> None:
    victim, other = ground.attacker(name), ground.attacker()
    stolen = other.token
    before, tried = ground.content(), 0

    for rule in ground.rules:
        if not changes(rule) or rule.endpoint in BY_MACHINES:
            continue
        for address in ground.addresses(rule):
            for headers in ({}, {"X-CSRFToken": stolen}, {"X-CSRFToken": "x"}):
                assert victim.ask(address, "POST", headers=headers).status_code == 400, f"{name} {address} {headers}"
            tried += 1

    assert tried > 60
    assert ground.content() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_itself_says_another_site_sent_is_refused_with_the_right_token_too(
    ground: Ground, site: str
) -> None:
    victim, before = ground.attacker("giam-sat"), ground.content()

    for rule in ground.rules:
        if changes(rule) and rule.endpoint not in BY_MACHINES:
            for address in ground.addresses(rule):
                told = {"X-CSRFToken": victim.token, "Sec-Fetch-Site": site}
                assert victim.ask(address, "POST", headers=told).status_code == 400, address
    assert ground.content() == before


def test_looking_changes_nothing(ground: Ground) -> None:
    """So that neither a link nor a picture on another site does anything with somebody's log-in."""
    everybody = [ground.attacker(name) for name, *_rest in PEOPLE if "noi-khac" not in name]
    before = ground.content()

    for who in everybody:
        for rule in ground.rules:
            if "GET" in (rule.methods or ()):
                for address in ground.addresses(rule):
                    who.ask(address)

    assert ground.content() == before
