"""Nothing is shown to someone with no right to see it: every page, every role, every office."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2 import Type, extract_parameters

from delivery.models import AuditEntry, Batch, Item, Result, Role, Staff
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.conftest import PASSWORD, Browser
from web import access
from web.app import create_app

LogIn = Callable[[str], Browser]
PUBLIC = {name for name, roles in access.PAGES.items() if None in roles}


def test_every_page_is_in_the_table_and_every_line_of_the_table_is_a_page(service: Service) -> None:
    endpoints = {rule.endpoint for rule in create_app(service).url_map.iter_rules()}

    assert endpoints == set(access.PAGES) | set(access.MACHINES)
    assert not set(access.PAGES) & set(access.MACHINES)


def test_only_these_pages_are_public() -> None:
    assert {
        "static", "public.home", "public.track", "public.choose_language", "public.healthz", "public.readyz",
        "callbacks.vnpost", "session.log_in", "figures.public",
        # Asks for the code after the right password; without that it only leads back to the log-in.
        "session.second_step",
        # By a link that only the owner of an address has been sent.
        "messages.ask", "messages.stop", "messages.resume",
        # What follows a proof, and without one leads back to it.
        "own.ask", "own.enter", "own.show", "own.tell", "own.unsay", "own.leave",
        "dossier.ask", "dossier.send", "dossier.ask_code", "dossier.enter", "dossier.show", "dossier.look",
        "dossier.decide", "dossier.envelope", "dossier.leave",
        # The way to a provider of identities and back; and its machine, which says who has logged out there.
        "sign_in.begin", "sign_in.come_back", "sign_in.end_log_ins", "dossier_sign_in.begin",
        "dossier_sign_in.come_back",
        # By a secret that the desk shows for five minutes.
        "pairing.page", "pairing.look", "pairing.confirm",
        # By a token, or on the machine itself (test_metrics).
        "metrics.show",
        "own_data.show", "own_data.ask", "own_data.withdraw", "own_data.copy",
        # What the ward does with everybody's data is told to everybody.
        "purposes.show",
        # What the interface for machines can be asked is no secret.
        "api_page.show",
        # As public as OpenStreetMap itself is.
        "base_map.overview", "base_map.cell",
        # The courier's app as everybody may have it; the round comes by a door for its courier alone.
        "round_app.page", "round_app.part", "round_app.reader", "round_app.worker", "round_app.manifest",
        "round_app.picture",
    } == PUBLIC  # fmt: skip


def addresses(day: Day) -> dict[str, str]:
    with day.service.database.read() as session:
        item = session.scalars(sa.select(Item)).first()
        result = session.scalars(sa.select(Result)).first()
        batch = session.scalars(sa.select(Batch)).first()
    assert item
    assert result
    assert batch
    return {
        "day": "/dieu-phoi", "item": f"/phong-bi/{item.id}", "place": f"/dia-chi/{result.id}",
        "paper": f"/dot/{batch.code}/labels.pdf", "find": "/tim?ma=x", "case": "/vu-viec/1", "plan": "/ke-hoach/1",
    }  # fmt: skip


def test_without_a_log_in_there_is_only_the_way_to_it(day: Day, anyone: Browser) -> None:
    for address in addresses(day).values():
        answer = anyone.get(address)
        assert answer.status_code == 302
        assert answer.location.startswith("/dang-nhap")
        assert "Người Thử" not in answer.text


def test_a_clerk_sees_the_own_office_and_nothing_of_another(day: Day, logged_in: LogIn) -> None:
    here, there = addresses(day), logged_in("viethung")

    for name in ("item", "place", "paper"):
        assert logged_in("bode").get(here[name]).status_code == 200
        assert there.get(here[name]).status_code == 404
    assert "Người Thử" in logged_in("bode").get("/dieu-phoi?ngay=2026-11-25").text
    assert "Người Thử" not in there.get("/dieu-phoi?ngay=2026-11-25").text
    assert "Người Thử" not in there.get("/dieu-phoi?ngay=2026-11-25&van_phong=BD").text
    assert "Người Thử" not in there.get(f"/tim?ma={day.item_codes()[0]}", follow=True).text


def test_an_auditor_reads_and_changes_nothing(day: Day, logged_in: LogIn) -> None:
    auditor = logged_in("kiemtoan")

    page = auditor.get("/dieu-phoi?ngay=2026-11-25")
    assert page.status_code == 200
    assert "/dieu-phoi/gom" not in page.text
    assert auditor.post("/dieu-phoi/gom", on="/dieu-phoi", ngay="2026-11-25").status_code == 403
    assert auditor.post(f"/dot/{day.batch}/in", on="/dieu-phoi").status_code == 403


def test_an_administrator_has_no_business_with_citizens_data(day: Day, logged_in: LogIn) -> None:
    administrator = logged_in("quantri")

    assert all(administrator.get(address).status_code == 403 for address in addresses(day).values())


@pytest.mark.parametrize("username", ["bode", "BODE ", "nobody"])
def test_a_wrong_password_a_wrong_name_and_a_pause_are_told_apart_by_nothing(username: str, anyone: Browser) -> None:
    answers = {anyone.log_in(username, "falsch-falsch").text.replace(username, "") for _ in range(8)}

    assert len({answer.split("<main")[1].split('value="')[0] for answer in answers}) == 1


def test_after_five_wrong_tries_even_the_right_password_waits(
    service: Service, anyone: Browser, logged_in: LogIn
) -> None:
    for _ in range(5):
        anyone.log_in("bode", "wrong password")

    assert anyone.log_in("bode").status_code == 401
    with service.database.write() as session:
        session.execute(sa.update(Staff).values(locked_until=None))
    assert logged_in("bode").get("/dieu-phoi").status_code == 200


def test_a_new_password_and_a_closed_account_end_the_log_in(service: Service, logged_in: LogIn) -> None:
    clerk, other = logged_in("bode"), logged_in("viethung")
    with service.database.write() as session:
        session.execute(sa.update(Staff).where(Staff.username == "bode").values(password_hash="$argon2id$other"))
        session.execute(sa.update(Staff).where(Staff.username == "viethung").values(active=False))

    assert clerk.get("/dieu-phoi").status_code == 302
    assert other.get("/dieu-phoi").status_code == 302


def test_a_form_of_another_site_changes_nothing(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    answer = clerk.client.post("/dieu-phoi/gom", data={"ngay": "2026-11-26"})

    assert answer.status_code == 400
    with day.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 1


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "\t//evil.example"]
)
def test_nobody_is_sent_elsewhere_after_the_log_in(elsewhere: str, anyone: Browser) -> None:
    token = anyone.get("/dang-nhap").text.split('name="csrf_token" value="')[1].split('"')[0]

    answer = anyone.client.post(
        "/dang-nhap", data={"csrf_token": token, "username": "bode", "password": PASSWORD, "tiep": elsewhere}
    )

    assert answer.location == "/"


def test_who_looked_at_an_envelope_is_written_down(day: Day, logged_in: LogIn) -> None:
    address = addresses(day)["item"]
    logged_in("giamsat").get(address)

    with day.service.database.read() as session:
        book = [(entry.actor, entry.action) for entry in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]
    assert ("giamsat", "saw") in book
    assert ("giamsat", "log-in") in book


def test_passwords_are_kept_as_argon2id_that_costs_a_guesser_64_mib_a_try(service: Service) -> None:
    # By the command: inside the tests hashing is made cheap.
    add = ["staff", "add", "moi", "--name", "Người mới", "--role", "supervisor"]
    told = {**os.environ, "TANNHA_HOME": str(service.settings.home), "TANNHA_NEW_PASSWORD": PASSWORD}
    subprocess.run([sys.executable, "-m", "web", *add], env=told, check=True, capture_output=True)

    with service.database.read() as session:
        hashes = session.scalars(sa.select(Staff.password_hash).order_by(Staff.id)).all()
    assert len(set(hashes)) == len(hashes)
    cost = extract_parameters(hashes[-1])
    assert (cost.type, cost.memory_cost, cost.time_cost >= 3) == (Type.ID, 65_536, True)


def test_pages_carry_the_headers_that_keep_strangers_out(anyone: Browser) -> None:
    answer = anyone.get("/")

    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = anyone.get("/dang-nhap").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_roles_in_the_schema_are_the_roles_in_the_table() -> None:
    assert set().union(*access.PAGES.values()) == {None, *Role}
