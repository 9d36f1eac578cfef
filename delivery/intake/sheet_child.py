"""Reads a spreadsheet in a process of its own and writes its rows, one JSON list of cells a line.

A file of a few kilobytes can ask its reader for all memory there is: one cell in the last corner of the sheet, or an
archive that holds more than it says. Reading in the library ends by aborting the process; so it is this one, with a
limit of its own, and not a worker or the web server. Started by `delivery.intake.sheets` as a file, and imports
nothing of the house: it begins in a tenth of a second.
"""

import json
import resource
import sys
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineWorkbook

MOST_MEMORY, MOST_SECONDS = 2 * 2**30, 300
MOST_CELLS = 200
# Excel's own bound; one letter more shows that there were more.
LONGEST_CELL = 32_767
NO_SPREADSHEET, TOO_MUCH = 3, 4


def main(path: str) -> int:
    _bound(resource.RLIMIT_AS, MOST_MEMORY)
    _bound(resource.RLIMIT_CPU, MOST_SECONDS)
    _bound(resource.RLIMIT_CORE, 0)
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        for values in sheet.iter_rows():
            cells = [_text(value)[: LONGEST_CELL + 1] for value in values[:MOST_CELLS]]
            sys.stdout.write(f"{json.dumps(cells)}\n")
    except CalamineError:
        return NO_SPREADSHEET
    except MemoryError:
        return TOO_MUCH
    return 0


def _bound(what: int, most: int) -> None:
    _soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _text(value: object) -> str:
    match value:
        case datetime() | date():
            return f"{value:%d/%m/%Y}"
        case time():
            return f"{value:%H:%M}"
        case float() if value.is_integer():
            return str(int(value))
        case bool():
            return "x" if value else ""
        case None:
            return ""
        case _:
            return str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
