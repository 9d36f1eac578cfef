"""Phone numbers as citizens write them, kept in the international form."""

import re

import phonenumbers


def parse_phone(text: str) -> str:
    """Read a Vietnamese phone number into its international form (+84912345678); empty stays empty.

    Raises ValueError for a number that cannot exist. A name behind the number, "0912 345 678 (Lan)", is dropped
    first: phonenumbers would read its letters as keypad digits.
    """
    digits = re.sub(r"\(?[^\W\d_].*$", "", text.strip().lstrip("'"), flags=re.DOTALL)
    if not digits.strip():
        if text.strip():
            raise ValueError("the phone number has no digits")
        return ""
    if re.fullmatch(r"[1-9]\d{8}", digits.strip()):
        # A spreadsheet took the leading zero away.
        digits = f"0{digits.strip()}"
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException as error:
        raise ValueError("the phone number cannot be read") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError("the phone number does not exist")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def national(phone: str) -> str:
    """The number as people here dial and write it: 0912 345 678."""
    if not phone:
        return ""
    number = phonenumbers.parse(phone, "VN")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def masked(phone: str) -> str:
    """The number with only its last three digits left, enough to recognise one's own."""
    return f"•••• ••• {phone[-3:]}" if phone else ""
