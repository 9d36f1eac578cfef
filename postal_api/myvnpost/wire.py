"""MyVNPost's wire format: our values to its JSON and back, without any network.

Documented (the carrier's pages and integrators that follow them): the names of the keys, `VNPOST` for the district of
a two-level address, the kinds of codes in `type`, case types 00, 01 and 02, the form of errors and of histories.
Assumed: sendType 1 is collection, an unknown code is answered by an empty list, and totalFee is in dong.
"""

import base64
import binascii
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping

from postal_api.carrier import CancelOutcome, CaseOutcome, CaseState, Found, Order, Party, Place, Quote, Receipt
from postal_api.errors import OrderRefused, OutcomeUnknown
from postal_api.line import read_token
from postal_api.myvnpost.config import MyVNPostConfig
from postal_api.reading import dong, first_object, json_object, json_value, objects, text, without
from postal_api.statuses import MYVNPOST, kind_of

TWO_LEVELS = "VNPOST"
COLLECTED, BROUGHT = "1", "2"
BY_ITEM_CODE, BY_REFERENCE = "1", "2"
ADVICE, COD = "GTG001", "GTG021"
CASES = {"00": CaseState.ACCEPTED, "01": CaseState.REJECTED, "02": CaseState.PENDING}
_LONGEST_INSTRUCTION = 255


def sign_in_body(config: MyVNPostConfig) -> bytes:
    """A request for a token."""
    wire = {"username": config.username, "password": config.password, "customerCode": config.customer_code}
    return _bytes(wire)


def read_token_answer(body: bytes) -> str:
    """The token in `{success, errorMessage, token}`.

    Raises OutcomeUnknown when there is none.
    """
    return read_token(json_object(body).get("token"))


def order_body(order: Order, config: MyVNPostConfig) -> bytes:
    """An order for immediate publication; saleOrderCode carries our reference."""
    information = {
        **_party("sender", order.sender),
        **_party("receiver", order.receiver),
        "serviceCode": config.service,
        "addonService": _cod(order.cod),
        "additionRequest": [],
        "orgCodeCollect": config.office or None,
        "orgCodeAccept": config.office or None,
        "saleOrderCode": order.reference,
        "contentNote": order.description,
        "weight": str(order.weight_g),
        "width": None,
        "length": None,
        "height": None,
        "vehicle": "BO",
        "sendType": COLLECTED if order.pickup else BROUGHT,
        "isBroken": "0",
        "deliveryTime": "N",
        "deliveryRequire": "1",
        "deliveryInstruction": order.instruction[:_LONGEST_INSTRUCTION],
    }
    return _bytes({
        "orderCreationStatus": 1,
        "type": "GUI",
        "customerCode": config.customer_code,
        "contractCode": config.contract_code,
        "informationOrder": information,
    })  # fmt: skip


def read_receipt(body: bytes, order: Order) -> Receipt:
    """The record of a new order; it must name our reference, or it is somebody else's.

    Raises OutcomeUnknown when the answer is no such record.
    """
    record = first_object(json_value(body))
    if text(record.get("saleOrderCode")) != order.reference or not text(record.get("itemCode")):
        raise OutcomeUnknown("the answer is no record of this order")
    return Receipt(
        item_code=text(record.get("itemCode")),
        carrier_reference=text(record.get("originalID")) or text(record.get("originalId")) or None,
        duplicate=False,
        raw_sha256=hashlib.sha256(body).hexdigest(),
    )


def refusal(status: int, body: bytes, order: Order) -> OrderRefused:
    """Why an order was refused, in Spring's form `{status, error, message}`, without the people it may name."""
    try:
        said = first_object(json_value(body))
    except OutcomeUnknown:
        said = {}
    people = (order.sender, order.receiver)
    private = [part for party in people for part in (party.name, party.phone, party.address, party.email)]
    return OrderRefused(f"HTTP {status}", without(text(said.get("message")) or text(said.get("error")), private))


def read_found(body: bytes, reference: str) -> Found | None:
    """The order in `[{"results": [...]}]`; None when nothing is there under this reference.

    Raises OutcomeUnknown when the answer holds records, but none of this reference.
    """
    records = list(records_of(json_value(body)))
    for record in records:
        if text(record.get("saleOrderCode")) == reference and text(record.get("itemCode")):
            code = text(record.get("status"))
            return Found(
                reference=reference,
                item_code=text(record.get("itemCode")),
                carrier_reference=text(record.get("originalID")) or text(record.get("originalId")) or None,
                kind=kind_of(MYVNPOST, code),
                code=code,
            )
    if records:
        raise OutcomeUnknown("the answer is about other orders")
    return None


def read_cancellation(body: bytes) -> CancelOutcome:
    """The answer to a cancellation, a list or an object: only type 00 gives the order up, 02 leaves it to a person."""
    answer = first_object(json_value(body))
    code = text(answer.get("type")) or text(answer.get("Type"))
    said = text(answer.get("message")) or text(answer.get("note"))
    case = text(answer.get("caseId")) if code == "02" else ""
    return CancelOutcome(code == "00", code[:20], said[:200], case or None)


