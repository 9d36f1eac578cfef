"""A made-up day: an export as the one-stop system writes it, with invented people at real streets, to practise with."""

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from delivery.moments import short_date
from delivery.places.atlas import Atlas
from delivery.places.fixes import number_fix
from delivery.places.gazetteer import streets
from delivery.places.rows import StreetRow
from delivery.places.text import street_key
from delivery.places.wards import old_wards, ward_by_code, ward_outlines

HEADER = (
    "Mã hồ sơ", "Mã thủ tục", "Tên thủ tục", "Đơn vị", "Chủ hồ sơ", "Người nhận", "Số điện thoại", "Email",
    "Địa chỉ nhận", "Ngày có kết quả", "Ngày hẹn trả", "Số bản", "Khung giờ", "Trả tại nhà", "Người trả cước",
    "Ghi chú", "Vĩ độ", "Kinh độ",
)  # fmt: skip
BAD, DOUBTFUL, TWO_FOR_ONE, AT_HOME = 0.06, 0.05, 0.03, 0.85
# What two results have in common that are for the same person.
_ONE_PERSON = (
    "Đơn vị", "Chủ hồ sơ", "Người nhận", "Số điện thoại", "Địa chỉ nhận", "Khung giờ", "Người trả cước",
    "Vĩ độ", "Kinh độ", "Trả tại nhà",
)  # fmt: skip

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý")
_MIDDLE = ("Thị", "Văn", "Minh", "Thu", "Đức", "Ngọc", "Thanh", "Quang", "Hải", "Gia", "Bảo", "Khánh")
_GIVEN = (
    "An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hạnh", "Hiếu", "Hương", "Khoa", "Lan", "Linh", "Long", "Mai", "Nam",
    "Nga", "Phong", "Phúc", "Quân", "Sơn", "Tâm", "Thảo", "Trang", "Tuấn", "Vy", "Yến",
)  # fmt: skip
_PROCEDURES = (
    ("1.001193", "Đăng ký khai sinh", 40), ("1.000656", "Đăng ký khai tử", 12),
    ("2.000635", "Cấp bản sao trích lục hộ tịch", 25), ("1.004873", "Cấp giấy xác nhận tình trạng hôn nhân", 13),
    ("2.000815", "Chứng thực bản sao từ bản chính", 6), ("1.004859", "Thay đổi cải chính bổ sung hộ tịch", 4),
)  # fmt: skip
_SLOTS = ("", "", "", "", "", "08:00-11:30", "13:30-17:00", "08:00-11:30; 13:30-17:00", "8h-10h", "15:00-17:00")
_PAYERS = ("", "", "Ngân sách", "Ngân sách", "Người nhận")
_NOTES = ("", "", "", "", "Gọi trước khi đến", "Gửi bảo vệ không được, gặp trực tiếp")
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class SampleDay:
    """What was written: rows in all, of these bad on purpose, doubtful addresses, and flagged for home delivery."""

    rows: int
    bad: int
    doubtful: int
    at_home: int


def write_sample_day(path: Path, day: date, count: int = 200, seed: int = 1) -> SampleDay:
    """Write `count` results that are ready for dispatch on `day`; the same seed and day write the same file."""
    dice = random.Random(seed)
    # The day is part of the dossier numbers, so that the next day's export holds other dossiers.
    rows = [_row(dice, day, number) for number in range(1, count + 1)]
    numbers = list(range(count))
    dice.shuffle(numbers)
    bad, doubtful = round(count * BAD), round(count * DOUBTFUL)
    for order, number in enumerate(numbers[:bad]):
        _SPOIL[order % len(_SPOIL)](rows[number])
    for order, number in enumerate(numbers[bad : bad + doubtful]):
        rows[number].update({"Địa chỉ nhận": _doubtful(dice, order), "Vĩ độ": "", "Kinh độ": "", "Trả tại nhà": "x"})
    good = numbers[bad + doubtful :]
    for order in range(round(count * TWO_FOR_ONE)):
        first, second = rows[good[-2 * order - 1]], rows[good[-2 * order - 2]]
        second.update({name: first[name] for name in _ONE_PERSON})
        second["Mã hồ sơ"] = "-".join([first["Mã hồ sơ"].split("-")[0], *second["Mã hồ sơ"].split("-")[1:]])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return SampleDay(count, bad, doubtful, sum(row["Trả tại nhà"] == "x" for row in rows))


