"""Reading an order as the post's gateway does: what is wrong is answered with a Status, not with an HTTP error."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from postal_api.errors import NotAnItemCode
from postal_api.s10 import ItemCode


class Code(StrEnum):
    """The gateway's Status; all but ACCEPTED are assumed, and DUPLICATE is inferred from integrators' programmes."""

    ACCEPTED = "100"
    DUPLICATE = "101"
    BAD_FIELD = "102"
    BAD_ITEM_CODE = "103"
    ITEM_CODE_TAKEN = "104"
    WAS_CANCELLED = "105"
    NO_SUCH_ORDER = "106"
    COLLECTED = "107"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gateway's answer to an order or a cancellation."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """What the post keeps of an order: no names, no addresses."""

    number: str
    item_code: str
    customer: str


REQUIRED = (
    "CustomerCode", "OrderNumber", "SenderAddress", "SenderName", "SenderTel", "SenderDesc",
    "ReceiverName", "ReceiverAddress", "ReceiverTel", "ItemCode",
)  # fmt: skip
NUMBERS = ("CODAmount", "SenderProvince", "SenderDistrict", "ReceiverProvince", "ReceiverDistrict", "FlagConfig")
# The gateway's clients send absent values as null, so a key that is not there at all is a mistake of the programme.
MAY_BE_NULL = ("SenderEmail", "Description", "ReceiverEmail")
_PHONE = re.compile(r"\+?[0-9]{8,12}")


def read_order(body: bytes) -> OrderSheet | Verdict:
    """The order, or why it is refused."""
    try:
        wire = json.loads(body)
    except (ValueError, RecursionError):
        wire = None
    if not isinstance(wire, dict):
        return Verdict(Code.BAD_FIELD, "Dữ liệu không đúng định dạng JSON")
    if wrong := _first_wrong(wire):
        return Verdict(Code.BAD_FIELD, f"Thiếu hoặc sai trường {wrong}")
    try:
        item_code = str(ItemCode.parse(wire["ItemCode"]))
    except NotAnItemCode:
        return Verdict(Code.BAD_ITEM_CODE, "Mã bưu gửi không hợp lệ")
    return OrderSheet(wire["OrderNumber"], item_code, wire["CustomerCode"])


def _first_wrong(wire: dict[str, object]) -> str | None:
    for key in REQUIRED:
        value = wire.get(key)
        if not isinstance(value, str) or not value.strip():
            return key
    for key in NUMBERS:
        value = wire.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            return key
    for key in MAY_BE_NULL:
        if key not in wire or not isinstance(wire[key], str | None):
            return key
    return None if _PHONE.fullmatch(str(wire["ReceiverTel"])) else "ReceiverTel"
