"""The secrets of machines: long enough that nobody guesses one, and easy to find where one was left lying about.

A key reads `tn_`, 32 random letters and digits (190 bits), and 6 more that check them (CRC-32). By its beginning and
its check a secret scanner knows a key in a repository or a log from other text, and a torn or mistyped one never
reaches the database. Only the SHA-256 of a key is kept: with that many random bits a slow hash would add nothing.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "tn_"
RANDOM, CHECK = 32, 6
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{RANDOM}}})([0-9A-Za-z]{{{CHECK}}})")


def new_key() -> str:
    """A key that nobody has had before."""
    body = "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return f"{PREFIX}{body}{_check(body)}"


def is_key(text: str) -> bool:
    """Whether the text has the form of a key; whose it is, only the database knows."""
    match = _KEY.fullmatch(text)
    return match is not None and _check(match[1]) == match[2]


def hash_of(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).digest()


def _check(body: str) -> str:
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(CHECK):
        number, digit = divmod(number, len(LETTERS))
        check = LETTERS[digit] + check
    return check
