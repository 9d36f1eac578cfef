"""A district's books after some years: made-up results, most of them long delivered, written without the steps."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from delivery.database import Database
from delivery.intake.searching import search_text
from delivery.models import Consignment, Custody, Item, Office, Result, Submission
from delivery.rules.lifecycle import State

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
GIVEN = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hồng", "Hiếu", "Hương", "Khoa", "Lan", "Linh", "Long", "Mai")
STREETS = ("Ngô Gia Tự", "Ngọc Lâm", "Sài Đồng", "Bồ Đề", "Thạch Bàn", "Việt Hưng", "Đức Giang", "Cổ Linh")
# Of each hundred: where it has come to.
FATES = (
    (97, Custody.RECIPIENT, State.DELIVERED), (1, Custody.CARRIER, State.OUT_FOR_DELIVERY),
    (1, Custody.WARD, State.RETURNED), (1, None, None),
)  # fmt: skip
ROWS_AT_ONCE = 5_000


def fill(database: Database, count: int, seed: int = 1) -> None:
    """Write `count` results into empty books, with their envelopes and sendings."""
    dice = random.Random(seed)
    with database.read() as session:
        offices = session.scalars(sa.select(Office.id).order_by(Office.id)).all()
    for start in range(1, count + 1, ROWS_AT_ONCE):
        numbers = range(start, min(start + ROWS_AT_ONCE, count + 1))
        rows = [_result(dice, number, offices[number % len(offices)]) for number in numbers]
        with database.write() as session:
            fates = dice.choices(FATES, [fate[0] for fate in FATES], k=len(rows))
            sent = [(row, fate) for row, fate in zip(rows, fates, strict=True) if fate[1] is not None]
            session.execute(sa.insert(Item), [_item(row, fate[1]) for row, fate in sent])
            session.execute(sa.insert(Consignment), [_consignment(row, fate[2]) for row, fate in sent])
            for row, _fate in sent:
                row["item_id"] = row["id"]
            session.execute(sa.insert(Result), rows)
    with database.write() as session:
        if database.engine.dialect.name == "postgresql":
            # The rows brought their numbers along; whatever comes after them gets the next ones.
            for sequence, newest in (("item_id_seq", sa.func.max(Item.id)), ("result_id_seq", sa.func.max(Result.id))):
                session.execute(sa.select(sa.func.setval(sequence, sa.select(newest).scalar_subquery())))
        session.execute(sa.text("ANALYZE"))


def _result(dice: random.Random, number: int, office: int) -> dict[str, Any]:
    done = (datetime.now(UTC) - timedelta(days=dice.randrange(900))).date()
    name = f"{dice.choice(FAMILY)} {dice.choice(GIVEN)} {dice.choice(GIVEN)}"
    said: dict[str, Any] = {
        "dossier_code": f"H26.41.118-{done:%y%m%d}-{number:06d}", "copy_no": 1, "owner_name": name,
        "recipient_name": name, "phone": f"+84912{dice.randrange(10**6):06d}", "email": "", "note": "", "slots": "",
        "address": f"Số {dice.randrange(1, 400)} {dice.choice(STREETS)}, Hà Nội", "procedure_code": "1.001193",
        "procedure_name": "Đăng ký khai sinh", "result_date": done, "promised_date": done + timedelta(days=3),
        "wants_delivery": True, "payer": "city_budget",
    }  # fmt: skip
    return {
        "id": number, "office_id": office, "item_id": None, "received_at": datetime.now(UTC), "fingerprint": "",
        "version": 1, "address_version": 1, **said, "search_text": search_text(_Said(said)),
    }  # fmt: skip


class _Said:
    """The words of a row under their names, as `search_text` wants them."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self.dossier_code, self.owner_name = row["dossier_code"], row["owner_name"]
        self.recipient_name, self.phone, self.address = row["recipient_name"], row["phone"], row["address"]


def _item(row: Mapping[str, Any], custody: Custody) -> dict[str, Any]:
    return {"id": row["id"], "office_id": row["office_id"], "tracking_code": f"T{row['id']:09d}", "custody": custody,
            "created_at": datetime.now(UTC)}  # fmt: skip


def _consignment(row: Mapping[str, Any], state: State) -> dict[str, Any]:
    return {"item_id": row["id"], "reference": f"R{row['id']}", "item_code": f"C{row['id']}", "carrier": "sandbox",
            "address_version": 1, "submission": Submission.ACCEPTED, "journey": state, "attempts": 0}  # fmt: skip
