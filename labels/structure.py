"""What a PDF says to a screen reader: which parts it has, in which order they are read (ISO 32000-1, 14.7 and 14.8)."""

from array import array
from dataclasses import dataclass, field

from labels.pdf import PdfFile, text_string

# Parts that hold other parts and no text of their own.
GROUPS = frozenset({"Document", "Sect", "Table", "TR", "L", "LI"})
LEAVES_TOGETHER = 256


@dataclass(slots=True)
class Part:
    """An open part; its kids are pieces of the page by their numbers, and parts by their objects' below zero."""

    kind: str
    number: int
    kids: "array[int]" = field(default_factory=lambda: array("q"))
    alt: str = ""


class Structure:
    """The tree of parts. Only parts that are open are in memory, and one number a page."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self.root = file.reserve()
        self._open = [Part("Document", file.reserve())]
        self._page = 0
        self._pieces: list[int] = []
        self._pages = array("L")

    @property
    def innermost(self) -> str:
        """The kind of the part that is open."""
        return self._open[-1].kind

    def begin_page(self, page: int) -> int:
        """Pieces belong to page object `page` from now on; returns the page's number in this tree."""
        self._page, self._pieces = page, []
        return len(self._pages)

    def end_page(self) -> None:
        if self.innermost not in GROUPS:
            raise ValueError(f"a part that holds text ({self.innermost}) ends on its page")
        self._pages.append(self._file.add(f"[{_references(self._pieces)}]"))

    def open(self, kind: str, alt: str) -> None:
        number = self._file.reserve()
        self._open[-1].kids.append(-number)
        self._open.append(Part(kind, number, alt=alt))

    def piece(self) -> int:
        """The number of the next piece of the open part on this page."""
        part = self._open[-1]
        number = len(self._pieces)
        self._pieces.append(part.number)
        part.kids.append(number)
        return number

    def close(self) -> None:
        part = self._open.pop()
        self._write(part, self._open[-1].number)

    def finish(self) -> None:
        """Write the tree's root. No page may be open any more."""
        document = self._open.pop()
        self._write(document, self.root)
        leaves: list[int] = []
        for first in range(0, len(self._pages), LEAVES_TOGETHER):
            pages = self._pages[first : first + LEAVES_TOGETHER]
            last = first + len(pages) - 1
            pairs = " ".join(f"{number} {page} 0 R" for number, page in enumerate(pages, start=first))
            leaves.append(self._file.add(f"<</Limits[{first} {last}]/Nums[{pairs}]>>"))
        of_pages = self._file.add(f"<</Kids[{_references(leaves)}]>>") if leaves else self._file.add("<</Nums[]>>")
        self._file.add(
            f"<</Type/StructTreeRoot/K {document.number} 0 R/ParentTree {of_pages} 0 R"
            f"/ParentTreeNextKey {len(self._pages)}>>",
            self.root,
        )

    def _write(self, part: Part, parent: int) -> None:
        of_table = "/A<</O/Table/Scope/Column>>" if part.kind == "TH" else ""
        alt = f"/Alt{text_string(part.alt)}" if part.alt else ""
        page = f"/Pg {self._page} 0 R" if any(kid >= 0 for kid in part.kids) else ""
        kids = " ".join(str(kid) if kid >= 0 else f"{-kid} 0 R" for kid in part.kids)
        self._file.add(f"<</S/{part.kind}/P {parent} 0 R{page}{of_table}{alt}/K[{kids}]>>", part.number)


def _references(numbers: "array[int] | list[int]") -> str:
    return " ".join(f"{number} 0 R" for number in numbers)
