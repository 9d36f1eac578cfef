"""What the carriers' status codes mean to us: tables that a clerk can check and correct.

Each row says where our reading comes from. DOCUMENTED: the meaning was read in public material of the carrier or its
integrators. ASSUMED: nobody outside knows; the code is what the sandbox post uses, and must be compared with the
carrier before going live. A code that is in no table becomes UNKNOWN and is shown to a person; it is never dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from postal_api.events import EventKind


class Origin(StrEnum):
    """How we know."""

    DOCUMENTED = "documented"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Status:
    """One code of a carrier, its own words for it, and what it means to us."""

    code: str
    text: str
    kind: EventKind
    origin: Origin


def by_code(*rows: Status) -> Mapping[str, Status]:
    """A table by the carrier's code; a code may stand in it only once."""
    table = {row.code: row for row in rows}
    if len(table) != len(rows):
        raise ValueError("a status code stands in the table twice")
    return table


def kind_of(table: Mapping[str, Status], code: str) -> EventKind:
    """What a code means; UNKNOWN when the table does not say."""
    return table[code].kind if code in table else EventKind.UNKNOWN


_D, _A = Origin.DOCUMENTED, Origin.ASSUMED

# VNPost's feed for public administration. Integrators' programmes act on 4 alone; the rest is the sandbox post's.
NGSP = by_code(
    Status("1", "Đã tiếp nhận yêu cầu", EventKind.REGISTERED, _A),
    Status("2", "Đã thu gom", EventKind.COLLECTED, _A),
    Status("3", "Đang đi phát", EventKind.OUT_FOR_DELIVERY, _A),
    Status("4", "Đã phát thành công", EventKind.DELIVERED, _D),
    Status("5", "Phát không thành công", EventKind.ATTEMPT_FAILED, _A),
    Status("6", "Đang chuyển hoàn", EventKind.RETURNING, _A),
    Status("7", "Đã chuyển hoàn", EventKind.RETURNED, _A),
    Status("8", "Đã hủy", EventKind.CANCELLED, _A),
    Status("9", "Đến bưu cục phát", EventKind.AT_OFFICE, _A),
    Status("10", "Đang vận chuyển", EventKind.IN_TRANSIT, _A),
)

# MyVNPost's list 0 to 29 with its own words. What is partial, or only about money, is for a person to judge.
MYVNPOST = by_code(
    Status("0", "Lưu nháp", EventKind.REGISTERED, _D),
    Status("1", "Đã tạo", EventKind.REGISTERED, _D),
    Status("2", "Bưu tá nhận yêu cầu thu gom", EventKind.REGISTERED, _D),
    Status("3", "Chờ xác nhận", EventKind.REGISTERED, _D),
    Status("4", "Đang lấy hàng", EventKind.REGISTERED, _D),
    Status("5", "Lấy hàng không thành công", EventKind.REGISTERED, _D),
    Status("6", "Đã lấy hàng", EventKind.COLLECTED, _D),
    Status("7", "Bưu cục đã nhận hàng", EventKind.COLLECTED, _D),
    Status("8", "Lấy hàng thất bại", EventKind.REGISTERED, _D),
    Status("9", "Hủy thu gom", EventKind.CANCELLED, _D),
    Status("10", "Đang vận chuyển", EventKind.IN_TRANSIT, _D),
    Status("11", "Đã đến bưu cục phát", EventKind.AT_OFFICE, _D),
    Status("12", "Đang giao hàng", EventKind.OUT_FOR_DELIVERY, _D),
    Status("13", "Chuyển tiếp", EventKind.IN_TRANSIT, _D),
    Status("14", "Đã giao hàng", EventKind.DELIVERED, _D),
    Status("15", "Giao không thành công", EventKind.ATTEMPT_FAILED, _D),
    Status("16", "Chờ để chuyển hoàn", EventKind.RETURNING, _A),
    Status("17", "Đã duyệt hoàn", EventKind.RETURNING, _D),
    Status("18", "Bắt đầu chuyển hoàn", EventKind.RETURNING, _D),
    Status("19", "Trả hàng thành công", EventKind.RETURNED, _D),
    Status("20", "Đã trả hàng một phần", EventKind.UNKNOWN, _A),
    Status("21", "Đã trả tiền COD", EventKind.DELIVERED, _A),
    Status("22", "Hủy giao hàng", EventKind.UNKNOWN, _A),
    Status("23", "Giao thành công một phần", EventKind.UNKNOWN, _A),
    Status("24", "Đang chuyển hoàn", EventKind.RETURNING, _D),
    Status("28", "Đã trả phí ship", EventKind.UNKNOWN, _A),
    Status("29", "Đã trả phí hủy đơn hàng", EventKind.UNKNOWN, _A),
)

