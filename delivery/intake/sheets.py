"""The rows of a spreadsheet, read by a child process with bounds: a poisoned file ends the child and nothing else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

from delivery.errors import UnreadableFile
from delivery.i18n import gettext as _
from delivery.intake import sheet_child


def sheet_rows(path: Path) -> Iterator[list[str]]:
    """The cells of each row of the first sheet, from its first row that is used on.

    Raises UnreadableFile for what is no spreadsheet, and for what would take more memory or time than a reader has.
    """
    with _reader(path) as child:
        assert child.stdout is not None  # noqa: S101  it was asked for
        for line in child.stdout:
            if line.endswith("\n"):  # whoever is aborted may leave half a line
                yield json.loads(line)
        ended = child.wait()
    # What Python itself complains of is what the library could not make sense of.
    if ended in {1, sheet_child.NO_SPREADSHEET}:
        raise UnreadableFile(_("{path} is not a spreadsheet that can be read").format(path=path))
    if ended:
        raise UnreadableFile(_("{path} holds too much to be read at once; split it").format(path=path))


@contextmanager
def _reader(path: Path) -> Iterator["Popen[str]"]:
    """The child; whoever has read enough ends it."""
    # Without the child's folder among those that are searched for modules (-P): it has a `table` and a `row`.
    command = [sys.executable, "-P", sheet_child.__file__, str(path.resolve())]
    with subprocess.Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, encoding="ascii") as child:
        try:
            yield child
        finally:
            child.kill()
