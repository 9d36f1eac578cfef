"""Files as answers: to be looked at in the browser, or to be kept."""

from pathlib import PurePath

from flask import Response

TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_file(content: bytes, name: str) -> Response:
    """A file under that name, of the kind that its ending says; a paper opens in the browser, to be printed there."""
    ending = PurePath(name).suffix
    where = "inline" if ending == ".pdf" else "attachment"
    answer = Response(content, mimetype=TYPES[ending])
    answer.headers["Content-Disposition"] = f'{where}; filename="{name}"'
    return answer
