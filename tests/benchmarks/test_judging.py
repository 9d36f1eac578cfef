"""What an answer is worth: right, asked, or silently wrong."""

import pytest

from benchmarks.addresses import Answer, Case, Truth
from benchmarks.addresses.judging import Outcome, by_kind, is_right_street, outcome, score

BO_DE, VIET_HUNG = "00118", "00127"
KNOWN = Case("264 Ngọc Thụy", Truth(frozenset({BO_DE}), "ngoc thuy", (21.05, 105.86)), ("number",))
SPLIT = Case("Tổ 3, P. Đức Giang, Q. Long Biên", Truth(frozenset({BO_DE, VIET_HUNG}), must_ask=True), ("ward alone",))
AWAY = Case("5 Nguyễn Văn Cừ, Quận 5, TP.HCM", Truth(frozenset()), ("elsewhere",))


@pytest.mark.parametrize(("case", "answer", "worth"), [
    (KNOWN, Answer(BO_DE), Outcome.RIGHT),
    (KNOWN, Answer(BO_DE, ask=True), Outcome.RIGHT),
    (KNOWN, Answer(VIET_HUNG), Outcome.WRONG),
    (KNOWN, Answer(VIET_HUNG, ask=True), Outcome.ASKED),
    (KNOWN, Answer(), Outcome.ASKED),
    (SPLIT, Answer(BO_DE), Outcome.WRONG),
    (SPLIT, Answer(BO_DE, ask=True), Outcome.RIGHT),
    (AWAY, Answer(BO_DE), Outcome.WRONG),
    (AWAY, Answer(BO_DE, ask=True), Outcome.ASKED),
    (AWAY, Answer("27259"), Outcome.RIGHT),
    (AWAY, Answer(ask=True), Outcome.RIGHT),
])  # fmt: skip
def test_an_answer_is_worth(case: Case, answer: Answer, worth: Outcome) -> None:
    assert outcome(case, answer) is worth


@pytest.mark.parametrize(
    "said", ["Ngọc Thụy", "ngoc thuy", "Đường Ngọc Thụy", "Ngõ 68 Ngọc Thụy", "ngách 68/5 phố Ngọc Thụy"]
)
def test_a_street_is_right_however_it_is_called(said: str) -> None:
    assert is_right_street(KNOWN, Answer(street=said))


def test_another_street_or_none_is_not_right() -> None:
    assert not is_right_street(KNOWN, Answer(street="Ngọc Lâm"))
    assert not is_right_street(KNOWN, Answer())


def test_a_score_counts_shares_and_metres() -> None:
    near = Answer(BO_DE, "ngoc thuy", (21.0509, 105.86), radius_m=150)
    far = Answer(VIET_HUNG, "ngoc lam", (21.06, 105.86), radius_m=50)
    got = score([KNOWN, KNOWN, KNOWN], [near, far, Answer(ask=True)])
    assert (got.right, got.wrong, got.asked) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert got.street == pytest.approx(1 / 3)
    assert got.placed == pytest.approx(2 / 3)
    assert got.median == pytest.approx((100 + 1112) / 2, rel=0.02)
    assert got.within == 0.5


def test_each_kind_is_scored_on_its_own() -> None:
    kinds = by_kind([KNOWN, AWAY], [Answer(BO_DE), Answer(BO_DE)])
    assert kinds["number"].right == 1
    assert kinds["elsewhere"].wrong == 1
