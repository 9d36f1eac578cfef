"""Where notices may go: a house that calls wherever it is told must not call what only it can reach."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from delivery.errors import BadInput, BadSetting
from delivery.notices.line import NoticeLine
from delivery.rules.egress import METADATA, Address, Allowed, is_public
from delivery.rules.notice_sending import Fault
from delivery.settings import Settings
from tests.notices.conftest import Authority
from tests.notices.receiver import running_receiver

# RFC 6890 and what came after it, written down by hand and not taken from a library.
SPECIAL = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "192.88.99.0/24", "240.0.0.0/4",
    )
]  # fmt: skip
SPECIAL6 = [
    ip_network(text)
    for text in (
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "2001:db8::/32",
        "3fff::/20",
        "100::/64",
    )
]
special = st.sampled_from(SPECIAL).flatmap(lambda network: st.ip_addresses(network=network))
special6 = st.sampled_from(SPECIAL6).flatmap(lambda network: st.ip_addresses(network=network))


def disguises(address: IPv4Address) -> list[Address]:
    """Ways in which an IPv6 address leads to an IPv4 one."""
    number = int(address)
    return [
        IPv6Address(f"::ffff:{address}"), IPv6Address(number), IPv6Address(0x0064_FF9B << 96 | number),
        IPv6Address(0x0064_FF9B_0001 << 80 | number), IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x2001_0000 << 96 | (number ^ 0xFFFF_FFFF)),
    ]  # fmt: skip


@given(special)
def test_nothing_special_is_public_in_any_disguise(address: IPv4Address) -> None:
    assert not is_public(address)
    assert not any(is_public(disguise) for disguise in disguises(address))


@given(special6)
def test_nor_is_any_of_the_newer_kind(address: IPv6Address) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("text", ["8.8.8.8", "203.162.4.191", "2001:4860:4860::8888", "2400:cb00::1"])
def test_the_public_network_is_open(text: str) -> None:
    assert is_public(ip_address(text))


@given(special, st.sampled_from(["10.20.0.0/16", "192.168.7.0/24", "169.254.0.0/16"]))
def test_a_network_that_is_named_opens_itself_and_nothing_else(address: IPv4Address, network: str) -> None:
    allowed = Allowed.parse(network)

    for each in (address, IPv6Address(f"::ffff:{address}")):
        assert allowed.lets_through("motcua.example", each) is (address in ip_network(network))


@given(st.one_of(special, special6))
def test_a_host_that_is_named_opens_its_private_network_but_never_link_local_or_metadata(address: Address) -> None:
    allowed = Allowed.parse("motcua.noibo")
    assert not allowed.lets_through("khac.noibo", address)

    if address.is_link_local or address.is_multicast or address.is_unspecified:
        assert not allowed.lets_through("motcua.noibo", address)
    elif address not in METADATA:
        assert allowed.lets_through("MOTCUA.noibo.", address)


@pytest.mark.parametrize("address", sorted(METADATA, key=str))
def test_no_name_leads_to_the_metadata_of_a_cloud(address: Address) -> None:
    assert not Allowed.parse("motcua.noibo").lets_through("motcua.noibo", address)
    assert not Allowed().lets_through("motcua.noibo", address)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "a b", "http://x", "10.1.2.3/8", "-;-"])
def test_a_setting_that_is_no_list_of_hosts_and_networks_stops_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match="notice_networks"):
        Settings(notice_networks=text, _env_file=None)  # type: ignore[call-arg]


def a_line(**settings: object) -> NoticeLine:
    return NoticeLine.of(Settings(_env_file=None, **{"notice_seconds": 5.0, **settings}))  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Hãy viết địa chỉ"), ("motcua.example", "Hãy viết địa chỉ"), ("ftp://motcua.example", "Hãy viết địa chỉ"),
        ("https://", "Hãy viết địa chỉ"), ("https://a:b@motcua.example/", "mật khẩu"), ("https://x.vn/#y", "mật khẩu"),
        ("http://motcua.example/", "https"), ("http://127.0.0.1/", "https"), ("https://x.vn/" + "a" * 600, "Hãy viết"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_named(typed: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        a_line().read(typed)


def test_plain_http_is_for_this_machine_and_for_development_alone() -> None:
    line = a_line(notice_plain_http=True)

    assert line.read(" http://127.0.0.1:8099/x ") == "http://127.0.0.1:8099/x"
    with pytest.raises(BadInput, match="https"):
        line.read("http://10.0.0.1/x")
    assert a_line().post("http://127.0.0.1:9/x", b"{}", {}).fault is Fault.NOT_ALLOWED


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:{port}/", "https://localhost:{port}/", "https://[::ffff:127.0.0.1]:{port}/",
            "https://2130706433:{port}/", "https://0x7f.1:{port}/"]
)  # fmt: skip
def test_this_machine_is_not_called_by_any_of_its_names(url: str, authority: Authority) -> None:
    with running_receiver(certificate=authority.certificate) as receiver:
        line = a_line(notice_ca=authority.trusted)
        target = url.format(port=receiver.url.rpartition(":")[2].partition("/")[0])

        assert line.post(target, b"{}", {}).fault in {Fault.NOT_ALLOWED, Fault.UNREACHABLE}
        with pytest.raises(BadInput):
            line.check(target)
        assert (receiver.names, receiver.forged) == ([], 0)


def test_a_name_is_asked_once_and_the_place_that_was_judged_is_the_one_that_is_called(authority: Authority) -> None:
    """A name that leads to a right place when it is judged, and to another one right afterwards."""
    with running_receiver(certificate=authority.certificate, name="localhost") as receiver:
        answers = [[ip_address("127.0.0.1")], [ip_address("127.0.0.99")], [ip_address("8.8.8.8")]]
        line = replace(
            a_line(notice_ca=authority.trusted, notice_networks="127.0.0.1"),
            look_up=lambda *_asked: answers.pop(0),
        )
        assert line.post(receiver.url, b"{}", {"webhook-id": "x"}).status == 401
        assert len(answers) == 2
        assert receiver.forged == 1


def test_one_bad_place_among_good_ones_is_enough_to_call_none() -> None:
    line = replace(a_line(), look_up=lambda *_asked: [ip_address("203.162.4.191"), ip_address("169.254.169.254")])

    assert line.post("https://motcua.example/x", b"{}", {}).fault is Fault.NOT_ALLOWED


def test_tls_trusts_whom_it_should_and_verifies_the_name(authority: Authority) -> None:
    allowed = {"notice_networks": "127.0.0.0/8, ::1"}
    with running_receiver(certificate=authority.certificate, name="localhost") as receiver:
        trusting, doubting = a_line(notice_ca=authority.trusted, **allowed), a_line(**allowed)

        assert trusting.post(receiver.url, b"{}", {}).status == 401
        assert doubting.post(receiver.url, b"{}", {}).fault is Fault.UNREACHABLE
    with running_receiver(certificate=authority.certificate, name="127.0.0.2", host="127.0.0.2") as other:
        assert trusting.post(other.url, b"{}", {}).fault is Fault.UNREACHABLE


def test_a_file_of_certificates_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="TANNHA_NOTICE_CA"):
        a_line(notice_ca=tmp_path / "none.pem")
