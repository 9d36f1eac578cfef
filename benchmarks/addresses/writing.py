"""An address in its parts, put together in the many ways that people write one."""

from dataclasses import dataclass
from random import Random

# Each way of naming the house, with the number in place of {n}.
HOUSE = ("{n}", "Số {n}", "số {n}", "Số nhà {n}", "SN {n}", "sn{n}", "Nhà số {n}", "nhà {n}", "No. {n}", "#{n}")
STREET = ("{kind} {name}", "{kind} {name}", "{name}", "{name}", "{name}")
WARD = (
    "Phường {name}",
    "phường {name}",
    "P. {name}",
    "P.{name}",
    "P {name}",
    "p {name}",
    "F. {name}",
    "{name}",
    "{name}",
)
DISTRICT = ("Quận Long Biên", "Q. Long Biên", "Q.Long Biên", "q long biên", "Long Biên", "Long Biên")
PROVINCE = (
    "Hà Nội", "Hà Nội", "TP Hà Nội", "Tp. Hà Nội", "Thành phố Hà Nội", "HN", "Tp HN", "TP.HN", "Hanoi",
    "Hà Nội, Việt Nam", "Hà Nội 100000",
)  # fmt: skip
GROUP = ("Tổ {n}", "tổ {n}", "TDP {n}", "TDP số {n}", "Tổ dân phố {n}", "Tổ dân phố số {n}", "tổ dp {n}", "Khu {n}")

# Notations of an alley on a street, from the street inwards {a}, {b}, {c}, with the house {n}.
ONE_DEEP = {
    "ngõ": (
        "{house} ngõ {a} {street}",
        "{house} Ngõ {a}, {street}",
        "{house}, ngõ {a} {street}",
        "{n} ngõ {a} {street}",
    ),
    "ngõ run together": (
        "{n} ng.{a} {street}",
        "{house} ngõ{a} {street}",
        "{n} ngo {a} {street}",
        "{n}/ngõ {a} {street}",
    ),
    "hẻm, kiệt": ("{house} hẻm {a} {street}", "{n} kiệt {a} {street}", "{house} Hẻm {a}, {street}"),
    "slash": ("{a}/{n} {street}", "Số {a}/{n} {street}"),
    "slash from the house": ("{n}/{a} {street}",),
    "alley first": ("Ngõ {a} số {n} {street}", "ngõ {a}, {house}, {street}", "Ngõ {a} - {house} - {street}"),
    "alley behind the street": ("{street} ngõ {a} {house}", "{street}, ngõ {a}, {house}", "{house} {street} ngõ {a}"),
}
TWO_DEEP = {
    "ngõ": ("{house} ngõ {a}/{b} {street}", "{house}, ngõ {a}/{b}, {street}"),
    "ngách": ("{house} ngách {a}/{b} {street}", "{house}, Ngách {a}/{b} {street}", "{n} ngách {a}/{b}, {street}"),
    "ngách, ngõ": (
        "{house} ngách {b} ngõ {a} {street}", "{house}, ngách {b}, ngõ {a}, {street}",
        "{house} ngõ {a} ngách {b} {street}",
    ),
    "hẻm, kiệt": ("{house} hẻm {a}/{b} {street}", "{house} kiệt {a}/{b} {street}"),
    "slash": ("{a}/{b}/{n} {street}", "Số {a}/{b}/{n} {street}"),
    "slash from the house": ("{n}/{b}/{a} {street}", "Số {n}/{b}/{a} {street}"),
    "alley behind the street": ("{street}, ngõ {a}, ngách {b}, {house}", "{house} {street} ngõ {a}/{b}"),
}  # fmt: skip
THREE_DEEP = {
    "hẻm, ngách, ngõ": (
        "{house} hẻm {a}/{b}/{c} {street}", "{house} hẻm {c} ngách {b} ngõ {a} {street}",
        "{house}, hẻm {c}, ngách {a}/{b}, {street}",
    ),
    "slash": ("{a}/{b}/{c}/{n} {street}",),
    "slash from the house": ("{n}/{c}/{b}/{a} {street}",),
    "ngách": ("{house} ngách {a}/{b}/{c} {street}", "{house} ngõ {a}/{b}/{c} {street}"),
}  # fmt: skip
DEPTHS = {1: ONE_DEEP, 2: TWO_DEEP, 3: THREE_DEEP}

