"""The columns of an export of completed results, under the names that one-stop systems and people give them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from delivery.places.text import fold

_RESULT_DATE = ("Result date", "Completed", "Completed date", "Completion date", "Date completed", "Result ready")

# field -> the header written to files, and what else it may be called.
COLUMNS: dict[str, tuple[str, ...]] = {
    "dossier_code": ("Mã hồ sơ", "Số hồ sơ", "Ma HS", "Dossier code", "Dossier", "Application code"),
    "procedure_code": ("Mã thủ tục", "Mã TTHC", "Procedure code"),
    "procedure_name": ("Tên thủ tục", "Thủ tục", "Tên TTHC", "Procedure", "Procedure name"),
    "office": ("Đơn vị", "Đơn vị tiếp nhận", "Cơ quan", "Office", "Agency", "Unit"),
    "owner_name": ("Chủ hồ sơ", "Họ tên chủ hồ sơ", "Owner", "Applicant", "Owner name"),
    "recipient_name": ("Người nhận", "Họ tên người nhận", "Recipient", "Receiver", "Recipient name"),
    "phone": ("Số điện thoại", "Điện thoại", "SĐT", "Phone", "Phone number", "Mobile"),
    "email": ("Email", "E-mail", "Thư điện tử"),
    "address": ("Địa chỉ nhận", "Địa chỉ", "Địa chỉ người nhận", "Address", "Delivery address"),
    "result_date": ("Ngày có kết quả", "Ngày trả kết quả", "Ngày kết thúc xử lý", *_RESULT_DATE),
    "promised_date": ("Ngày hẹn trả", "Ngày hẹn", "Promised date", "Due date", "Appointment date"),
    "copy_no": ("Số bản", "Bản số", "Copy", "Copies", "Copy number"),
    "slots": ("Khung giờ", "Khung giờ nhận", "Time slots", "Slots", "Time window", "Time windows"),
    "wants_delivery": ("Trả tại nhà", "Trả kết quả tại nhà", "Qua bưu điện", "Home delivery", "Deliver"),
    "payer": ("Người trả cước", "Trả cước", "Payer"),
    "note": ("Ghi chú", "Note", "Notes", "Remarks"),
    "lat": ("Vĩ độ", "Lat", "Latitude"),
    "lon": ("Kinh độ", "Lon", "Lng", "Longitude"),
    "error": ("Lỗi", "Error"),
}
REQUIRED = ("dossier_code", "owner_name", "address", "result_date")
# What a person may be asked to name; the reasons for which a row was refused are no part of a result.
NAMEABLE = tuple(field for field in COLUMNS if field != "error")
_FIELD_OF = {fold(alias): field for field, aliases in COLUMNS.items() for alias in aliases}


def fields_of(header: Sequence[str]) -> list[str | None]:
    """The field each header cell stands for; None for columns that we do not use, and for a second of the same."""
    fields: list[str | None] = []
    for cell in header:
        field = _field_of(cell)
        fields.append(None if field in fields else field)
    return fields


# The same few cells are asked about while a file is being recognised, and the whole header for every row.
@lru_cache(maxsize=1000)
def _field_of(cell: str) -> str | None:
    return _FIELD_OF.get(fold(cell).strip(" *:."))


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column of a file holds, as a person said: a field, or None for what is not used.

    `headless` is a file that begins with a result at once, without names of columns.
    """

    fields: tuple[str | None, ...]
    headless: bool = False

    def named(self, header: Sequence[str]) -> tuple[str, ...]:
        """The header as it would be if it named the columns as we do."""
        chosen = [*self.fields[: len(header)], *[None] * (len(header) - len(self.fields))]
        return tuple(
            COLUMNS[field][0] if field else "" if self.headless or _field_of(cell) else cell
            for cell, field in zip(header, chosen, strict=True)
        )

    @property
    def missing(self) -> list[str]:
        """The names of required columns that nobody named."""
        return [COLUMNS[field][0] for field in REQUIRED if field not in self.fields]


def missing(header: Sequence[str]) -> list[str]:
    """The names of required columns that a header lacks."""
    fields = fields_of(header)
    return [COLUMNS[field][0] for field in REQUIRED if field not in fields]


def recognised(header: Sequence[str]) -> int:
    """How many cells of a row are names of columns."""
    return sum(field is not None for field in fields_of(header))
