"""Pages of a PDF and what is on them, each piece of it either read aloud as part of something or decoration."""

import io
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from labels.archive import describe
from labels.fonts import NAMES, Letterings
from labels.lettering import MM
from labels.pdf import PdfFile
from labels.structure import GROUPS, Structure
from labels.texts import Language

PAGES_TOGETHER = 64
Run = tuple[str, str]
"""A stretch of a line in one face: the font's name, and the text."""


class Document:
    """Pages of one size. A page is written when it is full."""

    def __init__(self, size: tuple[float, float], title: str, language: Language, to: BinaryIO | None) -> None:
        self._size = f"{size[0] * MM:.4f} {size[1] * MM:.4f}"
        self._own = io.BytesIO()
        self._file = PdfFile(self._own if to is None else to)
        self._fonts = Letterings()
        self._resources, self._root = self._file.reserve(), self._file.reserve()
        self._catalogue, self._info = describe(self._file, title, language)
        self._structure = Structure(self._file)
        self._nodes = array("L")
        self._siblings: list[int] = []
        self._pages = 0
        self._page = 0
        self._entry = 0
        self._marked = ""
        self._drawn: list[str] = []

    def next_page(self) -> None:
        """The page is full: it is written, and what comes is drawn on the next."""
        self._begin_page()
        self._mark("")
        content = self._file.add_stream("", "\n".join(self._drawn).encode("ascii"))
        if not self._siblings:
            self._nodes.append(self._file.reserve())
        self._file.add(
            f"<</Type/Page/Parent {self._nodes[-1]} 0 R/MediaBox[0 0 {self._size}]/Resources {self._resources} 0 R"
            f"/Contents {content} 0 R/StructParents {self._entry}>>",
            self._page,
        )
        self._structure.end_page()
        self._siblings.append(self._page)
        self._pages += 1
        self._drawn, self._page = [], 0
        if len(self._siblings) == PAGES_TOGETHER:
            self._write_siblings()

    def finish(self) -> bytes:
        """Write what is left; returns the whole PDF, unless it went into a file of the caller's."""
        if self._drawn or not self._pages:
            self.next_page()
        self._write_siblings()
        kids = " ".join(f"{node} 0 R" for node in self._nodes)
        self._file.add(f"<</Type/Pages/Count {self._pages}/Kids[{kids}]>>", self._root)
        used = {name: self._file.reserve() for name in sorted(self._fonts, key=NAMES.__getitem__)}
        for name, number in used.items():
            self._fonts[name].put_into(self._file, number)
        names = "".join(f"/{NAMES[name]} {number} 0 R" for name, number in used.items())
        self._file.add(f"<</Font<<{names}>>>>", self._resources)
        self._structure.finish()
        root = self._file.add(
            f"<</Type/Catalog/Pages {self._root} 0 R/StructTreeRoot {self._structure.root} 0 R{self._catalogue}>>"
        )
        self._file.finish(root, self._info)
        return self._own.getvalue()

    @contextmanager
    def part(self, kind: str, alt: str) -> Iterator[None]:
        """What is put down inside is one part, or a group of parts."""
        self._begin_page()
        self._mark("")
        self._structure.open(kind, alt)
        yield
        self._mark("")
        self._structure.close()

    @contextmanager
    def state(self, operators: str) -> Iterator[None]:
        """Inside, the state of drawing is another: where, how large, how dark."""
        self._begin_page()
        self._mark("")
        self._drawn.append(f"q {operators}")
        yield
        self._mark("")
        self._drawn.append("Q")

    def put_lines(self, lines: list[tuple[float, float, str]], font: str, size: float) -> None:
        """Text at places in points from the lower left; alone, it is a paragraph."""
        if not any(text for _x, _y, text in lines):
            return
        self._begin_page()
        alone = self._structure.innermost in GROUPS
        if alone:
            self._mark("")
            self._structure.open("P", "")
        self._mark(self._structure.innermost)
        name, lettering = NAMES[font], self._fonts[font]
        for x, y, text in lines:
            # The blank at the end keeps words of two lines apart where a screen reader strings the pieces together.
            self._drawn.append(f"BT/{name} {size:g} Tf {x:.2f} {y:.2f} Td{lettering.written(f'{text} ')}Tj ET")
        if alone:
            self._mark("")
            self._structure.close()

    def put_runs(self, x: float, y: float, runs: Sequence[Run], size: float) -> None:
        """One line of text in several faces, within a part that holds text; what ends it is as in `put_lines`."""
        if not runs:
            return
        self._begin_page()
        self._mark(self._structure.innermost)
        shown = []
        for number, (font, text) in enumerate(runs, start=1):
            written = self._fonts[font].written(f"{text} " if number == len(runs) else text)
            shown.append(f"/{NAMES[font]} {size:g} Tf {written}Tj")
        self._drawn.append(f"BT {x:.2f} {y:.2f} Td {' '.join(shown)} ET")

    def put_shape(self, operators: str) -> None:
        """Lines and areas: part of a picture, or decoration."""
        self._begin_page()
        self._mark("Figure" if self._structure.innermost == "Figure" else "Artifact")
        self._drawn.append(operators)

    def _mark(self, kind: str) -> None:
        """What is drawn from now on belongs to the open part, is decoration (`Artifact`), or there is nothing drawn."""
        if kind == self._marked:
            return
        if self._marked:
            self._drawn.append("EMC")
        if kind == "Artifact":
            self._drawn.append("/Artifact BMC")
        elif kind:
            self._drawn.append(f"/{kind}<</MCID {self._structure.piece()}>>BDC")
        self._marked = kind

    def _begin_page(self) -> None:
        if not self._page:
            self._page = self._file.reserve()
            self._entry = self._structure.begin_page(self._page)

    def _write_siblings(self) -> None:
        if self._siblings:
            kids = " ".join(f"{page} 0 R" for page in self._siblings)
            self._file.add(
                f"<</Type/Pages/Parent {self._root} 0 R/Count {len(self._siblings)}/Kids[{kids}]>>", self._nodes[-1]
            )
            self._siblings = []
