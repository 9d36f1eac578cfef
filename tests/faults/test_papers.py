"""Fault 28: the power goes while papers are written; what is printed twice is still handed over once."""

from pathlib import Path

import pypdfium2
import pytest
import sqlalchemy as sa

from delivery.dispatch.handover import Finding
from delivery.dispatch.printing import PAPERS
from delivery.failpoints import DIED
from delivery.models import Label, Printing
from delivery.rules.codes import qr_payload
from tests.delivery.rows import a_row
from tests.faults.house import ENVELOPES, House
from tests.faults.oracle import assert_sound


def labels(house: House) -> list[tuple[int, int]]:
    with house.service.database.read() as session:
        return [(label.consignment_id, label.version) for label in session.scalars(sa.select(Label).order_by(Label.id))]


def prints(house: House, folder: Path, failpoint: str = "") -> int:
    command = ("print", house.batch, "--out", str(folder), "--reason", "the power went")
    return house.start(*command, failpoint=failpoint).wait(120)


@pytest.mark.fault(28)
@pytest.mark.parametrize("place", ["after_pdf_tmp", "before_rename"])
def test_the_power_goes_while_papers_are_written_and_no_paper_is_half_a_paper(embedded: House, place: str) -> None:
    folder, before = embedded.home / "papers", labels(embedded)
    at = embedded.dice.randint(1, len(PAPERS))

    assert prints(embedded, folder, f"{place}:{at}") == DIED
    assert len(list(folder.glob("*.pdf"))) == at - 1
    for paper in folder.glob("*.pdf"):
        assert len(pypdfium2.PdfDocument(paper)) >= 1
    assert prints(embedded, folder) == 0

    assert {paper.name for paper in folder.glob("*.pdf")} == set(PAPERS)
    assert labels(embedded) == before
    with embedded.service.database.read() as session:
        copies = session.scalars(sa.select(sa.func.max(Printing.copy_no)).group_by(Printing.label_id)).all()
    # What was recorded before the power went counts as printed: perhaps somebody holds it.
    assert copies == [3] * ENVELOPES
    assert_sound(embedded)


@pytest.mark.fault(28)
def test_an_envelope_whose_label_was_printed_three_times_is_handed_over_once(house: House) -> None:
    house.submit_all()
    house.work_until_quiet()
    for _ in range(2):
        house.day().print("the printer swallowed it")
    codes = [qr_payload(c.reference, 1, house.service.seal) for c in house.consignments()]
    house.dice.shuffle(codes)

    outcome = house.day().hand_over([*codes, *codes, *codes])

    assert (len(outcome.accepted), len(outcome.already)) == (ENVELOPES, 2 * ENVELOPES)
    assert_sound(house)


@pytest.mark.fault(28)
def test_the_label_of_before_the_correction_opens_nothing(house: House) -> None:
    house.submit_all()
    house.work_until_quiet()
    first = house.of_dossier(1)
    house.intake().rows(a_row(1, Người_nhận="Người Khác Đến Lấy"))
    house.day().print("corrected")
    seal = house.service.seal

    refused = house.day().hand_over([qr_payload(first.reference, 1, seal)]).refused
    accepted = house.day().hand_over([qr_payload(first.reference, 2, seal)]).accepted

    assert refused == [(first.item_code, Finding.OLD_LABEL)]
    assert accepted == [first.item_code]
    assert_sound(house)
