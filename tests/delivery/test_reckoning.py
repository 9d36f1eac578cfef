"""The sheets that are signed say what the books say: the same counts as closing the day, and the money beside them."""

import io
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from delivery.errors import NotNow
from delivery.models import Consignment, Item
from delivery.rules.codes import show_tracking_code
from delivery.rules.lifecycle import Fact
from delivery.tracking.closing import close_day
from delivery.tracking.events import Report, record
from delivery.tracking.reckoning import books_of_day, books_of_month
from delivery.wiring import Service
from labels.closing import Account, Books
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row
from tests.delivery.typed import typed
from tests.labels.reading import codes, words

FEE = 26_000


@pytest.fixture
def day(service: Service, intake: Intake, tmp_path: Path) -> Day:
    """Five envelopes, two of them paid at the door; four are handed over."""
    with running_post(tmp_path / "home" / "sandbox") as post:
        settings = service.settings.model_copy(update={"ngsp_url": post.url})
        ready = Day(Service(settings, service.database), intake)
        paid = {"Người_trả_cước": "COD"}
        ready.import_and_place(a_row(1), a_row(2, **paid), a_row(3, **paid), a_row(4), a_row(5))
        assert intake.reasons == []
        ready.plan()
        ready.print()
        ready.submit()
    ready.hand_over(ready.item_codes()[:4])
    return ready


def tell(day: Day, number: int, *facts: Fact) -> None:
    with day.service.database.write() as session:
        consignment = session.scalars(sa.select(Consignment).order_by(Consignment.item_code)).all()[number]
        for hour, fact in enumerate(facts, start=1):
            at = HANDED_OVER_AT + timedelta(hours=hour)
            record(session, consignment, Report(fact, "feed", f"{number}-{hour}", at), NOW)


def books(day: Day) -> Books:
    with day.service.database.read() as session:
        return books_of_day(session, DAY, NOW)


def test_the_days_sheet_counts_what_closing_the_day_counts(day: Day) -> None:
    tell(day, 0, Fact.COLLECTED, Fact.DELIVERED)
    tell(day, 1, Fact.COLLECTED, Fact.RETURNING, Fact.RETURNED)

    found = books(day)

    with day.service.database.read() as session:
        balance = close_day(session, DAY)
    counted = (len(found.accounts), found.count("delivered"), found.count("returned"), found.count("out"))
    assert counted == (balance.handed_over, balance.delivered, balance.returned, balance.still_out) == (4, 1, 1, 2)
    assert found.balanced
    assert balance.balanced
    assert sum(batch.count for batch in found.at_ward) == balance.at_ward == 1


def test_money_counts_as_collected_only_where_the_envelope_was_delivered(day: Day) -> None:
    paid_at_door = [at for at, account in enumerate(sorted(books(day).accounts, key=_code)) if account.to_collect]
    assert [account.to_collect for account in books(day).accounts].count(FEE) == len(paid_at_door)

    for at in range(4):
        tell(day, at, Fact.COLLECTED, Fact.DELIVERED if at == paid_at_door[0] else Fact.OUT_FOR_DELIVERY)

    found = books(day)
    assert sum(account.collected for account in found.accounts) == FEE
    assert sum(account.open for account in found.accounts) == FEE * (len(paid_at_door) - 1)
    assert sum(account.postage for account in found.accounts) == 4 * FEE


def _code(account: Account) -> str:
    return account.item_code


def test_contradicting_facts_turn_the_sheet_red_and_name_the_dossier(day: Day, tmp_path: Path) -> None:
    tell(day, 0, Fact.COLLECTED, Fact.DELIVERED, Fact.RETURNED)
    out = tmp_path / "sheet.pdf"

    done = typed(day.service, "close-sheet", "--day", "2026-11-25", "--out", str(out))

    assert done.returncode == 0, done.stderr
    assert "do not agree" in done.stdout
    text = " ".join(" ".join(words(out.read_bytes())).split())
    assert "NOT BALANCED: 1" in text
    assert "H26.41.118-261120-0" in text


def test_the_month_is_the_sum_of_its_days_as_pdf_and_workbook(day: Day, tmp_path: Path) -> None:
    pdf, book = tmp_path / "month.pdf", tmp_path / "month.XLSX"

    for out in (pdf, book):
        done = typed(day.service, "reconcile", "--month", "2026-11", "--out", str(out))
        assert done.returncode == 0, done.stderr

    assert "MONTHLY RECONCILIATION" in words(pdf.read_bytes())[0]
    sheets = load_workbook(io.BytesIO(book.read_bytes()))
    listed = [row[3] for row in sheets["Envelope by envelope"].iter_rows(min_row=2, values_only=True) if row[3]]
    assert sorted(str(code) for code in listed) == sorted(account.item_code for account in books(day).accounts)
    assert not any("Người Thử" in str(cell) for sheet in sheets for row in sheet.values for cell in row)


def test_other_months_have_no_batch_and_other_endings_are_refused(day: Day, tmp_path: Path) -> None:
    with day.service.database.read() as session, pytest.raises(NotNow, match="12/2026"):
        books_of_month(session, date(2026, 12, 31), NOW)
    with day.service.database.read() as session:
        assert len(books_of_month(session, date(2026, 11, 30), NOW).accounts) == 4

    done = typed(day.service, "reconcile", "--month", "2026-11", "--out", str(tmp_path / "month.docx"))
    assert done.returncode == 1
    assert "month.docx" in done.stderr
    assert typed(day.service, "reconcile", "--month", "13/2026", "--out", "x.pdf").returncode == 2


def test_an_appointment_slip_opens_the_page_of_its_envelope(service: Service, intake: Intake, tmp_path: Path) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1))
    early = typed(service, "appointment", "H26.41.118-261120-0001", "--out", str(tmp_path / "early.pdf"))
    day.plan()
    out = tmp_path / "slip.pdf"

    done = typed(service, "appointment", "H26.41.118-261120-0001", "--paper", "receipt", "--out", str(out))

    assert (early.returncode, done.returncode) == (1, 0), done.stderr
    assert "in no batch yet" in early.stderr
    with service.database.read() as session:
        tracking = session.scalars(sa.select(Item.tracking_code)).one()
    (read,) = codes(out.read_bytes())
    assert {code.partition("?ma=")[2] for code in read} == {tracking}
    text = "".join(words(out.read_bytes())[0].split()).replace("-", "")
    assert show_tracking_code(tracking).replace("-", "") in text
    assert "khaisinh" not in text
