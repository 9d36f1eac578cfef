"""Files that come in are read in bounds or refused in words; files that go out are run by no spreadsheet."""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from delivery.errors import UnreadableFile
from delivery.intake.cells import as_meant, harmless
from delivery.intake.importing import Refused
from delivery.intake.refusals import RefusalFile
from delivery.intake.table import guess_table, open_table
from delivery.models import Role
from tests.delivery.rows import a_row, file_of
from tests.security.ground import PASSWORD, Ground
from web.people import add_staff

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1", "＋1", "－1",
            "＠x", "an toàn\n=1", "an toàn\r\n  +1", "\u200b=1", "\ufeff=1")  # fmt: skip
BEGINNINGS = "=+-@＝＋－＠"
BLANKS = " \t\r\u00a0\u200b\u200e\u2060\ufeff\u3000"


def is_run(cell: str) -> bool:
    """Whether a spreadsheet, or a reader that takes each line for a row, would run something of a cell."""
    lines = cell.replace("\r", "\n").split("\n")
    return any(line.lstrip(BLANKS)[:1] in set(BEGINNINGS) for line in lines) or cell[:1] in {"\t", "\r"}


def is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "").replace(",", "").isdigit()


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text_and_comes_back_as_it_was(text: str) -> None:
    assert is_run(text)
    assert not is_run(harmless(text))
    assert as_meant(harmless(text)) == text


@given(st.text(alphabet=[*BEGINNINGS, *BLANKS, "'", "\n", "a", "1", "ă", ";", ",", '"'], max_size=12))
def test_no_text_is_run_and_none_is_changed_by_going_out_and_coming_back(text: str) -> None:
    assume(as_meant(text) == text)  # an apostrophe that somebody typed before a formula cannot be told from ours

    assert not is_run(harmless(text))
    assert as_meant(harmless(text)) == text


@given(st.from_regex(r"\+84[0-9]{9}", fullmatch=True))
def test_a_telephone_with_its_plus_comes_back(phone: str) -> None:
    assert harmless(phone) == f"'{phone}"
    assert as_meant(harmless(phone)) == phone


def cells_of(content: bytes, kind: str) -> Iterator[str]:
    if kind == "csv":
        text = content.decode("utf-8-sig")
        separator = max(",;\t", key=text.count)
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield from row
        return
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f", cell.value
                if isinstance(cell.value, str) and not cell.quotePrefix:
                    yield cell.value


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("formula", ["=1+1", "an toàn\n=1", "＝1"])
def test_rows_that_are_given_back_are_run_by_nobody_nor_is_their_header(
    tmp_path: Path, kind: str, formula: str
) -> None:
    """Also columns that we do not know come back, under the names that they came with."""
    table = open_table(file_of(tmp_path / "in.csv", [{**a_row(1), formula: formula, "Ghi chú": formula}]))
    file = RefusalFile(table)
    for row in table.rows():
        file.add(Refused(row, f"{formula}: không hiểu"))
    file.write(tmp_path / f"out.{kind}")

    cells = list(cells_of((tmp_path / f"out.{kind}").read_bytes(), kind))
    assert len(cells) > 20
    assert not [cell for cell in cells if is_run(cell)]


@pytest.mark.parametrize(("address", "kind"), [("/so-lieu.csv", "csv"), ("/so-lieu.xlsx", "xlsx")])
def test_a_person_who_is_named_like_a_formula_is_a_name(ground: Ground, address: str, kind: str) -> None:
    with ground.service.database.write() as session:
        add_staff(session, "=ten-dang-nhap", "=HYPERLINK(1)", Role.AUDITOR, None, PASSWORD)
    ground.attacker("=ten-dang-nhap").ask("/phong-bi/1")

    answer = ground.attacker("kiem-toan").ask(address)

    assert answer.status_code == 200
    assert not [cell for cell in cells_of(answer.data, kind) if is_run(cell) and not is_number(cell)]


# What comes in.


def _far_cell(path: Path, column: int = 16_384) -> None:
    """One cell in the last corner: read as a whole sheet it would be half a terabyte."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.cell(1, 1, "Mã hồ sơ")
    sheet.cell(1_048_576, column, "x")
    book.save(path)


def _less_far_cell(path: Path) -> None:
    """One that a machine could hold, and nothing beside it: some three gigabytes."""
    _far_cell(path, 110)


def _sheet_of(path: Path, sheet: bytes) -> None:
    book = Workbook()
    book.save(path)
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as changed:
        for name, content in parts.items():
            changed.writestr(name, sheet if name.endswith("sheet1.xml") else content)


def _laughs(path: Path) -> None:
    """Entities of entities of entities: a billion letters in a kilobyte."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    _sheet_of(path, f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><worksheet xmlns="http://schemas.'
                    'openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
                    "&l9;</t></is></c></row></sheetData></worksheet>".encode())  # fmt: skip


