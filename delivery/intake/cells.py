"""Text in cells that a spreadsheet will open: nothing in it is run, and reading it again gives what it was."""

import re

# What a spreadsheet would run as a formula: at the beginning of a cell, or of any line in it, for readers who take each
# line for a row; also behind blanks, behind marks that nobody sees, and in full width.
_FORMULA = r"(?:[^\S\r\n]|[\u200b-\u200f\u2060\ufeff])*[=+\-@＝＋－＠]"
_DANGEROUS = re.compile(rf"(?:\A|(?<=[\r\n]))(?={_FORMULA})|\A(?=[\t\r])")
_MARKED = re.compile(rf"(?:\A|(?<=[\r\n]))'(?={_FORMULA})|\A'(?=[\t\r])")


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet will run: an apostrophe marks it as text."""
    return _DANGEROUS.sub("'", text)


def as_meant(text: str) -> str:
    """The text of a cell without the apostrophes by which spreadsheets, and `harmless`, mark what is no formula."""
    return _MARKED.sub("", text)
