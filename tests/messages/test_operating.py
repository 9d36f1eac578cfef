"""Whoever runs the machine sees what is sent, what fails, and what to do about it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from delivery.doctor import Finding, examine
from delivery.moments import local, now
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.typed import typed
from tests.messages.conftest import Citizen, Telling
from tests.messages.servers import Gateway, Mailbox


def doctor(service: Service) -> Finding:
    return next(one for one in examine(service) if one.what == "Messages to citizens")


def test_the_doctor_is_content_where_nobody_is_to_be_told(telling: Telling) -> None:
    assert doctor(telling("")).ok


def test_the_doctor_names_each_channel_and_when_it_last_carried_something(
    telling: Telling, gateway: Gateway, mailbox: Mailbox, tmp_path: Path
) -> None:
    service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url=mailbox.url)
    Citizen.waits(service, tmp_path).send()
    found = doctor(service)

    assert found.ok
    assert f"SMS (Cổng thử · 127.0.0.1), lần gửi gần nhất {local(now()):%H:}" in found.says
    assert f"127.0.0.1:{mailbox.port}" in found.says


def test_a_mail_server_that_is_away_is_told_with_what_to_do(telling: Telling) -> None:
    found = doctor(telling("email", smtp_url="smtp://127.0.0.1:9"))

    assert not found.ok
    assert "không trả lời. Hãy sửa thiết lập, hoặc chờ" in found.says


def test_a_gateway_that_fails_is_told_with_since_when_and_why(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    gateway.habits.append("401")
    citizen.send()
    found = doctor(citizen.service)
    assert not found.ok
    assert "từ chối tài khoản" in found.says

    citizen.send()
    assert doctor(citizen.service).ok


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"sms_key": SecretStr("")}, "TANNHA_SMS_KEY"),
        ({"sms_gateway": "khong-co"}, "khong-co"),
        ({"public_url": ""}, "TANNHA_PUBLIC_URL"),
        ({"message_channels": "email", "smtp_url": ""}, "TANNHA_SMTP_URL"),
        ({"message_channels": "email", "smtp_url": "smtp://127.0.0.1", "mail_from": "x"}, "TANNHA_MAIL_FROM"),
    ],
)
def test_what_is_missing_in_the_settings_is_named(telling: Telling, settings: dict[str, object], names: str) -> None:
    service = telling("sms")
    found = doctor(Service(service.settings.model_copy(update=settings), service.database))

    assert not found.ok
    assert names in found.says


def test_settings_that_are_missing_lose_no_message(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway="khong-co"), tmp_path)
    citizen.send(2)
    assert len(citizen.open_jobs()) == 1

    settings = citizen.service.settings.model_copy(update={"sms_gateway": gateway.profile(tmp_path)})
    citizen.day.service = Service(settings, citizen.service.database)
    citizen.send()

    assert len(gateway.sent) == 1


@pytest.mark.parametrize("channels", ["fax", "sms,,pigeon", "SMS"])
def test_a_channel_that_does_not_exist_stops_the_start(channels: str) -> None:
    with pytest.raises(ValidationError):
        Settings(message_channels=channels, _env_file=None)  # type: ignore[call-arg]


def test_the_command_counts_a_day_for_people_and_for_machines(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()

    assert json.loads(typed(citizen.service, "messages", "--json").stdout) == [
        {"occasion": "under_way", "channel": "sms", "state": "sent", "why": None, "messages": 1}
    ]
    assert "sent" in typed(citizen.service, "messages").stdout
    yesterday = str(local(now()).date() - timedelta(days=1))
    assert "there was nothing to tell" in typed(citizen.service, "messages", "--day", yesterday).stdout
