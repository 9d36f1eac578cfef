"""Sheets for thermal printers: each page of a PDF becomes one ZPL label, drawn by us dot by dot.

Letters are dots here, not the printer's own fonts, which lack most Vietnamese letters; and a bar is as wide on paper as
the drawing says.
"""

import base64
import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

from labels.lettering import normal

Dpi = Literal[203, 300]
RESOLUTIONS: tuple[Dpi, ...] = (203, 300)
BLACK_BELOW = 128
FOOT_HEIGHT = 2.2  # mm
LONGEST_FOOT = 60
# A sheet is ours alone to print again: the printer must not repeat it by itself after an error (^JZN).
HEAD = "^XA^CI28^JZN^LH0,0^LS0"


@dataclass(frozen=True, slots=True)
class Raster:
    """How pages become dots: the printer's resolution, and how far its paper lies off (right and down, in mm)."""

    dpi: Dpi = 203
    right: float = 0.0
    down: float = 0.0

    def dots(self, mm: float) -> int:
        return round(mm * self.dpi / 25.4)


def sheets_of(pdf: bytes, raster: Raster, feet: tuple[str, ...] = (), start: int = 0) -> Iterator[bytes]:
    """The pages of a PDF from `start` on, one ZPL label each, made as they are asked for.

    `feet` are printed small at the lower edge, one a page, so that a person can name a spoiled sheet.
    """
    with pypdfium2.PdfDocument(pdf) as document:
        for number in range(start, len(document)):
            page = document[number]
            yield sheet_of(dots_of(page, raster), raster, feet[number] if feet else "")
            page.close()


def pages_in(pdf: bytes) -> int:
    """How many sheets a PDF makes."""
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def dots_of(page: Any, raster: Raster) -> Image.Image:  # noqa: ANN401  pypdfium2 has no types
    """A page in black and white dots; what lies beyond the moved paper's edge is lost."""
    scale = raster.dpi / 72
    width, height = (round(side * scale) for side in page.get_size())
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    # Not page.render: it stretches the page to whole dots, and then bars are no longer whole dots.
    place = pdfium.FS_MATRIX(scale, 0, 0, scale, raster.dots(raster.right), raster.dots(raster.down))
    clip = pdfium.FS_RECTF(0, 0, width, height)
    pdfium.FPDF_RenderPageBitmapWithMatrix(bitmap, page, place, clip, pdfium.FPDF_GRAYSCALE)
    grey: Image.Image = bitmap.to_pil().copy()
    bitmap.close()
    return grey.point(_dot, mode="1")


def sheet_of(dots: Image.Image, raster: Raster, foot: str = "") -> bytes:
    """One label as ZPL: the picture compressed (Z64), then the foot, one copy."""
    picture = _graphic(dots)
    text = _foot(foot, dots.size, raster) if foot else ""
    return f"{HEAD}^PW{dots.width}^LL{dots.height}{picture}{text}^PQ1^XZ\n".encode()


def _graphic(dots: Image.Image) -> str:
    """The dots as a graphic field: rows in whole bytes, packed with zlib, as base64 with its checksum (ZPL II, ^GF).

    Packed once; zebrafy, which the tests compare with, packs twice to learn the length.
    """
    row = (dots.width + 7) // 8
    packed = base64.b64encode(zlib.compress(ImageChops.invert(dots).tobytes()))
    data = f":Z64:{packed.decode('ascii')}:{binascii.crc_hqx(packed, 0):04X}"
    return f"^FO0,0^GFA,{len(data)},{row * dots.height},{row},{data}^FS"


def _foot(text: str, size: tuple[int, int], raster: Raster) -> str:
    height = raster.dots(FOOT_HEIGHT)
    across, down = size[0] // 2, size[1] - 2 * height
    shown = escaped(normal(text)[:LONGEST_FOOT])
    return f"^FO{across},{down}^A0N,{height},{height}^FB{size[0] // 2 - height},1,0,R^FH_^FD{shown}^FS"


def escaped(text: str) -> str:
    """Text for a ^FD field under ^FH_: whatever could start a command, or an escape, is written as its number."""
    return "".join(f"_{ord(letter):02X}" if letter in "^~_\\" else letter for letter in normal(text))


def _dot(brightness: int) -> int:
    return 255 if brightness >= BLACK_BELOW else 0
