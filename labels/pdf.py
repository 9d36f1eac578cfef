"""A PDF file written from front to back: what is finished leaves the memory, however many pages come.

PDF 1.7 (ISO 32000-1) with object streams (7.5.7) and a cross-reference stream (7.5.8). Object bodies come as text.
"""

import hashlib
import zlib
from typing import BinaryIO

OBJECTS_TOGETHER = 200
# Of each object: its kind, where it is, and its place among those that lie together; 1, 5 and 2 bytes.
ENTRY = 8
# One step more costs a fifth of the speed and saves a hundredth of the size.
LEVEL = 5


class PdfFile:
    """Objects are numbered when they are reserved or added; each must be added once before the end."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self._at = 0
        self._digest = hashlib.sha256()
        self._where = bytearray(ENTRY)
        self._where[6:8] = b"\xff\xff"
        self._waiting: list[str] = []
        self._waiting_numbers: list[int] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """The number of an object that will be added later."""
        self._where += bytes(ENTRY)
        return len(self._where) // ENTRY - 1

    def add(self, body: str, number: int = 0) -> int:
        """Add an object that is no stream; returns its number."""
        number = number or self.reserve()
        self._waiting.append(body)
        self._waiting_numbers.append(number)
        if len(self._waiting) == OBJECTS_TOGETHER:
            self._write_waiting()
        return number

    def add_stream(self, entries: str, content: bytes | bytearray, number: int = 0, *, compressed: bool = True) -> int:
        """Add a stream with these dictionary entries; returns its number."""
        number = number or self.reserve()
        body = zlib.compress(content, LEVEL) if compressed else bytes(content)
        packed = "/Filter/FlateDecode" if compressed else ""
        self._place(number, 1, self._at)
        head = f"{number} 0 obj\n<<{entries}{packed}/Length {len(body)}>>stream\n".encode()
        self._write(b"%b%b\nendstream\nendobj\n" % (head, body))
        return number

    def finish(self, root: int, info: int) -> None:
        """Write what still waits, and the table of where everything is."""
        self._write_waiting()
        number = self.reserve()
        start = self._at
        self._place(number, 1, start)
        mark = self._digest.hexdigest()[:32]
        self.add_stream(
            f"/Type/XRef/Size {number + 1}/W[1 5 2]/Root {root} 0 R/Info {info} 0 R/ID[<{mark}><{mark}>]",
            self._where,
            number,
        )
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _write_waiting(self) -> None:
        if not self._waiting:
            return
        home = self.reserve()
        index, at = [], 0
        for place, (number, body) in enumerate(zip(self._waiting_numbers, self._waiting, strict=True)):
            self._place(number, 2, home, place)
            index.append(f"{number} {at}")
            at += len(body) + 1
        head = " ".join(index) + "\n"
        content = head + "\n".join(self._waiting)
        entries = f"/Type/ObjStm/N {len(self._waiting)}/First {len(head)}"
        self._waiting, self._waiting_numbers = [], []
        self.add_stream(entries, content.encode("ascii"), home)

    def _place(self, number: int, kind: int, where: int, place: int = 0) -> None:
        entry = kind << 56 | where << 16 | place
        self._where[number * ENTRY : (number + 1) * ENTRY] = entry.to_bytes(ENTRY, "big")

    def _write(self, content: bytes) -> None:
        self._to.write(content)
        self._digest.update(content)
        self._at += len(content)


def text_string(text: str) -> str:
    """A text in a dictionary: title, description of a picture."""
    return f"<feff{text.encode('utf-16-be').hex()}>"
