"""The MyVNPost face: token, orders, look-up, list, history, correction, cancelling, label, price, address lists.

Documented: the addresses, the names of the keys, the header `token`, the case types, the masking with "+", and that
some answers are lists in one installation and objects in another. Assumed: that a second saleOrderCode makes a second
order, that an unknown code gives an empty list, HTTP 400 in Spring's form for what is missing, and all prices.
"""

import base64
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from functools import partial
from hmac import compare_digest
from sqlite3 import Row

from flask import Blueprint, Response, jsonify, make_response, request

from postal_api.events import EventKind
from postal_api.moments import VIETNAM, write_moment
from postal_api.sandbox.habits import LAG_SECONDS
from postal_api.sandbox.letterhead import MYVNPOST_CODES, OFFICE
from postal_api.sandbox.manners import HANG_UP, Tokens, fault, in_the_mood
from postal_api.sandbox.orders import Face, OrderSheet
from postal_api.sandbox.post import Post
from postal_api.statuses import MYVNPOST

PREFIX = "/MYVNP_API"
CODES = {EventKind.REGISTERED: 1, EventKind.CANCELLED: 9, **MYVNPOST_CODES}
REQUIRED = (
    "senderName",
    "senderAddress",
    "receiverName",
    "receiverPhone",
    "receiverAddress",
    "saleOrderCode",
    "weight",
)
COLUMNS = {"1": "item_code", "2": "number", "3": "item_code"}
MASK = "+++++++"
PRICE = 26_000
LABEL = b"%PDF-1.4\n% a made-up label of the sandbox post for "


def myvnpost(post: Post) -> Blueprint:
    """The face's routes."""
    face = Blueprint("myvnpost", __name__, url_prefix=PREFIX)
    tokens = Tokens(post)

    @face.post("/GetAccessToken")
    def sign_in() -> Response:
        asked = _asked()
        if not compare_digest(str(asked.get("password")).encode(), post.config.secret.encode()):
            return jsonify(success=False, errorMessage="Sai tên đăng nhập hoặc mật khẩu", token=None), 401  # type: ignore[return-value]
        return jsonify(success=True, errorMessage=None, token=tokens.give())

    def guarded(answer: Callable[[Post], Response]) -> Response:
        if not tokens.use(request.headers.get("token", "")):
            return fault(401, "Invalid token")
        return in_the_mood(post, partial(answer, post))

    for path, method, answer in (
        ("CreateOrder", "POST", _create),
        ("orderCancel", "POST", _cancel),
        ("orderCorrection", "POST", _correct),
        ("orderCorrection/updateCase", "GET", _case),
        ("getOrder", "GET", _order),
        ("GetListOrder", "GET", _list),
        ("GetStatusHistoryOrder", "GET", _history),
        ("exportListReport", "POST", _labels),
        ("ServicesCharge", "POST", _price),
        ("getNewProvinceAll", "GET", _provinces),
        ("getNewCommuneAll", "GET", _communes),
    ):
        face.add_url_rule(f"/{path}", path.replace("/", "-"), partial(guarded, answer), methods=[method])
    return face


def _create(post: Post) -> Response:
    asked = _asked()
    information = asked.get("informationOrder")
    if not isinstance(information, dict):
        return _wrong("informationOrder")
    for key in REQUIRED:
        if not isinstance(information.get(key), str) or not information[key].strip():
            return _wrong(key)
    sheet = OrderSheet(information["saleOrderCode"], "", str(asked.get("customerCode")), Face.MYVNPOST)
    item_code = post.accept_again_and_again(sheet)
    if post.habits.shows("lost-replies", sheet.number):
        request.environ[HANG_UP] = True
    row = post.find_item(item_code)
    record = _record(row) if row is not None else {}
    if post.habits.shows("wrong-ids", sheet.number):
        record["itemCode"] = _another(post, item_code)
    return _shaped(post, record)


