"""What is copied, searched or read aloud is what was printed: Poppler finds every text of the data, in NFC."""

import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labels.appointment import draw_appointments
from labels.closing import draw_closing, draw_reconciliation
from labels.insert import Insert, default_text, draw_inserts
from labels.label import draw_labels, spaced
from labels.manifest import draw_manifest
from labels.markdown import read_markdown
from labels.route_sheet import draw_route_sheets
from labels.sample import OFFICE, sample_labels, sample_manifest, sample_receiver, sample_route_sheet, sample_slips
from labels.sample_counter import sample_appointments, sample_books
from labels.slip import draw_slips
from tests.conftest import need
from tests.labels.reading import every_text

Said = Iterator[str]


def of_labels(change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    made = [change(label) for label in sample_labels(9, seed=3)]
    told = (
        (m.receiver.name, m.receiver.address, m.receiver.area, m.receiver.postcode, m.sender.name, m.batch, m.slot,
         spaced(m.item_code))
        for m in made
    )  # fmt: skip
    return draw_labels(made), (text for texts in told for text in texts)


def of_slips(change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    made = [change(slip) for slip in sample_slips(9, seed=3)]
    told = (
        (m.receiver.name, m.receiver.phone, m.receiver.address, m.must_show, m.tracking_code, m.promised, *m.references)
        for m in made
    )
    return draw_slips(made), (text for texts in told for text in texts)


def of_manifest(change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    made = change(sample_manifest(60, seed=3))
    told = ((m.receiver, m.area, m.service, spaced(m.item_code)) for m in made.lines)
    return draw_manifest(made), (text for texts in told for text in texts)


def of_route_sheet(change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    made = change(sample_route_sheet(20, seed=3))
    told = (
        (m.receiver.name, m.receiver.phone, m.receiver.address, m.landmark, m.must_show, m.note, m.arrival, m.slot)
        for m in made.stops
    )
    return draw_route_sheets([made]), (text for texts in told for text in texts)


def of_appointments(change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    made = [change(slip) for slip in sample_appointments(5, seed=3)[0]]
    return draw_appointments(made), (text for m in made for text in (m.name, m.promised, m.hotline, m.slot))


def of_letters(change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    texts, name = [default_text(tone) for tone in ("birth", "marriage", "death")], sample_receiver(1).name
    pdf = draw_inserts([change(Insert(text, OFFICE, name=name)) for text in texts])
    said = ("".join(words.text for words in block.words) for text in texts for block in read_markdown(text))
    return pdf, (text.replace("{ten}", name) for text in said)


def of_books(draw: Callable[[Any], bytes], change: Callable[[Any], Any]) -> tuple[bytes, Said]:
    made = change(sample_books(40, seed=3))
    told = ((m.item_code, m.state) for m in made.accounts if m.end != "delivered" and m.to_collect)
    return draw(made), (text for texts in told for text in texts)


KINDS: dict[str, Callable[[Callable[[Any], Any]], tuple[bytes, Said]]] = {
    "labels": of_labels,
    "slips": of_slips,
    "manifest": of_manifest,
    "route sheet": of_route_sheet,
    "appointments": of_appointments,
    "letters": of_letters,
    "closing": lambda change: of_books(draw_closing, change),
    "reconciliation": lambda change: of_books(draw_reconciliation, change),
}


def extracted(pdf: bytes) -> str:
    """What Poppler reads, without blanks: where a line is broken is the paper's business."""
    need(shutil.which("pdftotext") is not None, "pdftotext (Debian's poppler-utils)")
    read = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(read.stdout.decode().split())


def in_parts(data: Any) -> Any:
    """The same data as some systems send it: each accent apart from its letter."""
    return every_text(data, lambda text: unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("apart", [False, True], ids=["put together", "in parts"])
def test_every_text_of_the_data_is_found(kind: str, *, apart: bool) -> None:
    pdf, texts = KINDS[kind](in_parts if apart else lambda value: value)

    read = extracted(pdf)

    assert [text for text in texts if "".join(unicodedata.normalize("NFC", text).split()) not in read] == []
