"""Addresses that lie elsewhere and look near: streets and wards of the same name in other districts and provinces."""

from collections.abc import Sequence
from random import Random

from benchmarks.addresses import writing
from benchmarks.addresses.ground import Street

# Names that towns all over the country give to streets.
EVERYWHERE = (
    "Nguyễn Văn Cừ", "Nguyễn Văn Linh", "Ngô Gia Tự", "Nguyễn Sơn", "Trần Văn Trà", "Mai Chí Thọ", "Huỳnh Tấn Phát",
    "Chu Huy Mân", "Lý Sơn", "Nguyễn Minh Châu", "Huỳnh Văn Nghệ", "Trần Đăng Khoa", "Đoàn Khuê", "Nguyễn Khắc Viện",
    "Hoàng Minh Đạo", "Đinh Đức Thiện", "Nguyễn Thời Trung", "Vũ Xuân Thiều", "Thép Mới", "Nguyễn Cao Luyện",
)  # fmt: skip
# What follows the street: ward, district and province as they were, or ward and province as they are.
OLD_HANOI = (
    "P. Cống Vị, Q. Ba Đình", "phường Bạch Mai, quận Hai Bà Trưng", "P. Quan Hoa, Q. Cầu Giấy", "P. Mai Dịch, Cầu Giấy",
    "phường Khương Mai, quận Thanh Xuân", "P. Văn Quán, Hà Đông", "Phường Xuân La, Quận Tây Hồ", "Uy Nỗ, Đông Anh",
    "TT Yên Viên, huyện Gia Lâm", "TT Trâu Quỳ, Gia Lâm", "xã Đa Tốn, huyện Gia Lâm", "xã Cổ Bi, Gia Lâm",
    "P. Phúc Tân, Q. Hoàn Kiếm", "P. Lĩnh Nam, Q. Hoàng Mai", "Vĩnh Tuy, Hai Bà Trưng", "xã Tứ Hiệp, Thanh Trì",
)  # fmt: skip
NEW_HANOI = (
    "Phường Hai Bà Trưng", "phường Hoàn Kiếm", "P. Cửa Nam", "P. Giảng Võ", "phường Vĩnh Tuy", "phường Bạch Mai",
    "P. Đống Đa", "P. Kim Liên", "phường Nghĩa Đô", "P. Yên Hòa", "phường Hà Đông", "xã Gia Lâm", "xã Bát Tràng",
    "xã Phù Đổng", "xã Đông Anh", "P. Lĩnh Nam",
)  # fmt: skip
PROVINCES = (
    "Phường 4, Quận 5, TP. Hồ Chí Minh", "P. Phú Thọ Hòa, Q. Tân Phú, TPHCM", "Quận 7, HCM", "phường Chợ Quán, TP.HCM",
    "P.2, Q.Tân Bình, Sài Gòn", "Hải Châu, Đà Nẵng", "phường Hòa Cường, TP Đà Nẵng", "quận Lê Chân, Hải Phòng",
    "P. Suối Hoa, TP Bắc Ninh, tỉnh Bắc Ninh", "phường Kinh Bắc, Bắc Ninh", "TP Vinh, Nghệ An", "Ninh Kiều, Cần Thơ",
    "phường Thuận Hóa, TP Huế", "TP Hải Dương", "thành phố Bắc Giang", "TP. Hạ Long, Quảng Ninh", "Biên Hòa, Đồng Nai",
    "TP Việt Trì, Phú Thọ", "Buôn Ma Thuột, Đắk Lắk", "TP Thái Nguyên",
)  # fmt: skip
# Wards and communes of other places that are called as wards and streets of Long Biên are.
NAMESAKES = (
    "xã Bồ Đề, huyện Bình Lục, Hà Nam", "phường Việt Hưng, TP Hạ Long, Quảng Ninh", "xã Việt Hưng, Văn Lâm, Hưng Yên",
    "xã Đức Giang, huyện Hoài Đức, Hà Nội", "xã Đức Giang, Yên Dũng, Bắc Giang", "xã Phúc Lợi, Lục Yên, Yên Bái",
    "xã Giang Biên, Vĩnh Bảo, Hải Phòng", "xã Ngọc Lâm, Mỹ Hào, Hưng Yên", "phường Việt Hưng, tỉnh Quảng Ninh",
    "xã Hồng Tiến, Kiến Xương, Thái Bình", "xã Thạch Bàn, Thạch Hà, Hà Tĩnh",
)  # fmt: skip


def elsewhere(random: Random, homes: Sequence[Street], stops: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The parts of an address that is not of the four wards, and what it is like them in."""
    kind = random.choices(
        ("namesake in another district", "namesake in another province", "namesake ward", "another street of Hà Nội"),
        (4, 4, 2, 2),
    )[0]
    number = f"{writing.house(random, str(random.randint(1, 400)))} "
    if kind == "namesake ward":
        first = random.choice(
            (f"Thôn {random.randint(1, 9)}", f"Tổ {random.randint(1, 9)}", number + random.choice(homes).name)
        )
        return [first, *random.choice(NAMESAKES).split(", ")], (kind,)
    if kind == "another street of Hà Nội":
        rest = random.choice((*OLD_HANOI, *NEW_HANOI, ""))
        return [part for part in (random.choice(stops), *rest.split(", "), random.choice(writing.PROVINCE)) if part], (
            kind,
        )
    street = random.choice(EVERYWHERE)
    if kind == "namesake in another district":
        rest = random.choice((*OLD_HANOI, *NEW_HANOI))
        return [number + street, *rest.split(", "), random.choice(writing.PROVINCE)], (kind,)
    return [number + street, *random.choice(PROVINCES).split(", ")], (kind,)
