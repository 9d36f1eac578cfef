"""The pages about notices: for administrators alone, with the secret once, and with nobody's data on them."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, NoticeEndpoint, NoticeSending
from delivery.moments import local, now
from delivery.rules.notice_sending import EndpointState, SendState
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.notices.conftest import Told
from tests.notices.receiver import Receiver, running_receiver
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
PAGE, NEW = "/thong-bao-mot-cua", "/thong-bao-mot-cua/moi"


@pytest.fixture
def told(service: Service, tmp_path: Path) -> Told:
    """A ward that may send to this machine; nothing has come in yet."""
    permits = service.settings.model_copy(update={"notice_plain_http": True})
    object.__setattr__(service, "settings", permits)
    return Told(Day(service, Intake(service.database, tmp_path)))


def added(administrator: Browser, receiver: Receiver) -> str:
    answer = administrator.post(NEW, on=NEW, ten="Một cửa Long Biên", dia_chi=receiver.url, van_phong="")
    receiver.secrets.append(re.findall(r"whsec_[\w+/=]+", answer.text)[0])
    return f"{PAGE}/1"


def test_an_administrator_adds_tries_and_sends_again_and_sees_no_citizen(told: Told, logged_in: LogIn) -> None:
    administrator = logged_in("quantri")
    with running_receiver() as receiver:
        one = added(administrator, receiver)
        assert receiver.secrets[0] not in administrator.get(one).text
        administrator.post(f"{one}/thu", on=one)
        told.more(1)
        told.notices()
        assert receiver.types == ["endpoint.ping", "result.taken_over"]

        page = administrator.get(one).text
        assert receiver.names[1] in page
        assert not [text for text in ("Người Thử", "H26.41.118-261120-0001", "0912345001") if text in page]
        administrator.post(f"{one}/gui-lai", on=one, thong_bao=receiver.names[1])
        told.notices()
        assert receiver.names[2] == receiver.names[1]
        since = f"{local(now() - timedelta(hours=1)):%Y-%m-%dT%H:%M}"
        assert "gửi lại 1 thông báo" in administrator.post(f"{one}/gui-lai", on=one, tu_luc=since).text
        assert "từ lúc nào" in administrator.post(f"{one}/gui-lai", on=one, tu_luc="hôm qua").text


def test_it_is_paused_resumed_moved_rotated_and_removed_and_the_book_knows(told: Told, logged_in: LogIn) -> None:
    administrator = logged_in("quantri")
    with running_receiver() as receiver, running_receiver() as other:
        one = added(administrator, receiver)
        administrator.post(f"{one}/tam-dung", on=one)
        told.more(1)
        told.notices()
        assert "tạm dừng: thông báo đang chờ" in administrator.get(PAGE).text
        rotated = administrator.post(f"{one}/khoa", on=one).text
        other.secrets.append(re.findall(r"whsec_[\w+/=]+", rotated)[0])
        assert "https" in administrator.post(f"{one}/dia-chi", on=one, dia_chi="http://10.0.0.1/").text
        administrator.post(f"{one}/dia-chi", on=one, dia_chi=other.url)
        administrator.post(f"{one}/tiep-tuc", on=one)
        told.notices()
        assert (receiver.names, len(other.results)) == ([], 1)
        told.more(2)
        administrator.post(f"{one}/tam-dung", on=one)
        told.notices()
        administrator.post(f"{one}/go", on=one)

    assert administrator.get(one).status_code == 404
    with told.service.database.read() as session:
        assert session.scalars(sa.select(NoticeEndpoint.state)).one() is EndpointState.REMOVED
        assert session.scalars(sa.select(NoticeSending.state).order_by(NoticeSending.id)).all()[-1] is SendState.DROPPED
        actors = set(session.scalars(sa.select(AuditEntry.actor).where(AuditEntry.subject == "endpoint:1")))
    assert actors == {"quantri"}


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"ten": "", "dia_chi": "https://203.162.4.191/"}, "đặt tên"),
        ({"ten": "Nội bộ", "dia_chi": "https://10.1.2.3/"}, "TANNHA_NOTICE_NETWORKS"),
        ({"ten": "Đám mây", "dia_chi": "https://169.254.169.254/latest"}, "TANNHA_NOTICE_NETWORKS"),
        ({"ten": "Máy này", "dia_chi": "https://[::ffff:127.0.0.1]/"}, "TANNHA_NOTICE_NETWORKS"),
        ({"ten": "Không mã hóa", "dia_chi": "http://203.162.4.191/"}, "https"),
        ({"ten": "Lạ", "dia_chi": "https://203.162.4.191/", "van_phong": "XX"}, "XX"),
        ({"ten": "Lạ", "dia_chi": "https://203.162.4.191/", "loai": "result.eaten"}, "result.eaten"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_added(
    form: dict[str, str], says: str, told: Told, logged_in: LogIn
) -> None:
    answer = logged_in("quantri").post(NEW, on=NEW, **form)

    assert answer.status_code == 422
    assert says in answer.text
    assert form["ten"] in answer.text
    with told.service.database.read() as session:
        assert session.scalars(sa.select(NoticeEndpoint)).all() == []


@pytest.mark.parametrize("username", ["bode", "giamsat", "kiemtoan"])
def test_nobody_but_an_administrator_has_business_here(username: str, logged_in: LogIn) -> None:
    somebody = logged_in(username)

    assert {somebody.get(page).status_code for page in (PAGE, NEW, f"{PAGE}/1")} == {403}
    assert PAGE not in somebody.get("/thiet-lap").text
