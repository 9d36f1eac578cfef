"""What befalls an address on its way in: one of the spellings, one of the letter cases, a slip of the finger or two."""

from random import Random

from benchmarks.addresses import Case, spelling
from benchmarks.addresses.spelling import Change

Chance = tuple[str, float, Change]
# Kinds of which one is enough to make an address untidy.
UNTIDY = (
    "a comma", "a landmark", "a name", "alley: alley behind", "alley: slash", "alley: ngõ run", "elsewhere", "largest",
    "no commas", "nothing but", "phone", "separator", "wrong ward", "landmark alone", "new ward with",
)  # fmt: skip

# What may befall the text, with how often: one of the spellings, one of the letter cases, up to two slips.
SPELLINGS: tuple[Chance, ...] = (
    ("no diacritics", 0.22, spelling.unmarked),
    ("half the diacritics", 0.06, spelling.half_marked),
    ("decomposed (NFD)", 0.06, spelling.decomposed),
    ("tone on the other vowel", 0.05, spelling.moved_tone),
    ("eth for Đ", 0.02, spelling.foreign_letter),
)
LETTERS: tuple[Chance, ...] = (("all capitals", 0.06, spelling.capitals), ("all small", 0.15, spelling.small))
SLIPS: tuple[Chance, ...] = (
    ("typo: swapped letters", 0.045, spelling.swapped),
    ("typo: dropped letter", 0.045, spelling.dropped),
    ("typo: doubled letter", 0.045, spelling.doubled),
    ("typo: next key", 0.045, spelling.next_key),
    ("typo: wrong tone", 0.05, spelling.wrong_tone),
    ("typo: telex", 0.04, spelling.telex),
    ("typo: VNI", 0.02, spelling.vni),
    ("typo: words run together", 0.025, spelling.run_together),
)


def spoiled(random: Random, case: Case) -> Case:
    """The case as it comes in: put through a careless keyboard."""
    text, kinds = case.text, list(case.kinds)
    slips = [change for change in SLIPS if random.random() < change[1]][:2]
    for kind, _, change in (*slips, *_one_of(random, LETTERS), *_one_of(random, SPELLINGS)):
        if (changed := change(text, random)) != text:
            text, kinds = changed, [*kinds, kind]
    if text == case.text and not any(kind.startswith(UNTIDY) for kind in kinds):
        kinds.append("as it should be written")
    return Case(text, case.truth, tuple(dict.fromkeys(kinds)), case.old_wards)


def _one_of(random: Random, chances: tuple[Chance, ...]) -> list[Chance]:
    """At most one of what may happen."""
    lot = random.random()
    for chance in chances:
        lot -= chance[1]
        if lot < 0:
            return [chance]
    return []
