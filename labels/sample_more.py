"""Made-up letters, appointment slips and closing sheets, each with the codes that its pages must decode to."""

import random
from typing import get_args

from labels.appointment import Appointment, draw_appointments
from labels.insert import Insert, Tone, default_text, draw_inserts
from labels.sample import OFFICE, Made, Printed, sample_receiver
from labels.texts import Language

Codes = list[list[str]]
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACKING = "https://tannha.example/tra-cuu"
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


def printed_inserts(made: Made) -> Printed:
    letters, codes = sample_inserts(made.count, made.seed, made.language)
    return Printed(draw_inserts(letters, made.language), codes)


def printed_appointments(made: Made) -> Printed:
    slips, codes = sample_appointments(made.count, made.seed)
    return Printed(draw_appointments(slips, language=made.language), codes)


def _name(chance: random.Random) -> str:
    return sample_receiver(chance.randrange(10_000)).name
