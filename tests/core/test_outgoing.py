"""Requests to other systems: only https, only to addresses that may be reached, nothing followed, nothing waited for too long."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kam.core import outgoing
from kam.core.outgoing import Unreachable, checked_address, look_up, post, reachable
from kam.core.workflow import Denied
from tests.receiver import Receiver, free_port, make_authority


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"), "localhost")


@pytest.fixture
def receiver(certificates: tuple[Path, Path], settings: Any) -> Iterator[Receiver]:
    settings.OUTGOING_HOSTS, settings.OUTGOING_CA = ["localhost"], str(certificates[0])
    with Receiver(certificates[1]) as server:
        yield server


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name stand for these addresses; answers with the list of names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(name: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if name in addresses:  # the address itself, on the way to the connection
            return real(name, port, *more, **named)
        asked.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", answer)
    return asked


def test_a_body_arrives_with_its_headers_at_the_named_host(receiver: Receiver) -> None:
    receiver.answer = (201, {"X-Other": "1"}, b"thank\x00you")
    answer = post(receiver.address, b'{"a":1}', {"Content-Type": "application/json", "webhook-id": "7"})
    assert (answer.status, answer.text) == (201, "thankyou") and answer.seconds < outgoing.SECONDS
    request = receiver.taken[0]
    assert (request.path, request.body) == ("/kam?key=1", b'{"a":1}')
    assert request.headers["host"] == f"localhost:{receiver.server.server_port}"
    assert (request.headers["webhook-id"], request.headers["content-type"]) == ("7", "application/json")


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.answer = (302, {"Location": "https://localhost/elsewhere"}, b"")
    assert post(receiver.address, b"{}", {}).status == 302
    assert len(receiver.taken) == 1


def test_the_address_is_looked_up_once_and_pinned(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolve_to(monkeypatch, "127.0.0.1")
    assert post(receiver.address, b"{}", {}).status == 204
    assert asked == ["localhost"]


def test_a_certificate_of_nobody_or_for_another_name_is_refused(
    receiver: Receiver, settings: Any, certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTGOING_CA = ""
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(receiver.address, b"{}", {})
    settings.OUTGOING_CA, settings.OUTGOING_HOSTS = str(certificates[0]), ["other.example"]
    resolve_to(monkeypatch, "127.0.0.1")
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(receiver.address.replace("localhost", "other.example"), b"{}", {})
    assert receiver.taken == []


def test_a_private_address_is_not_reached_whatever_its_name(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTGOING_HOSTS = []
    for name in ("localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001"):
        with pytest.raises(Unreachable, match=r"private_address|unknown_host"):
            post(receiver.address.replace("localhost", name), b"{}", {})
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.7")
    with pytest.raises(Unreachable, match="private_address"):
        look_up("rebound.example", 443)
    assert receiver.taken == []


def test_services_of_a_cloud_are_reached_by_no_name(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTGOING_HOSTS = ["metadata.example"]
    resolve_to(monkeypatch, "169.254.169.254")
    with pytest.raises(Unreachable, match="private_address"):
        look_up("metadata.example", 443)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1", "224.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "2002:a00:1::1",
        "64:ff9b::a00:1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_nobodys_business(address: str) -> None:
    assert not reachable(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet(address: str) -> None:
    assert reachable(ipaddress.ip_address(address))


def test_nobody_waits_for_ever(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 0.5)
    receiver.answer, receiver.drip = (200, {}, b"x" * 600), 0.1
    with pytest.raises(Unreachable, match="no_answer"):
        post(receiver.address, b"{}", {})
    assert 0 < receiver.dripped < 600, "the rest was not waited for"


def test_an_answer_may_be_short(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.answer = (200, {}, b"x" * (outgoing.LARGEST_ANSWER + 1))
    with pytest.raises(Unreachable, match="too_long"):
        post(receiver.address, b"{}", {})
    receiver.answer = (200, {}, b"x" * outgoing.LARGEST_ANSWER)
    assert post(receiver.address, b"{}", {}).text == "x" * 300


def test_who_is_not_there_does_not_answer(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        post(f"https://localhost:{free_port()}/", b"{}", {})
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", _unknown)
    with pytest.raises(Unreachable, match="unknown_host"):
        post(receiver.address, b"{}", {})


def _unknown(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://example.com/", "not_https"),
        ("HTTPS://example.com/", "not_https"),
        ("ftp://example.com/", "not_https"),
        ("example.com", "not_https"),
        ("https://", "bad_address"),
        ("https://ada:secret@example.com/", "bad_address"),
        ("https://example.com/#part", "bad_address"),
        ("https://example.com:0/", "bad_address"),
        ("https://example.com:99999/", "bad_address"),
        ("https://exa mple.com/", "bad_address"),
        ("https://éxample.com/", "bad_address"),
        ("https://example.com/\r\nHost: x", "bad_address"),
        ("https://[::1/", "bad_address"),
        ("https://example.com/" + "x" * 500, "bad_address"),
        ("https://127.0.0.1/", "address_refused"),
        ("https://[::1]/", "address_refused"),
        ("https://10.0.0.1:8443/x", "address_refused"),
    ],
)
def test_addresses_that_are_not_even_kept(address: str, code: str) -> None:
    with pytest.raises(Denied) as refused:
        checked_address(address)
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, "url", 400)


def test_an_address_is_kept_as_it_is() -> None:
    assert checked_address(" https://example.com:8443/kam?x=1 ") == "https://example.com:8443/kam?x=1"
