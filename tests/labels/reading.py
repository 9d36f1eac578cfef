"""Reading papers as a scan gun and a person do: from pictures, not from the drawing instructions."""

import io

import pikepdf
import pypdfium2
import zxingcpp

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
