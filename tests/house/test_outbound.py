"""The one way out: private addresses, changing DNS answers, redirects, huge and slow answers (lti.md §8)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from config.settings import Settings
from lti_tool.http import OutboundError, check_url, make_session
from lti_tool.sockets import address_is_public

PUBLIC = Settings(allow_private_network=False, lms_connect_seconds=1, lms_read_seconds=20)
PRIVATE = Settings(allow_private_network=True, lms_connect_seconds=20, lms_read_seconds=20)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def speaking(answer: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[float]]]:
    """A server on loopback → (port, the moments somebody connected)."""
    listening = socket.create_server(("127.0.0.1", 0))
    calls: list[float] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            calls.append(time.monotonic())
            threading.Thread(target=talk, args=(client,), daemon=True).start()

    def talk(client: socket.socket) -> None:
        with client:
            try:
                client.recv(65536)
                answer(client)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1], calls
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_such_address_is_public(address: str) -> None:
    assert not address_is_public(address)
    with speaking(lambda client: client.sendall(OK)) as (port, calls):
        session = make_session(PUBLIC, resolve=lambda _host, _port: [address])
        with pytest.raises(requests.ConnectionError):
            session.get(f"http://lms.example:{port}/")
        assert calls == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_addresses_of_the_open_internet(address: str) -> None:
    assert address_is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example/x",
        "ftp://lms.example/x",
        "file:///etc/passwd",
        "gopher://lms.example/",
        "//lms.example/x",
        "https://",
        "https:///x",
        "https://user@lms.example/",
        "https://user:word@lms.example/",
        "https://lms.example:word@127.0.0.1/",
        "https://lms.example:99999/",
        "https://lms.example:port/",
        "https://[::1/",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST:8443/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.8/",
    ],
)
def test_addresses_that_may_not_be_called_at_all(url: str) -> None:
    with pytest.raises(OutboundError) as refused:
        check_url(url, PUBLIC)
    assert refused.value.permanent


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost.", "0"])
def test_other_ways_to_write_loopback_end_at_the_connection(host: str) -> None:
    with speaking(lambda client: client.sendall(OK)) as (port, calls):
        with pytest.raises(requests.RequestException):
            make_session(PUBLIC).get(f"http://{host}:{port}/")
        assert calls == []


def test_a_dns_answer_that_changes_is_asked_for_once() -> None:
    """The first answer is checked and connected to; the second would be private, and is not used."""
    with speaking(lambda client: client.sendall(OK)) as (port, calls):
        answers = iter([["192.0.0.9"], ["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]])
        asked: list[str] = []

        def resolve(host: str, _port: int) -> list[str]:
            asked.append(host)
            return next(answers)

        session = make_session(PUBLIC, resolve=resolve)
        with pytest.raises(requests.RequestException):
            session.get(f"http://lms.example:{port}/")
        assert calls == [], "no retry reached the private address"
        assert asked[0] == "lms.example"


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with speaking(lambda client: client.sendall(OK)) as (port, calls):
        session = make_session(PUBLIC, resolve=lambda _host, _port: ["8.8.8.8", "127.0.0.1"])
        with pytest.raises(requests.ConnectionError):
            session.get(f"http://lms.example:{port}/")
        assert calls == []


def test_a_name_that_is_nobody() -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    for resolve in (nobody, lambda _host, _port: []):
        for settings in (PUBLIC, PRIVATE):
            with pytest.raises(requests.ConnectionError):
                make_session(settings, resolve=resolve).get("http://lms.example/")


def test_what_the_resolver_says_is_connected_to() -> None:
    with speaking(lambda client: client.sendall(OK)) as (port, calls):
        session = make_session(PRIVATE, resolve=lambda _host, _port: ["127.0.0.1"])
        assert session.get(f"http://lms.example:{port}/").json() == {}
        assert len(calls) == 1


def test_a_redirect_is_not_followed() -> None:
    with speaking(lambda client: client.sendall(OK)) as (inside, calls):

        def elsewhere(client: socket.socket) -> None:
            place = f"http://127.0.0.1:{inside}/secret"
            client.sendall(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())

        with speaking(elsewhere) as (port, _):
            answer = make_session(PRIVATE).get(f"http://localhost:{port}/")
        assert answer.status_code == 302
        assert calls == []


@pytest.mark.parametrize("place", [b"http://[", b"http://\xff\xfe/", b"http://a..b:x/"])
def test_a_redirect_that_leads_nowhere_is_an_answer_like_any_other(place: bytes) -> None:
    start = b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\nLocation: " + place
    with speaking(lambda client: client.sendall(start + b"\r\n\r\n{}")) as (port, _):
        assert make_session(PRIVATE).get(f"http://localhost:{port}/").status_code == 302


@pytest.mark.parametrize("start", [b"200 OK", b"302 Found\r\nLocation: http://elsewhere/"])
def test_a_huge_answer_is_cut_off(start: bytes) -> None:
    sent = 0

    def huge(client: socket.socket) -> None:
        nonlocal sent
        client.sendall(b"HTTP/1.1 " + start + b"\r\n\r\n")
        while sent < 100_000_000:
            sent += 65536
            client.sendall(b"x" * 65536)

    with speaking(huge) as (port, _):
        session = make_session(PRIVATE)
        session.max_bytes = 200_000
        with pytest.raises(OutboundError) as refused:
            session.get(f"http://localhost:{port}/")
        assert refused.value.code == "too_large"
        assert sent < 50_000_000, "it was read to its end"


# So many pieces, one after so many seconds: a minute, though a pause is never long enough to be a timeout.
DRIPS, DRIP_SECONDS = 1200, 0.05


def drip(start: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """An answer that never ends and never pauses for long enough to be a timeout."""

    def talk(client: socket.socket) -> None:
        client.sendall(start)
        for _ in range(DRIPS):
            client.sendall(piece)
            time.sleep(DRIP_SECONDS)

    return talk


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"), id="a header letter by letter"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), id="header by header"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n{", b" "), id="a body letter by letter"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), id="chunk by chunk"
        ),
    ],
)
def test_a_slow_answer_ends_with_the_deadline(answer: Callable[[socket.socket], None]) -> None:
    with speaking(answer) as (port, _):
        session = make_session(PRIVATE)
        session.total_seconds = 0.6
        started = time.monotonic()
        with pytest.raises(OutboundError) as refused:
            session.get(f"http://localhost:{port}/")
        assert refused.value.code == "too_slow"
        assert time.monotonic() - started < DRIPS * DRIP_SECONDS / 2, "it did not wait for the end"


def test_the_deadline_also_holds_on_a_connection_that_was_kept() -> None:
    def first_fast(client: socket.socket) -> None:
        client.sendall(OK)
        client.recv(65536)
        drip(b"HTTP/1.1 200 OK\r\n\r\n{", b" ")(client)

    with speaking(first_fast) as (port, calls):
        session = make_session(PRIVATE)
        assert session.get(f"http://localhost:{port}/").json() == {}
        session.total_seconds = 0.6
        with pytest.raises(OutboundError):
            session.get(f"http://localhost:{port}/")
        assert len(calls) == 1
