"""What can go wrong in the service, sorted by what the person or program should do next.

DeliveryError
├── BadInput        the caller must correct what was given
│   ├── UnreadableFile
│   ├── BadSetting
│   ├── BadLetter
 │   ├── BadFeeTable
│   ├── NotFound
│   └── NotProven
├── NotNow          the request is right, but something else must happen first
 │   ├── ChangedMeanwhile
 │   └── ProviderAway
 ├── Unbalanced      the books do not agree; a person must look
 └── Forged          a sealed field was changed outside, or taken from elsewhere; a person must look
"""

from collections.abc import Sequence

from delivery.i18n import gettext as _


class DeliveryError(Exception):
    """The base of everything the service raises on purpose; its text is meant for the reader, in their language."""


class BadInput(DeliveryError):
    """What was given cannot be used; the text says how to correct it."""


class UnreadableFile(BadInput):
    """A file is not the kind of table that can be imported."""


class BadSetting(BadInput):
    """A setting has a value the service cannot start with."""


class BadLetter(BadInput):
    """A letter's text has mistakes: each with its line, counted from 1, and what is wrong there."""

    def __init__(self, mistakes: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"{line}: {why}" for line, why in mistakes))
        self.mistakes = tuple(mistakes)


class BadFeeTable(BadInput):
    """A table of fees has mistakes: each with its row, counted from 1 (0 for the whole), and what is wrong there."""

    def __init__(self, mistakes: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"{row}: {why}" if row else why for row, why in mistakes))
        self.mistakes = tuple(mistakes)


class NotFound(BadInput):
    """Nothing goes by the name, code or number that was given."""


class NotProven(BadInput):
    """What somebody brings from a provider of identities does not show who they are.

    `doubt` is the kind (`delivery.rules.identity.Doubt`), `code` a word for the books: a claim's name, or the code of
    an error (RFC 6749, 4.1.2.1), and never more of what the provider said.
    """

    def __init__(self, doubt: str, code: str = "") -> None:
        super().__init__(code or doubt)
        self.doubt, self.code = doubt, code


class NotNow(DeliveryError):
    """The step has a predecessor that is still missing; the text names it."""


class ChangedMeanwhile(NotNow):
    """Somebody else has changed it since this person looked; the text says to look again."""


class ProviderAway(NotNow):
    """A provider of identities does not answer, or not as it has to; the text says for whoever runs the machine why."""


class Unbalanced(DeliveryError):
    """A day does not balance to the last envelope."""


class Forged(DeliveryError):
    """A sealed field does not open where it lies; `place` names table, row and column, never what it says."""

    def __init__(self, place: str) -> None:
        super().__init__(
            _("{place} does not open: it was changed or put there by somebody else. Put it back from a backup").format(
                place=place
            )
        )
        self.place = place
