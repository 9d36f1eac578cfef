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


class Face(StrEnum):
    """Through which interface an order came; its callbacks go the same way."""

    NGSP = "ngsp"
    MYVNPOST = "myvnpost"
    VIETTELPOST = "viettelpost"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gateway's answer to an order or a cancellation."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """What the post keeps of an order: no names, no addresses. Without an item code, the post gives one."""

    number: str
    item_code: str
    customer: str
    face: Face = Face.NGSP


REQUIRED = (
    "CustomerCode", "OrderNumber", "SenderAddress", "SenderName", "SenderTel", "SenderDesc",
    "ReceiverName", "ReceiverAddress", "ReceiverTel",
)  # fmt: skip
NUMBERS = ("CODAmount", "SenderProvince", "SenderDistrict", "ReceiverProvince", "ReceiverDistrict")
# The gateway's clients send absent values as null, so a key that is not there at all is a mistake of the programme.
MAY_BE_NULL = ("SenderEmail", "Description", "ReceiverEmail")
_PHONE = re.compile(r"\+?[0-9]{8,12}")


def read_order(body: bytes, *, provincial: bool = True) -> OrderSheet | Verdict:
    """The order, or why it is refused; the national variant has neither item code nor flag."""
    try:
        wire = json.loads(body)
    except (ValueError, RecursionError):
        wire = None
    if not isinstance(wire, dict):
        return Verdict(Code.BAD_FIELD, "Dữ liệu không đúng định dạng JSON")
    if wrong := _first_wrong(wire) or (_first_wrong_of_province(wire) if provincial else None):
        return Verdict(Code.BAD_FIELD, f"Thiếu hoặc sai trường {wrong}")
    if not provincial:
        return OrderSheet(wire["OrderNumber"], "", wire["CustomerCode"])
    try:
        item_code = str(ItemCode.parse(wire["ItemCode"]))
    except NotAnItemCode:
        return Verdict(Code.BAD_ITEM_CODE, "Mã bưu gửi không hợp lệ")
    return OrderSheet(wire["OrderNumber"], item_code, wire["CustomerCode"])


def _first_wrong_of_province(wire: dict[str, object]) -> str | None:
    code, flag = wire.get("ItemCode"), wire.get("FlagConfig")
    if not isinstance(code, str) or not code.strip():
        return "ItemCode"
    return None if isinstance(flag, int) and not isinstance(flag, bool) and flag >= 0 else "FlagConfig"


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
