"""Whatever is typed or made up to do harm: a paper comes out whole and legible, or is refused with a reason."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.appointment import SHAPES, draw_appointments
from labels.calibration import draw_calibration
from labels.closing import closing_workbook, draw_closing, draw_reconciliation
from labels.errors import LabelsError
from labels.insert import Insert, draw_inserts
from labels.label import SHEETS, draw_labels
from labels.manifest import draw_manifest
from labels.proof import manifest_proof
from labels.route_sheet import draw_route_sheets
from labels.sample import sample_labels, sample_manifest, sample_route_sheet, sample_slips
from labels.sample_counter import sample_appointments, sample_books
from labels.slip import draw_slips
from labels.zpl import Raster, sheets_of
from tests.labels.reading import black_outside, codes, every_text, said_besides, words

HOSTILE = {
    "ten thousand words": "Nguyễn Phước " * 10_000,
    "a word of ten thousand letters": "Ẵ" * 10_000,
    "turned round": "\u202eSố 21\u202c \u2066phố\u2069 \u200fÁi Mộ\u200b",
    "controls": "\x00\x1b[31mAn\x07\x9b\r\n\t\x7f",
    "printer commands": "^XA^FO0,0^FDx^FS~JA~HS^XZ",
    "nothing": "",
    "blanks": " \u00a0\u3000\t ",
    "emoji": "Ánh 👩‍👩‍👧‍👦 🇻🇳 ❤️",
    "in parts": unicodedata.normalize("NFD", "Nguyễn Thị Ánh"),
    "a pile of marks": "a" + "\u0301\u0323" * 3_000,
    "half a letter": "An \ud800 Bình",
    "other scripts": "ﷺ عربى 漢字 ไทย देव",
    "page commands": "(An) Tj ET Q endstream endobj <</S/JavaScript>> %",
    "markup": "<b>An</b> &amp; **x** {ten} {0.__class__} %s",
}
# What a code is made of is checked where it is drawn; the order of days and the tone are no texts.
CODES = frozenset({"item_code", "qr", "code", "digest", "tracking_code", "order", "end", "tone"})


def spoilt(data: Any, text: str) -> Any:
    """The same plain data with every text in it replaced, but for codes."""
    return every_text(data, lambda _text: text, but=CODES)


Drawn = tuple[bytes, list[set[str]]]


def label(text: str, **look: Any) -> Drawn:
    made = [spoilt(one, text) for one in sample_labels(1)]
    return draw_labels(made, **look), [{made[0].item_code, made[0].qr}]


def slip(text: str) -> Drawn:
    made = [spoilt(one, text) for one in sample_slips(1)]
    return draw_slips(made), [{made[0].item_code}]


def manifest(text: str) -> Drawn:
    made = spoilt(sample_manifest(4), text)
    return draw_manifest(made, copies=1), [{made.code, manifest_proof(made.code, made.digest)}]


def route_sheet(text: str) -> Drawn:
    made = spoilt(sample_route_sheet(5), text)
    every = [stop.item_code for stop in made.stops]
    return draw_route_sheets([made]), [set(every[:4]), set(every[4:])]


def appointment(text: str, form: Any = "a6") -> Drawn:
    made = [spoilt(one, text) for one in sample_appointments(1)[0]]
    return draw_appointments(made, form), [{made[0].qr}]


def insert(text: str) -> Drawn:
    office = spoilt(sample_labels(1)[0].sender, text)
    return draw_inserts([Insert("# Chào\n\nKính gửi {ten}", office, name=text)]), [set()]


def own_letter(text: str) -> Drawn:
    pdf = draw_inserts([Insert(text, sample_labels(1)[0].sender)])
    return pdf, [set() for _page in words(pdf)]


def closing(text: str) -> Drawn:
    return draw_closing(spoilt(sample_books(6), text)), [set()]


def reconciliation(text: str) -> Drawn:
    return draw_reconciliation(spoilt(sample_books(6), text)), [set()]


PAPERS: dict[str, Callable[[str], Drawn]] = {
    "label": label,
    "private label": lambda text: label(text, private=True),
    **{f"label, {name} a sheet": lambda text, name=name: label(text, sheet=SHEETS[name]) for name in ("2", "4", "8")},  # type: ignore[misc]
    "slip": slip,
    "manifest": manifest,
    "route sheet": route_sheet,
    **{f"appointment, {form}": lambda text, form=form: appointment(text, form) for form in SHAPES},  # type: ignore[misc]
    "insert": insert,
    "own letter": own_letter,
    "closing": closing,
    "reconciliation": reconciliation,
}


def whole_or_refused(paper: str, text: str) -> None:
    try:
        pdf, expected = PAPERS[paper](text)
    except LabelsError:
        return
    assert codes(pdf) == expected
    assert not black_outside(pdf, 2)
    said = "".join(words(pdf)) + said_besides(pdf).replace("\ufeff", "")
    assert not {unicodedata.category(letter) for letter in said if letter not in "\r\n"} & {"Cc", "Cf", "Cs"}
    assert "JavaScript" not in said_besides(pdf)
    assert pdf == PAPERS[paper](text)[0]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("paper", PAPERS)
def test_every_paper_is_whole_or_refused(paper: str, text: str) -> None:
    whole_or_refused(paper, text)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(PAPERS)), st.text(max_size=200))
def test_so_it_is_with_any_text(paper: str, text: str) -> None:
    whole_or_refused(paper, text)


@pytest.mark.parametrize("number", [-1, 0, 10**6, 10**30])
def test_absurd_numbers_are_printed_or_refused(number: int) -> None:
    (one,), (two,), sheet = sample_labels(1), sample_slips(1), sample_route_sheet(1)
    stops = (replace(sheet.stops[0], position=number, to_collect=number),)
    lines = tuple(replace(line, weight=number, fee=number, to_collect=number) for line in sample_manifest(2).lines)
    drawn: list[Callable[[], bytes]] = [
        lambda: draw_labels([replace(one, position=number, version=number, copy=number, to_collect=number)]),
        lambda: draw_labels([replace(one, position=number, to_collect=number)], sheet=SHEETS["8"]),
        lambda: draw_slips([replace(two, to_collect=number, fee=number, weight=number)]),
        lambda: draw_route_sheets([replace(sheet, distance=number, stops=stops)]),
        lambda: draw_manifest(replace(sample_manifest(2), lines=lines)),
    ]
    for draw in drawn:
        try:
            pdf = draw()
        except LabelsError:
            continue
        assert all(codes(pdf))
        assert not black_outside(pdf, 2)


@pytest.mark.parametrize("code", ["", "mã số", "x" * 41, "CH\x00", "^XA", "A" * 40, "CH1000000\n09VN"])
def test_a_code_that_no_gun_can_read_or_no_paper_can_hold_is_refused(code: str) -> None:
    sheet, manifest = sample_route_sheet(1), sample_manifest(1)
    papers: list[Callable[[], bytes]] = [
        lambda: draw_labels([replace(sample_labels(1)[0], item_code=code)]),
        lambda: draw_labels([replace(sample_labels(1)[0], item_code=code)], sheet=SHEETS["8"]),
        lambda: draw_slips([replace(sample_slips(1)[0], item_code=code)]),
        lambda: draw_route_sheets([replace(sheet, stops=(replace(sheet.stops[0], item_code=code),))]),
        lambda: draw_manifest(replace(manifest, code=code)),
    ]
    for draw in papers:
        try:
            pdf = draw()
        except LabelsError:
            continue
        assert any(code in page for page in codes(pdf))


@pytest.mark.parametrize("payload", ["x" * 300, "ký tự " * 1000])
def test_a_qr_code_that_is_too_large_for_its_place_is_refused(payload: str) -> None:
    with pytest.raises(LabelsError):
        draw_labels([replace(sample_labels(1)[0], qr=payload)])
    with pytest.raises(LabelsError):
        draw_appointments([replace(sample_appointments(1)[0][0], qr=payload)])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_starts_a_command_on_the_printer_or_a_formula_in_a_workbook(text: str) -> None:
    (sheet,) = sheets_of(draw_labels(sample_labels(1)), Raster(), feet=(text,))
    said = sheet.decode()

    assert said.count("^XA") == said.count("^XZ") == 1
    assert "~JA" not in said
    foot = said.split("^FD")[1].split("^FS")[0] if "^FD" in said else ""
    assert len(foot) <= 180
    assert not set(foot) & set("^~\n")
    assert closing_workbook(spoilt(sample_books(3), text)).startswith(b"PK")
    assert draw_calibration(text).startswith(b"%PDF")
