"""Files that people give in the browser, on the disk for as long as they are read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from delivery.errors import DeliveryError
from delivery.places.text import normal

LONGEST_NAME = 100
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")


@contextmanager
def given_file(name: str, content: bytes) -> Iterator[Path]:
    """The content as a file; what is wrong with it is said of the name that its giver knows.

    Raises what the block raises.
    """
    with TemporaryDirectory() as folder:
        # Only the ending is taken from outside: it says how the file is to be read.
        ending = Path(name).suffix
        file = Path(folder) / f"given{ending if _ENDING.fullmatch(ending) else ''}"
        file.write_bytes(content)
        try:
            yield file
        except DeliveryError as error:
            raise type(error)(str(error).replace(str(file), name)) from error


def name_given(text: str | None) -> str:
    """The name of a file without the folders that some browsers tell, and without what cannot be written."""
    return Path(normal(text or "").replace("\\", "/")).name[-LONGEST_NAME:]
