"""One Canvas's REST API with one token: pages, rows and what went wrong (canvas.md §5-7, §9).

Single objects come through canvasapi's requester. Lists do not: its objects cost 3.4 ms a row, and its
requester formats every body for a log line nobody reads, 14 ms a page of a hundred rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from canvasapi.exceptions import CanvasException
from canvasapi.requester import Requester

from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.wire import Wire
from lti_tool.line import Line

Query = Sequence[tuple[str, str]]
NO_SCOPE = b"Insufficient scopes"
# Canvas's own name of the permission without which nobody's work is shown but one's own (canvas.md §6).
VIEW_GRADES = "Grades - view all grades"
# canvasapi logs addresses and, at DEBUG, whole answers: students' data. Never.
logging.getLogger("canvasapi").setLevel(logging.ERROR)


def canvas_root(api_url: str) -> str:
    """Canvas's own address, as people type it in several ways."""
    return api_url.rstrip("/").removesuffix("/api/v1").rstrip("/")


def scope_of(url: str) -> str:
    """The name a developer key gives the right to ask for this address."""
    parts = urlsplit(url).path.partition("/api/v1/")[2].split("/")
    if len(parts) < 2:
        return f"url:GET|/api/v1/{'/'.join(parts)}"
    what, rest = parts[0], parts[2:]
    named = ":id" if not rest else f":{what.removesuffix('s')}_id"
    return f"url:GET|/api/v1/{'/'.join([what, named, *rest])}"


class CanvasDoor:
    """Lists, single objects and changes.

    Args:
        api_url: Canvas's address, with or without /api/v1.
    """

    def __init__(self, wire: Wire, *, api_url: str, token: str) -> None:
        self.wire = wire
        self._base = canvas_root(api_url)
        self._headers = {"Authorization": f"Bearer {token}"}
        self.lines: list[Line] = []  # those nobody uses just now
        self.like: requests.PreparedRequest | None = None  # a request that was answered
        self._requester = Requester(self._base, token)
        self._requester._session = wire.session

    def rows(self, path: str, query: Query) -> Iterator[Any]:
        """Every row of a list, to its last page."""
        for rows in self.pages(path, query):
            yield from rows

    def pages(self, path: str, query: Query) -> Iterator[list[Any]]:
        """The pages of a list, one after the other, as Link headers lead."""
        for response in self.wire.pages(self.url(path, query), self.get):
            yield self.listed(response)

    def listed(self, response: requests.Response) -> list[Any]:
        """The rows of an answer, whatever they are."""
        rows = self.wire.json(response)
        if not isinstance(rows, list):
            raise self.wire.error("wrong_shape", "a list was expected")
        return rows

    def one(self, path: str) -> dict[str, Any]:
        """A single object."""
        url = self.url(path)
        row = self.wire.json(self.checked(self.wire.call(lambda: self._send_single(url))))
        if not isinstance(row, dict):
            raise self.wire.error("wrong_shape", "an object was expected")
        return row

    def course(self, path: str) -> dict[str, Any]:
        """A course; who may not even ask for it does not see it, whatever rights they have elsewhere."""
        try:
            return self.one(path)
        except LmsError as error:
            if error.code != "no_right":
                raise
            raise self.wire.error("no_course", status=error.status) from error

    def url(self, path: str, query: Query = ()) -> str:
        """The address of a path under /api/v1."""
        return f"{self._base}/api/v1/{path}" + ("?" + urlencode(query) if query else "")

    def get(self, url: str) -> requests.Response:
        """The answer, if it is a 200."""
        return self.checked(self.wire.call(lambda: self.send(url)))

    def send(self, url: str) -> requests.Response:
        """One try, whatever comes of it."""
        response = self.wire.session.get(url, headers=self._headers)
        self.like = response.request
        return response

    def hang_up(self) -> None:
        """End the connections lists had of their own."""
        while self.lines:
            self.lines.pop().close()

    def checked(self, response: requests.Response) -> requests.Response:
        """The answer again, if it is a 200; raises LmsError with what is wrong."""
        if response.status_code == 200:
            return response
        raise self._trouble(response)

    def put(self, path: str, body: dict[str, Any]) -> bool:
        """Whether Canvas took the change."""
        url, session = self.url(path), self.wire.session
        response = self.wire.call(lambda: session.put(url, headers=self._headers, json=body))
        return response.status_code == 200

    def _send_single(self, url: str) -> requests.Response:
        cache: list[requests.Response] = self._requester._cache
        cache.clear()  # it would keep the last five answers in memory
        try:
            self._requester.request("GET", _url=url)
        except CanvasException:
            pass  # the status says it better; the answer is in the cache
        except ValueError:
            if not cache:  # a 401 whose body is no JSON leaves the answer there, too
                raise
        return cache[0]

    def _trouble(self, response: requests.Response) -> LmsError:
        status = response.status_code
        # With this header the token is dead; without it the key lacks a scope, or the account a right
        # (canvas.md §6).
        if status == 401 and "WWW-Authenticate" in response.headers:
            code = "token_dead"
        elif status == 401 and NO_SCOPE in response.content[:500]:
            return self.wire.error("key_scope", scope_of(response.url), status=status)
        elif status in (401, 403):
            return self.wire.error("no_right", VIEW_GRADES, status=status)
        elif status == 404:
            code = "no_course"
        elif status >= 500:
            code = "server_error"
        else:
            code = "refused"
        return self.wire.error(code, status=status)
