"""The district writes its letters in the browser, sees the printed page beside them, and can take everything back."""

import base64
import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from PIL import Image

from delivery.dispatch.letter_texts import Letter, Origin, words_of
from delivery.models import AuditEntry
from delivery.wiring import Service
from tests.labels.reading import words
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
BIRTH = "/thu-kem/1.001193/vi"
LETTER = Letter("1.001193", "vi")
PICTURE = re.compile(r'src="data:image/png;base64,([^"]+)"')


def text_now(service: Service) -> tuple[str, int]:
    with service.database.read() as session:
        found = words_of(session, service.settings.home, LETTER)
    return found.text, found.version


def pictures(page: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(found))) for found in PICTURE.findall(page)]


def test_all_procedures_are_listed_with_whose_words_go_out(logged_in: LogIn) -> None:
    page = logged_in("giamsat").get("/thu-kem").text

    assert page.count("/thu-kem/1.001193/") == 2
    assert "như bản giao kèm" in page
    assert "không có thư" in page


def test_a_letter_opens_with_its_text_and_with_the_page_as_it_will_be_printed(logged_in: LogIn) -> None:
    page = logged_in("giamsat").get(BIRTH).text

    assert LETTER.delivered.splitlines()[0] in page
    (picture,) = pictures(page)
    assert picture.width / picture.height == pytest.approx(148 / 210, abs=0.01)


def test_what_is_saved_holds_and_its_writer_is_on_the_page_and_in_the_book(service: Service, logged_in: LogIn) -> None:
    page = logged_in("giamsat").post(BIRTH, on=BIRTH, noi_dung="# Chào bé\r\n\r\nKính gửi {ten}", ban="0")

    assert page.status_code == 200
    assert text_now(service) == ("# Chào bé\n\nKính gửi {ten}\n", 1)
    assert "giamsat" in page.text.split('id="truoc-day"')[1]
    with service.database.read() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "wrote")).one()
    assert (entry.actor, entry.subject) == ("giamsat", "letter:1.001193.vi")


def test_mistakes_come_back_with_their_lines_and_the_typed_text_is_not_lost(service: Service, logged_in: LogIn) -> None:
    answer = logged_in("giamsat").post(BIRTH, on=BIRTH, noi_dung="# A\n\n<i>b</i>\n\n- {x}", ban="0")

    assert answer.status_code == 422
    assert "Dòng 3:" in answer.text
    assert "Dòng 5:" in answer.text
    assert "&lt;i&gt;b&lt;/i&gt;" in answer.text
    assert text_now(service) == (LETTER.delivered, 0)


def test_a_preview_keeps_nothing_and_greets_whom_one_likes(service: Service, logged_in: LogIn) -> None:
    writer = logged_in("giamsat")

    whole = writer.post(f"{BIRTH}/xem", on=BIRTH, noi_dung="Kính gửi {ten}", ten="Bà Hoa", ban="0").text
    paper = writer.post(f"{BIRTH}/ban-in", on=BIRTH, noi_dung="Kính gửi {ten}", ten="Bà Hoa")

    assert 'value="Bà Hoa"' in whole
    assert len(pictures(whole)) == 1
    assert paper.mimetype == "application/pdf"
    assert "Kính gửi Bà Hoa" in " ".join(words(paper.data)[0].split())
    assert text_now(service) == (LETTER.delivered, 0)


def test_while_one_types_only_the_preview_is_sent(logged_in: LogIn) -> None:
    writer = logged_in("giamsat")
    token = re.search(r'name="csrf_token" value="([^"]+)"', writer.get(BIRTH).text)
    assert token is not None

    def typed(text: str) -> str:
        data = {"csrf_token": token[1], "noi_dung": text, "ban": "0"}
        return writer.client.post(f"{BIRTH}/xem", data=data, headers={"HX-Request": "true"}).text

    assert "<html" not in typed("# A")
    assert len(pictures(typed("# A"))) == 1
    assert "Dòng 1:" in typed("<b>A</b>")
    assert "không có thư nào" in typed(" ")
    assert "20 trang" in typed("a\n\n" * 6000)


def test_an_earlier_text_and_the_delivered_one_are_one_click_away(service: Service, logged_in: LogIn) -> None:
    writer = logged_in("giamsat")
    writer.post(BIRTH, on=BIRTH, noi_dung="# Một", ban="0")
    writer.post(BIRTH, on=BIRTH, noi_dung="# Hai", ban="1")

    writer.post(f"{BIRTH}/lay-lai", on=BIRTH, ban="1")
    assert text_now(service) == ("# Một\n", 3)
    writer.post(f"{BIRTH}/lay-lai", on=BIRTH, ban="0")
    assert text_now(service) == (LETTER.delivered, 4)
    assert "notice bad" in writer.post(f"{BIRTH}/lay-lai", on=BIRTH, ban="77").text


def test_of_two_who_write_at_once_the_second_keeps_the_text_and_is_told(service: Service, logged_in: LogIn) -> None:
    writer = logged_in("giamsat")
    writer.post(BIRTH, on=BIRTH, noi_dung="# Một", ban="0")

    answer = logged_in("quantri").post(BIRTH, on=BIRTH, noi_dung="# Hai", ban="0")

    assert answer.status_code == 409
    assert "giamsat" in answer.text
    assert "# Hai" in answer.text
    assert text_now(service) == ("# Một\n", 1)


@pytest.mark.parametrize("username", ["bode", "kiemtoan"])
def test_who_speaks_for_one_ward_reads_and_does_not_write(username: str, service: Service, logged_in: LogIn) -> None:
    reader = logged_in(username)

    page = reader.get(BIRTH)
    assert page.status_code == 200
    assert "readonly" in page.text
    assert "/lay-lai" not in page.text
    for address in (BIRTH, f"{BIRTH}/xem", f"{BIRTH}/ban-in", f"{BIRTH}/lay-lai"):
        assert reader.post(address, on=BIRTH, noi_dung="# Hai", ban="0").status_code == 403
    assert text_now(service) == (LETTER.delivered, 0)


def test_the_public_and_forged_forms_get_nowhere(service: Service, logged_in: LogIn, anyone: Browser) -> None:
    assert anyone.get(BIRTH).location.startswith("/dang-nhap")
    forged = logged_in("giamsat").client.post(BIRTH, data={"noi_dung": "# Hai", "ban": "0"})

    assert forged.status_code == 400
    assert text_now(service) == (LETTER.delivered, 0)


def test_letters_that_there_cannot_be_are_not_there(logged_in: LogIn) -> None:
    writer = logged_in("giamsat")

    for address in ("/thu-kem/9.999999/vi", "/thu-kem/1.001193/fr", "/thu-kem/..%2fkeys/vi", "/thu-kem/%01/vi"):
        assert writer.get(address).status_code == 404
    assert writer.post(BIRTH, on=BIRTH, noi_dung="# Hai", ban="hai").status_code == 200


def test_a_file_that_is_no_text_is_named_and_breaks_no_page(service: Service, logged_in: LogIn) -> None:
    file = service.settings.home / "inserts" / "1.001193.vi.md"
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe")
    writer = logged_in("giamsat")

    assert "không đọc được" in writer.get("/thu-kem").text
    assert file.name in writer.get(BIRTH).text
    writer.post(BIRTH, on=BIRTH, noi_dung="# Từ trang", ban="0")
    with service.database.read() as session:
        assert words_of(session, service.settings.home, LETTER).origin is Origin.WARD
