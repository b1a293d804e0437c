"""Canvas's REST API, one GET at a time: both kinds of 401 told apart, lists to their end (canvas.md §5-7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import requests

from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.wire import Wire

Query = list[tuple[str, str]]
NO_SCOPE = b"Insufficient scopes"


class CanvasDoor:
    """One Canvas with one access token.

    Args:
        api_url: Canvas's address, with or without /api/v1.
    """

    def __init__(self, wire: Wire, *, api_url: str, token: str) -> None:
        self.wire = wire
        self._base = canvas_root(api_url) + "/api/v1/"
        self._headers = {"Authorization": f"Bearer {token}"}

    def one(self, path: str, query: Query | None = None, *, scope: str = "") -> dict[str, Any]:
        """One object. scope: of the route, named when the API key lacks it. Raises LmsError."""
        row = self.wire.json(self._get(self._url(path, query or []), scope))
        if not isinstance(row, dict):
            raise self.wire.error("wrong_shape", "an object was expected")
        return row

    def ask(self, path: str, query: Query, *, scope: str) -> None:
        """Whether this may be asked at all. Raises LmsError."""
        self.wire.json(self._get(self._url(path, query), scope))

    def pages(
        self, path: str, query: Query | None = None, *, scope: str = ""
    ) -> Iterator[list[dict[str, Any]]]:
        """The objects of a list, page by page to the last. Raises LmsError."""
        first = self._url(path, [*(query or []), ("per_page", "100")])
        for response in self.wire.pages(first, lambda url: self._get(url, scope)):
            rows = self.wire.json(response)
            if not isinstance(rows, list):
                raise self.wire.error("wrong_shape", "a list was expected")
            yield [row for row in rows if isinstance(row, dict)]

    def rows(self, path: str, query: Query | None = None, *, scope: str = "") -> Iterator[dict[str, Any]]:
        """The same, one by one."""
        for rows in self.pages(path, query, scope=scope):
            yield from rows

    def _url(self, path: str, query: Query) -> str:
        return self._base + path + ("?" + urlencode(query) if query else "")

    def _get(self, url: str, scope: str) -> requests.Response:
        response = self.wire.call(lambda: self.wire.session.get(url, headers=self._headers))
        if response.status_code == 200:
            return response
        raise canvas_trouble(self.wire, response, scope)


def canvas_root(api_url: str) -> str:
    """Canvas's own address, as people type it in several ways."""
    return api_url.rstrip("/").removesuffix("/api/v1").rstrip("/")


def canvas_trouble(wire: Wire, response: requests.Response, scope: str = "") -> LmsError:
    """Why an answer other than 200 came."""
    status = response.status_code
    if status == 401 and "WWW-Authenticate" in response.headers:
        return wire.error("token_dead", status=status)
    if status == 401 and NO_SCOPE in response.content[:500]:
        return wire.error("key_scope", scope or "url:GET|/api/v1/…", status=status)
    if status in (401, 403):
        return wire.error("no_right", status=status)
    if status == 404:
        return wire.error("no_course", status=status)
    return wire.error("server_error" if status >= 500 else "refused", status=status)
