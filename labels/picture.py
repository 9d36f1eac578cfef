"""Pages of a PDF as pictures, for a screen."""

import io
import threading

import pypdfium2

DPI = 110
SHADES = 48
# PDFium serves one thread at a time.
_READING = threading.Lock()


def pictures_of(pdf: bytes, dpi: int = DPI, most: int = 20) -> list[bytes]:
    """The first `most` pages as PNG files."""
    with _READING, pypdfium2.PdfDocument(pdf) as document:
        return [_picture(document[number], dpi) for number in range(min(most, len(document)))]


def _picture(page: pypdfium2.PdfPage, dpi: int) -> bytes:
    out = io.BytesIO()
    page.render(scale=dpi / 72).to_pil().convert("RGB").quantize(SHADES).save(out, "PNG", optimize=True)
    page.close()
    return out.getvalue()