def _outward(path: Path) -> None:
    """An entity that is a file of the machine's."""
    _sheet_of(path, b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet xmlns='
                    b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
                    b'<c r="A1" t="inlineStr"><is><t>&f;</t></is></c></row></sheetData></worksheet>')  # fmt: skip


def _liar(path: Path) -> None:
    """An archive that says it holds a kilobyte, and holds three gigabytes."""
    head = (b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
            b'<c r="A1" t="inlineStr"><is><t>')  # fmt: skip
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"a" * 2**24) + packer.flush(zlib.Z_FULL_FLUSH)
    _sheet_of(path, b"x")
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    packed = start + block * 192 + zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    with path.open("wb") as file:
        central = b""
        for name, content in parts.items():
            told = name.encode()
            raw, method = (packed, 8) if name.endswith("sheet1.xml") else (content, 0)
            size = 1000 if method else len(content)
            common = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, zlib.crc32(content), len(raw), size, len(told), 0)
            central += b"PK\1\2\x14\0" + common + struct.pack("<HHHII", 0, 0, 0, 0, file.tell()) + told
            file.write(b"PK\3\4" + common + told + raw)
        at = file.tell()
        file.write(central + b"PK\5\6\0\0\0\0" + struct.pack("<HHIIH", len(parts), len(parts), len(central), at, 0))


def _nested(path: Path) -> None:
    """An archive in an archive in an archive."""
    content = b"0" * 10_000_000
    for depth in range(4):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(10):
                archive.writestr(f"{depth}-{copy}.zip", content)
        content = packed.getvalue()
    path.write_bytes(content)


def _declared(path: Path) -> None:
    """Honest about being too much."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x", "w", force_zip64=True) as part,
    ):
        for _block in range(33):
            part.write(bytes(2**24))


def _old(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4096)


def _columns(path: Path) -> None:
    path.write_text("Mã hồ sơ,Chủ hồ sơ" + ",x" * 2_000_000 + "\n", encoding="utf-8")


def _quotes(path: Path) -> None:
    path.write_text('Mã hồ sơ,Chủ hồ sơ\n"' + '"",' * 500_000, encoding="utf-8")


def _encodings(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + "Mã hồ sơ".encode("utf-16-be") + b"\xd8\x00\xff" * 1000)


def _nothing(path: Path) -> None:
    path.write_bytes(b"\0" * 100_000)


BOMBS: dict[str, Callable[[Path], None]] = {
    bomb.__name__.strip("_"): bomb
    for bomb in (
        _far_cell,
        _less_far_cell,
        _laughs,
        _outward,
        _liar,
        _nested,
        _declared,
        _old,
        _columns,
        _quotes,
        _encodings,
        _nothing,
    )
}


# What a reader without bounds would go on to read, for as long as there is memory.
TOO_MUCH = frozenset({"far_cell", "less_far_cell", "declared"})


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_poisoned_file_is_refused_in_words_and_takes_nobody_with_it(tmp_path: Path, bomb: str) -> None:
    path = (
        tmp_path / "bomb.xlsx" if bomb not in {"columns", "quotes", "encodings", "nothing"} else tmp_path / "bomb.csv"
    )
    BOMBS[bomb](path)

    for read in (open_table, guess_table):
        try:
            table = read(path)
        except UnreadableFile as refused:
            # Some of them are tables of nothing, which is as good.
            assert ("quá nhiều" if bomb in TOO_MUCH else "bomb") in str(refused)  # noqa: PT017
        else:
            assert bomb not in TOO_MUCH | {"liar"}
            told = [cell for row in table.rows() for cell in row.cells]
            assert "root:" not in "".join(told)
            assert sum(map(len, told)) < 1_000_000


def test_a_supervisor_s_statement_that_is_a_bomb_does_not_end_the_web_server(ground: Ground, tmp_path: Path) -> None:
    """It is read while its giver waits, in the very process that serves everybody."""
    _far_cell(tmp_path / "bang-ke.xlsx")
    supervisor = ground.attacker("giam-sat")

    answer = supervisor.ask(
        "/doi-chieu", "POST", headers={"X-CSRFToken": supervisor.token}, follow_redirects=True,
        data={"bang_ke": (io.BytesIO((tmp_path / "bang-ke.xlsx").read_bytes()), "bang-ke.xlsx"), "thang": "2026-11"},
    )  # fmt: skip

    assert answer.status_code < 500
    assert "bang-ke.xlsx" in answer.text


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.csv", "a\0b.csv", "a\r\nX: y.csv", "<b>.csv", "x" * 5000]
)
def test_the_name_of_a_file_is_a_name_and_no_path(ground: Ground, name: str) -> None:
    clerk = ground.attacker("can-bo-o-day")

    clerk.ask(
        "/ket-qua/tep", "POST", headers={"X-CSRFToken": clerk.token},
        data={"tep": (io.BytesIO(b"a,b\n1,2\n"), name)},
    )  # fmt: skip

    page = clerk.ask("/ket-qua/tep").text
    assert "etc/" not in page
    assert "<b>.csv" not in page
    assert "x" * 200 not in page
