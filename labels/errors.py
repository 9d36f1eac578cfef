"""What can go wrong in drawing.

LabelsError
├── FontsMissing    Be Vietnam Pro is not installed
├── CannotDraw      a code or text that no paper can carry; the text names the field
├── BadText         a text that people edit has a mistake; `line` says where
├── PrinterAway     no printer answers, or the line broke; look at the network, then resume
└── PrinterStopped  the printer says why it does not print; somebody must go there, then resume
"""

from collections.abc import Sequence


class LabelsError(Exception):
    """The base of everything this package raises on purpose."""


class FontsMissing(LabelsError):
    """The fonts are not installed; `make setup` installs them."""


class CannotDraw(LabelsError):
    """A value cannot be put on paper so that it can be read again."""


class BadText(LabelsError):
    """A mistake in a text that people edit."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"{line}: {why}")
        self.line, self.why = line, why


class PrinterAway(LabelsError):
    """Nothing that speaks ZPL answers there, or no longer."""


class PrinterStopped(LabelsError):
    """The printer has a fault; `faults` names each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(f"the printer does not print: {', '.join(faults)}")
        self.faults = tuple(faults)
