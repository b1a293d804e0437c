"""A connection of one's own: asked ahead, by the same rules, and given up without a fuss."""

from __future__ import annotations

import gzip
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from config.settings import Settings
from lti_tool.http import OutboundError, OutboundSession, make_session
from lti_tool.line import Line, LineLost
from tests.sync.mailbox import make_certificate

SETTINGS = Settings(allow_private_network=True, lms_connect_seconds=20, lms_read_seconds=20)
Talk = Callable[[socket.socket, list[bytes]], None]


def full(body: bytes, more: bytes = b"") -> bytes:
    """A whole answer."""
    return b"HTTP/1.1 200 OK\r\n" + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


@contextmanager
def speaking(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback that talks to whoever connects → (port, the requests it heard)."""
    listening = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(client,), daemon=True).start()

    def one(client: socket.socket) -> None:
        try:
            if tls is not None:
                client = tls.wrap_socket(client, server_side=True)
            with client:
                talk(client, heard)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1], heard
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def saying(*answers: bytes) -> Talk:
    """These, one to each request of a connection; then it hangs up."""

    def talk(client: socket.socket, heard: list[bytes]) -> None:
        for answer in answers:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                found = client.recv(65536)
                if not found:
                    return
                request += found
            heard.append(request)
            client.sendall(answer)

    return talk


def line_to(
    port: int, *, scheme: str = "http", host: str = "127.0.0.1", session: OutboundSession | None = None
) -> tuple[Line, str]:
    """(A line, an address there), like a request with a token."""
    url = f"{scheme}://{host}:{port}"
    session = session or make_session(SETTINGS)
    like = session.prepare_request(requests.Request("GET", url, headers={"Authorization": "Bearer t"}))
    return Line(session, like), url


def test_what_is_asked_ahead_is_on_one_connection_with_the_same_headers() -> None:
    with speaking(saying(full(b"one"), full(b"two", b"Link: <x>\r\n"))) as (port, heard):
        line, url = line_to(port)
        line.ask(url + "/a?page=1&b[]=%C3%BC")
        first = line.answer()
        line.ask(url + "/a?page=2")
        second = line.answer()
        line.close()
    assert (first.status_code, first.content, second.content) == (200, b"one", b"two")
    assert second.headers["link"] == "<x>"
    assert [request.split(b"\r\n")[0] for request in heard] == [
        b"GET /a?page=1&b[]=%C3%BC HTTP/1.1",
        b"GET /a?page=2 HTTP/1.1",
    ]
    for request in heard:
        assert b"Authorization: Bearer t" in request
        assert b"User-Agent: personal-plans" in request
        assert b"Host: 127.0.0.1:%d" % port in request


def here(_host: str, _port: int) -> list[str]:
    """Whatever it is called, it is this machine."""
    return ["127.0.0.1"]


@pytest.mark.parametrize(
    ("host", "said"),
    [("[2001:db8::7]", "[2001:db8::7]"), ("münchen.example", "xn--mnchen-3ya.example")],
    ids=["a number in brackets", "a name with an umlaut"],
)
def test_a_host_is_called_as_in_an_ordinary_request(host: str, said: str) -> None:
    with speaking(saying(full(b"1"), full(b"2"))) as (port, heard):
        session = make_session(SETTINGS, resolve=here)
        line, url = line_to(port, host=host, session=session)
        session.get(url + "/moodle/x")
        line.ask(url + "/moodle/y?page=2")
        assert line.answer().content == b"1", "a connection of its own"
        line.close()
    for request, path in zip(heard, (b"/moodle/x", b"/moodle/y?page=2"), strict=True):
        assert request.startswith(b"GET " + path)
        assert f"\r\nHost: {said}:{port}\r\n".encode() in request


@pytest.mark.parametrize(
    "answer",
    [
        full(gzip.compress(b"[1]"), b"Content-Encoding: gzip\r\n"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1]",
    ],
    ids=["packed", "in chunks", "to the end"],
)
def test_every_way_to_send_a_body_is_read_to_its_end(answer: bytes) -> None:
    with speaking(saying(answer) if b"close" in answer else saying(answer, answer)) as (port, _heard):
        line, url = line_to(port)
        for _again in range(2):  # the last kind connects anew
            line.ask(url + "/x")
            assert line.answer().json() == [1]
        line.close()


@pytest.mark.parametrize(
    "talk",
    [saying(), saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), saying(b"SSH-2.0-x\r\n\r\n")],
    ids=["silence", "half of it", "something else"],
)
def test_what_comes_to_nothing_is_left_to_the_ordinary_way(talk: Talk) -> None:
    with speaking(talk) as (port, _heard):
        line, url = line_to(port)
        with pytest.raises(LineLost):
            line.ask(url + "/x")
            line.answer()
        assert line.socket is None


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/ü"], ids=["blank", "line", "umlaut"])
def test_an_address_that_is_none_is_not_sent(path: str) -> None:
    with speaking(saying(full(b"x"))) as (port, heard):
        line, url = line_to(port)
        with pytest.raises(LineLost):
            line.ask(url + path)
        line.close()
    assert all(b"X: y" not in request for request in heard)


def test_what_was_said_without_being_asked_is_no_answer() -> None:
    """A server tired of waiting says so and hangs up; that is not what the next request gets."""

    def tired(client: socket.socket, heard: list[bytes]) -> None:
        first = not heard
        saying(full(b"one" if first else b"two"))(client, heard)
        if first:
            first_read.wait(60)
            client.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    first_read = threading.Event()
    with speaking(tired) as (port, heard):
        line, url = line_to(port)
        line.ask(url + "/a")
        first = line.answer()
        first_read.set()
        assert line.socket is not None
        select.select([line.socket], [], [], 60)
        line.ask(url + "/b")
        second = line.answer()
        line.close()
    assert [(one.status_code, one.content) for one in (first, second)] == [(200, b"one"), (200, b"two")]
    assert len(heard) == 2


def test_what_a_server_asks_to_be_told_again_is_told_again() -> None:
    """Those that hand out work by cookie give each of us to one machine."""
    answers = [full(b"x", b"Set-Cookie: who=%d; Path=/\r\n" % n) for n in (1, 2, 3)]
    with speaking(saying(*answers)) as (port, heard):
        line, url = line_to(port)
        for page in range(3):
            line.ask(f"{url}/{page}")
            line.answer()
        line.close()
    assert b"Cookie" not in heard[0]
    assert b"Cookie: who=1\r\n" in heard[1]
    assert b"Cookie: who=2\r\n" in heard[2]


def test_a_huge_answer_is_cut_off_also_where_it_was_packed_small() -> None:
    packed = gzip.compress(b"0" * 10_000_000)
    with speaking(saying(full(packed, b"Content-Encoding: gzip\r\n"))) as (port, _heard):
        session = make_session(SETTINGS)
        session.max_bytes = 100_000
        line, url = line_to(port, session=session)
        line.ask(url + "/x")
        with pytest.raises(OutboundError) as caught:
            line.answer()
    assert caught.value.code == "too_large"


def test_nobody_speaking_is_waited_for_once() -> None:
    asked = threading.Event()

    def silent(client: socket.socket, heard: list[bytes]) -> None:
        heard.append(client.recv(65536))
        asked.set()
        threading.Event().wait(60)

    with speaking(silent) as (port, heard):
        session = make_session(SETTINGS, read_seconds=0.2)
        line, url = line_to(port, session=session)
        line.ask(url + "/x")
        with pytest.raises(requests.Timeout):
            line.answer()
        assert asked.wait(60)
        assert len(heard) == 1


def test_a_certificate_must_be_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = make_certificate(tmp_path, "lms.example")
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(own.chain))
    with speaking(saying(full(b"x")), own.server_side()) as (port, heard):
        session = make_session(SETTINGS, resolve=here)
        line, url = line_to(port, scheme="https", host="lms.example", session=session)
        line.ask(url + "/x")
        assert line.answer().content == b"x"
        line, url = line_to(port, scheme="https", host="other.example", session=session)
        with pytest.raises(LineLost):
            line.ask(url + "/x")
    assert len(heard) == 1


def test_a_name_that_leads_elsewhere_by_now_is_not_followed() -> None:
    """The first request found it on the open internet; a line is checked by what it leads to itself."""
    asked = iter([["192.0.0.9"], ["127.0.0.1"], ["127.0.0.1"]])
    with speaking(saying(full(b"x"))) as (port, heard):
        guarded = Settings(allow_private_network=False, lms_connect_seconds=0.05)
        session = make_session(guarded, resolve=lambda _host, _port: next(asked))
        line, url = line_to(port, host="lms.example", session=session)
        for _again in range(2):  # the first one finds nobody there
            with pytest.raises(LineLost):
                line.ask(url + "/x")
    assert heard == []


def test_a_certificate_nobody_knows_and_a_private_address_are_refused(tmp_path: Path) -> None:
    own = make_certificate(tmp_path)
    with speaking(saying(full(b"x")), own.server_side()) as (port, heard):
        line, url = line_to(port, scheme="https")
        with pytest.raises(LineLost):
            line.ask(url + "/x")
        guarded = make_session(Settings(allow_private_network=False, lms_connect_seconds=1))
        line, url = line_to(port, scheme="https", session=guarded)
        with pytest.raises(LineLost):
            line.ask(url + "/x")
    assert heard == []
