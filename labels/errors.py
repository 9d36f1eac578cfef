"""What can go wrong in drawing.

LabelsError
├── FontsMissing    Be Vietnam Pro is not installed
└── CannotDraw      a code or text that no paper can carry; the text names the field
"""


class LabelsError(Exception):
    """The base of everything this package raises on purpose."""


class FontsMissing(LabelsError):
    """The fonts are not installed; `make setup` installs them."""


class CannotDraw(LabelsError):
    """A value cannot be put on paper so that it can be read again."""
