"""Every role at every page with every object of another ward: what is not theirs is not there, and stays as it is."""

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from delivery.models import Role
from tests.security.ground import NOBODY, PEOPLE, STRANGERS, Attacker, Ground, changes, methods
from web import access

# The words in addresses that name something of one ward, or of one person.
OWNED = frozenset({
    "item_id", "result_id", "code", "case_id", "upload_id", "view_id", "plan_id", "office_id", "courier_id",
    "request_id", "pairing_id", "phone_id", "printer_id",
})  # fmt: skip
# What belongs to the district or to nobody: everybody for whom the page is may open it, whatever ward they are of.
COMMON = {
    "procedures": "procedures are the district's",
    "accounts": "accounts belong to no ward; administrators look after all",
    "messages.ask": "the link is the right", "messages.stop": "the link is the right",
    "messages.resume": "the link is the right",
    "own": "the kind of word; whose envelope is in the proof",
    "letters": "texts of the district", "figures.sheet": "a kind of file; its figures are narrowed by office",
    "closing.sheet": "a day; its envelopes are narrowed by office", "base_map": "OpenStreetMap",
    "notices": "administrators look after where the one-stop system is told, for all wards",
    "breaches": "a leak is the district's", "exports": "the district's; one person asks, another agrees",
    "round_app": "the app without anybody's data", "static": "files of the program",
}  # fmt: skip
# An address that names nothing that is there.
ABSENT = {name: [2_000_000_000] for name in OWNED} | {"code": ["BD-991231-9"]}
EVERYBODY = (NOBODY, *(name for name, *_rest in PEOPLE))


def is_common(rule: Rule) -> bool:
    return rule.endpoint in COMMON or rule.endpoint.partition(".")[0] in COMMON


def owned(ground: Ground) -> list[Rule]:
    return [rule for rule in ground.rules if rule.arguments and not is_common(rule)]


def said(answer: TestResponse) -> str:
    """What a page says, without the forms around it that lead back to its own address."""
    return answer.text.partition("<main")[2].partition("</main>")[0]


def may_open(who: Attacker, rule: Rule) -> bool:
    return who.role in access.PAGES[rule.endpoint]


def tried(ground: Ground, who: Attacker, rules: list[Rule]) -> Iterator[tuple[Rule, str, str]]:
    """Each address that the person's role may open, with each method."""
    for rule in rules:
        for address in ground.addresses(rule):
            yield from ((rule, method, address) for method in methods(rule) if may_open(who, rule))


def test_every_address_that_names_something_is_either_a_ward_s_or_said_to_be_common(ground: Ground) -> None:
    for rule in owned(ground):
        assert rule.arguments & OWNED, f"{rule.endpoint} names {rule.arguments}: whose is it?"
    assert {name for rule in ground.rules for name in rule.arguments} <= set(ground.known)


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_page_that_is_not_for_the_role_is_closed_whatever_it_names(ground: Ground, name: str) -> None:
    who, before = ground.attacker(name), ground.content()
    closed = [rule for rule in ground.rules if not may_open(who, rule)]

    for rule in closed:
        for address in ground.addresses(rule):
            for method in methods(rule):
                answer = who.press(address, method)
                expected = (302, "/dang-nhap") if name == NOBODY else (403, "")
                assert (answer.status_code, (answer.location or "")[:10]) == expected, f"{name} {method} {address}"
    assert closed
    assert ground.content() == before


@pytest.mark.parametrize("name", [NOBODY, "giam-sat", "quan-tri"])
def test_no_log_in_opens_the_door_of_a_machine(ground: Ground, name: str) -> None:
    who, before = ground.attacker(name), ground.content()

    for rule in ground.doors_of_machines:
        for address in ground.addresses(rule):
            for method in methods(rule):
                answer = who.press(address, method)
                assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), address
    assert len(ground.doors_of_machines) > 10
    assert ground.content() == before


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_another_ward_s_is_answered_like_what_was_never_there(ground: Ground, name: str) -> None:
    who, before = ground.attacker(name), ground.content()
    asked = 0

    for rule, method, address in tried(ground, who, owned(ground)):
        absent = next(ground.addresses(rule, {**ground.known, **ABSENT}))
        foreign, missing = (who.press(each, method, **FORMS.get(rule.endpoint, {})) for each in (address, absent))
        assert foreign.status_code == missing.status_code == 404, f"{name} {method} {address}"
        assert said(foreign) == said(missing)
        asked += 1

    assert asked or who.role is Role.ADMINISTRATOR
    assert ground.content() == before


def test_those_whose_it_is_see_it(ground: Ground) -> None:
    """Else the stories above would be true of a house in which nothing is."""
    seen = set()
    for name in ("can-bo-o-day", "buu-ta-o-day", "giam-sat"):
        who = ground.attacker(name)
        for rule, method, address in tried(ground, who, owned(ground)):
            if method == "GET" and who.ask(address).status_code in {200, 302}:
                seen.add(rule.endpoint)

    looked_at = {rule.endpoint for rule in owned(ground) if "GET" in methods(rule)}
    assert looked_at - seen <= {"uploads.refused", "rounds.show", "rounds.door", "rounds.find"}


def test_every_cell_of_the_matrix_was_tried(ground: Ground) -> None:
    """Roles times pages: closed, open and another's, or open to all of the role; none is left over."""
    cells = {(role, endpoint) for role in access.EVERYBODY for endpoint in access.PAGES}
    rules = {rule.endpoint for rule in ground.rules} | {"static"}
    roles = {None, *(role for _name, role, *_rest in PEOPLE)}

    tried_cells = {(role, endpoint) for role in roles for endpoint in rules}
    assert tried_cells == cells
    # Whoever may open what is a ward's, and is of one ward, has been a stranger above.
    of_one_ward = {role for name, role, *_rest in PEOPLE if name in STRANGERS}
    for rule in owned(ground):
        assert access.PAGES[rule.endpoint] - {None} <= of_one_ward


def test_who_writes_has_a_line_in_the_table_and_the_table_lets_no_stranger_write(ground: Ground) -> None:
    written_by_strangers = {
        rule.endpoint for rule in ground.rules if changes(rule) and None in access.PAGES[rule.endpoint]
    }

    assert written_by_strangers == {
        "public.choose_language", "session.log_in", "session.second_step", "callbacks.vnpost",
        "sign_in.begin", "sign_in.end_log_ins", "dossier_sign_in.begin",
        "messages.stop", "messages.resume", "own_data.ask", "own_data.withdraw",
        "pairing.look", "pairing.confirm", "own.enter", "own.tell", "own.unsay", "own.leave",
        "dossier.send", "dossier.enter", "dossier.look", "dossier.decide", "dossier.envelope", "dossier.leave",
    }  # fmt: skip


# What a form must hold to be looked at beyond its first line: the right is asked for before or after, but asked for.
FORMS: dict[str, dict[str, str]] = {
    "cases.close": {"quyet_dinh": "đã gọi điện và thống nhất"},
    "cases.settle": {
        "vi_do": "21.04",
        "kinh_do": "105.87",
    },
    "returns.fetch": {"nguoi_nhan": "recipient", "giay": "identity_card"},
    "couriers.note_away": {"tu_ngay": "2026-12-01", "den_ngay": "2026-12-01"},
    "handover.scan": {"ma": "CH100000005VN", "phieu": "6f1c1d2e-8d0a-4f7b-9a50-0d7f2b1c9e11"},
}
