"""The carrier's statement is compared with our books to the last envelope; each difference is asked about once."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook

from delivery.cases import open_cases
from delivery.errors import UnreadableFile
from delivery.models import Case, CaseKind
from delivery.rules.lifecycle import Fact
from delivery.tracking.settling import Account, Verdict, ask_about, settle_statement
from delivery.tracking.statement import read_statement
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row
from tests.delivery.test_reckoning import FEE, tell
from tests.delivery.typed import typed
from tests.labels.reading import words

HEADER = "Mã bưu gửi;Cước;Tiền thu hộ"
MONTH = date(2026, 11, 1)


@pytest.fixture
def day(service: Service, intake: Intake, tmp_path: Path) -> Day:
    """Five envelopes, two of them paid at the door; four are handed over."""
    with running_post(tmp_path / "home" / "sandbox") as post:
        settings = service.settings.model_copy(update={"ngsp_url": post.url})
        ready = Day(Service(settings, service.database), intake)
        paid = {"Người_trả_cước": "COD"}
        ready.import_and_place(a_row(1), a_row(2, **paid), a_row(3, **paid), a_row(4), a_row(5))
        ready.plan()
        ready.print()
        ready.submit()
    ready.hand_over(ready.item_codes()[:4])
    return ready


@pytest.fixture
def codes(day: Day) -> list[str]:
    """The four that were handed over and the one that was not, by item code."""
    return sorted(day.item_codes())


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "statement.csv"
    file.write_text("\n".join(["BƯU ĐIỆN HÀ NỘI;;", header, *rows, "Tổng cộng;999;0"]), encoding="utf-8")
    return file


def settle(day: Day, file: Path) -> dict[Verdict, list[Account]]:
    with day.service.database.write() as session:
        statement = read_statement(file, day.service.settings.home)
        accounts = settle_statement(session, statement, MONTH, "sandbox")
        ask_about(session, accounts, NOW)
    return {verdict: [each for each in accounts if each.verdict is verdict] for verdict in Verdict}


def handed_over(day: Day) -> Sequence[str]:
    return [c.item_code for c in day.consignments() if c.handed_over_in is not None]


def test_what_both_sides_say_agrees(day: Day, tmp_path: Path) -> None:
    found = settle(day, written(tmp_path, *(f"{code};26.000 đ;0" for code in handed_over(day))))

    assert len(found[Verdict.AGREED]) == 4
    assert [found[other] for other in Verdict if other is not Verdict.AGREED] == [[], [], []]
    with day.service.database.read() as session:
        assert CaseKind.STATEMENT not in {case.kind for case in open_cases(session)}


def test_each_kind_of_difference_is_named_and_asked_about_once(
    day: Day,
    tmp_path: Path,
    codes: list[str],
) -> None:
    first, second, third, missing = handed_over(day)
    (never,) = set(codes) - set(handed_over(day))
    rows = (
        f"{first};26000;0",
        f"{second};31.500;0",
        f"{third};26000;26000",
        f"{never};26000;0",
        "EE123456785VN;26000;0",
    )
    file = written(tmp_path, *rows)

    found = settle(day, file)
    settle(day, file)

    assert [each.item_code for each in found[Verdict.AGREED]] == [first]
    assert {each.item_code for each in found[Verdict.DIFFERS]} == {second, third, never}
    assert [each.item_code for each in found[Verdict.ONLY_OURS]] == [missing]
    assert [each.item_code for each in found[Verdict.ONLY_THEIRS]] == ["EE123456785VN"]
    with day.service.database.read() as session:
        cases = session.scalars(sa.select(Case).where(Case.kind == CaseKind.STATEMENT)).all()
    assert len(cases) == 5
    asked = next(case for case in cases if case.facts.get("item_code") == second)
    assert (asked.facts["postage_ours"], asked.facts["postage_theirs"]) == (FEE, 31_500)


def test_a_case_that_was_decided_is_not_asked_again_unless_the_amounts_change(
    day: Day,
    tmp_path: Path,
) -> None:
    others = [f"{code};26000;0" for code in handed_over(day)[1:]]
    settle(day, written(tmp_path, f"{handed_over(day)[0]};30000;0", *others))
    with day.service.database.write() as session:
        session.execute(sa.update(Case).values(closed_at=NOW, closed_by="huong", decision="the post is right"))

    settle(day, written(tmp_path, f"{handed_over(day)[0]};30000;0", *others))
    with day.service.database.read() as session:
        assert open_cases(session) == []
    settle(day, written(tmp_path, f"{handed_over(day)[0]};32000;0", *others))

    with day.service.database.read() as session:
        assert [case.facts["postage_theirs"] for case in open_cases(session)] == [32_000]


def test_money_is_expected_for_what_was_delivered_only(day: Day, tmp_path: Path) -> None:
    paid = next(c for c in day.consignments() if c.to_collect and c.handed_over_in is not None)
    others = [f"{code};26000;0" for code in handed_over(day) if code != paid.item_code]
    file = written(tmp_path, f"{paid.item_code};26000;26,000", *others)
    assert [each.item_code for each in settle(day, file)[Verdict.DIFFERS]] == [paid.item_code]

    tell(day, sorted(day.item_codes()).index(paid.item_code), Fact.COLLECTED, Fact.DELIVERED)

    assert settle(day, file)[Verdict.DIFFERS] == []


def test_good_rows_proceed_and_bad_rows_come_back_with_line_and_reason(day: Day, tmp_path: Path) -> None:
    first, second, *rest = handed_over(day)
    rows = (f"{first};26000;0", f"{second};viết tay;0", ";26000;0", f"{first};26000;0", *(f"{c};26000;0" for c in rest))
    errors = tmp_path / "errors.csv"

    done = typed(
        day.service, "reconcile", "statement", str(written(tmp_path, *rows)), "--month", "2026-11",
        "--errors", str(errors), "--json",
    )  # fmt: skip

    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert (said["agreed"], said["only_ours"]) == (3, 1)
    assert [bad["line"] for bad in said["bad"]] == [4, 5, 6]
    assert "row 3" in said["bad"][2]["reason"]
    assert "viết tay" in errors.read_text(encoding="utf-8-sig")


def test_columns_go_by_many_names_and_by_those_of_the_office(day: Day, tmp_path: Path) -> None:
    by_reference = [f"{c.reference};26000" for c in day.consignments() if c.handed_over_in is not None]
    own = written(tmp_path, *by_reference, header="Số CT của phường;Phải trả")
    with pytest.raises(UnreadableFile):
        settle(day, own)
    (day.service.settings.home / "statement.toml").write_text(
        'reference = ["Số CT của phường"]\npostage = ["Phải trả"]\n', encoding="utf-8"
    )

    assert len(settle(day, own)[Verdict.AGREED]) == 4
    (day.service.settings.home / "statement.toml").write_text("broken", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="statement"):
        settle(day, own)


def test_a_workbook_is_read_as_a_text_is(day: Day, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Số hiệu bưu gửi", "Tổng cước", "COD"])
    for code in handed_over(day):
        sheet.append([code, 26000, None])
    book.save(tmp_path / "statement.xlsx")

    assert len(settle(day, tmp_path / "statement.xlsx")[Verdict.AGREED]) == 4
    shown = typed(day.service, "reconcile", "statement", str(tmp_path / "statement.xlsx"), "--month", "2026-11")
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_the_comparison_is_written_as_pdf_and_as_workbook(day: Day, tmp_path: Path) -> None:
    first, *rest = handed_over(day)
    file = written(tmp_path, f"{first};31500;0", *(f"{code};26000;0" for code in rest))

    for name in ("bill.pdf", "bill.XLSX"):
        done = typed(
            day.service, "reconcile", "statement", str(file), "--month", "2026-11", "--out", str(tmp_path / name)
        )
        assert done.returncode == 1, done.stderr

    text = " ".join(" ".join(words((tmp_path / "bill.pdf").read_bytes())).split())
    assert "NOT AGREED: 1" in text
    assert first in text
    sheets = load_workbook(tmp_path / "bill.XLSX")
    listed = {str(row[0]) for row in sheets["Envelope by envelope"].iter_rows(min_row=2, values_only=True)}
    assert set(handed_over(day)) <= listed
    refused = typed(day.service, "reconcile", "statement", str(file), "--month", "2026-11", "--out", "bill.docx")
    assert "bill.docx" in refused.stderr
