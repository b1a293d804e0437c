"""One of Canvas's lists on its way: its next page is asked for as soon as the last one is here."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from lms_sync.platforms.canvas_door import CanvasDoor
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.wire import MOST_PAGES, Heard
from lti_tool.line import Line, LineLost


@dataclass(frozen=True)
class Answer:
    """A page of a list. rest: where the list goes on, the query of its next address; None = its end."""

    list_name: str
    response: requests.Response
    rest: str | None


@dataclass
class CanvasList:
    """Reads one list along its Link headers, for `abreast`.

    first: where it begins, or goes on. name: what it is called in a whole reading. long: whether more than
    one page is expected; else a connection of its own is only made when there is a second one.
    """

    door: CanvasDoor
    first: str
    name: str = ""
    long: bool = False
    _url: str | None = field(init=False)
    _line: Line | None = None
    _asked: bool = False
    _heard: requests.Response | None = None
    _heard_at: float = 0.0
    _trouble: LmsError | None = None
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._url = self.first

    @property
    def ended(self) -> bool:
        """Whether the last page was taken."""
        return self._url is None

    @property
    def asked(self) -> bool:
        """Whether an answer is on its way, or was heard already."""
        return self._asked or self._heard is not None or self._trouble is not None

    @property
    def socket(self) -> socket.socket | None:
        """Where the answer will come; None where none is on its way."""
        return self._line.socket if self._line and self._asked else None

    def ask(self) -> None:
        """Ask for the next page, if the pace has room for it and some answer has shown how to ask."""
        like, pace = self.door.like, self.door.wire.pace
        worth_it = self.long or bool(self._seen)
        if not worth_it or like is None or self._url is None or self._asked or pace.enter():
            return
        if self._line is None:
            self._line = self.door.lines.pop() if self.door.lines else Line(self.door.wire.session, like)
        try:
            self._line.ask(self._url)
            self._asked = True
        except LineLost:
            pace.leave()

    def take(self, before_wait: Callable[[], None]) -> Answer:
        """The next page; raises LmsError. before_wait: done before each wait for a busy LMS."""
        url, door = self._url, self.door
        assert url is not None
        if url in self._seen or len(self._seen) >= MOST_PAGES:
            raise door.wire.error("endless")
        self._seen.add(url)
        trouble, heard = self._trouble, self._heard
        asked, self._asked, self._heard, self._trouble = self._asked, False, None, None
        if trouble is not None:
            raise trouble
        send = self._first_asked(url) if asked else lambda: door.send(url)
        first = Heard(heard, self._heard_at) if heard is not None else None
        response = door.wire.call(send, our_turn=asked, heard=first, before_wait=before_wait)
        return self._page(door.checked(response))

    def hear(self) -> None:
        """Read what is on its way, so that it is in nobody's way; what it means is for `take` to say."""
        line, asked, self._asked = self._line, self._asked, False
        if line is None or not asked:
            return
        self._heard_at = self.door.wire.pace.clock()
        try:
            self._heard = self.door.wire.once(line.answer)
        except LineLost:
            pass  # it is asked for once more
        except LmsError as error:
            self._trouble = error

    def last(self) -> Answer | None:
        """The page that is on its way, if one is and it is good; nothing is waited for or tried again."""
        self.hear()
        heard, self._heard = self._heard, None
        if heard is None or heard.status_code != 200:
            return None
        try:
            return self._page(heard)
        except LmsError:
            return None

    def _page(self, response: requests.Response) -> Answer:
        self._url = self.door.wire.next(response, self.first)
        return Answer(self.name, response, urlsplit(self._url).query if self._url else None)

    def _first_asked(self, url: str) -> Callable[[], requests.Response]:
        """What was asked for ahead; in the ordinary way where that came to nothing, or is tried again."""
        tries = iter([self._line])

        def send() -> requests.Response:
            line = next(tries, None)
            if line is not None:
                try:
                    return line.answer()
                except LineLost:
                    pass
            return self.door.send(url)

        return send

    def close(self) -> None:
        """Wait for nothing more; the connection is left to the next list, if nothing is on its way on it."""
        line, self._line = self._line, None
        if self._asked:
            self.door.wire.pace.leave()
            if line is not None:
                line.close()
        elif line is not None:
            self.door.lines.append(line)
        self._asked = False
