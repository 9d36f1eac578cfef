"""A house that is worth attacking: one object of each kind in the ward of Bồ Đề, and people who have no right to it."""

import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from delivery.cases import new_case
from delivery.intake.trays import Tray
from delivery.intake.uploads import Giver, keep_upload
from delivery.messages.addresses import token_of
from delivery.models import (
    Base,
    Batch,
    CaseKind,
    Courier,
    Item,
    Office,
    PairedPhone,
    Plan,
    PrintProfile,
    RequestKind,
    Result,
    Role,
    SavedView,
    Staff,
)
from delivery.notices.endpoints import Wanted, add_endpoint
from delivery.privacy.asking import Asked, receive
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from web.access import MACHINES
from web.app import create_app
from web.paired_phones import offer
from web.people import add_staff

PASSWORD = "mật khẩu để thử"
HERE, THERE = "BD", "VH"
NOBODY = "nobody"
# Name, role, office, courier. Those of THERE have no right to anything of HERE.
PEOPLE: tuple[tuple[str, Role, str | None, str | None], ...] = (
    ("can-bo-o-day", Role.CLERK, HERE, None),
    ("can-bo-noi-khac", Role.CLERK, THERE, None),
    ("dieu-phoi-noi-khac", Role.DISPATCHER, THERE, None),
    ("buu-ta-o-day", Role.COURIER, None, "BD1"),
    ("buu-ta-noi-khac", Role.COURIER, None, "VH1"),
    ("giam-sat", Role.SUPERVISOR, None, None),
    ("giam-sat-noi-khac", Role.SUPERVISOR, THERE, None),
    ("kiem-toan", Role.AUDITOR, None, None),
    ("kiem-toan-noi-khac", Role.AUDITOR, THERE, None),
    ("quan-tri", Role.ADMINISTRATOR, None, None),
    ("quan-tri-noi-khac", Role.ADMINISTRATOR, THERE, None),
)
STRANGERS = [name for name, _role, office, courier in PEOPLE if THERE in (office, (courier or "")[:2])]
# Written down wherever somebody looks, and by whoever works; everything else must stay as it is when nothing is done.
BOOKKEEPING = frozenset({"audit", "meta", "job", "worker", "alembic_version"})
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


# What a word of an address means on some pages only.
MEANT: dict[str, dict[str, list[Any]]] = {
    **{f"procedures.{page}": {"code": ["1.000894"]} for page in ("show", "change", "put_back")},
    **{f"own.{page}": {"kind": ["keep"]} for page in ("tell", "unsay")},
    "figures.sheet": {"kind": ["csv"]},
    "closing.sheet": {"kind": ["pdf"]},
    "round_app.part": {"name": ["app.css"]},
}


@dataclass
class Ground:
    """The house, and what stands in it."""

    service: Service
    app: Flask
    known: dict[str, list[Any]]

    @classmethod
    def prepare(cls, home: Path, database_url: str = "", **settings: Any) -> "Ground":
        made = Settings(
            home=home, database_url=database_url, carrier="sandbox", **settings, _env_file=None,
        )  # type: ignore[call-arg]  # fmt: skip
        service = Service.from_settings(made)
        set_up(service)
        with service.database.write() as session:
            for name, role, office, courier in PEOPLE:
                add_staff(session, name, f"Người {name}", role, office, PASSWORD, courier_code=courier)
        Day(service, Intake(service.database, home)).prepare(2)
        return cls(service, create_app(service), _furnish(service))

    def copy(self, home: Path, **changes: object) -> "Ground":
        """The same house once more, with some settings changed."""
        shutil.copytree(self.service.settings.home, home)
        told = {**self.service.settings.model_dump(), "home": home, **changes}
        service = Service.from_settings(Settings(**told, _env_file=None))  # type: ignore[call-arg]
        return Ground(service, create_app(service), self.known)

    @cached_property
    def rules(self) -> list[Rule]:
        """The pages; files and what machines may ask are apart."""
        every = self.app.url_map.iter_rules()
        return [rule for rule in every if rule.endpoint != "static" and rule.endpoint not in MACHINES]

    @cached_property
    def doors_of_machines(self) -> list[Rule]:
        """What a machine may ask that has shown its key."""
        return [rule for rule in self.app.url_map.iter_rules() if MACHINES.get(rule.endpoint) is not None]

    def attacker(self, name: str = NOBODY, address: str = "127.0.0.1") -> "Attacker":
        """Somebody with a browser; logged in, unless it is nobody."""
        found = Attacker(self, name, self.app.test_client(), address)
        if name != NOBODY:
            found.log_in()
        return found

    def addresses(self, rule: Rule, known: Mapping[str, list[Any]] | None = None) -> Iterator[str]:
        """The addresses of a rule with every object that it can name."""
        values = {**(known if known is not None else self.known), **MEANT.get(rule.endpoint, {})}
        adapter, names = self.app.url_map.bind("localhost"), sorted(rule.arguments)
        for chosen in itertools.product(*(values[name] for name in names)):
            yield adapter.build(rule.endpoint, dict(zip(names, chosen, strict=True)), method=methods(rule)[0])

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables but the books of who looked."""
        with self.service.database.read() as session:
            return {
                table.name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
                for table in Base.metadata.sorted_tables
                if table.name not in BOOKKEEPING
            }

    def close(self) -> None:
        self.service.close()


@dataclass
class Attacker:
    """Somebody's browser, which keeps cookies, and knows the token of its own pages."""

    ground: Ground
    name: str
    client: FlaskClient
    address: str

    @property
    def role(self) -> Role | None:
        return next((role for name, role, *_rest in PEOPLE if name == self.name), None)

    @cached_property
    def token(self) -> str:
        page = self.ask("/dang-nhap" if self.name == NOBODY else "/mat-khau").text
        found = TOKEN.search(page)
        assert found is not None
        return found[1]

    def log_in(self, password: str = PASSWORD) -> TestResponse:
        found = TOKEN.search(self.ask("/dang-nhap").text)
        assert found is not None
        form = {"csrf_token": found[1], "username": self.name, "password": password}
        return self.ask("/dang-nhap", "POST", data=form)

    def ask(self, address: str, method: str = "GET", **more: Any) -> TestResponse:
        environ = {"REMOTE_ADDR": self.address, **more.pop("environ", {})}
        return self.client.open(address, method=method, environ_overrides=environ, **more)

    def press(self, address: str, method: str = "POST", **form: str) -> TestResponse:
        """What a form of the own pages would send."""
        return self.ask(address, method, data=form, headers={"X-CSRFToken": self.token})


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def changes(rule: Rule) -> bool:
    return "POST" in methods(rule)