NAMES_BEFORE = (
    "Nhà bà Hoa",
    "Anh Tuấn",
    "Chị Lan Anh",
    "Cty TNHH Hoa Sen Xanh",
    "Quán phở bà Béo",
    "Cô Thuỷ",
    "Shop Bé Na",
)
LANDMARKS = (
    "gần chợ", "đối diện trường tiểu học", "cạnh quán phở", "sau nhà văn hoá", "gần cây xăng", "đầu ngõ có quán nước",
    "gần cầu Chương Dương", "đối diện UBND phường Phúc Đồng", "gần ga Gia Lâm", "cạnh bến xe Gia Lâm",
    "gần cầu Long Biên", "sau chợ Việt Hưng", "gần bệnh viện Đức Giang",
)  # fmt: skip
WISHES = (
    "ĐT 0900000{n:03d}", "sđt: 0900 000 {n:03d}", "(gọi trước khi đến)", "giao giờ hành chính", "tầng 2",
    "cổng màu xanh", "- gửi bảo vệ", "(nhà 3 tầng)", "LH: 0900.000.{n:03d}",
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """The parts from the small to the large, and the kinds of all that was chosen."""

    local: list[str]
    ward: str = ""
    district: str = ""
    province: str = ""
    kinds: tuple[str, ...] = ()


def street_name(random: Random, name: str, kind: str) -> str:
    form = random.choice(STREET) if kind else "{name}"
    return form.format(kind=random.choice((kind, kind.capitalize())), name=name)


def house(random: Random, number: str) -> str:
    return random.choice(HOUSE).format(n=number)


def house_number(random: Random, number: int) -> tuple[str, str]:
    """The number as it may stand on the plate, and the kind."""
    if random.random() < 0.08:
        return f"{number}{random.choice('ABC')}", "number with a letter"
    if random.random() < 0.05:
        return f"{number}-{number + 2}", "two numbers"
    return str(number), "number"


def in_alley(random: Random, chain: tuple[str, ...], street: str) -> tuple[str, str]:
    """A house in an alley, and the kind of the notation."""
    notation, forms = random.choice(list(DEPTHS[len(chain)].items()))
    number = str(random.randint(1, 60))
    depths = dict(zip("abc", chain, strict=False))
    text = random.choice(forms).format(house=house(random, number), n=number, street=street, **depths)
    return text, f"alley: {notation}"


def ward(random: Random, name: str) -> str:
    return random.choice(WARD).format(name=name)


def group(random: Random) -> str:
    return random.choice(GROUP).format(n=random.randint(1, 32))


def adorned(random: Random, parts: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Now and then with what does not belong into an address: who, where about, how."""
    kinds: list[str] = []
    if random.random() < 0.06:
        parts, kinds = [random.choice(NAMES_BEFORE), *parts], [*kinds, "a name before"]
    if random.random() < 0.06:
        at = random.randint(1, min(2, len(parts)))
        parts, kinds = [*parts[:at], random.choice(LANDMARKS), *parts[at:]], [*kinds, "a landmark beside"]
    if random.random() < 0.06:
        parts, kinds = (
            [*parts, random.choice(WISHES).format(n=random.randrange(1000))],
            [*kinds, "phone or wish behind"],
        )
    return parts, tuple(kinds)


def joined(random: Random, parts: list[str]) -> tuple[str, tuple[str, ...]]:
    """The parts as one text, and the kind of the order and the separator."""
    kinds: tuple[str, ...] = ()
    if len(parts) > 2 and random.random() < 0.04:
        parts, kinds = parts[::-1], ("largest first",)
    chance = random.random()
    if chance < 0.72:
        return ", ".join(parts), kinds
    if chance < 0.80:
        return " ".join(parts), (*kinds, "no commas")
    if chance < 0.86:
        # One comma forgotten: between any two parts.
        at = random.randrange(max(1, len(parts) - 1))
        return ", ".join([*parts[:at], " ".join(parts[at : at + 2]), *parts[at + 2 :]]), (*kinds, "a comma missing")
    separator = random.choice((" - ", "-", ";", " / ", ".", "  ,  ", ",", "\n", " | ", ",, ", "–", "\t"))
    return separator.join(parts), (*kinds, f"separator {separator.strip(' ') or 'blank'!r}")