# Viettel Post's numbers; the words are ours after the documented meanings. 202 tells of an edited slip, not of a move.
VIETTELPOST = by_code(
    Status("100", "Tạo đơn", EventKind.REGISTERED, _D),
    Status("101", "Viettel Post yêu cầu hủy", EventKind.UNKNOWN, _A),
    Status("102", "Chờ xử lý", EventKind.REGISTERED, _D),
    Status("103", "Giao cho bưu cục", EventKind.REGISTERED, _D),
    Status("104", "Giao cho bưu tá đi nhận", EventKind.REGISTERED, _D),
    Status("105", "Bưu tá đã nhận hàng", EventKind.COLLECTED, _D),
    Status("106", "Đối tác yêu cầu lấy lại hàng", EventKind.UNKNOWN, _A),
    Status("107", "Đối tác yêu cầu hủy qua API", EventKind.CANCELLED, _D),
    Status("200", "Nhận từ bưu tá - bưu cục gốc", EventKind.COLLECTED, _D),
    Status("201", "Hủy nhập phiếu gửi", EventKind.CANCELLED, _D),
    Status("202", "Sửa phiếu gửi", EventKind.REGISTERED, _A),
    Status("300", "Đóng bảng kê đi", EventKind.IN_TRANSIT, _D),
    Status("301", "Đóng túi gói", EventKind.IN_TRANSIT, _D),
    Status("302", "Đóng chuyến thư", EventKind.IN_TRANSIT, _D),
    Status("303", "Đóng tuyến xe", EventKind.IN_TRANSIT, _D),
    Status("400", "Nhận bảng kê đến", EventKind.IN_TRANSIT, _D),
    Status("401", "Nhận túi gói", EventKind.IN_TRANSIT, _D),
    Status("402", "Nhận chuyến thư", EventKind.IN_TRANSIT, _D),
    Status("403", "Nhận chuyến xe", EventKind.IN_TRANSIT, _D),
    Status("500", "Giao bưu tá đi phát", EventKind.OUT_FOR_DELIVERY, _D),
    Status("501", "Phát thành công", EventKind.DELIVERED, _D),
    Status("502", "Chuyển hoàn bưu cục gốc", EventKind.RETURNING, _D),
    Status("503", "Hủy theo yêu cầu khách hàng", EventKind.CANCELLED, _D),
    Status("504", "Hoàn thành công, trả người gửi", EventKind.RETURNED, _D),
    Status("505", "Thông báo chuyển hoàn", EventKind.RETURNING, _D),
    Status("506", "Tồn, khách không ở nhà", EventKind.ATTEMPT_FAILED, _D),
    Status("507", "Tồn, khách đến bưu cục nhận", EventKind.AT_OFFICE, _A),
    Status("508", "Phát tiếp", EventKind.OUT_FOR_DELIVERY, _D),
    Status("509", "Chuyển tiếp bưu cục khác", EventKind.IN_TRANSIT, _D),
    Status("510", "Hủy phân công phát", EventKind.AT_OFFICE, _A),
    Status("515", "Duyệt hoàn", EventKind.RETURNING, _D),
    Status("550", "Khách yêu cầu phát tiếp", EventKind.AT_OFFICE, _A),
)
