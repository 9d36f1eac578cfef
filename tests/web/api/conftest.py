"""A ward with machines that may ask: the one-stop system of Bồ Đề, and others with other rights."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from delivery.machines.clients import Scope, add_client
from delivery.moments import now
from delivery.wiring import Service
from tests.delivery.rows import DOORS
from web.app import create_app

ROOT = "/api/v1"
CODE = "H26.41.118-261120-{:04d}"


def a_result(number: int = 1, ward: str = "Bồ Đề", **changes: Any) -> dict[str, Any]:
    """A good result that wants delivery, as `tests.delivery.rows.a_row` is, in the interface's words."""
    lat, lon = DOORS[ward]
    return {
        "dossier_code": CODE.format(number), "procedure_code": "1.001193", "procedure_name": "Đăng ký khai sinh",
        "office": f"UBND phường {ward}", "owner_name": f"Người Thử Số {number}", "phone": f"0912345{number % 1000:03d}",
        "address": f"Số {number} phố Thử, phường {ward}, Hà Nội", "result_date": "2026-11-23", "wants_delivery": True,
        "lat": round(lat + (number % 40) * 0.0003, 6), "lon": round(lon + (number % 7) * 0.0003, 6), **changes,
    }  # fmt: skip


def content(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The same without its name, which stands in the address."""
    return {name: value for name, value in a_result(number, **changes).items() if name != "dossier_code"}


def where(number: int = 1, copy_no: int = 1) -> str:
    return f"/results/{CODE.format(number)}/{copy_no}"


@dataclass
class Machine:
    """A machine that asks with its key."""

    app: Flask
    key: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **given: Any) -> TestResponse:
        told = {"Authorization": f"Bearer {self.key}", **self.headers, **(headers or {})}
        return self.app.test_client().open(f"{ROOT}{path}", method=method, headers=told, **given)

    def get(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        return self.ask("GET", path, headers)

    def put(self, number: int = 1, headers: dict[str, str] | None = None, **changes: Any) -> TestResponse:
        return self.ask("PUT", where(number), headers, json=content(number, **changes))

    def bring(self, *rows: Any, headers: dict[str, str] | None = None) -> TestResponse:
        return self.ask("POST", "/results", headers, json={"results": rows})


MakeMachine = Callable[..., Machine]


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def make_machine(service: Service, app: Flask) -> MakeMachine:
    def make(
        name: str = "mot-cua", *offices: str, scopes: tuple[Scope, ...] = tuple(Scope), per_minute: int = 600
    ) -> Machine:
        with service.database.write() as session:
            _made, key = add_client(session, name, scopes, offices or None, now(), per_minute=per_minute)
        return Machine(app, key)

    return make


@pytest.fixture
def one_stop(make_machine: MakeMachine) -> Machine:
    """The one-stop system of Bồ Đề."""
    return make_machine("mot-cua-bo-de", "BD")


@pytest.fixture
def neighbour(make_machine: MakeMachine) -> Machine:
    """The one-stop system of the ward beside it."""
    return make_machine("mot-cua-viet-hung", "VH")
