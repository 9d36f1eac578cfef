"""Days as they stand in addresses and forms."""

from datetime import date


def day_of(text: str | None) -> date | None:
    """The day that is written so (2026-11-24); None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
