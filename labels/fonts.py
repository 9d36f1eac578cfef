"""Be Vietnam Pro, whose diacritics stay apart at small sizes; it comes from a package at set-up.

ReportLab reads the font and cuts out the letters that a document needs; what is here besides writes each letter as the
number of its glyph, in one font for all letters, so that a text is put down in one go.
"""

import hashlib
import threading
from functools import cache
from typing import cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont, TTFontFace

from labels.errors import FontsMissing
from labels.pdf import PdfFile

REGULAR, BOLD = "BeVietnamPro-Regular", "BeVietnamPro-Bold"
ITALIC, BOLD_ITALIC = "BeVietnamPro-Italic", "BeVietnamPro-BoldItalic"
# How a page calls each face.
NAMES = {REGULAR: "F1", BOLD: "F2", ITALIC: "F3", BOLD_ITALIC: "F4"}
SYMBOLIC, SLANTED = 4, 64
# Drawn for a letter that the font lacks.
UNKNOWN = ord("?")


class Typeface:
    """A font as it lies on the disk: read once, shared by all documents."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.face: TTFontFace = cast("TTFont", pdfmetrics.getFont(name)).face
        self.widths = Widths(self.face)
        self._reading = threading.Lock()

    def subset(self, letters: list[int]) -> bytes:
        """The font with only these letters; ReportLab's reader has one place in the file, so one thread at a time."""
        with self._reading:
            return bytes(self.face.makeSubset(letters))


class Widths(dict[str, int]):
    """How wide each letter is, in thousandths of the size."""

    def __init__(self, face: TTFontFace) -> None:
        super().__init__((chr(letter), round(width)) for letter, width in face.charWidths.items())
        self._unknown = self[chr(UNKNOWN)]

    def __missing__(self, letter: str) -> int:
        return self._unknown


class Lettering(dict[int, int]):
    """The letters of one document in one font, numbered as they come; a table for `str.translate`."""

    def __init__(self, typeface: Typeface) -> None:
        super().__init__()
        self.typeface = typeface
        self._glyphs = typeface.face.charToGlyph
        self._numbers: dict[int, int] = {}
        self.letters: list[int] = []

    def __missing__(self, letter: int) -> int:
        known = letter if letter in self._glyphs else UNKNOWN
        glyph = self._glyphs[known]
        if glyph not in self._numbers:
            self.letters.append(known)
            self._numbers[glyph] = len(self.letters)
        self[letter] = number = self._numbers[glyph]
        return number

    def written(self, text: str) -> str:
        """The text as a PDF string of glyph numbers."""
        return f"<{text.translate(self).encode('utf-16-be').hex()}>"

    def put_into(self, file: PdfFile, number: int) -> None:
        """Write the font with the letters that were used, as object `number`."""
        face, program = self.typeface.face, self.typeface.subset(self.letters)
        name = f"{_tag(program)}+{self.typeface.name}"
        content = file.add_stream(f"/Length1 {len(program)}", program)
        box = " ".join(f"{edge:g}" for edge in face.bbox)
        descriptor = file.add(
            f"<</Type/FontDescriptor/FontName/{name}/Flags {SYMBOLIC | (SLANTED if face.italicAngle else 0)}"
            f"/FontBBox[{box}]/ItalicAngle {face.italicAngle:g}/Ascent {face.ascent:g}"
            f"/Descent {face.descent:g}/CapHeight {face.capHeight:g}/StemV {face.stemV:g}/FontFile2 {content} 0 R>>"
        )
        widths = " ".join(str(self.typeface.widths[chr(letter)]) for letter in self.letters)
        descendant = file.add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity/DW {face.defaultWidth:g}"
            f"/W[1[{widths}]]/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R>>"
        )
        meaning = file.add_stream("", self._meaning().encode())
        file.add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {meaning} 0 R>>",
            number,
        )

    def _meaning(self) -> str:
        """Which letter each number is, so that the text can be copied, searched and read aloud."""
        pairs = [f"<{number:04x}><{_utf16(letter)}>" for number, letter in enumerate(self.letters, start=1)]
        groups = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
        lists = "\n".join(f"{len(group)} beginbfchar\n" + "\n".join(group) + "\nendbfchar" for group in groups)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) "
            "/Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n{lists}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
        )


class Letterings(dict[str, Lettering]):
    """The faces that a document uses, each from its first letter on."""

    def __missing__(self, name: str) -> Lettering:
        self[name] = lettering = Lettering(typeface(name))
        return lettering


@cache
def typeface(name: str) -> Typeface:
    """The font of that name, made known to ReportLab.

    Raises FontsMissing.
    """
    try:
        from fontpkg_be_vietnam_pro import ROOT  # noqa: PLC0415  missing only where set-up was not run

        pdfmetrics.registerFont(TTFont(name, str(ROOT / "files" / f"{name}.ttf")))
    except (ImportError, TTFError) as error:
        raise FontsMissing("The font Be Vietnam Pro is not installed. Run: make setup") from error
    return Typeface(name)


def _utf16(letter: int) -> str:
    return chr(letter).encode("utf-16-be").hex()


def _tag(program: bytes) -> str:
    """Six letters that tell this subset from another of the same font."""
    number = int.from_bytes(hashlib.sha256(program).digest()[:4], "big")
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))
