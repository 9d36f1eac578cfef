"""Made-up papers of the envelope and its way: invented people, every field filled, some of them as long as they get."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import NamedTuple

from labels.label import SHEETS, draw_labels
from labels.manifest import draw_manifest, manifest_pages
from labels.model import (
    Label,
    Landmark,
    Manifest,
    ManifestLine,
    Outline,
    Party,
    Point,
    RouteSheet,
    RouteStop,
    Slip,
    Street,
    StreetName,
)
from labels.proof import manifest_proof
from labels.route_sheet import draw_route_sheets, route_sheet_pages
from labels.slip import A_SHEET, draw_slips
from labels.texts import Language

OFFICE = Party("Bộ phận Một cửa phường Bồ Đề", "phường Bồ Đề, Hà Nội", "024 0000 0000")
MUST_SHOW = "Giao tận tay người có tên; xuất trình giấy tờ tuỳ thân"
CENTRE = (21.0459, 105.8738)
FEE, WEIGHT = 26_000, 50

FAMILIES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Huỳnh",
    "Công Tằng Tôn Nữ",
)  # fmt: skip
MIDDLES = ("Thị", "Văn", "Hữu", "Đức", "Ngọc", "Thanh", "Minh", "Quỳnh", "Thị Thuỳ", "Hoàng Ngọc Quỳnh")
GIVEN = (
    "Ánh", "Bảo", "Cường", "Dũng", "Đạt", "Giang", "Hạnh", "Hiếu", "Hương", "Khôi", "Liễu", "Mỹ", "Nghĩa", "Như",
    "Phượng", "Quỳ", "Sử", "Thuỷ", "Tuyết", "Ước", "Vỹ", "Yến",
)  # fmt: skip
STREETS = (
    "Ái Mộ", "Ngọc Lâm", "Nguyễn Văn Cừ", "Hồng Tiến", "Phú Viên", "Lâm Du", "Bồ Đề", "Long Biên", "Ngô Gia Tự",
    "Hoàng Như Tiếp",
)  # fmt: skip
ALLEYS = ("", "ngõ {a}, ", "ngách {a}/{b}, ", "hẻm {a}/{b}/{c}, ")
LONG_ADDRESS = "Căn hộ {a}05, tầng {b}, tòa nhà hỗn hợp chung cư và dịch vụ thương mại, số {c} ngõ {a} phố {street}"
AREAS = (
    ("phường Bồ Đề (cũ: Ngọc Lâm), Hà Nội", "11813"),
    ("phường Bồ Đề (cũ: Ngọc Thụy), Hà Nội", "11813"),
    ("phường Việt Hưng (cũ: Đức Giang), Hà Nội", "11806"),
    ("phường Phúc Lợi (cũ: Phúc Đồng), Hà Nội", "11817"),
    ("phường Long Biên (cũ: Cự Khối), Hà Nội", "11814"),
)
SLOTS = ("", "", "08:00-11:30", "13:30-17:00", "08:00-11:30; 13:30-17:00")
LANDMARKS = ("", "", "cổng sắt xanh, sau chợ", "đối diện trường tiểu học", "cạnh trạm biến áp đầu ngõ")
NOTES = ("", "", "Gọi trước khi đến", "Người già, chờ lâu một chút", "Chó dữ")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Each seed has item codes of its own.
CODES_A_SEED = 1_000_000


class Printed(NamedTuple):
    """A paper, and for each of its pages the codes that must be read from it."""

    pdf: bytes
    codes: list[list[str]]

    @classmethod
    def of(cls, pdf: bytes, codes: list[list[str]]) -> "Printed":
        """Of nothing at all there is one empty page."""
        return cls(pdf, codes or [[]])


@dataclass(frozen=True, slots=True)
class Made:
    """How many of a sample, drawn from which seed, in which language, and how labels lie on their sheets."""

    count: int
    seed: int = 0
    language: Language = "vi"
    sheet: str = "thermal"
    skip: int = 0


def printed_labels(made: Made) -> Printed:
    labels, sheet = sample_labels(made.count, made.seed), SHEETS[made.sheet]
    # Drawn first: this refuses places that a sheet does not have, before any list of them is made.
    pdf = draw_labels(labels, made.language, sheet=sheet, skip=made.skip)
    places = [*[None] * made.skip, *labels]
    pages = [places[at : at + sheet.places] for at in range(0, len(places), sheet.places)]
    codes = [[code for label in page if label for code in (label.item_code, label.qr)] for page in pages]
    return Printed.of(pdf, codes)


def printed_slips(made: Made) -> Printed:
    slips = sample_slips(made.count, made.seed)
    pages = [slips[at : at + A_SHEET] for at in range(0, len(slips), A_SHEET)]
    return Printed.of(draw_slips(slips, made.language), [[slip.item_code for slip in page] for page in pages])


def printed_manifest(made: Made) -> Printed:
    manifest = sample_manifest(made.count, made.seed)
    pdf = draw_manifest(manifest, made.language)
    return Printed.of(
        pdf, [[manifest.code, manifest_proof(manifest.code, manifest.digest)] for _ in manifest_pages(manifest) * 2]
    )


def printed_route_sheet(made: Made) -> Printed:
    sheet = sample_route_sheet(made.count, made.seed)
    codes = [[stop.item_code for stop in page] for page in route_sheet_pages(sheet)]
    return Printed.of(draw_route_sheets([sheet], made.language), codes)


def sample_code(number: int) -> str:
    """A valid S10 code (UPU S10-12: weights 8 6 4 2 3 5 9 7, modulo 11)."""
    serial = f"{number:08d}"
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return f"CH{serial}{ {10: 0, 11: 5}.get(rest, rest) }VN"


def sample_receiver(number: int, seed: int = 0) -> Party:
    dice = Random(f"{seed}:{number}")
    name = " ".join(dice.choice(names) for names in (FAMILIES, MIDDLES, GIVEN))
    street, a, b, c = dice.choice(STREETS), dice.randint(1, 300), dice.randint(1, 40), dice.randint(1, 20)
    alley = dice.choice(ALLEYS)
    short = f"Số {dice.randint(1, 400)}, {alley}phố {{street}}"
    address = (LONG_ADDRESS if dice.random() < 0.06 else short).format(a=a, b=b, c=c, street=street)
    area, postcode = dice.choice(AREAS)
    return Party(name, address, f"0900 {dice.randrange(1000):03d} {dice.randrange(1000):03d}", area, postcode)


def sample_labels(count: int, seed: int = 0) -> list[Label]:
    dice = Random(seed)
    return [
        Label(
            item_code=_code(number, seed),
            qr=f"T1.{_random(dice, 26)}.1.{_random(dice, 8)}",
            sender=OFFICE,
            receiver=sample_receiver(number, seed),
            route=f"BD{1 + number // 120}",
            position=1 + number % 120,
            batch="BD-261124-1",
            slot=dice.choice(SLOTS),
            to_collect=FEE if number % 4 == 0 else 0,
        )
        for number in range(1, count + 1)
    ]


def sample_slips(count: int, seed: int = 0) -> list[Slip]:
    dice = Random(seed)
    return [
        Slip(
            item_code=_code(number, seed),
            sender=OFFICE,
            receiver=sample_receiver(number, seed),
            references=tuple(f"H26.41.118-261120-{number % 10_000:04d}" for _ in range(1 + (number % 5 == 0))),
            must_show=MUST_SHOW,
            tracking_code="-".join((_random(dice, 4), _random(dice, 4), _random(dice, 4), _random(dice, 4), "T")),
            tracking_address="http://127.0.0.1:8000/tra-cuu",
            promised="26/11/2026",
            slot=dice.choice(SLOTS),
            payer="Người nhận trả khi nhận" if number % 4 == 0 else "Ngân sách thành phố",
            to_collect=FEE if number % 4 == 0 else 0,
            fee=FEE,
            weight=WEIGHT,
        )
        for number in range(1, count + 1)
    ]


def sample_manifest(count: int, seed: int = 0) -> Manifest:
    lines = tuple(_line(number, seed) for number in range(1, count + 1))
    digest = sha256("\n".join(line.item_code for line in lines).encode()).hexdigest()
    code = "BK0123456789" if seed == 0 else f"BK{_random(Random(seed), 10)}"
    return Manifest(code, "BD-261124-1", "24/11/2026", OFFICE, lines, digest, "Bưu cục Đức Giang")


def _line(number: int, seed: int) -> ManifestLine:
    receiver, collected = sample_receiver(number, seed), number % 4 == 0
    service = "HCC thu hộ" if collected else "HCC"
    area = receiver.area.removesuffix(", Hà Nội")
    return ManifestLine(_code(number, seed), receiver.name, area, FEE * collected, service, WEIGHT, FEE)


def sample_route_sheet(count: int, seed: int = 0) -> RouteSheet:
    dice = Random(seed)
    stops = tuple(
        RouteStop(
            position=number,
            item_code=_code(number, seed),
            receiver=sample_receiver(number, seed),
            arrival=f"{8 + number * 5 // 60:02d}:{number * 5 % 60:02d}",
            point=(CENTRE[0] + 0.012 * (dice.random() - 0.5), CENTRE[1] + 0.02 * (dice.random() - 0.5)),
            slot=dice.choice(SLOTS),
            must_show=MUST_SHOW,
            note=dice.choice(NOTES),
            landmark=dice.choice(LANDMARKS),
            to_collect=FEE if number % 4 == 0 else 0,
        )
        for number in range(1, count + 1)
    )
    streets = tuple(_street(dice, rank) for rank in (1, 1, 2, 2, 2, 2, *[3] * 34))
    names = tuple(StreetName(name, street.points) for name, street in zip(STREETS, streets, strict=False))
    ward = Outline("Bồ Đề", tuple(_around(0.009 + 0.001 * (edge % 3), edge) for edge in range(12)))
    return RouteSheet(
        "BD1", "Bưu tá Bồ Đề 1", "BD-261124-1", "24/11/2026", OFFICE, CENTRE, "08:00", "11:25", 14_300, stops, (ward,),
        streets, (), names, (Landmark("Chợ Ngọc Lâm", (CENTRE[0] + 0.003, CENTRE[1] - 0.004)),),
    )  # fmt: skip


def _street(dice: Random, rank: int) -> Street:
    """Straight with one bend, east to west or north to south."""
    at, along = 0.012 * (dice.random() - 0.5), dice.random() < 0.5
    ends = ((at, -0.012), (at + 0.0008 * dice.random(), 0.0), (at, 0.012))
    return Street(tuple((CENTRE[0] + (a if along else b), CENTRE[1] + (b if along else a)) for a, b in ends), rank)


def _around(radius: float, edge: int) -> Point:
    east = (1.0, 0.87, 0.5, 0.0, -0.5, -0.87, -1.0, -0.87, -0.5, 0.0, 0.5, 0.87)
    return CENTRE[0] + radius * east[(edge + 9) % 12], CENTRE[1] + 1.4 * radius * east[edge]


def _code(number: int, seed: int) -> str:
    return sample_code(number + seed % 99 * CODES_A_SEED)


def _random(dice: Random, length: int) -> str:
    return "".join(dice.choices(ALPHABET, k=length))
