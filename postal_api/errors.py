"""What can go wrong between us and a postal service, sorted by what the caller may do next.

PostalError
├── NotSent             nothing was accepted: send again, not before `retry_after`
│   ├── TooFast         the same: the carrier is well and asks for fewer requests
│   └── Unauthorised    the same, but only after somebody has corrected the credentials
├── OutcomeUnknown      it may or may not have been accepted: look it up before sending again
├── OrderRefused        the carrier said no: correct the order
├── NotOffered          the carrier has no such interface: its capabilities say so; do it another way
├── NoSuchOrder         the carrier knows no order of this reference
├── NotAuthentic        a callback that the carrier did not sign: keep nothing of it
├── MalformedCallback   a callback that cannot be read
├── NotAnItemCode       a typing or scanning error
├── BadFees             a table of fees that cannot be read: correct it
├── NoFee               the table of fees has no row for this journey: add one
└── SandboxCannotStart  the sandbox post has no port or no folder to work in
"""

from collections.abc import Sequence


class PostalError(Exception):
    """The base of everything this package raises on purpose; no text carries personal data."""


class NotSent(PostalError):
    """Surely not accepted; `retry_after` is the carrier's own wish in seconds, where it gave one."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooFast(NotSent):
    """The carrier is well and wants fewer requests."""


class Unauthorised(NotSent):
    """The carrier does not accept our credentials, and therefore nothing that came with them."""


class OutcomeUnknown(PostalError):
    """The carrier was reached and gave no answer that can be relied upon."""


class OrderRefused(PostalError):
    """The carrier read the order and refuses it; `code` is its own code, `said` its words without personal data."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code
        self.said = said


class NotOffered(PostalError):
    """The carrier has no such interface."""


class NoSuchOrder(PostalError):
    """The carrier knows no order of the reference, or not yet."""


class NotAuthentic(PostalError):
    """A callback whose signature fits none of the carrier's keys, or is outside the time that was allowed."""


class MalformedCallback(PostalError):
    """A callback that is not of the carrier's form."""


class NotAnItemCode(PostalError, ValueError):
    """A text that is not an S10 item code."""


class BadFees(PostalError, ValueError):
    """A table of fees that cannot be read; the text says what to correct.

    `mistakes` are the rows, counted from 1 (0 for what stands in no row), each with the name of the value that is wrong
    or missing.
    """

    def __init__(self, text: str, mistakes: Sequence[tuple[int, str]] = ()) -> None:
        super().__init__(text)
        self.mistakes = tuple(mistakes)


class NoFee(PostalError):
    """No row of the table fits."""


class SandboxCannotStart(PostalError):
    """The sandbox post cannot work where it was told to; the text says what to change."""
