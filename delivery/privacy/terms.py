"""The terms that count here: the house's table, with what the ward has set in `<home>/retention.toml`."""

from pathlib import Path

from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.rules.retention import TABLE, BadTerms, Kept, with_terms


def terms_file(home: Path) -> Path:
    """Where a ward keeps its own terms; without it the house's own count."""
    return home / "retention.toml"


def terms_of(home: Path) -> tuple[Kept, ...]:
    """The table that counts.

    Raises BadSetting: with terms that nobody can read nothing is erased.
    """
    file = terms_file(home)
    try:
        return with_terms(file.read_text(encoding="utf-8") if file.exists() else "")
    except (OSError, UnicodeDecodeError, BadTerms) as error:
        raise BadSetting(_("{path} cannot be used: {why}").format(path=file, why=error)) from error


def terms_told(home: Path) -> tuple[Kept, ...]:
    """The table as pages tell it: while nobody can read the ward's own, nothing is erased, and the house's is shown."""
    try:
        return terms_of(home)
    except BadSetting:
        return TABLE


def terms_text(table: tuple[Kept, ...]) -> str:
    """The ward's part of the table as a file to be edited; every line is a comment until somebody changes it."""
    lines = [f"# {_(kept.what)}: {kept.least}-{kept.most}\n# {kept.name} = {kept.days}\n" for kept in table
             if kept.is_the_wards]  # fmt: skip
    return "\n".join(lines)
