"""What stands in a message: enough to know what happens, and nothing about what is inside, for whom, and where."""

import csv
from datetime import date, datetime, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.messages.wording import GSM, SMS_LENGTH, Facts, letter_of, words_of
from delivery.moments import VIETNAM
from delivery.rules.codes import ALPHABET
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.messages import Occasion

CODE = ALPHABET[7:24]
# Of the wards and communes in our table none has a longer name.
LONGEST_WARD = "Văn Miếu - Quốc Tử Giám"
LONGEST_SITE = "https://tannha.longbien.hanoi.gov.vn"
AT = datetime(2026, 11, 26, 10, 5, tzinfo=VIETNAM)


def facts(occasion: Occasion, **changes: object) -> Facts:
    site = changes.pop("site", LONGEST_SITE)
    given_ = {
        "ward": LONGEST_WARD, "office": f"Bộ phận Một cửa phường {LONGEST_WARD}",
        "office_address": "số 1 phố Quốc Tử Giám, Hà Nội", "office_phone": "1022", "link": f"{site}/tra-cuu?ma={CODE}",
        "happened_at": AT, "promised": date(2026, 11, 27), "today": AT.date(), "carrier": OWN_TEAM,
        "tracking_code": CODE, "was_promised": date(2026, 11, 26), "closed_for": "bão số 9",
    }  # fmt: skip
    return Facts(occasion=occasion, **{**given_, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("occasion", Occasion)
def test_each_message_fits_one_sms_with_the_way_to_the_tracking_page(occasion: Occasion, language: str) -> None:
    for one in (facts(occasion), facts(occasion, was_promised=None)):
        short = words_of(one, language).short

        assert len(short) <= SMS_LENGTH
        assert set(short) <= GSM
        assert one.link in short
        assert "{" not in short


def test_no_ward_that_we_know_has_a_longer_name() -> None:
    with (resources.files("delivery.places") / "data" / "units.csv").open(encoding="utf-8") as table:
        longest = max((row["name"] for row in csv.DictReader(table)), key=len)

    assert longest == LONGEST_WARD


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


settings_of = st.fixed_dictionaries({
    "ward": texts, "office": texts, "office_address": texts, "office_phone": texts, "closed_for": texts,
    "site": st.text(alphabet="abcdefgh-.", max_size=150).map("https://{}".format),
    "promised": st.integers(-400, 400).map(lambda days: AT.date() + timedelta(days=days)),
})  # fmt: skip


@given(st.sampled_from(Occasion), st.sampled_from(("vi", "en")), settings_of)
def test_whatever_stands_in_the_settings_an_sms_is_one_and_plain_and_a_mail_has_its_lines(
    occasion: Occasion, language: str, given_by_others: dict[str, object]
) -> None:
    one = facts(occasion, **given_by_others)
    words = words_of(one, language)

    assert len(words.short) <= SMS_LENGTH
    assert set(words.short) <= GSM - {"\n"}
    assert "\n" not in words.subject + words.long
    letter = letter_of(one, words, language, "https://x.vn/tin-nhan/abc")
    assert letter.endswith("https://x.vn/tin-nhan/abc\n")
    # Nothing in the settings begins a line that looks like the automatic end.
    assert letter.count("\n-- \n") == 1


def test_where_the_link_is_too_long_the_code_stands_in_its_place() -> None:
    short = words_of(facts(Occasion.MISSED, site=f"https://{'a' * 120}.vn"), "vi").short

    assert "https" not in short
    assert short.endswith("-".join(CODE[start : start + 4] for start in range(0, 17, 4)))


def test_a_day_that_has_passed_is_not_promised() -> None:
    late = words_of(facts(Occasion.UNDER_WAY, promised=date(2026, 11, 25)), "vi")

    assert "25/11" not in late.short + late.long
    assert "27/11" in words_of(facts(Occasion.UNDER_WAY), "vi").short


def test_a_letter_is_whole_and_polite() -> None:
    one = facts(Occasion.MOVED)
    words = words_of(one, "vi")

    assert words.subject == "Ngày hẹn trả kết quả đã dời"
    assert letter_of(one, words, "vi", "https://x.vn/tin-nhan/abc") == (
        "Kính gửi ông/bà,\n\n"
        "Kết quả của ông/bà hẹn trả ngày 26/11/2026, nay dời sang ngày 27/11/2026, vì bộ phận một cửa phải đóng cửa: "
        "bão số 9. Mong ông/bà thông cảm.\n\n"
        "Mã tra cứu: 789A-BCDE-FGHJ-KMNP-Q\n"
        f"Xem phong bì đang ở đâu, lúc nào cũng được: {one.link}\n\n"
        f"Bộ phận Một cửa phường {LONGEST_WARD}\nsố 1 phố Quốc Tử Giám, Hà Nội\n1022\n\n"
        "-- \nThư này gửi tự động, xin không trả lời.\n"
        "Không muốn nhận các thư này nữa: https://x.vn/tin-nhan/abc\n"
    )
