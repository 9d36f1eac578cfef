"""Reading papers as a scan gun and a person do: from pictures, not from the drawing instructions."""

import base64
import binascii
import io
import re
import zlib
from collections.abc import Callable, Container
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageChops

PRINTER_DPI = 203


def codes(pdf: bytes) -> list[set[str]]:
    """What a scan gun reads on each page of a print on a 203-dpi thermal printer: every dot black or white."""
    pages = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=PRINTER_DPI / 72).to_pil().convert("1", dither=0).convert("L")
        pages.append({code.text for code in zxingcpp.read_barcodes(picture)})
    return pages


def words(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def black_outside(pdf: bytes, margin_mm: float) -> bool:
    """Whether anything is drawn within `margin_mm` of the edge of any page, where printers do not print."""
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=4).to_pil().convert("L")
        edge = int(margin_mm / 25.4 * 72 * 4)
        inner = picture.crop((edge, edge, picture.width - edge, picture.height - edge))
        if sum(picture.point(_ink).histogram()[1:]) != sum(inner.point(_ink).histogram()[1:]):
            return True
    return False


def _ink(brightness: int) -> int:
    return 255 if brightness < 128 else 0


def said_besides(pdf: bytes) -> str:
    """What a PDF says beside its pages: title, metadata, descriptions of pictures."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        texts = [file.Root.Metadata.read_bytes().decode(), *(str(text) for text in file.docinfo.values())]
        for thing in file.objects:
            if isinstance(thing, pikepdf.Dictionary):
                texts += [str(text) for text in thing.values() if isinstance(text, pikepdf.String)]
    return "\n".join(texts)


GRAPHIC = re.compile(r"\^FO(\d+),(\d+)\^GFA,\d+,(\d+),(\d+),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS")


def printed(sheet: bytes) -> Image.Image:
    """What a ZPL printer makes of the picture in a sheet, from the bytes alone; the checksum must be right."""
    found = GRAPHIC.search(sheet.decode())
    assert found is not None, "no Z64 picture in the sheet"
    _x, _y, total, row, data, checksum = found.groups()
    assert binascii.crc_hqx(data.encode(), 0) == int(checksum, 16)
    dots = zlib.decompress(base64.b64decode(data))
    assert len(dots) == int(total)
    ink = Image.frombytes("1", (int(row) * 8, len(dots) // int(row)), dots)
    return ImageChops.invert(ink.convert("L"))


def codes_in(picture: Image.Image) -> set[str]:
    """What a scan gun reads in a picture."""
    return {code.text for code in zxingcpp.read_barcodes(picture)}


def every_text(data: Any, change: Callable[[str], str], but: Container[str] = ()) -> Any:
    """Plain data with every text in it changed, except in the fields named in `but`."""
    if is_dataclass(data) and not isinstance(data, type):
        inner = (field.name for field in fields(data) if field.name not in but)
        return replace(data, **{name: every_text(getattr(data, name), change, but) for name in inner})
    if isinstance(data, tuple):
        return tuple(every_text(part, change, but) for part in data)
    return change(data) if isinstance(data, str) else data
