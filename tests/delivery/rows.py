"""Rows of a one-stop export with invented people."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

HEADER = (
    "Mã hồ sơ", "Mã thủ tục", "Tên thủ tục", "Đơn vị", "Chủ hồ sơ", "Người nhận", "Số điện thoại", "Email",
    "Địa chỉ nhận", "Ngày có kết quả", "Ngày hẹn trả", "Số bản", "Khung giờ", "Trả tại nhà", "Người trả cước",
    "Ghi chú", "Vĩ độ", "Kinh độ",
)  # fmt: skip

# Points inside the four wards, far enough apart to be different doors.
DOORS = {
    "Bồ Đề": (21.0455, 105.8760),
    "Việt Hưng": (21.0620, 105.9020),
    "Phúc Lợi": (21.0430, 105.9190),
    "Long Biên": (21.0250, 105.8950),
}


def a_row(number: int = 1, ward: str = "Bồ Đề", **changes: str) -> dict[str, str]:
    """A good row that wants delivery; `changes` by column name, with _ for blanks."""
    lat, lon = DOORS[ward]
    row = {
        "Mã hồ sơ": f"H26.41.118-261120-{number:04d}",
        "Mã thủ tục": "1.001193",
        "Tên thủ tục": "Đăng ký khai sinh",
        "Đơn vị": f"UBND phường {ward}",
        "Chủ hồ sơ": f"Người Thử Số {number}",
        "Người nhận": "",
        "Số điện thoại": f"0912345{number % 1000:03d}",
        "Email": "",
        "Địa chỉ nhận": f"Số {number} phố Thử, phường {ward}, Hà Nội",
        "Ngày có kết quả": "23/11/2026",
        "Ngày hẹn trả": "",
        "Số bản": "1",
        "Khung giờ": "",
        "Trả tại nhà": "x",
        "Người trả cước": "",
        "Ghi chú": "",
        "Vĩ độ": f"{lat + (number % 40) * 0.0003:.6f}",
        "Kinh độ": f"{lon + (number % 7) * 0.0003:.6f}",
    }
    row.update({name.replace("_", " "): text for name, text in changes.items()})
    return row


def file_of(path: Path, rows: Sequence[dict[str, str]], *, encoding: str = "utf-8", separator: str = ",") -> Path:
    """The rows as a CSV file."""
    header = tuple(rows[0]) if rows else HEADER
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, header, delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def line_of(row: dict[str, str]) -> str:
    """One row as it stands in a CSV file, without the end of the line."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(row.values())
    return written.getvalue()
