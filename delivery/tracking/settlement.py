"""The carrier's statement against our books, ready for paper."""

from collections.abc import Sequence
from datetime import date, datetime

from delivery.i18n import current_language
from delivery.moments import local
from delivery.tracking.settling import Account
from delivery.tracking.statement import Statement
from labels.statement import Compared, Settlement, draw_settlement, settlement_workbook

SHEETS = {"pdf": draw_settlement, "xlsx": settlement_workbook}


def settlement_of(
    accounts: Sequence[Account], statement: Statement, month: date, carrier: str, at: datetime
) -> Settlement:
    """What came of comparing a statement of the month of that date, as known at `at`."""
    return Settlement(
        period=f"{month:%m/%Y}",
        moment=f"{local(at):%H:%M %d/%m/%Y}",
        carrier=carrier,
        envelopes=tuple(_compared(account) for account in accounts),
        bad=tuple((refused.row.line, refused.reason) for refused in statement.bad),
    )


def sheet_of(settlement: Settlement, kind: str) -> bytes:
    """The comparison in the reader's language, as one of SHEETS. Raises FontsMissing."""
    return SHEETS[kind](settlement, "en" if current_language() == "en" else "vi")


def _compared(account: Account) -> Compared:
    return Compared(
        item_code=account.item_code,
        dossier=account.dossier_code,
        side=account.verdict.value,
        postage_ours=account.ours.postage,
        postage_theirs=account.theirs.postage,
        collected_ours=account.ours.collected,
        collected_theirs=account.theirs.collected,
    )
