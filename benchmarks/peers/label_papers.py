"""The same envelope labels by this project and as most would draw them: with ReportLab's canvas, with HTML and CSS."""

import cProfile
import io
import pstats
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import segno
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.alone import NotHere
from labels.label import draw_labels, write_labels
from labels.manifest import draw_manifest
from labels.model import Label
from labels.sample import sample_labels, sample_manifest

WARM_UP = 200
SEED = 1
FACES = ("BeVietnamPro-Regular", "BeVietnamPro-Bold")


@dataclass(frozen=True, slots=True)
class Drawn:
    """So many labels (or lines) in so many seconds of one core, and how large the PDF is."""

    count: int
    seconds: float
    size: int

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def tannha(count: int) -> Drawn:
    return _timed(draw_labels, count, WARM_UP)


def reportlab_canvas(count: int) -> Drawn:
    folder = _fonts()
    for face in FACES:
        pdfmetrics.registerFont(TTFont(face, str(folder / f"{face}.ttf")))
    return _timed(_by_canvas, count, 20)


def weasyprint(count: int) -> Drawn:
    try:
        from weasyprint import HTML  # noqa: PLC0415  a peer that need not be installed
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise NotHere(f"WeasyPrint: {error}") from error
    fonts = FontConfiguration()

    def draw(labels: Sequence[Label]) -> bytes:
        return bytes(HTML(string=_page(labels)).write_pdf(font_config=fonts) or b"")

    return _timed(draw, count, 5)


def written_to_a_file(count: int) -> Drawn:
    """A stream of labels, never in memory together; the peak of this process is what the caller wants to know."""
    labels = (label for number in range(count) for label in _one(number))
    with tempfile.TemporaryFile() as file:
        began = time.process_time()
        write_labels(labels, file)
        return Drawn(count, time.process_time() - began, file.tell())


def manifest(lines: int) -> Drawn:
    listed = sample_manifest(lines, SEED)
    began = time.process_time()
    pdf = draw_manifest(listed)
    return Drawn(lines, time.process_time() - began, len(pdf))


def profile(count: int) -> str:
    """Where the time goes, by function."""
    labels = sample_labels(count, SEED)
    draw_labels(labels[:WARM_UP])
    watched, said = cProfile.Profile(), io.StringIO()
    watched.runcall(draw_labels, labels)
    pstats.Stats(watched, stream=said).sort_stats("tottime").print_stats(25)
    return said.getvalue()


def _timed(draw: Callable[[Sequence[Label]], bytes], count: int, warm_up: int) -> Drawn:
    labels = sample_labels(warm_up + count, SEED)
    draw(labels[:warm_up])
    began = time.process_time()
    pdf = draw(labels[warm_up:])
    return Drawn(count, time.process_time() - began, len(pdf))


def _one(number: int) -> list[Label]:
    """A label that costs little to make up, with a code and a QR of its own."""
    (label,) = _FIRST
    code = f"CH{number % 100_000_000:08d}5VN"
    return [
        Label(
            code, f"T1.{number:026d}.1.ABCDEFGH", label.sender, label.receiver, label.route, number % 999, label.batch
        )
    ]


_FIRST = sample_labels(1, SEED)


def _fonts() -> Path:
    from fontpkg_be_vietnam_pro import ROOT  # noqa: PLC0415  only where fonts are wanted

    return Path(ROOT) / "files"


def _by_canvas(labels: Sequence[Label]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(100 * mm, 150 * mm))
    for label in labels:
        canvas.rect(4 * mm, 129 * mm, 92 * mm, 16 * mm)
        for x, y, text, size in (
            (6, 141, "Tuyến", 8), (6, 131, label.route, 30), (60, 141, "Điểm", 8), (80, 131, str(label.position), 30),
            (4, 125, f"Chuyến {label.batch}", 7.5), (60, 125, f"Nhãn {label.version}", 7.5),
            (4, 120, "Người gửi", 7), (21, 120, label.sender.name, 9), (21, 116, label.sender.address, 8),
            (4, 106, "Người nhận", 7), (4, 99, label.receiver.name, 16), (70, 64, label.receiver.postcode, 18),
            (6, 55, f"Giờ giao: {label.slot}", 10), (60, 55, "KHÔNG THU TIỀN", 11), (30, 31, label.item_code, 15),
            (35, 22, "Phát tận tay, có ký nhận", 11), (35, 17, "Tài liệu hành chính", 9),
            (35, 13, "Hoàn về nơi gửi", 8),
        ):  # fmt: skip
            canvas.setFont(FACES[size > 8], size)
            canvas.drawString(x * mm, y * mm, text)
        canvas.setFont(FACES[0], 13)
        for number, line in enumerate(simpleSplit(label.receiver.address, FACES[0], 13, 92 * mm)):
            canvas.drawString(4 * mm, (92 - 5.6 * number) * mm, line)
        canvas.drawString(4 * mm, 66 * mm, label.receiver.area)
        Code128(label.item_code, barWidth=0.375 * mm, barHeight=14 * mm).drawOn(canvas, 17 * mm, 36 * mm)
        drawing = Drawing(28 * mm, 28 * mm)
        drawing.add(QrCodeWidget(label.qr, barLevel="Q", barWidth=28 * mm, barHeight=28 * mm))
        renderPDF.draw(drawing, canvas, 1 * mm, 2 * mm)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _page(labels: Sequence[Label]) -> str:
    folder = _fonts()
    faces = "".join(
        f"@font-face{{font-family:B;font-weight:{weight};src:url({(folder / face).as_uri()}.ttf)}}"
        for face, weight in zip(FACES, (400, 700), strict=True)
    )
    return (
        f"<html lang=vi><style>{faces}@page{{size:100mm 150mm;margin:4mm}}body{{font:13pt B}}"
        "section{break-after:page}b{font-size:30pt}h1{font-size:16pt}small{font-size:8pt}</style>"
        + "".join(_section(label) for label in labels)
    )


def _section(label: Label) -> str:
    receiver, sender = label.receiver, label.sender
    texts = [
        f"<small>Tuyến</small> <b>{escape(label.route)}</b> <small>Điểm</small> <b>{label.position}</b>",
        f"<small>Chuyến {escape(label.batch)} Nhãn {label.version}</small>",
        f"<small>Người gửi {escape(sender.name)} {escape(sender.address)}</small>",
        f"<h1>{escape(receiver.name)}</h1>{escape(receiver.address)}<br>{escape(receiver.area)} {receiver.postcode}",
        f"Giờ giao: {escape(label.slot)} KHÔNG THU TIỀN",
        f"{_bars_as_svg(label.item_code)}<br>{label.item_code}",
        segno.make_qr(label.qr, error="q").svg_inline(scale=2.8),
        "Phát tận tay, có ký nhận<br><small>Tài liệu hành chính</small>",
    ]
    return "<section>" + "".join(f"<div>{text}</div>" for text in texts) + "</section>"


def _bars_as_svg(code: str) -> str:
    bars = Code128(code, quiet=False)
    bars.validate()
    bars.encode()
    bars.decompose()
    path, at = [], 0
    for element in bars.decomposed:
        wide = ord(element.lower()) - 96
        if element.isupper():
            path.append(f"M{at} 0h{wide}v1h-{wide}z")
        at += wide
    return (
        f'<svg width="{at * 0.375}mm" height="14mm" viewBox="0 0 {at} 1" preserveAspectRatio="none">'
        f'<path d="{"".join(path)}"/></svg>'
    )
