"""Online services: asked only where a setting names one, with as little as possible, and never believed blindly."""

import json
import logging
import socket
from datetime import timedelta
from typing import Any

import pytest

from delivery.errors import BadSetting
from delivery.geocoders.answers import Answer, AnswerBook
from delivery.geocoders.asking import ServiceSilent
from delivery.geocoders.chain import SILENT, Chain
from delivery.geocoders.online import ELSEWHERE, NOT_SURE, OnlineLine
from delivery.geocoders.services import SERVICES, Access
from delivery.geocoding import geocode
from delivery.places.fixes import Quality
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.rows import a_row
from tests.geocoders.conftest import MakeChain
from tests.geocoders.online import Known, OnlineGeocoder

BO_DE = "00118"
UNKNOWN_STREET = "Số 7 phố Mới Mở, phường Bồ Đề, Hà Nội"
THERE = Known(21.0459, 105.8738, "7 phố Mới Mở, Bồ Đề, Hà Nội")
IN_ANOTHER_CITY = Known(10.7769, 106.7009, "7 phố Mới Mở, Thành phố Hồ Chí Minh")


@pytest.mark.parametrize("name", list(SERVICES))
def test_every_service_answers_in_its_own_format_and_settles_an_unknown_street(
    name: str, chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    online.knows = THERE
    chain = chain_with(name)

    place = chain.place(chain.ask(UNKNOWN_STREET))

    assert (place.lat, place.lon, place.source, place.quality) == (21.0459, 105.8738, name, Quality.HOUSE)
    assert (place.new_ward_code, place.ask) == (BO_DE, False)
    assert 0 < (place.radius_m or 0) <= 120


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_street_without_the_house_is_a_street_with_its_reach(
    name: str, chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    online.knows = Known(21.0459, 105.8738, "phố Mới Mở, Bồ Đề", exact=False)
    chain = chain_with(name)

    place = chain.place(chain.ask(UNKNOWN_STREET))

    assert (place.quality, place.ask) == (Quality.STREET, False)
    assert 200 <= (place.radius_m or 0) <= 500


@pytest.mark.parametrize("name", list(SERVICES))
def test_an_answer_in_another_city_is_never_taken_for_ours(
    name: str, chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    online.knows = IN_ANOTHER_CITY
    chain = chain_with(name)
    question = chain.ask(UNKNOWN_STREET)

    place = chain.place(question)

    assert place.ask
    assert place.source != name
    assert ELSEWHERE in {note for answer in chain.answers(question) for note in answer.note}


@pytest.mark.parametrize("name", list(SERVICES))
def test_no_answer_leaves_the_question_to_a_person_and_is_remembered(
    name: str, chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    chain = chain_with(name)

    first = chain.place(chain.ask(UNKNOWN_STREET))
    again = chain.place(chain.ask(UNKNOWN_STREET))

    assert first.ask
    assert again == first
    assert len(online.asked) == 1


BAD_HABITS: dict[str, dict[str, Any]] = {
    "too many questions": {"status": 429, "retry_after": "30"},
    "broken inside": {"status": 500},
    "key refused": {"status": 403},
    "quota used up": {"status": 402},
    "sends us elsewhere": {"status": 302},
    "malformed": {"raw": b'[{"lat": "21'},
    "another format": {"raw": b'{"hello": ["world"]}'},
    "a list of nothing": {"raw": b"[null]"},
    "numbers that are none": {"raw": json.dumps([{"lat": "NaN", "lon": "Infinity", "display_name": "x"}]).encode()},
    "not text": {"raw": bytes(range(256))},
    "nested without end": {"raw": b"[" * 100_000},
    "far too long": {"raw": b" " * 2_000_000},
    "a byte a second": {"slow": 0.4},
}


@pytest.mark.parametrize("habit", list(BAD_HABITS))
def test_a_service_with_bad_habits_costs_nothing_but_its_answer(
    habit: str, chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    for name, value in BAD_HABITS[habit].items():
        setattr(online, name, value)
    chain = chain_with(seconds=0.8)

    place = chain.place(chain.ask(UNKNOWN_STREET))

    assert place.ask
    assert place.quality is Quality.WARD
    assert SILENT in place.note


def test_a_service_that_keeps_failing_is_left_alone(chain_with: MakeChain, online: OnlineGeocoder) -> None:
    online.status = 500
    chain = chain_with()

    for number in range(10):
        chain.place(chain.ask(f"Số 7 phố Mới Mở {number}, phường Bồ Đề, Hà Nội"))

    assert len(online.asked) == 3


def test_a_service_that_is_down_in_the_middle_of_a_batch_does_not_stop_it(
    service: Service, intake: Intake, chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    intake.rows(*(
        a_row(number, Địa_chỉ_nhận=f"Số {number} phố Mới Mở, phường Bồ Đề, Hà Nội", Vĩ_độ="", Kinh_độ="")
        for number in range(1, 9)
    ))  # fmt: skip
    online.knows = THERE
    chain = _failing_after(chain_with(), online, 3)

    counts = geocode(service.database, NOW, chain=chain)

    assert counts["house"] == 3
    assert counts["ward"] == counts["ask"] == 5


def _failing_after(chain: Chain, online: OnlineGeocoder, answers: int) -> Chain:
    """The chain to a service that breaks after some answers."""
    answer = online._answer

    def break_down(request: Any) -> None:
        if len(online.asked) >= answers:
            online.status = 503
        answer(request)

    online._answer = break_down  # type: ignore[method-assign]
    return chain


def test_only_the_street_leaves_the_house_and_nothing_of_it_stands_in_the_log(
    chain_with: MakeChain, online: OnlineGeocoder, caplog: pytest.LogCaptureFixture
) -> None:
    chain = chain_with()
    with caplog.at_level(logging.INFO):
        chain.place(chain.ask(
            "Bà Nguyễn Thị Thử, căn 1205, Số 7 phố Mới Mở gặp chị Hoa 0912 345 678 hoa@thu.vn, phường Bồ Đề, Hà Nội"
        ))  # fmt: skip

    assert online.asked == ["Số 7 phố Mới Mở, Bồ Đề, Hà Nội"]
    assert "Mới" not in caplog.text
    assert "geocode" not in caplog.text


def test_an_address_in_another_province_is_never_sent(chain_with: MakeChain, online: OnlineGeocoder) -> None:
    chain = chain_with()

    for address in (
        "12 Lê Lợi, Quận 1, TP Hồ Chí Minh",
        "5 Trần Phú, phường Hồng Gai, tỉnh Quảng Ninh",
        "9 Đội Cấn, Ba Đình, Hà Nội",
    ):
        assert chain.place(chain.ask(address)).ask

    assert online.asked == []


def test_a_house_that_the_map_knows_is_not_asked_about(chain_with: MakeChain, online: OnlineGeocoder) -> None:
    chain = chain_with()

    place = chain.place(chain.ask("Số 1 phố Thử, phường Bồ Đề, Hà Nội", 21.0455, 105.8760))

    assert place.source == "given"
    assert online.asked == []


def test_a_service_that_names_another_street_does_not_sharpen_what_the_map_knows(
    chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    address = "Số 18 Đoàn Khuê, phường Việt Hưng, Hà Nội"
    chain = chain_with()
    question = chain.ask(address)
    on_map = question.on_map
    assert on_map.lat is not None
    assert on_map.lon is not None
    online.knows = Known(on_map.lat + 0.0005, on_map.lon, "18 phố Khác Hẳn, Việt Hưng")
    wrong = chain.place(question)
    assert wrong == on_map

    online.knows = Known(on_map.lat + 0.0005, on_map.lon, "20 Đoàn Khuê, Việt Hưng")
    other = chain.ask(address.replace("18", "20"))

    assert chain.place(other).source == "nominatim"


def test_an_address_that_names_no_ward_is_not_settled_by_a_service_alone(
    chain_with: MakeChain, online: OnlineGeocoder
) -> None:
    online.knows = THERE
    chain = chain_with()
    question = chain.ask("Số 7 phố Mới Mở, Hà Nội")

    assert chain.place(question).ask
    assert NOT_SURE in {note for answer in chain.answers(question) for note in answer.note}


def test_without_the_setting_no_socket_is_opened(
    service: Service, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one thing that is watched from outside: whether anybody tries to connect or to look up a name."""
    intake.rows(a_row(1, Địa_chỉ_nhận=UNKNOWN_STREET, Vĩ_độ="", Kinh_độ=""))
    chain = service.geocoders()
    with service.database.read() as session:
        session.connection()  # the database's own line is open before we watch
    tried: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_named: tried.append(args))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_named: [tried.append(args)])  # type: ignore[func-returns-value]
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: tried.append(address))

    counts = geocode(service.database, NOW, chain=chain)
    nothing = [geocoder.geocode(UNKNOWN_STREET) for geocoder in chain.geocoders]

    assert counts["ask"] == 1
    assert nothing == [None, None, None]
    assert tried == []
    assert service.online is None


def test_with_the_setting_the_service_is_asked(database_url: str, service: Service, online: OnlineGeocoder) -> None:
    settings = Settings(
        home=service.settings.home, database_url=database_url, geocoder="pelias", geocoder_url=online.url,
        geocoder_per_second=100, _env_file=None,  # type: ignore[call-arg]
    )  # fmt: skip
    online.knows = THERE
    named = Service.from_settings(settings)
    try:
        chain = named.geocoders()

        assert chain.place(chain.ask(UNKNOWN_STREET)).source == "pelias"
        found = chain.geocoders[-1].geocode(UNKNOWN_STREET)
        assert found is not None
        assert found.raw["source"] == "pelias"
    finally:
        named.close()
    assert len(online.asked) == 1


@pytest.mark.parametrize(
    ("name", "url"), [("pelias", ""), ("google", ""), ("nominatim", "ftp://x"), ("photon", "nonsense")]
)
def test_settings_that_cannot_work_are_named(name: str, url: str) -> None:
    with pytest.raises(BadSetting, match="TANNHA_GEOCODER_"):
        OnlineLine(name, Access(url, "", 1), per_second=1)


def test_the_key_of_a_service_is_never_shown() -> None:
    settings = Settings(geocoder_key="sehr-geheim", _env_file=None)  # type: ignore[call-arg,arg-type]

    assert "sehr-geheim" not in repr(settings)


def test_answers_are_kept_without_the_question_and_grow_old(service: Service) -> None:
    book = AnswerBook(service.database)
    answer = Answer(21.0459, 105.8738, Quality.HOUSE, 40)
    book.keep_answer("photon", "7 phố Mới Mở", answer, NOW)
    book.keep_answer("photon", "8 phố Mới Mở", None, NOW)

    assert book.find("photon", "7 phố Mới Mở", NOW + timedelta(days=89)) == (True, answer)
    assert book.find("photon", "7 phố Mới Mở", NOW + timedelta(days=91)) == (False, None)
    assert book.find("pelias", "7 phố Mới Mở", NOW) == (False, None)
    assert book.find("photon", "8 phố Mới Mở", NOW + timedelta(days=6)) == (True, None)
    assert book.find("photon", "8 phố Mới Mở", NOW + timedelta(days=8)) == (False, None)
    assert book.clear(NOW + timedelta(days=100)) == 2


def test_nobody_listening_is_a_silent_service() -> None:
    line = OnlineLine("nominatim", Access("http://127.0.0.1:9", "", 1), per_second=1000)
    try:
        with pytest.raises(ServiceSilent):
            line.answer("7 phố Mới Mở", None)
    finally:
        line.close()
