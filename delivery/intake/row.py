"""One row of an export, checked: either a whole result, or all the reasons why not, in words the clerk can act on."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from delivery.i18n import gettext as _
from delivery.intake.cells import as_meant
from delivery.intake.columns import COLUMNS
from delivery.intake.units import NoSuchOffice, SeveralOffices, Units
from delivery.places.text import fold
from delivery.rules.calendar import WorkingCalendar
from delivery.rules.dossier import DossierCode
from delivery.rules.phones import parse_phone
from delivery.rules.policy import UNKNOWN_PROCEDURE, Payer, Policy
from delivery.rules.slots import format_slots, parse_slots

LONGEST = {"address": 300, "note": 500}
LONGEST_OTHER = 150
T = TypeVar("T")
YES = frozenset({"x", "co", "1", "true", "yes", "y", "v", "c"})
NO = frozenset({"", "khong", "0", "false", "no", "n", "k"})
PAYER_WORDS: dict[str, Payer] = {
    "": Payer.CITY_BUDGET,
    "ngan sach": Payer.CITY_BUDGET,
    "ngan sach thanh pho": Payer.CITY_BUDGET,
    "thanh pho": Payer.CITY_BUDGET,
    "nguoi nhan": Payer.CITIZEN_COD,
    "nguoi dan": Payer.CITIZEN_COD,
    "cod": Payer.CITIZEN_COD,
    "thu khi phat": Payer.CITIZEN_COD,
    "da tra": Payer.CITIZEN_PREPAID,
    "da thanh toan": Payer.CITIZEN_PREPAID,
    "tra truoc": Payer.CITIZEN_PREPAID,
    "prepaid": Payer.CITIZEN_PREPAID,
    "co quan": Payer.AGENCY,
    "don vi": Payer.AGENCY,
    "agency": Payer.AGENCY,
    **{payer.value.replace("_", " "): payer for payer in Payer},
    **{payer.value: payer for payer in Payer},
}
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")


@dataclass(frozen=True)
class Incoming:
    """A result as a row tells it, every value understood.

    `promise_is_ours`: the row names no promised day, and the procedure's rule made one.
    """

    dossier_code: str
    copy_no: int
    office_id: int
    procedure_code: str
    procedure_name: str
    owner_name: str
    recipient_name: str
    phone: str
    email: str
    address: str
    result_date: date
    promised_date: date
    slots: str
    wants_delivery: bool
    payer: str
    note: str
    given_lat: float | None
    given_lon: float | None
    promise_is_ours: bool = False

    @property
    def key(self) -> tuple[str, int]:
        return self.dossier_code, self.copy_no

    def said(self) -> dict[str, Any]:
        """What is kept of it, by the names of the columns."""
        # Plain values all: copying them, as asdict does, takes a quarter of the time in which results come in.
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "promise_is_ours"}

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same content, whatever file or spelling of dates it came in."""
        content = json.dumps(self.said(), default=str, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ward:
    """What a row is checked against: the offices by their names, the procedures, the calendar without closures.

    `home` is the office that is meant where a row names none, because there is only one that it could be.
    """

    units: Units
    procedures: Mapping[str, tuple[str, Policy]]
    calendar: WorkingCalendar
    home: int | None = None


class BadRow(ValueError):
    """A row that cannot be taken; the text gives every reason, for the column Lỗi.

    `reasons` gives them one by one, each with the field that it is about.
    """

    def __init__(self, text: str, reasons: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.reasons = tuple(reasons) or (("", text),)


def check_row(cells: Mapping[str, str], ward: Ward) -> Incoming:
    """Understand a row (field -> text).

    Raises BadRow with all its reasons at once, so that nobody corrects a file five times.
    """
    reading = _Reading(cells)
    code = reading.take("dossier_code", lambda text: str(DossierCode.parse(text)), _("Mã hồ sơ is not valid"))
    procedure_code = re.sub(r"\.000\.00\.00\.[A-Z]\d\d$", "", reading.text("procedure_code"))
    known = ward.procedures.get(procedure_code)
    policy = known[1] if known else UNKNOWN_PROCEDURE
    result_date = reading.take("result_date", _date, _("Ngày có kết quả is not a date dd/mm/yyyy"))
    promised = reading.take(
        "promised_date", lambda text: _date(text) if text else None, _("Ngày hẹn trả is not a date dd/mm/yyyy")
    )
    wants = reading.take("wants_delivery", _yes_or_no, _("Trả tại nhà must be x or empty"))
    if wants and not policy.postable:
        reading.refuse(
            "wants_delivery", _("this result cannot be delivered to the home by law; it is handed over at the counter")
        )
    lat, lon = reading.point()
    owner = reading.required("owner_name", _("Chủ hồ sơ is missing"))
    office_id = reading.office(ward)
    incoming = {
        "phone": reading.take("phone", parse_phone, _("Số điện thoại is not a Vietnamese phone number")),
        "email": reading.take("email", _email, _("Email is not an e-mail address")),
        "copy_no": reading.take("copy_no", _copy_no, _("Số bản must be a number from 1 to 99")),
        "slots": reading.take(
            "slots",
            lambda text: format_slots(parse_slots(text)),
            _("Khung giờ must look like 08:00-11:30; 13:30-17:00"),
        ),
        "payer": reading.take("payer", lambda text: PAYER_WORDS[fold(text)], _("Người trả cước is not known")),
    }
    address = reading.required("address", _("Địa chỉ nhận is missing")) if wants else reading.text("address")
    if reading.reasons or code is None or result_date is None or office_id is None:
        raise BadRow("; ".join(reason for _field, reason in reading.reasons), reading.reasons)
    return Incoming(
        dossier_code=code,
        office_id=office_id,
        procedure_code=procedure_code,
        procedure_name=reading.text("procedure_name") or (known[0] if known else procedure_code),
        owner_name=owner,
        recipient_name=reading.text("recipient_name") or owner,
        address=address,
        result_date=result_date,
        promised_date=promised or ward.calendar.add(result_date, policy.working_days),
        promise_is_ours=promised is None,
        wants_delivery=bool(wants),
        note=reading.text("note"),
        given_lat=lat,
        given_lon=lon,
        **incoming,  # type: ignore[arg-type]  # each is None only where a reason was given above
    )


class _Reading:
    """The cells of a row and the reasons found so far."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells = cells
        self.reasons: list[tuple[str, str]] = []
        for field, text in cells.items():
            most = LONGEST.get(field, LONGEST_OTHER)
            if len(text) > most:
                name = COLUMNS[field][0]
                self.refuse(field, _("{field} is longer than {most} characters").format(field=name, most=most))

    def text(self, field: str) -> str:
        return " ".join(as_meant(self.cells.get(field, "")).split())

    def refuse(self, field: str, reason: str) -> None:
        self.reasons.append((field, reason))

    def required(self, field: str, reason: str) -> str:
        if not (text := self.text(field)):
            self.refuse(field, reason)
        return text

    def take(self, field: str, understand: Callable[[str], T], reason: str) -> T | None:
        try:
            return understand(self.text(field))
        except (ValueError, KeyError):
            self.refuse(field, reason)
            return None

    def office(self, ward: Ward) -> int | None:
        text = self.text("office")
        if not text and ward.home is not None:
            return ward.home
        try:
            return ward.units.find(text)
        except SeveralOffices:
            several = _("Đơn vị fits several offices; write the office's code, or its address with the province")
            self.refuse("office", several)
        except NoSuchOffice:
            self.refuse("office", _("Đơn vị is not one of our offices"))
        return None

    def point(self) -> tuple[float | None, float | None]:
        lat, lon = self.text("lat").replace(",", "."), self.text("lon").replace(",", ".")
        if not lat and not lon:
            return None, None
        try:
            point = round(float(lat), 6), round(float(lon), 6)
        except ValueError:
            point = (0.0, 0.0)
        if not (8 <= point[0] <= 24 and 102 <= point[1] <= 110):
            self.refuse("lat", _("Vĩ độ and Kinh độ are not a point in Viet Nam"))
            return None, None
        return point


def _date(text: str) -> date:
    if match := _DATE.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    else:
        raise ValueError("not a date")
    if not 2000 <= year <= 2100:
        raise ValueError("not a year of this system")
    return datetime(year, month, day).date()  # noqa: DTZ001  a calendar day has no zone


def _yes_or_no(text: str) -> bool:
    word = fold(text)
    if word not in YES | NO:
        raise ValueError("neither yes nor no")
    return word in YES


def _copy_no(text: str) -> int:
    number = int(text or 1)
    if not 1 <= number <= 99:
        raise ValueError("no copy number")
    return number


def _email(text: str) -> str:
    if text and not _EMAIL.fullmatch(text):
        raise ValueError("not an e-mail address")
    return text.lower()
