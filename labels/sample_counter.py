"""Made-up papers of the counter: letters, appointment slips, and the sheets at the end of a day and a month."""

import random
from typing import get_args

from pypdfium2 import PdfDocument

from labels.appointment import Appointment, draw_appointments
from labels.closing import Account, AtWard, Books, Difference, End, draw_closing, draw_reconciliation
from labels.insert import Insert, Tone, default_text, draw_inserts
from labels.sample import FEE, OFFICE, Made, Printed, sample_code, sample_receiver
from labels.texts import Language

Codes = list[list[str]]
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACKING = "https://tannha.example/tra-cuu"
OFFICES = (("phường Bồ Đề", "BD"), ("phường Việt Hưng", "VH"))
ENDS: tuple[tuple[End, str], ...] = (
    ("delivered", "Đã giao"), ("delivered", "Đã giao"), ("delivered", "Đã giao"), ("delivered", "Đã giao"),
    ("out", "Đang đi giao"), ("out", "Chưa có người nhận; sẽ giao lại"), ("returned", "Đã trở về phường"),
)  # fmt: skip
PAYERS = ("Ngân sách thành phố", "Ngân sách thành phố", "Cơ quan", "Người nhận đã trả", "Người nhận trả khi nhận")
TITLES = ("Ông", "Bà", "Anh", "Chị")


def sample_inserts(count: int, seed: int = 0, language: Language = "vi") -> tuple[list[Insert], Codes]:
    """Letters of all kinds; nothing on them is to be scanned."""
    chance = random.Random(seed)
    tones = [tone for tone in get_args(Tone) if tone != "plain"]
    letters = []
    for number in range(count):
        tone = tones[number % len(tones)]
        name = f"{chance.choice(TITLES)} {_name(chance)}" if chance.random() < 0.8 else ""
        letters.append(Insert(default_text(tone, language), OFFICE, tone, name))
    return letters, [[] for _letter in letters]


def sample_appointments(count: int, seed: int = 0) -> tuple[list[Appointment], Codes]:
    """Appointment slips; each page carries the address of its envelope's tracking page."""
    chance = random.Random(seed)
    slips = []
    for _number in range(count):
        code = "".join(chance.choice(ALPHABET) for _letter in range(17))
        groups = "-".join(code[start : start + 4] for start in range(0, 17, 4))
        day = f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/2027"
        slot = chance.choice(("", "08:00-11:30", "08:00-11:30; 13:30-17:00"))
        slips.append(Appointment(OFFICE, _name(chance), groups, f"{TRACKING}?ma={code}", TRACKING, day,
                                 OFFICE.phone, slot))  # fmt: skip
    return slips, [[slip.qr] for slip in slips]


def sample_books(count: int, seed: int = 0, days: int = 1) -> Books:
    """What was handed over in so many days; nothing on its sheets is to be scanned."""
    chance = random.Random(seed)
    accounts = []
    for number in range(1, count + 1):
        day = 24 if days == 1 else 1 + number * days // (count + 1)
        office, batch = OFFICES[number % 2]
        end, state = chance.choice(ENDS)
        payer = chance.choice(PAYERS)
        to_collect = FEE if payer == PAYERS[-1] else 0
        accounts.append(Account(f"{day:02d}/11/2026", f"2026-11-{day:02d}", f"{batch}-2611{day:02d}-1", office,
                                sample_code(number), end, state, payer, FEE, to_collect))  # fmt: skip
    differences = (Difference(sample_code(count + 1), "H26.41.118-261120-0001", "đã giao, sau đó lại báo ở nơi khác"),)
    return Books(
        "24/11/2026" if days == 1 else "11/2026",
        "24/11/2026 17:40",
        tuple(f"Bộ phận Một cửa {office}" for office, _batch in OFFICES),
        tuple(accounts),
        differences if seed % 2 else (),
        (AtWard("BD-261124-1", OFFICES[0][0], 2),) if days == 1 else (),
    )


def printed_inserts(made: Made) -> Printed:
    letters, codes = sample_inserts(made.count, made.seed, made.language)
    return Printed.of(draw_inserts(letters, made.language), codes)


def printed_appointments(made: Made) -> Printed:
    slips, codes = sample_appointments(made.count, made.seed)
    return Printed.of(draw_appointments(slips, language=made.language), codes)


def _name(chance: random.Random) -> str:
    return sample_receiver(chance.randrange(10_000)).name


def printed_closing(made: Made) -> Printed:
    books = sample_books(made.count, made.seed)
    return _without_codes(draw_closing(books, made.language))


def printed_reconciliation(made: Made) -> Printed:
    books = sample_books(made.count, made.seed, days=25)
    return _without_codes(draw_reconciliation(books, made.language))


def _without_codes(pdf: bytes) -> Printed:
    return Printed.of(pdf, [[] for _page in range(len(PdfDocument(pdf)))])
