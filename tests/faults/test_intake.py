"""Faults 25, 26 and 33: the one-stop system sends the same again, sends nonsense, or changes its mind."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import batch_due
from delivery.dispatch.handover import Finding
from delivery.geocoding import geocode
from delivery.models import Batch, CaseKind, Item, Result
from delivery.rules.codes import qr_payload
from delivery.tracking.closing import close_day
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW
from tests.delivery.rows import HEADER, a_row, file_of, line_of
from tests.faults.house import ENVELOPES, House
from tests.faults.oracle import assert_sound

ROWS = 40
CORRECTED = "Ngõ 7 phố Khác, phường Bồ Đề, Hà Nội"


def results(service: Service) -> list[tuple[str, int]]:
    with service.database.read() as session:
        return [(r.dossier_code, r.copy_no) for r in session.scalars(sa.select(Result).order_by(Result.dossier_code))]


def ways_to_write(folder: Path, rows: list[dict[str, str]], dice: random.Random) -> list[Path]:
    """The same rows as different offices, programmes and mishaps bring them."""
    shuffled = dice.sample(rows, len(rows))
    turned = [dict(reversed(row.items())) for row in rows]
    cut = dice.randint(1, len(rows) - 1)
    plain = file_of(folder / "export.csv", rows)
    windows = folder / "windows.csv"
    windows.write_bytes(plain.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    torn = folder / "torn.csv"
    torn.write_bytes(plain.read_bytes()[: dice.randint(len(plain.read_bytes()) // 3, len(plain.read_bytes()) - 5)])
    renamed = folder / "KẾT QUẢ (2).csv"
    renamed.write_bytes(plain.read_bytes())
    return [
        plain, renamed, windows, torn,
        file_of(folder / "shuffled.csv", shuffled),
        file_of(folder / "columns-turned.csv", turned),
        file_of(folder / "marked.csv", rows, encoding="utf-8-sig", separator=";"),
        file_of(folder / "first-part.csv", rows[:cut]),
        file_of(folder / "rest-and-more.csv", rows[max(0, cut - 3) :]),
    ]  # fmt: skip


@pytest.mark.fault(25)
def test_the_same_results_in_every_form_and_order_are_each_there_once(house: House) -> None:
    rows = [a_row(number) for number in range(1, ROWS + 1)]
    files = ways_to_write(house.home, rows, house.dice)
    house.dice.shuffle(files)
    intake = house.intake()

    reports = [intake.file(file) for file in files]

    found = results(house.service)
    assert len(found) == len(set(found)) == ROWS
    # The last line of the torn file may be a bad row or a shorter, good one; nothing else may be refused.
    assert sum(report.new for report in reports) == ROWS - ENVELOPES
    assert sum(report.bad for report in reports) <= 1
    assert_sound(house)


@pytest.mark.fault(26)
def test_a_poisoned_file_gives_up_its_good_rows_and_names_the_bad_ones(house: House) -> None:
    good = [a_row(number) for number in range(1, ROWS + 1)]
    poison = [
        line_of(a_row(901, Chủ_hồ_sơ="")),
        line_of(a_row(902, Ngày_có_kết_quả="30/02/2026")),
        ",".join(["x"] * 10_000),
        line_of(a_row(903, Số_điện_thoại="=HYPERLINK(1)")),
    ]
    lines = [*(line_of(row) for row in good), *poison]
    house.dice.shuffle(lines)
    path = house.home / "poisoned.csv"
    path.write_bytes("\r\n".join([",".join(HEADER), *lines, ""]).encode() + b"\xff\xfe\x80,\xc3\r\n")
    intake = house.intake()

    report = intake.file(path)

    assert len(results(house.service)) == ROWS
    assert (report.new, report.bad) == (ROWS - ENVELOPES, len(poison) + 1)
    named = {refused.row.line for refused in intake.refused}
    assert named >= {lines.index(line) + 2 for line in poison}
    assert_sound(house)


@pytest.mark.fault(33)
def test_a_correction_before_the_hand_over_recalls_the_label_and_asks(house: House) -> None:
    house.submit_all()
    house.work_until_quiet()
    first = house.of_dossier(1)

    house.intake().rows(a_row(1, Địa_chỉ_nhận=CORRECTED))
    seal = house.service.seal
    outcome = house.day().hand_over([qr_payload(c.reference, 1, seal) for c in house.consignments()])

    assert outcome.refused == [(first.item_code, Finding.OLD_LABEL)]
    with house.service.database.read() as session:
        kinds = {case.kind for case in open_cases(session)}
    assert CaseKind.CHANGED_AFTER_DISPATCH in kinds
    assert_sound(house)


@pytest.mark.fault(33)
def test_a_correction_after_the_hand_over_asks_and_makes_no_second_certificate(house: House) -> None:
    house.submit_all()
    house.work_until_quiet()
    house.day().hand_over()

    house.intake().rows(a_row(2, Địa_chỉ_nhận=CORRECTED, Vĩ_độ="", Kinh_độ=""))
    with house.service.database.write() as session:
        batch_due(session, DAY, NOW)

    with house.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Item)) == ENVELOPES
        assert session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 1
        assert [case.kind for case in open_cases(session)] == [CaseKind.CHANGED_AFTER_DISPATCH]
        assert close_day(session, DAY).balanced
    assert_sound(house)


@pytest.mark.fault(24)
def test_two_who_gather_the_same_day_at_the_same_moment_seal_each_result_once(house: House) -> None:
    house.intake().rows(*(a_row(number) for number in range(50, 70)))
    geocode(house.service.database, NOW)

    def think_it_over(*asked: Any) -> None:
        # Whoever has read the results takes its time: the others then read them too, if they can.
        if "FROM result" in asked[2] and "promised_date" in asked[2]:
            time.sleep(0.3)

    def gather(_number: int) -> None:
        with house.service.database.write() as session:
            batch_due(session, DAY, NOW)

    sa.event.listen(house.service.database.engine, "after_cursor_execute", think_it_over)
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(gather, range(4)))
    sa.event.remove(house.service.database.engine, "after_cursor_execute", think_it_over)

    with house.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Item)) == ENVELOPES + 20
        # Nothing of the first batch has left the house: what came late is in it.
        assert session.scalar(sa.select(sa.func.count()).select_from(Batch)) == 1
    assert_sound(house)