def _cancel(post: Post) -> Response:
    original = str(_asked().get("OriginalId"))
    row = post.find_item(original)
    if row is None:
        return _shaped(post, {"type": "01", "note": "", "message": "Không tìm thấy đơn hàng", "originalId": original})
    if post.habits.shows("pending-cancellations", original):
        waits = {"type": "02", "note": "", "message": "Chờ duyệt", "originalId": original}
        return _shaped(post, {**waits, "caseId": _new_case(post, original, cancels=True)})
    verdict = post.cancel(row["customer"], row["number"])
    kind = "00" if verdict.code == "100" else "01"
    return _shaped(post, {"type": kind, "note": "", "message": verdict.message, "originalId": original, "caseId": None})


def _correct(post: Post) -> Response:
    original = str(_asked().get("OriginalId"))
    if post.find_item(original) is None:
        return _shaped(post, {"Type": "01", "Message": "Không tìm thấy đơn hàng", "OriginalId": original})
    case = _new_case(post, original, cancels=False)
    return _shaped(post, {"Type": "02", "Message": "Chờ duyệt", "Note": "", "OriginalId": original, "CaseId": case})


def _new_case(post: Post, item_code: str, *, cancels: bool) -> int | None:
    with post.books.change() as db:
        return db.execute("INSERT INTO correction (item_code, cancels) VALUES (?, ?)", (item_code, cancels)).lastrowid


def _case(post: Post) -> Response:
    """Pending at the first question; then decided: no more changes once the item is out or at its end.

    A cancellation is granted as it always is: until the item is collected.
    """
    number = request.args.get("CaseId", 0, int)
    with post.books.change() as db:
        db.execute("UPDATE correction SET asked = asked + 1 WHERE id = ?", (number,))
        case = db.execute("SELECT * FROM correction JOIN orders USING (item_code) WHERE id = ?", (number,)).fetchone()
    if case is None:
        return _wrong("CaseId")
    early = case["state"] in {EventKind.REGISTERED, EventKind.COLLECTED, EventKind.AT_OFFICE}
    kind = "02" if case["asked"] < 2 else "00" if early else "01"
    if kind == "00" and case["cancels"] and post.cancel(case["customer"], case["number"]).code != "100":
        kind = "01"
    return _shaped(post, {"Type": kind, "Message": "", "OriginalId": case["item_code"], "CaseId": number})


def _order(post: Post) -> Response:
    column = COLUMNS.get(request.args.get("type", "1"), "item_code")
    with post.books.look() as db:
        rows = db.execute(
            f"SELECT * FROM orders WHERE {column} = ? OR (? = 'number' AND number LIKE ? || '#%') ORDER BY made_at",  # noqa: S608  # nosec B608
            (request.args.get("code", ""), column, request.args.get("code", "")),
        ).fetchall()
    return _shaped(post, {"results": [_record(row) for row in rows if not _hidden(post, row)]})


def _list(post: Post) -> Response:
    post.play()
    try:
        start = _day(request.args.get("lastUpdateFrom", ""))
        end = _day(request.args.get("lastUpdateTo", "")) + timedelta(days=1)
    except ValueError:
        return _wrong("lastUpdateFrom, lastUpdateTo")
    size, page = min(max(request.args.get("size", 50, int), 1), 500), max(request.args.get("page", 0, int), 0)
    with post.books.look() as db:
        rows = db.execute(
            "SELECT * FROM orders WHERE face = ? AND changed_at >= ? AND changed_at < ?"
            " ORDER BY changed_at, item_code LIMIT ? OFFSET ?",
            (Face.MYVNPOST, int(start.timestamp()), int(end.timestamp()), size, page * size),
        ).fetchall()
    return jsonify(results=[_record(row) for row in rows if not _hidden(post, row)])


def _history(post: Post) -> Response:
    post.play()
    code = request.args.get("code", "")
    with post.books.look() as db:
        rows = db.execute("SELECT * FROM event WHERE item_code = ? ORDER BY id", (code,)).fetchall()
    history = []
    for index, row in enumerate(rows):
        at, status = write_moment(datetime.fromtimestamp(row["at"], UTC)), str(CODES[EventKind(row["kind"])])
        said = MYVNPOST[status].text
        if (strange := post.habits.strange_code(row["id"], EventKind(row["kind"]))) is not None:
            status, said = str(strange), ""
        # Both spellings of the key were seen.
        hour = "createdHour" if index % 2 else "createHour"
        history.append({
            "createdDate": at[:10], hour: at[11:], "statusCode": status, "statusName": said,
        })  # fmt: skip
    data = {"itemCode": code, "statusHistory": history}
    as_list = post.habits.shows("list-or-object", f"history:{code}")
    return jsonify(data=[data] if as_list else data)


