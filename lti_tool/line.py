"""A connection of one's own, on which a request goes out long before its answer is read.

Whoever reads a list page by page asks for the next page as soon as the last one is here, and works on that
one while the other side makes the next. It is no more than a quick try: what goes wrong on it is left to
`OutboundSession`, which is as safe and far more patient.
"""

from __future__ import annotations

import socket
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.cookies import MockRequest, MockResponse
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, ReadTimeoutError

from lti_tool.http import OutboundError, OutboundSession
from lti_tool.watch import TooSlow, deadline


class LineLost(Exception):
    """This connection is of no more use; ask in the ordinary way."""


class Line:
    """Requests like an earlier one, to other addresses of the same host.

    like: a request that was answered; its headers and cookies are sent again. The same rules as for every
    request of the session: addresses checked, certificates verified, timeouts, limits of size and of time.
    """

    def __init__(self, session: OutboundSession, like: requests.PreparedRequest) -> None:
        self._session = session
        self._like = like
        self._connection: Any = None
        self._asked = ""

    def ask(self, url: str) -> None:
        """Send the request for this address; its host is not looked at.

        Raises:
            LineLost: it could not be sent.
        """
        parts = urlsplit(url)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        if self._connection is not None and not self._connection.is_connected:
            self.close()  # they hung up, or said something nobody asked for
        try:
            if self._connection is None:
                with deadline(self._session.total_seconds):
                    self._connection = self._session.connection_like(self._like)
            self._connection.request("GET", target, headers=self._headers(url), preload_content=False)
        except (OSError, HTTPException, HTTPError, ValueError) as error:
            self.close()
            raise LineLost from error
        self._asked = url

    def _headers(self, url: str) -> Any:
        """Those of the earlier request, with the cookies of by now."""
        if not self._session.cookies:
            return self._like.headers
        asked = self._like.copy()
        asked.url = url
        asked.headers.pop("Cookie", None)
        asked.prepare_cookies(self._session.cookies)
        return asked.headers

    def answer(self) -> requests.Response:
        """What came back.

        Raises:
            LineLost: nothing of use. OutboundError: it is too large, or comes too slowly. requests.Timeout:
                nobody speaks.
        """
        most = self._session.max_bytes
        try:
            with deadline(self._session.total_seconds, self.socket):
                told = self._connection.getresponse()
                body = told.read(most + 1, decode_content=True)
        except TooSlow as error:
            self.close()
            raise OutboundError.too_slow() from error
        except (TimeoutError, ReadTimeoutError) as error:
            self.close()
            raise requests.ReadTimeout from error  # waiting once more would take twice as long
        except (OSError, HTTPException, HTTPError, AttributeError) as error:
            self.close()
            raise LineLost from error
        if len(body) > most:
            self.close()
            raise OutboundError.too_large()
        if not told.closed:
            self.close()
        return self._response(told, body)

    def _response(self, told: Any, body: bytes) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url, response.request = told.status, self._asked, self._like
        response.headers = CaseInsensitiveDict(told.headers)
        if "Set-Cookie" in told.headers:
            said: Any = MockResponse(told.headers)
            self._session.cookies.extract_cookies(said, MockRequest(self._like))  # type: ignore[arg-type]
        response._content, response._content_consumed = body, True  # type: ignore[attr-defined]
        for heard in self._session.hooks["response"]:
            heard(response)
        return response

    @property
    def socket(self) -> socket.socket | None:
        """To wait for; None where nothing is on its way."""
        return getattr(self._connection, "sock", None)

    def close(self) -> None:
        """Hang up; the next `ask` connects anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
