"""A code from the phone after the password: who has both comes in, and who has only one of them does not."""

import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
import time_machine
from flask.sessions import SecureCookieSessionInterface

from delivery.database import Database
from delivery.errors import BadInput, NotNow
from delivery.models import AuditEntry, RecoveryCode, Role, Staff
from delivery.settings import Settings
from delivery.wiring import Service
from tests.web.conftest import PASSWORD, Browser
from tests.web.second_factor import PAGE, STEP, Phone, meet, scanned, set_up
from web import access
from web.access import User
from web.app import create_app
from web.people import add_staff, check_password, count_wrong
from web.second_factor import Vault, enrol, locked, new_secret, prove

LogIn = Callable[[str], Browser]
MORNING = datetime(2026, 11, 25, 1, 0, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still, ten seconds into a half minute."""
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def phone(clock: time_machine.Traveller, logged_in: LogIn) -> Phone:
    """The phone of the clerk of Bồ Đề, who has set it up a minute ago."""
    phone = set_up(logged_in("bode"))
    clock.shift(timedelta(minutes=1))
    return phone


def book(service: Service) -> list[tuple[str, str]]:
    with service.database.read() as session:
        return [(one.actor, one.action) for one in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]


def is_in(browser: Browser) -> bool:
    return browser.get("/dieu-phoi").status_code == 200


def test_without_a_second_factor_the_password_lets_in_as_before(logged_in: LogIn) -> None:
    assert is_in(logged_in("bode"))


def test_who_has_set_it_up_comes_in_with_password_and_code(phone: Phone, anyone: Browser) -> None:
    asked = anyone.log_in("bode")
    assert "Mã trên điện thoại" in asked.text
    assert 'autocomplete="one-time-code"' in asked.text
    assert not is_in(anyone)

    anyone.post(STEP, on=STEP, ma=phone.shows())

    assert is_in(anyone)


def test_a_code_may_be_pasted_with_the_space_that_phones_show(phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    code = phone.shows()

    anyone.post(STEP, on=STEP, ma=f" {code[:3]} {code[3:]} ")

    assert is_in(anyone)


def test_the_log_in_leads_to_the_page_that_was_asked_for(phone: Phone, anyone: Browser) -> None:
    anyone.post("/dang-nhap", username="bode", password=PASSWORD, tiep="/vu-viec?x=1")

    answer = anyone.post(STEP, on=STEP, ma=phone.shows())

    assert answer.request.full_path == "/vu-viec?x=1"


def test_and_nobody_is_sent_elsewhere_by_it(phone: Phone, anyone: Browser) -> None:
    anyone.post("/dang-nhap", username="bode", password=PASSWORD, tiep="//evil.example")

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).request.path == "/"


@pytest.mark.parametrize(("seconds", "enters"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_differ_by_one_half_minute_and_no_more(
    seconds: int, enters: bool, phone: Phone, anyone: Browser, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=1))
    anyone.log_in("bode")

    anyone.post(STEP, on=STEP, ma=phone.shows(seconds))

    assert is_in(anyone) is enters


def test_a_code_that_somebody_saw_is_worth_nothing_after_its_use(phone: Phone, browser: Callable[[], Browser]) -> None:
    owner, thief, code = browser(), browser(), phone.shows()
    for each in (owner, thief):
        each.log_in("bode")

    owner.post(STEP, on=STEP, ma=code)
    refused = thief.post(STEP, on=STEP, ma=code)

    assert is_in(owner)
    assert refused.status_code == 401
    assert not is_in(thief)


def test_nor_is_one_from_before_the_last_that_was_used(
    phone: Phone, browser: Callable[[], Browser], clock: time_machine.Traveller
) -> None:
    owner, thief, earlier = browser(), browser(), phone.shows()
    clock.shift(timedelta(seconds=30))
    for each in (owner, thief):
        each.log_in("bode")

    owner.post(STEP, on=STEP, ma=phone.shows())
    thief.post(STEP, on=STEP, ma=earlier)

    assert is_in(owner)
    assert not is_in(thief)


@pytest.mark.usefixtures("clock")
def test_the_code_that_set_it_up_opens_no_log_in(logged_in: LogIn, anyone: Browser) -> None:
    phone = set_up(logged_in("bode"))
    anyone.log_in("bode")

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).status_code == 401


@pytest.mark.usefixtures("phone", "day")
def test_half_way_in_every_page_is_as_closed_as_to_a_stranger(anyone: Browser) -> None:
    anyone.log_in("bode")
    every = [rule for rule in anyone.client.application.url_map.iter_rules() if rule.endpoint in access.PAGES]
    rules = [rule for rule in every if None not in access.PAGES[rule.endpoint]]
    token = re.search(r'name="csrf_token" value="([^"]+)"', anyone.get(STEP).text)
    assert token

    for rule in rules:
        address = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = anyone.client.open(address, method=method, data={"csrf_token": token[1]})
            # An address that is no such thing (a date "1") is refused before anybody is asked for.
            assert answer.status_code in {302, 404}, (rule, answer.status_code)
            assert answer.status_code == 404 or answer.location.startswith("/dang-nhap"), rule
            assert "Người Thử" not in answer.text
    assert len(rules) > 60


def test_the_page_for_the_code_is_nothing_to_who_has_shown_no_password(phone: Phone, anyone: Browser) -> None:
    assert anyone.get(STEP).location == "/dang-nhap"

    anyone.post(STEP, ma=phone.shows())

    assert not is_in(anyone)


def test_after_five_minutes_the_password_is_asked_for_again(
    phone: Phone, anyone: Browser, clock: time_machine.Traveller
) -> None:
    anyone.log_in("bode")
    clock.shift(timedelta(minutes=5))

    answer = anyone.post(STEP, on=STEP, ma=phone.shows())

    assert answer.request.path == "/dang-nhap"
    assert "Đã quá thời gian chờ" in answer.text
    assert not is_in(anyone)


def test_a_state_that_somebody_else_signed_is_no_state(service: Service, phone: Phone, anyone: Browser) -> None:
    stranger = create_app(service)
    stranger.secret_key = b"a key of their own"
    signer = SecureCookieSessionInterface().get_signing_serializer(stranger)
    assert signer is not None
    with service.database.read() as session:
        victim = session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()
    until = (MORNING + timedelta(hours=1)).timestamp()
    for forged in ({"half": {"id": User(victim).get_id(), "until": until, "following": ""}}, {"_user_id": "1:x"}):
        anyone.client.set_cookie("tannha", signer.dumps(forged))
        anyone.post(STEP, ma=phone.shows())
        assert not is_in(anyone)


def test_another_persons_number_in_the_state_does_not_fit_even_if_it_were_signed(
    service: Service, phone: Phone, anyone: Browser
) -> None:
    anyone.log_in("bode")
    with service.database.read() as session:
        other = session.scalars(sa.select(Staff).where(Staff.username == "giamsat")).one()
    with anyone.client.session_transaction() as state:
        state["half"] = {**state["half"], "id": f"{other.id}:{state['half']['id'].partition(':')[2]}"}

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).status_code == 401


def test_a_new_password_between_the_two_steps_ends_the_log_in(service: Service, phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    with service.database.write() as session:
        session.execute(sa.update(Staff).where(Staff.username == "bode").values(password_hash="$argon2id$other"))

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).status_code == 401


def test_an_account_closed_between_the_two_steps_stays_closed(service: Service, phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    with service.database.write() as session:
        session.execute(sa.update(Staff).where(Staff.username == "bode").values(active=False))

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).status_code == 401


def test_who_guesses_codes_soon_waits_and_the_right_code_waits_as_well(
    phone: Phone, anyone: Browser, clock: time_machine.Traveller
) -> None:
    anyone.log_in("bode")
    for _ in range(5):
        assert anyone.post(STEP, on=STEP, ma="000000").status_code == 401

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).status_code == 401
    assert anyone.log_in("bode").status_code == 401
    clock.shift(timedelta(minutes=1))
    anyone.log_in("bode")
    anyone.post(STEP, on=STEP, ma=phone.shows())
    assert is_in(anyone)


@pytest.mark.usefixtures("phone")
def test_the_right_password_does_not_wash_wrong_codes_away(service: Service, anyone: Browser) -> None:
    for _ in range(5):
        anyone.log_in("bode")
        anyone.post(STEP, on=STEP, ma="000000")

    assert anyone.log_in("bode").status_code == 401
    assert book(service).count(("bode", "wrong code")) == 5


def test_what_is_wrong_with_a_code_is_told_apart_by_nothing(phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    wrong = ("000000", "abc", phone.shows(-300), "abcd-efgh-jkmn-pqrs", phone.shows(300), "1", "999999")
    answers = {
        re.sub(r'name="csrf_token" value="[^"]+"', "", anyone.post(STEP, on=STEP, ma=code).text) for code in wrong
    }

    assert len(answers) == 1


def test_a_year_of_guessing_ends_in_a_pause_and_not_in_an_error(service: Service) -> None:
    with service.database.write() as session:
        clerk = session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()
        clerk.failed_logins = 9_000
        count_wrong(session, clerk, "log-in failed", MORNING)

        assert clerk.locked_until == MORNING + timedelta(hours=1)


def test_a_recovery_code_lets_in_once_and_in_any_writing(phone: Phone, browser: Callable[[], Browser]) -> None:
    first, second = browser(), browser()
    for each, code in ((first, phone.recovery[3].upper().replace("-", " ")), (second, phone.recovery[3])):
        each.log_in("bode")
        each.post(STEP, on=STEP, ma_du_phong=code)

    assert is_in(first)
    assert not is_in(second)
    assert "Còn 9 mã dự phòng" in first.get(PAGE).text


@pytest.mark.usefixtures("phone")
def test_a_recovery_code_of_somebody_else_opens_nothing(logged_in: LogIn, anyone: Browser) -> None:
    other = set_up(logged_in("viethung"))
    anyone.log_in("bode")

    assert anyone.post(STEP, on=STEP, ma_du_phong=other.recovery[0]).status_code == 401


def test_codes_and_secret_stand_nowhere_as_they_are(service: Service, phone: Phone) -> None:
    with service.database.read() as session:
        clerk = session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()
        hashes = session.scalars(sa.select(RecoveryCode.code_hash)).all()
        audited = [f"{entry.subject} {entry.facts}" for entry in session.scalars(sa.select(AuditEntry))]
    raw = b"".join(file.read_bytes() for file in Path(service.settings.home).glob("tannha.db*"))

    assert len(hashes) == 10
    assert clerk.second_factor is not None
    for known in (phone.secret, *phone.recovery, *(code.replace("-", "") for code in phone.recovery)):
        assert known.encode() not in raw
        assert not any(known in line for line in audited)


def test_a_sealed_secret_opens_for_its_person_and_with_its_key_only() -> None:
    secret, here = new_secret(), Vault.of(b"k" * 32)
    sealed = here.seal(7, secret)

    assert here.open(7, sealed) == secret
    assert here.open(8, sealed) is None
    assert Vault.of(b"l" * 32).open(7, sealed) is None
    assert here.open(7, b"") is None
    assert "kkk" not in repr(here)


def test_with_the_keys_lost_the_recovery_codes_still_let_in(service: Service, phone: Phone, anyone: Browser) -> None:
    with service.database.write() as session:
        clerk = session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()
        clerk.second_factor = Vault.of(b"another key of the home".ljust(32)).seal(clerk.id, phone.secret)
    anyone.log_in("bode")

    assert anyone.post(STEP, on=STEP, ma=phone.shows()).status_code == 401
    anyone.post(STEP, on=STEP, ma_du_phong=phone.recovery[0])
    assert is_in(anyone)


@pytest.mark.usefixtures("clock")
def test_setting_it_up_ends_the_log_ins_on_other_devices_and_not_the_own(service: Service, logged_in: LogIn) -> None:
    here, elsewhere = logged_in("bode"), logged_in("bode")

    set_up(here)

    assert is_in(here)
    assert not is_in(elsewhere)
    assert ("bode", "set up the second factor") in book(service)


@pytest.mark.usefixtures("clock")
def test_a_mistyped_code_keeps_the_picture_so_that_nobody_scans_twice(logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    phone = scanned(clerk.get(PAGE).text)

    wrong = clerk.post(PAGE, on=PAGE, mat_khau=PASSWORD, ma="000000", hinh=phone.picture)

    assert wrong.status_code == 422
    assert scanned(wrong.text).secret == phone.secret
    again = {"mat_khau": PASSWORD, "ma": phone.shows(), "hinh": scanned(wrong.text).picture}
    assert clerk.post(PAGE, on=PAGE, **again).status_code == 200


@pytest.mark.usefixtures("clock")
def test_a_picture_made_for_somebody_else_or_by_hand_sets_nothing_up(service: Service, logged_in: LogIn) -> None:
    theirs = scanned(logged_in("viethung").get(PAGE).text)
    clerk = logged_in("bode")

    for picture in (theirs.picture, theirs.secret, "00" * 40, "not hex", ""):
        form = {"mat_khau": PASSWORD, "ma": theirs.shows(), "hinh": picture}
        assert clerk.post(PAGE, on=PAGE, **form).status_code == 422
    with service.database.read() as session:
        assert session.scalar(sa.select(Staff.second_factor).where(Staff.username == "bode")) is None


@pytest.mark.usefixtures("clock")
def test_before_a_screen_left_open_nobody_brings_a_phone_of_their_own(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    phone = scanned(clerk.get(PAGE).text)

    for guess in ("", "mật khẩu khác", PASSWORD + " ", "x", "y"):
        form = {"mat_khau": guess, "ma": phone.shows(), "hinh": phone.picture}
        assert clerk.post(PAGE, on=PAGE, **form).status_code == 422
    # As at the log-in, whoever guesses soon waits, and the right one waits as well.
    right = clerk.post(PAGE, on=PAGE, mat_khau=PASSWORD, ma=phone.shows(), hinh=phone.picture)

    assert right.status_code == 422
    assert 'type="password" class="form-control" autocomplete="current-password"' in right.text
    assert PASSWORD not in right.text
    assert book(service).count(("bode", "wrong password")) == 5
    with service.database.read() as session:
        assert session.scalar(sa.select(Staff.second_factor).where(Staff.username == "bode")) is None


def test_neither_cookie_nor_address_shows_the_secret(logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    answer = clerk.get(PAGE)
    phone = scanned(answer.text)

    with clerk.client.session_transaction() as state:
        assert phone.secret not in str(dict(state))
    assert phone.secret not in phone.picture
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_picture_says_what_the_key_says_and_carries_no_style(logged_in: LogIn) -> None:
    page = logged_in("bode").get(PAGE).text

    assert "<svg" in page
    assert " style=" not in page
    assert "<script" not in page.split("<svg")[1].split("</svg>")[0]


def test_it_cannot_be_set_up_over_another_that_is_there(phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    anyone.post(STEP, on=STEP, ma=phone.shows())

    page = anyone.get(PAGE).text
    answer = anyone.post(PAGE, on=PAGE, mat_khau=PASSWORD, ma="000000")

    assert "<svg" not in page
    assert answer.status_code == 422
    assert "đã được thiết lập" in answer.text


def test_a_screen_left_alone_takes_no_second_factor_away(service: Service, phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    anyone.post(STEP, on=STEP, ma_du_phong=phone.recovery[0])

    for wrong in ("", "000000", phone.recovery[0]):
        assert anyone.post(f"{PAGE}/doi", on=PAGE, viec="bo", ma=wrong).status_code == 422
    assert book(service).count(("bode", "wrong code")) == 3

    anyone.post(f"{PAGE}/doi", on=PAGE, viec="bo", ma=phone.shows())
    assert is_in(anyone)
    assert ("bode", "took away the second factor") in book(service)


def test_a_form_that_asks_for_nothing_known_spends_no_code(phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")
    anyone.post(STEP, on=STEP, ma_du_phong=phone.recovery[0])

    assert anyone.post(f"{PAGE}/doi", on=PAGE, viec="x", ma=phone.shows()).status_code == 400
    assert anyone.post(f"{PAGE}/doi", on=PAGE, viec="ma-moi", ma=phone.shows()).status_code == 200


def test_taking_it_away_ends_the_other_log_ins_even_those_from_before_it_was_there(
    clock: time_machine.Traveller, logged_in: LogIn
) -> None:
    before = logged_in("bode")
    here = logged_in("bode")
    phone = set_up(here)
    clock.shift(timedelta(minutes=1))

    here.post(f"{PAGE}/doi", on=PAGE, viec="bo", ma=phone.shows())

    assert is_in(here)
    assert not is_in(before)
    assert is_in(logged_in("bode"))


def test_new_recovery_codes_make_the_earlier_ones_void(
    phone: Phone, anyone: Browser, browser: Callable[[], Browser], clock: time_machine.Traveller
) -> None:
    anyone.log_in("bode")
    anyone.post(STEP, on=STEP, ma=phone.shows())
    clock.shift(timedelta(minutes=1))

    page = anyone.post(f"{PAGE}/doi", on=PAGE, viec="ma-moi", ma=phone.shows()).text

    late = browser()
    late.log_in("bode")
    assert late.post(STEP, on=STEP, ma_du_phong=phone.recovery[0]).status_code == 401
    assert not set(phone.recovery) & set(re.findall(r"<code>([a-z2-9-]{19})</code>", page))


@pytest.mark.parametrize("address", [STEP, PAGE, f"{PAGE}/doi"])
def test_a_form_of_another_site_does_nothing(address: str, phone: Phone, anyone: Browser) -> None:
    anyone.log_in("bode")

    assert anyone.client.post(address, data={"ma": phone.shows(), "viec": "bo"}).status_code == 400


def test_of_two_who_use_the_same_code_at_the_same_moment_one_comes_in(database: Database) -> None:
    vault, secret = Vault.of(b"k" * 32), new_secret()
    with time_machine.travel(MORNING, tick=False):
        before, code = Phone(secret).shows(-30), Phone(secret).shows()
    with database.write() as session:
        staff = add_staff(session, "bode", "Bồ Đề", Role.SUPERVISOR, None, PASSWORD)
        enrol(session, vault, staff, secret, before, MORNING)
    both, inside = Barrier(2), Barrier(2)

    def comes_in(_thread: int) -> bool:
        both.wait(30)
        with database.write() as session:
            again = locked(session, staff.id)
            meet(inside)
            return again is not None and prove(session, vault, again, code, MORNING)

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(comes_in, range(2))) == [False, True]
    with database.read() as session:
        assert session.scalar(sa.select(Staff.failed_logins)) == 1


def test_wrong_codes_stay_counted_after_the_right_password(database: Database) -> None:
    vault, secret = Vault.of(b"k" * 32), new_secret()
    with time_machine.travel(MORNING, tick=False):
        with database.write() as session:
            staff = add_staff(session, "bode", "Bồ Đề", Role.SUPERVISOR, None, PASSWORD)
            enrol(session, vault, staff, secret, Phone(secret).shows(), MORNING)
            assert not prove(session, vault, staff, "000000", MORNING)
        assert check_password(database, "bode", PASSWORD, MORNING) is not None
    with time_machine.travel(MORNING, tick=False), database.write() as session:
        staff = session.scalars(sa.select(Staff)).one()
        assert staff.failed_logins == 1
        with pytest.raises(NotNow, match="đã được thiết lập"):
            enrol(session, vault, staff, secret, Phone(secret).shows(), MORNING)


def test_a_code_of_another_moment_sets_nothing_up(database: Database) -> None:
    secret = new_secret()
    with time_machine.travel(MORNING, tick=False), database.write() as session:
        staff = add_staff(session, "bode", "Bồ Đề", Role.SUPERVISOR, None, PASSWORD)
        with pytest.raises(BadInput, match="đúng giờ"):
            enrol(session, Vault.of(b"k" * 32), staff, secret, Phone(secret).shows(-60), MORNING)
        assert staff.second_factor is None


def _with(service: Service, word: str) -> Callable[[], Browser]:
    settings: Settings = service.settings.model_copy(update={"second_factor": word})
    app = create_app(Service(settings, service.database))
    return lambda: Browser(app.test_client())


@pytest.mark.usefixtures("day", "clock")
def test_where_it_is_required_nothing_else_opens_before_it_is_set_up(service: Service) -> None:
    clerk = _with(service, "required")()
    clerk.log_in("bode")

    for address in ("/dieu-phoi", "/ket-qua", "/vu-viec", "/so-lieu"):
        assert clerk.get(address).location == PAGE
    assert "Đơn vị yêu cầu" in clerk.get(PAGE).text
    assert clerk.get("/tra-cuu").status_code == 200
    set_up(clerk)
    assert is_in(clerk)


def test_where_it_is_required_who_lacks_it_may_still_log_out(service: Service) -> None:
    clerk = _with(service, "required")()
    clerk.log_in("bode")

    assert clerk.post("/dang-xuat", on=PAGE).status_code == 200
    assert clerk.get("/dieu-phoi").location.startswith("/dang-nhap")


def test_where_it_is_off_nobody_new_sets_it_up_and_who_has_it_is_asked_and_can_end_it(
    service: Service, phone: Phone, clock: time_machine.Traveller
) -> None:
    browser = _with(service, "off")
    other, owner = browser(), browser()
    other.log_in("viethung")
    assert other.get(PAGE).status_code == 404
    assert PAGE not in other.get("/dieu-phoi").text

    owner.log_in("bode")
    assert not is_in(owner)
    owner.post(STEP, on=STEP, ma=phone.shows())
    clock.shift(timedelta(minutes=1))
    answer = owner.post(f"{PAGE}/doi", on=PAGE, viec="bo", ma=phone.shows())
    assert answer.status_code == 200
    assert is_in(owner)


def test_a_log_in_from_before_this_version_goes_on(service: Service) -> None:
    # What is remembered of an account without a second factor is what it was: an upgrade logs nobody out.
    with service.database.read() as session:
        clerk = session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()
    assert access.fingerprint(clerk) == hashlib.sha256(clerk.password_hash.encode()).hexdigest()[:16]


def test_the_last_log_in_is_written_down_when_it_is_complete(
    service: Service, phone: Phone, anyone: Browser, clock: time_machine.Traveller
) -> None:
    def last() -> datetime | None:
        with service.database.read() as session:
            return session.scalar(sa.select(Staff.last_login_at).where(Staff.username == "bode"))

    before = last()
    clock.shift(timedelta(hours=2))
    anyone.log_in("bode")
    assert last() == before
    anyone.post(STEP, on=STEP, ma=phone.shows())
    assert last() == MORNING + timedelta(hours=2, minutes=1)