def _labels(post: Post) -> Response:
    codes = request.get_json(silent=True)
    if not isinstance(codes, list) or len(codes) > 100:
        return _wrong("itemCode")
    known = [code for code in codes if isinstance(code, str) and post.find_item(code) is not None]
    return jsonify([base64.b64encode(LABEL + code.encode() + b"\n%%EOF\n").decode() for code in known])


def _price(_post: Post) -> Response:
    data = _asked().get("data")
    weight = data.get("weight") if isinstance(data, dict) else None
    if not isinstance(weight, int | float):
        return _wrong("weight")
    total = PRICE + 2_000 * (int(weight) // 500)
    fee: dict[str, object] = {
        "mainFee": total,
        "vasfee": 0,
        "totalFee": total,
        "priceWeight": weight,
        "addonService": [],
    }
    offers = [{"serviceCode": code, "serviceName": name, **fee} for code, name in _SERVICES]
    return jsonify(offers)


def _provinces(_post: Post) -> Response:
    return jsonify([{"provinceCode": "10", "provinceName": "Thành phố Hà Nội"}])


def _communes(_post: Post) -> Response:
    # The parent's code stands under the district's key, as it was seen; the communes' own codes are made up.
    names = ("Phường Bồ Đề", "Phường Việt Hưng", "Phường Phúc Lợi", "Phường Long Biên")
    return jsonify([
        {"communeCode": f"1000{index}", "communeName": name, "districtCode": "10"} for index, name in enumerate(names)
    ])  # fmt: skip


_SERVICES = (("CTN009", "Tiêu chuẩn"), ("ETN011", "Nhanh tài liệu hàng hóa"))


def _record(row: Row) -> dict[str, object]:
    """An order as MyVNPost shows it; the post keeps no people, so all of them are masked."""
    return {
        "orderHdrID": row["number"],
        "originalID": row["item_code"],
        "itemCode": row["item_code"],
        "originalItemCode": row["item_code"],
        # A second order of the same saleOrderCode shows the same code as the first.
        "saleOrderCode": row["number"].partition("#")[0],
        "status": CODES[EventKind(row["state"])],
        "senderCode": row["customer"],
        "receiverName": MASK,
        "receiverPhone": MASK,
        "receiverAddress": MASK,
        "totalFee": PRICE,
        "createdDate": write_moment(datetime.fromtimestamp(row["made_at"], UTC)),
        "updatedDate": write_moment(datetime.fromtimestamp(row["changed_at"], UTC)),
        "orgCodeAccept": OFFICE,
        "source": "MYVNP",
    }


def _shaped(post: Post, answer: dict[str, object]) -> Response:
    """An object or a list of one: getOrder is documented as a list, the others as objects."""
    usual = "results" in answer
    as_list = usual is not post.habits.shows("list-or-object", request.path)
    return jsonify([answer] if as_list else answer)


def _hidden(post: Post, row: Row) -> bool:
    """Whether the order is too young for a list that lags."""
    return post.habits.has("lagging-lookup") and time.time() - float(row["made_at"]) < LAG_SECONDS


def _another(post: Post, item_code: str) -> str:
    with post.books.look() as db:
        row = db.execute("SELECT item_code FROM orders WHERE item_code <> ? LIMIT 1", (item_code,)).fetchone()
    return item_code if row is None else str(row["item_code"])


def _day(text: str) -> datetime:
    day, month, year = text.split("-")
    return datetime.combine(date(int(year), int(month), int(day)), wall(), VIETNAM)


def _asked() -> dict[str, object]:
    asked: object = request.get_json(silent=True)
    return asked if isinstance(asked, dict) else {}


def _wrong(what: str) -> Response:
    message = f"Thiếu hoặc sai trường {what}"
    return make_response(jsonify(status=400, error="Bad Request", message=message, path=request.path), 400)
