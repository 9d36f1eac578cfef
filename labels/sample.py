"""Made-up papers, to try a printer with: invented people, every field filled, some of them as long as they get."""

from labels.model import Label, Manifest, ManifestLine, Party, RouteSheet, RouteStop, Slip

OFFICE = Party("Bộ phận Một cửa phường Bồ Đề", "phường Bồ Đề, Hà Nội", "024 0000 0000")
NAMES = ("Nguyễn Thị Ánh Tuyết", "Trần Văn Đức", "Lê Hoàng Ngọc Quỳnh Như", "Phạm Gia Bảo", "Đặng Thị Thanh Thuỷ")
STREETS = ("Ái Mộ", "Ngọc Lâm", "Nguyễn Văn Cừ", "Hồng Tiến", "Phú Viên")
MUST_SHOW = "Giao tận tay người có tên; xuất trình giấy tờ tuỳ thân"
CENTRE = (21.0459, 105.8738)


def sample_code(number: int) -> str:
    """A valid S10 code (UPU S10-12: weights 8 6 4 2 3 5 9 7, modulo 11)."""
    serial = f"{number:08d}"
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return f"CH{serial}{ {10: 0, 11: 5}.get(rest, rest) }VN"


def sample_receiver(number: int) -> Party:
    address = f"Số {number} ngõ {7 * number % 90 + 1} phố {STREETS[number % 5]}"
    return Party(NAMES[number % 5], address, f"0900 000 {number:03d}", "phường Bồ Đề (cũ: Ngọc Lâm), Hà Nội")


def sample_labels(count: int) -> list[Label]:
    return [
        Label(
            item_code=sample_code(number),
            qr=f"T1.{number:026d}.1.ABCDEFGH",
            sender=OFFICE,
            receiver=sample_receiver(number),
            route="BD1",
            position=number,
            batch="BD-261124-1",
            slot="08:00-11:30; 13:30-17:00" if number % 3 == 0 else "",
            to_collect=26_000 if number % 4 == 0 else 0,
        )
        for number in range(1, count + 1)
    ]


def sample_slips(count: int) -> list[Slip]:
    return [
        Slip(
            item_code=sample_code(number),
            sender=OFFICE,
            receiver=sample_receiver(number),
            references=(f"H26.41.118-261120-{number:04d}",),
            must_show=MUST_SHOW,
            tracking_code="ABCD-EFGH-JKMN-PQRS-T",
            tracking_address="http://127.0.0.1:8000/tra-cuu",
            promised="26/11/2026",
            payer="Ngân sách thành phố",
        )
        for number in range(1, count + 1)
    ]


def sample_manifest(count: int) -> Manifest:
    lines = tuple(
        ManifestLine(sample_code(number), NAMES[number % 5], "phường Bồ Đề (cũ: Ngọc Lâm)", 26_000 * (number % 4 == 0))
        for number in range(1, count + 1)
    )
    return Manifest("BK0123456789", "BD-261124-1", "24/11/2026", OFFICE, lines, "0" * 64)


def sample_route_sheet(count: int) -> RouteSheet:
    stops = tuple(
        RouteStop(
            position=number,
            item_code=sample_code(number),
            receiver=sample_receiver(number),
            arrival=f"{8 + number // 6:02d}:{number % 6 * 10:02d}",
            point=(CENTRE[0] + 0.012 * (number * 37 % 41 / 41 - 0.5), CENTRE[1] + 0.02 * (number * 17 % 43 / 43 - 0.5)),
            must_show=MUST_SHOW,
            note="Gọi trước khi đến" if number % 5 == 0 else "",
            to_collect=26_000 if number % 4 == 0 else 0,
        )
        for number in range(1, count + 1)
    )
    return RouteSheet(
        "BD1", "Bưu tá Bồ Đề 1", "BD-261124-1", "24/11/2026", OFFICE, CENTRE, "08:00", "11:25", 14_300, stops
    )
