"""A mail server on 127.0.0.1 that speaks enough SMTP, keeps what it gets, and can refuse or break off."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from email.policy import default
from typing import Any


@dataclass
class Mailbox:
    """refuse: an answer to RCPT such as "450 later"; breaks: hang up after the text, without a word."""

    port: int = 0
    mails: list[Message[Any, Any]] = field(default_factory=list)
    refuse: str = ""
    breaks: bool = False


def _handler(box: Mailbox) -> type[socketserver.StreamRequestHandler]:
    class Talk(socketserver.StreamRequestHandler):
        def say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 mailbox")
            while line := self.rfile.readline().decode().strip():
                verb = line.split(" ")[0].split(":")[0].upper()
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                if verb == "RCPT" and box.refuse:
                    self.say(box.refuse)
                elif verb == "DATA":
                    self.say("354 go on")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += self.rfile.readline()
                    box.mails.append(message_from_string(text[:-3].decode(), policy=default))
                    if box.breaks:
                        return
                    self.say("250 taken")
                else:
                    self.say("250 fine")

    return Talk


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """It listens until the block ends."""
    box = Mailbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(box)) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield box
        server.shutdown()
