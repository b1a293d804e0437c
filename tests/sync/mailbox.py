"""A mail server on 127.0.0.1: SMTP, STARTTLS, TLS and AUTH; it keeps what it gets, and can misbehave."""

from __future__ import annotations

import base64
import datetime
import functools
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Mailbox:
    """refuse: an answer to RCPT such as "450 later"; breaks: hang up after the text, without a word.

    answers: a verb, or `RCPT someone@there`, → what is said to it; "" hangs up, None says nothing at all.
    """

    port: int = 0
    mails: list[Message[Any, Any]] = field(default_factory=list)
    refuse: str = ""
    breaks: bool = False
    answers: dict[str, str | None] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    at_once: bool = False
    login: tuple[str, str] | None = None
    let_go: threading.Event = field(default_factory=threading.Event)
    talks: int = 0
    in_clear: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Certificate:
    """chain: a PEM file that certifies itself, which clients who trust it name as SSL_CERT_FILE."""

    chain: Path
    key: Path

    def server_side(self) -> ssl.SSLContext:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.chain, self.key)
        return found


def make_certificate(folder: Path, host: str = "127.0.0.1", *, days: int = 1) -> Certificate:
    """One for this host that runs out in so many days (or ran out)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    who: x509.GeneralName = x509.DNSName(host)
    if host.replace(".", "").isdigit():
        who = x509.IPAddress(ipaddress.ip_address(host))
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([who]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{host}{days}.pem", folder / f"{host}{days}.key"
    chain.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(chain, private)


class _Talk(socketserver.StreamRequestHandler):
    """One client. How it ends is the client's affair: broken lines are left without a word."""

    def __init__(self, box: Mailbox, *more: Any) -> None:
        self.box, self.covered = box, False
        super().__init__(*more)

    def handle(self) -> None:
        self.box.talks += 1
        try:
            if self.box.at_once:
                self.cover()
            self.converse()
        except OSError:
            return

    def cover(self) -> None:
        assert self.box.tls is not None
        self.request = self.connection = self.box.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.covered = True

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")

    def odd(self, verb: str, line: str) -> bool:
        """Whether the test wants something odd here; it was done then. Raises OSError to hang up."""
        whom = line.partition("<")[2].partition(">")[0]
        for name in (f"{verb} {whom}", verb):
            if name in self.box.answers:
                words = self.box.answers[name]
                if words is None:
                    self.box.let_go.wait(60)
                if not words:
                    raise OSError
                self.say(words)
                return True
        return False

    def converse(self) -> None:
        if not self.odd("HELLO", ""):
            self.say("220 mailbox")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].split(":")[0].upper()
            if not self.covered:
                self.box.in_clear.append(verb)
            if self.odd(verb, line):
                continue
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "EHLO":
                self.greet()
            elif verb == "STARTTLS" and self.box.tls is not None:
                self.say("220 go on")
                self.cover()
            elif verb == "AUTH":
                self.let_in(line)
            elif verb == "RCPT" and self.box.refuse:
                self.say(self.box.refuse)
            elif verb == "DATA":
                self.take()
            else:
                self.say("250 fine")

    def greet(self) -> None:
        offers = ["mailbox"]
        if self.box.tls is not None and not self.covered:
            offers.append("STARTTLS")
        if self.box.login is not None:
            offers.append("AUTH PLAIN")
        for more in offers[:-1]:
            self.say(f"250-{more}")
        self.say(f"250 {offers[-1]}")

    def let_in(self, line: str) -> None:
        _nobody, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.say("235 welcome" if (user, password) == self.box.login else "535 5.7.8 not you")

    def take(self) -> None:
        self.say("354 go on")
        text = b""
        while not text.endswith(b"\r\n.\r\n"):
            text += self.rfile.readline() or b"\r\n.\r\n"
        self.box.mails.append(message_from_string(text[:-3].decode(), policy=default))
        if self.box.breaks:
            raise OSError
        if not self.odd("TEXT", ""):
            self.say("250 taken")


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """It listens until the block ends."""
    box = Mailbox()
    handler: Any = functools.partial(_Talk, box)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield box
        box.let_go.set()
        server.shutdown()