def _furnish(service: Service) -> dict[str, list[Any]]:
    """Something of HERE for every word that stands in an address."""
    with service.database.write() as session:
        here = session.scalars(sa.select(Office).where(Office.code == HERE)).one()
        item = session.scalars(sa.select(Item).where(Item.office_id == here.id).order_by(Item.id)).first()
        assert item is not None
        case = new_case(CaseKind.CONTRADICTION, f"item:{item.id}", at=NOW, office_id=here.id)
        upload = keep_upload(session, "ket-qua.csv", b"a,b\n1,2\n", Giver("can-bo-o-day", here.id, "vi"), NOW)
        owner = session.scalars(sa.select(Staff).where(Staff.username == "can-bo-o-day")).one()
        view = SavedView(staff_id=owner.id, name="của tôi", tray=next(iter(Tray)).value)
        result = session.scalars(sa.select(Result).where(Result.item_id == item.id).order_by(Result.id)).first()
        assert result is not None
        asked = receive(session, result, Asked(RequestKind.VIEW, "", "can-cuoc", owner.username), NOW)
        endpoint, _secret = add_endpoint(
            session, Wanted("một cửa", "https://motcua.example/nhan"), seal=service.seal, by="quan-tri", at=NOW
        )
        courier = session.scalars(sa.select(Staff).where(Staff.username == "buu-ta-o-day")).one()
        pairing = offer(session, courier, service.blind, "giam-sat", NOW).pairing
        phone = PairedPhone(
            staff_id=courier.id, login_hash="0" * 64, agent="Android", paired_at=NOW, paired_by="giam-sat", seen_at=NOW
        )
        printer = PrintProfile(office_id=here.id, name="Quầy 1", sheet="thermal", dpi=203, right_mm=0.0, down_mm=0.0)
        session.add_all([case, view, phone, printer])
        session.flush()
        batch = session.scalars(sa.select(Batch).where(Batch.office_id == here.id)).first()
        assert batch is not None
        return {
            "item_id": [item.id],
            "result_id": [result.id],
            "request_id": [asked.id],
            "endpoint_id": [endpoint.id],
            "dossier_code": [result.dossier_code],
            "copy_no": [str(result.copy_no)],
            "paper": ["labels.pdf"],
            "code": [batch.code],
            "batch": [batch.code],
            "case_id": [case.id],
            "upload_id": [upload.id],
            "view_id": [view.id],
            "plan_id": [session.scalars(sa.select(Plan.id)).first()],
            "office_id": [here.id],
            "courier_id": [session.scalars(sa.select(Courier.id).where(Courier.code == "BD1")).one()],
            "staff_id": [owner.id],
            "pairing_id": [pairing.id],
            "phone_id": [phone.id],
            "printer_id": [printer.id],
            "number": [1],
            "name": ["labels.pdf"],
            "kind": ["sms"],
            "ngay": ["2026-11-25"],
            "procedure": ["1.000894"],
            "language": ["vi"],
            "version": ["0"],
            "size": [192],
            "x": [1],
            "y": [1],
            "token": [token_of(service.blind, "0912345678")],
        }
