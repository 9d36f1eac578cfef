"""Cursors: how far somebody has read, as text that means nothing to them."""

import base64
import binascii
from collections.abc import Sequence

from delivery.i18n import gettext as _
from web.api.problems import Problem

LARGEST = 2**63 - 1


def cursor(*numbers: int) -> str:
    """The text for a place."""
    return base64.urlsafe_b64encode(".".join(map(str, numbers)).encode()).decode().rstrip("=")


def place(text: str, size: int) -> Sequence[int]:
    """The numbers of a place.

    Raises Problem for a text that is no cursor of ours.
    """
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        numbers = [int(part) for part in plain.split(".") if part.isascii() and part.isdigit()]
    except (binascii.Error, ValueError):
        numbers = []
    if len(numbers) != size or max(numbers) > LARGEST or cursor(*numbers) != text:
        raise Problem("refused", reasons=[("cursor", _("it is no cursor that was given here"))])
    return numbers
