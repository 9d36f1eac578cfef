"""How much of a person may be read on the outside of an envelope."""

from labels.lettering import normal

SHOWN_DIGITS = 3
MASK = "***"
MOST_INITIALS = 8


def masked_phone(phone: str) -> str:
    """The last three digits, by which a receiver knows their number: *** *** 678."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    return f"{MASK} {MASK} {digits[-SHOWN_DIGITS:]}" if len(digits) > 2 * SHOWN_DIGITS else ""


def masked_name(name: str) -> str:
    """The initials: N*** T*** Á*** T***."""
    return " ".join(f"{word[0]}{MASK}" for word in normal(name).split()[:MOST_INITIALS])
