"""Text at the door: one Unicode form, no control characters, and a key for comparing what people type."""

import re
import unicodedata

from unidecode import unidecode

_UNWANTED = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
# Where only a number would be left, as of Đường 30/4, the word stays.
_STREET_WORD = re.compile(r"^(?:duong pho|dai lo|duong|pho) (?=[^a-z]*[a-z])")


def normal(text: str) -> str:
    """The text in NFC, without control and direction characters, which could change what is read or printed."""
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text))


def fold(text: str) -> str:
    """A key that is the same however the text is typed: `Số 5  Phố Bồ Đề` and `so 5 pho bo de` are one."""
    return " ".join(unidecode(normal(text)).lower().split())


def street_key(name: str) -> str:
    """The folded name of a street without the word for street: people leave it out, and mix up phố and đường."""
    return _STREET_WORD.sub("", fold(name), count=1).replace(" - ", " ")
