"""Papers on the disk: they hold names and addresses too, and go by their term."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from delivery.geocoders.answers import AnswerBook
from delivery.rules.retention import Kept, of_name
from delivery.settings import Settings
from delivery.wiring import Service


def erase_files(service: Service, table: Sequence[Kept], at: datetime) -> int:
    """Delete papers that were written before their cut-off, and what online services answered; how many papers."""
    AnswerBook(service.database).clear(at)
    return delete_papers(service.settings, table, at)


def delete_papers(settings: Settings, table: Sequence[Kept], at: datetime) -> int:
    """Delete papers that were written before their cut-off; returns how many."""
    due = list(papers_due(settings, of_name("papers", table).cut_off(at)))
    for path in due:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(due)


def papers_due(settings: Settings, cut_off: datetime) -> Iterator[Path]:
    """Papers in the home that were written before the moment: files, and print runs as a whole."""
    runs = settings.home / "print-runs"
    for path in [*sorted(settings.papers.rglob("*")), *(sorted(runs.iterdir()) if runs.is_dir() else [])]:
        if not path.is_symlink() and (path.is_file() or path.parent == runs) and _written(path) < cut_off:
            yield path


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=path.stat().st_mtime)
