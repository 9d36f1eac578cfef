"""Who asks and what they may do: a key or a token, its scopes, its offices; never a cookie."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from delivery.machines.clients import CHANGE_OVER, Scope, close_client, rotate_key
from delivery.models import AuditEntry, MachineClient
from delivery.moments import now
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.api.conftest import CODE, ROOT, Machine, MakeMachine, a_result, where
from tests.web.conftest import Browser
from web import access
from web.api.operations import OPERATIONS

NewBrowser = Callable[[], Browser]


def opening(path: str) -> str:
    """An address of that form; whether something is there does not matter."""
    parts = {"dossier_code": CODE.format(1), "copy_no": "1", "batch": "BD-261125-1", "paper": "labels.pdf"}
    return path.format(**parts)


GUARDED = [told for told in OPERATIONS.values() if access.MACHINES[told.endpoint] is not None]


def test_every_operation_has_a_scope_and_only_the_token_and_the_description_have_none() -> None:
    assert set(OPERATIONS) == set(access.MACHINES)
    assert {name for name, scope in access.MACHINES.items() if scope is None} == {"api.give_token", "api.describe"}


def test_without_a_key_nobody_is_answered_not_even_with_a_log_in(browser: NewBrowser) -> None:
    clerk: Browser = browser()
    clerk.log_in("giamsat")
    wrong: list[dict[str, str]] = [{}, {"Authorization": "Bearer tn_" + "a" * 38}, {"Authorization": "Basic Z2lhbTp4"}]

    for told, headers in product(GUARDED, wrong):
        answer = clerk.client.open(f"{ROOT}{opening(told.path)}", method=told.method, json={}, headers=headers)
        assert (told.name, answer.status_code) == (told.name, 401)
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_opens_what_its_scope_says_and_nothing_else(make_machine: MakeMachine) -> None:
    machines = {scope: make_machine(scope.value.replace(":", "-"), scopes=(scope,)) for scope in Scope}

    for told, (scope, machine) in product(GUARDED, machines.items()):
        status = machine.ask(told.method, opening(told.path), json={}).status_code
        allowed = {200, 404, 422} if scope is access.MACHINES[told.endpoint] else {403}
        assert (told.name, scope, status in allowed) == (told.name, scope, True)


def test_what_belongs_to_another_ward_is_answered_like_what_was_never_there(
    day: Day, one_stop: Machine, neighbour: Machine
) -> None:
    def told(answer: TestResponse) -> tuple[int, str]:
        return answer.status_code, re.sub(r'"trace": "[^"]+"', "", answer.text)

    here = [where(1), f"{where(1)}/history", f"{where(1)}/delivery-request", f"/batches/{day.batch}",
            f"/batches/{day.batch}/plan", f"/batches/{day.batch}/documents/manifest.pdf"]  # fmt: skip
    nowhere = [where(9), f"{where(9)}/history", f"{where(9)}/delivery-request", "/batches/BD-261125-9",
               "/batches/BD-261125-9/plan", "/batches/BD-261125-9/documents/manifest.pdf"]  # fmt: skip

    assert [one_stop.get(path).status_code for path in here] == [200] * len(here)
    assert [told(neighbour.get(path)) for path in here] == [told(neighbour.get(path)) for path in nowhere]
    assert neighbour.ask("POST", f"{where(1)}/withdrawal").status_code == 404
    for path in ("/results", "/changes", "/batches"):
        assert CODE.format(1) not in neighbour.get(path).text
        assert day.batch not in neighbour.get(path).text


def test_an_office_that_another_may_not_touch_takes_nothing_in_from_it(neighbour: Machine, one_stop: Machine) -> None:
    one_stop.bring(a_result(1))

    rows = neighbour.bring(a_result(2), a_result(1, ward="Việt Hưng")).get_json()["rows"]

    assert [row["outcome"] for row in rows] == ["refused", "refused"]
    assert one_stop.get("/results").get_json()["results"][0]["version"] == 1


def test_while_keys_change_both_hold_and_after_a_week_the_new_one_alone(service: Service, one_stop: Machine) -> None:
    with service.database.write() as session:
        _client, new = rotate_key(session, "mot-cua-bo-de", now())
    renewed = Machine(one_stop.app, new)

    assert [each.get("/results").status_code for each in (one_stop, renewed)] == [200, 200]
    with time_machine.travel(now() + CHANGE_OVER + timedelta(minutes=1)):
        assert [each.get("/results").status_code for each in (one_stop, renewed)] == [401, 200]


def test_of_three_keys_the_oldest_ends_at_once(service: Service, one_stop: Machine) -> None:
    with service.database.write() as session:
        rotate_key(session, "mot-cua-bo-de", now())
        _client, third = rotate_key(session, "mot-cua-bo-de", now())

    assert one_stop.get("/results").status_code == 401
    assert Machine(one_stop.app, third).get("/results").status_code == 200


def token_of(app: Flask, key: str, **form: str) -> TestResponse:
    given = {"grant_type": "client_credentials", "client_id": "mot-cua-bo-de", "client_secret": key, **form}
    return app.test_client().post(f"{ROOT}/token", data=given)


def test_a_token_lets_its_holder_do_what_it_was_asked_for_and_ends_soon(one_stop: Machine) -> None:
    answer = token_of(one_stop.app, one_stop.key, scope="results:read").get_json()
    holder = Machine(one_stop.app, answer["access_token"])

    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 900, "results:read")
    assert holder.get("/results").status_code == 200
    assert holder.get("/batches").status_code == 403
    with time_machine.travel(now() + timedelta(seconds=902)):
        assert holder.get("/results").status_code == 401


def test_a_token_is_given_to_basic_credentials_as_well(one_stop: Machine) -> None:
    shown = b64encode(f"mot-cua-bo-de:{one_stop.key}".encode()).decode()

    answer = one_stop.app.test_client().post(
        f"{ROOT}/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {shown}"}
    )

    assert Machine(one_stop.app, answer.get_json()["access_token"]).get("/results").status_code == 200


def test_no_token_for_another_name_another_key_another_grant_or_more_than_the_machine_may(
    make_machine: MakeMachine, neighbour: Machine
) -> None:
    reader = make_machine("mot-cua-bo-de", "BD", scopes=(Scope.READ_RESULTS,))

    for form, error in (
        ({"client_secret": neighbour.key}, "invalid_client"),
        ({"client_id": "mot-cua-viet-hung"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "results:read results:write"}, "invalid_scope"),
    ):
        answer = token_of(reader.app, reader.key, **form)
        assert answer.status_code in {400, 401}
        assert answer.get_json()["error"] == error


def test_a_closed_machine_and_its_tokens_are_nobody_at_once(service: Service, one_stop: Machine) -> None:
    token = token_of(one_stop.app, one_stop.key).get_json()["access_token"]
    with service.database.write() as session:
        close_client(session, "mot-cua-bo-de", now())

    assert one_stop.get("/results").status_code == 401
    assert Machine(one_stop.app, token).get("/results").status_code == 401
    assert token_of(one_stop.app, one_stop.key).status_code == 401


def test_a_session_cookie_is_no_token_and_a_token_no_cookie(one_stop: Machine, browser: NewBrowser) -> None:
    clerk: Browser = browser()
    clerk.log_in("giamsat")
    cookie = clerk.client.get_cookie("tannha")
    token = token_of(one_stop.app, one_stop.key).get_json()["access_token"]
    stranger: Browser = browser()
    stranger.client.set_cookie("tannha", token)

    assert cookie is not None
    assert Machine(one_stop.app, cookie.value).get("/results").status_code == 401
    assert stranger.get("/dieu-phoi").status_code == 302


def test_an_administrator_sees_and_closes_machines_and_nobody_else_does(
    service: Service, one_stop: Machine, logged_in: Callable[[str], Browser]
) -> None:
    one_stop.get("/results")
    administrator: Browser = logged_in("quantri")

    page = administrator.get("/he-thong-ket-noi").text
    assert "mot-cua-bo-de" in page
    assert one_stop.key not in page
    assert logged_in("giamsat").get("/he-thong-ket-noi").status_code == 403
    administrator.post("/he-thong-ket-noi/dong", on="/he-thong-ket-noi", may="mot-cua-bo-de")

    assert one_stop.get("/results").status_code == 401
    with service.database.read() as session:
        assert session.scalar(sa.select(MachineClient.last_used_at)) is not None
        book = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.actor == "quantri")).all()
    assert "closed the machine" in book