def _row(dice: random.Random, day: date, number: int) -> Row:
    ward = dice.choice(ward_outlines())
    stretch = dice.choice([s for stretches in streets().values() for s in stretches if s.ward == ward.code])
    code, procedure, _weight = dice.choices(_PROCEDURES, [weight for *_rest, weight in _PROCEDURES])[0]
    owner = _name(dice)
    address, lat, lon = _address(dice, stretch)
    completed = day - timedelta(days=dice.choice((0, 1, 1, 2)))
    received = completed - timedelta(days=dice.randint(1, 4))
    return dict(
        zip(
            HEADER,
            (
                f"H26.41.{ward.code.lstrip('0')}-{received:%y%m%d}-{day:%j}{number:05d}",
                code,
                procedure,
                f"UBND phường {ward.name}",
                owner,
                _name(dice) if dice.random() < 0.3 else "",
                f"09000{dice.randint(0, 99999):05d}",
                "",
                address,
                short_date(completed),
                "",
                "1",
                dice.choice(_SLOTS),
                "x" if dice.random() < AT_HOME else "",
                dice.choice(_PAYERS),
                dice.choice(_NOTES),
                lat,
                lon,
            ),
            strict=True,
        )
    )


def _name(dice: random.Random) -> str:
    return f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE)} {dice.choice(_GIVEN)}"


def _address(dice: random.Random, stretch: StreetRow) -> tuple[str, str, str]:
    """An address as people write it, of the new order or the old; a third with a point on the map."""
    number = dice.randint(1, 60)
    house = f"{dice.randint(1, 60)} ngõ {number}" if dice.random() < 0.4 else str(number)
    prefix = dice.choice(("Số ", "", "Số nhà "))
    ward = ward_by_code(stretch.ward)
    names = [
        old.name for old in old_wards().values() if [code for code in old.now if ward_by_code(code)] == [stretch.ward]
    ]
    if dice.random() < 0.4 and names:
        unit = f"P. {dice.choice(names)}, Q. Long Biên, Hà Nội"
    else:
        unit = f"phường {ward.name if ward else ''}, Hà Nội"
    known = number_fix(Atlas.built_in(), street_key(stretch.name), number, [stretch])
    if known is not None or dice.random() < 0.5:
        return f"{prefix}{house} {stretch.name}, {unit}", "", ""
    spread = min(stretch.reach_m, 250) / 111_000
    lat, lon = stretch.lat + dice.uniform(-spread, spread), stretch.lon + dice.uniform(-spread, spread)
    return f"{prefix}{house} {stretch.name}, {unit}", f"{lat:.6f}", f"{lon:.6f}"


def _doubtful(dice: random.Random, order: int) -> str:
    kinds: Sequence[str] = (
        f"Tổ {dice.randint(1, 20)}, P. Phúc Đồng, Q. Long Biên, Hà Nội",
        f"Số {dice.randint(1, 60)} Đoàn Khuê, Long Biên, Hà Nội",
        f"{dice.randint(1, 60)} Ái Mộ, phường Phúc Lợi, Hà Nội",
        f"Nhà văn hóa tổ {dice.randint(1, 20)}, phường Bồ Đề, Hà Nội",
        f"{dice.randint(1, 60)} Đội Cấn, Ba Đình, Hà Nội",
    )
    return kinds[order % len(kinds)]


def _spoiler(**changes: str) -> Callable[[Row], None]:
    return lambda row: row.update({name.replace("_", " "): text for name, text in changes.items()})


# What goes wrong in real exports, one kind a row.
_SPOIL: tuple[Callable[[Row], None], ...] = (
    _spoiler(Ngày_có_kết_quả="31/02/2026"),
    _spoiler(Số_điện_thoại="09-không-nhớ"),
    _spoiler(Đơn_vị="UBND phường Hoàn Kiếm"),
    _spoiler(Mã_hồ_sơ="H26/41/0007"),
    _spoiler(Địa_chỉ_nhận="", Trả_tại_nhà="x"),
    _spoiler(Mã_thủ_tục="1.000894", Tên_thủ_tục="Đăng ký kết hôn", Trả_tại_nhà="x"),
    _spoiler(Khung_giờ="buổi sáng"),
    _spoiler(Chủ_hồ_sơ=""),
)
