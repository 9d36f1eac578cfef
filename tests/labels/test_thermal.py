"""Labels on a thermal printer: every dot as drawn, every sheet asked after, nothing repeated unasked."""

from contextlib import suppress
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops
from zebrafy.zebrafy_image import ZebrafyImage

from labels.calibration import calibration_code, draw_calibration, draw_sheet_calibration
from labels.errors import PrinterAway, PrinterStopped
from labels.label import SHEETS as LAYOUTS
from labels.label import Sheet, draw_labels
from labels.printer import Fault, FilePrinter, NetworkPrinter, Stage, Status, print_sheets, read_status
from labels.sample import sample_labels
from labels.zpl import RESOLUTIONS, Dpi, Raster, dots_of, escaped, sheet_of, sheets_of
from tests.labels.printer_server import PrinterServer, running_printer
from tests.labels.reading import codes, codes_in, printed, words

SHEETS = [(number, f"^XA^FDsheet {number}^FS^XZ".encode()) for number in range(1, 6)]


class Journal:
    """What was noted, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, Stage]] = []

    def note(self, number: int, stage: Stage) -> None:
        self.lines.append((number, stage))

    @property
    def done(self) -> list[int]:
        return [number for number, stage in self.lines if stage is Stage.DONE]


def run(server: PrinterServer, journal: Journal, patience: float = 5.0) -> None:
    with NetworkPrinter("127.0.0.1", server.port, patience) as printer:
        print_sheets(printer, SHEETS, journal.note, patience)


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_a_sheet_decoded_from_its_zpl_carries_the_codes_of_the_label(dpi: Dpi) -> None:
    labels = sample_labels(12)

    sheets = list(sheets_of(draw_labels(labels), Raster(dpi)))

    assert [codes_in(printed(sheet)) for sheet in sheets] == [{label.item_code, label.qr} for label in labels]


def test_the_same_page_makes_the_same_bytes_and_a_start_leaves_out_what_came_before() -> None:
    pdf = draw_labels(sample_labels(3))

    assert list(sheets_of(pdf, Raster())) == list(sheets_of(pdf, Raster()))
    assert list(sheets_of(pdf, Raster(), start=2)) == list(sheets_of(pdf, Raster()))[2:]


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_a_sheet_s_picture_is_the_one_that_zebrafy_makes(dpi: Dpi) -> None:
    (label,) = pypdfium2.PdfDocument(draw_labels(sample_labels(1)))
    dots = dots_of(label, Raster(dpi))

    expected = ZebrafyImage(dots, format="Z64", dither=False, complete_zpl=False).to_zpl()

    assert expected.strip() in sheet_of(dots, Raster(dpi)).decode()


def test_paper_that_lies_off_is_met_by_moving_the_picture_by_whole_dots() -> None:
    pdf = draw_labels(sample_labels(1))
    (straight,), (moved,) = sheets_of(pdf, Raster()), sheets_of(pdf, Raster(right=1.0, down=-0.5))

    before, after = printed(straight), printed(moved)

    assert after.crop((8, 0, 790, 1190)).tobytes() == before.crop((0, 4, 782, 1194)).tobytes()


def test_the_foot_tells_which_sheet_it_is() -> None:
    (sheet,) = sheets_of(draw_labels(sample_labels(1)), Raster(), feet=("BD-1 · 1/1",))

    assert "^FDBD-1 · 1/1^FS" in sheet.decode()


@given(st.text())
def test_no_text_can_start_a_command_on_the_printer(text: str) -> None:
    assert not set(escaped(text)) & set("^~\\\n\r\x02\x03")


def test_a_run_is_acknowledged_sheet_by_sheet() -> None:
    journal = Journal()
    with running_printer(seconds_a_sheet=0.01) as server:
        run(server, journal)

    assert server.printed == [sheet for _number, sheet in SHEETS]
    assert journal.lines == [(n, s) for n in range(1, 6) for s in (Stage.SENDING, Stage.RECEIVED, Stage.DONE)]


def test_a_jam_stops_the_run_at_the_spoiled_sheet_and_the_printer_forgets_it() -> None:
    journal = Journal()
    with running_printer(jam_at=3) as server:
        with pytest.raises(PrinterStopped) as stopped:
            run(server, journal)
        with NetworkPrinter("127.0.0.1", server.port) as printer:
            assert printer.status() == Status((Fault.PAPER_OUT,), held=0)

    assert stopped.value.faults == (Fault.PAPER_OUT,)
    assert (journal.done, journal.lines[-1]) == ([1, 2], (3, Stage.SPOILED))


@pytest.mark.parametrize("fault", [Fault.PAUSED, Fault.HEAD_OPEN])
def test_nothing_is_sent_to_a_printer_that_is_paused_or_open(fault: Fault) -> None:
    journal = Journal()
    with running_printer() as server:
        server.faults.add(fault)
        with pytest.raises(PrinterStopped, match=fault):
            run(server, journal)

    assert (journal.lines, server.came_in) == ([], 0)


def test_a_printer_that_goes_away_leaves_its_sheet_in_doubt() -> None:
    journal = Journal()
    with running_printer(vanish_at=4) as server, pytest.raises(PrinterAway):
        run(server, journal)

    assert (journal.done, journal.lines[-1]) == ([1, 2, 3], (4, Stage.SENDING))


def test_a_printer_that_holds_a_sheet_for_ever_is_not_waited_for_for_ever() -> None:
    journal = Journal()
    with running_printer(hold_at=2) as server, pytest.raises(PrinterAway):
        run(server, journal, patience=0.3)

    assert journal.lines[-1] == (2, Stage.DOUBTFUL)


def test_a_printer_that_falls_silent_is_told_apart_from_one_that_is_slow() -> None:
    with running_printer(mute_at=2) as mute, pytest.raises(PrinterAway, match="does not say"):
        run(mute, Journal(), patience=0.3)
    with running_printer(dribble=True, seconds_a_sheet=0.05) as slow:
        run(slow, Journal())

    assert len(slow.printed) == 5


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n" * 300, b"\x02\x03" * 3, b"\x02a,b\x03" * 3])
def test_something_else_on_that_port_is_sent_nothing(garbage: bytes) -> None:
    with running_printer(garbage=garbage) as server, pytest.raises(PrinterAway, match="ZPL"):
        run(server, Journal())

    assert server.came_in == 0


@given(st.binary(max_size=300))
def test_no_answer_however_strange_is_more_than_a_status_or_a_refusal(answer: bytes) -> None:
    with suppress(PrinterAway):
        assert read_status(answer).held >= 0


def test_where_nobody_listens_there_is_no_printer() -> None:
    with running_printer() as server:
        pass

    with pytest.raises(PrinterAway):
        NetworkPrinter("127.0.0.1", server.port, 1.0)


def test_a_file_takes_all_sheets_and_only_its_owner_reads_them(tmp_path: Path) -> None:
    journal, spool = Journal(), tmp_path / "labels.zpl"
    with FilePrinter(spool) as printer:
        print_sheets(printer, SHEETS, journal.note)

    assert spool.read_bytes() == b"".join(sheet for _number, sheet in SHEETS)
    assert spool.stat().st_mode & 0o077 == 0
    assert journal.done == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_the_calibration_page_carries_bars_of_whole_dots_and_begins_10_mm_from_the_edges(dpi: Dpi) -> None:
    (sheet,) = sheets_of(draw_calibration("counter-1", dpi), Raster(dpi))

    picture = printed(sheet)

    assert codes_in(picture) >= {calibration_code(dots) for dots in (2, 3, 4, 5)}
    left, top, _right, _bottom = ImageChops.invert(picture).getbbox() or (0, 0, 0, 0)
    assert (left, top) == pytest.approx((10 * dpi / 25.4, 10 * dpi / 25.4), abs=1.5)


@pytest.mark.parametrize("sheet", LAYOUTS.values(), ids=LAYOUTS)
def test_labels_for_a_printer_that_prints_off_are_moved_and_still_read(sheet: Sheet) -> None:
    labels = list(sample_labels(1))
    where_it_is, moved = (draw_labels(labels, sheet=sheet, shift=shift) for shift in ((0.0, 0.0), (2.0, -1.5)))

    assert codes(moved) == codes(where_it_is)
    boxes = [_ink(pdf) for pdf in (where_it_is, moved)]
    across, down = (after - before for before, after in zip(*boxes, strict=True))
    assert (across, down) == (pytest.approx(2.0, abs=0.2), pytest.approx(-1.5, abs=0.2))


@pytest.mark.parametrize("name", ["2", "4", "8"])
def test_the_calibration_page_of_a_sheet_shows_what_is_set_already(name: str) -> None:
    pages = [draw_sheet_calibration("quầy 1", LAYOUTS[name], shift=shift) for shift in ((0.0, 0.0), (3.0, 0.0))]

    (said,) = words(pages[0])
    assert "Khung nét đứt" in said
    assert pages[0] != pages[1]


def _ink(pdf: bytes) -> tuple[float, float]:
    """Where the first ink lies from the left and from the top of the first page, in mm."""
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=6).to_pil().convert("L")
    box = ImageChops.invert(picture).getbbox()
    assert box is not None
    return box[0] / 6 / 72 * 25.4, box[1] / 6 / 72 * 25.4