def correction_body(order: Order, found: Found, config: MyVNPostConfig) -> bytes:
    """A correction of an order's receiver, instruction and money, in this endpoint's own style of names."""
    return _bytes({
        "OriginalId": found.carrier_reference,
        "SourceCode": "MYVNP",
        "ServiceCode": config.service,
        "ItemCode": found.item_code,
        "AffairType": "02",
        "OrderCode": order.reference,
        "FlagConfig": "1",
        "Contents": order.description,
        "Vehicle": "BO",
        "UndeliverGuide": order.instruction[:_LONGEST_INSTRUCTION],
        "POPickupCode": config.office or None,
        "PickupDateTime": None,
        "CODAmount": order.cod,
        "Sender": {"OrgCode": config.customer_code, "ContractNumber": config.contract_code, **_person(order.sender)},
        "Receiver": _person(order.receiver),
        "Addons": [],
        "Package": {"Weight": order.weight_g, "Length": 0, "Width": 0, "Height": 0, "PriceWeight": order.weight_g,
                    "IsVolume": False},
        "useBCP": 1,
    })  # fmt: skip


def read_case(body: bytes, original: str, case_id: str = "") -> CaseOutcome:
    """The state of a correction.

    Raises OutcomeUnknown when its type is none of the documented ones.
    """
    answer = first_object(json_value(body))
    kind = text(answer.get("Type")) or text(answer.get("type"))
    if kind not in CASES:
        raise OutcomeUnknown("the answer is no state of a case")
    return CaseOutcome(
        state=CASES[kind],
        case_id=text(answer.get("CaseId")) or text(answer.get("caseId")) or case_id,
        carrier_reference=original,
        said=(text(answer.get("Message")) or text(answer.get("message")))[:200],
    )


def read_labels(body: bytes) -> list[bytes]:
    """The labels in an array of base64 texts.

    Raises OutcomeUnknown when one of them is no PDF.
    """
    listed = json_value(body)
    texts = listed if isinstance(listed, list) else [listed]
    try:
        labels = [base64.b64decode(each, validate=True) for each in texts if isinstance(each, str)]
    except (binascii.Error, ValueError) as error:
        raise OutcomeUnknown("a label is not base64") from error
    if not labels or not all(label.startswith(b"%PDF") for label in labels):
        raise OutcomeUnknown("the answer holds no PDF")
    return labels


def price_body(order: Order, config: MyVNPostConfig) -> bytes:
    """A question for the price of our service."""
    data: dict[str, object] = {
        "senderProvinceCode": str(order.sender.province_code),
        "senderDistrictCode": TWO_LEVELS,
        "senderCommuneCode": order.sender.commune_code or None,
        "receiverProvinceCode": str(order.receiver.province_code),
        "receiverDistrictCode": TWO_LEVELS,
        "receiverCommuneCode": order.receiver.commune_code or None,
        "receiverNational": "VN",
        "weight": order.weight_g,
        "width": 0,
        "length": 0,
        "height": 0,
        "serviceCode": config.service,
        "addonService": [],
        "additionRequest": [],
        "vehicle": "BO",
    }
    contract = config.contract_code
    return _bytes({"scope": 1, "customerCode": config.customer_code, "contractNumber": contract, "data": data})


def read_price(body: bytes, service: str) -> Quote:
    """The total for our service in the array of services; it is provisional and includes tax.

    Raises OutcomeUnknown when our service is not among them.
    """
    for offer in objects(json_value(body)):
        total = dong(offer.get("totalFee"))
        if text(offer.get("serviceCode")) == service and total is not None:
            return Quote(total, service)
    raise OutcomeUnknown(f"the answer names no price for {service}")


def read_places(body: bytes, kind: str) -> list[Place]:
    """A list of provinces or communes; the province of a new commune may stand under the key of the district."""
    rows = objects(json_value(body))
    return [
        Place(
            code=text(row.get(f"{kind}Code")),
            name=text(row.get(f"{kind}Name")),
            within="" if kind == "province" else text(row.get("provinceCode")) or text(row.get("districtCode")),
        )
        for row in rows
        if text(row.get(f"{kind}Code"))
    ]


def records_of(answer: object) -> Iterator[dict[str, object]]:
    """Orders as they come: bare, in a list, under `results`, or in a list of objects that have `results`."""
    for each in objects(answer):
        if "results" in each:
            yield from objects(each["results"])
        elif "itemCode" in each:
            yield each


def _party(side: str, party: Party) -> dict[str, str | None]:
    return {
        f"{side}Name": party.name,
        f"{side}Phone": party.phone,
        f"{side}Email": party.email,
        f"{side}Address": party.address,
        f"{side}ProvinceCode": str(party.province_code),
        f"{side}ProvinceName": None,
        f"{side}DistrictCode": TWO_LEVELS,
        f"{side}DistrictName": None,
        f"{side}CommuneCode": party.commune_code or None,
        f"{side}CommuneName": None,
    }


def _person(party: Party) -> dict[str, str | None]:
    return {
        "Phone": party.phone,
        "Fullname": party.name,
        "Address": party.address,
        "Province": str(party.province_code),
        "District": TWO_LEVELS,
        "Commune": party.commune_code or None,
        "Postcode": None,
    }


def _cod(amount: int) -> list[dict[str, str]]:
    return [{"code": COD, "propValue": f"PROP0018:{amount}"}] if amount else []


def _bytes(wire: Mapping[str, object]) -> bytes:
    return unicodedata.normalize("NFC", json.dumps(wire, ensure_ascii=False)).encode()
