"""One request to an LMS: every way it can fail becomes an LmsError; JSON is read exactly once.

Counting, keeping the pace and waiting when asked to slow down live here; values.py reads what rows say.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.pace import Pace, full_jitter, http_date, retry_after
from lti_tool.http import OutboundError, OutboundSession

MAX_BYTES = 32 * 1024 * 1024
MOST_PAGES = 10_000
# The longest pause before each further try; the pause itself is any time up to it ("full jitter").
# Canvas's bucket empties by 10 a second and one request in flight costs 50 (canvas.md §7).
THROTTLE_PAUSES = (4.0, 8.0, 16.0, 20.0)
FAULT_PAUSES = (1.0, 4.0)
PASSING = frozenset({500, 502, 503, 504})
# What our own limits say of an answer → what is said of the LMS.
UNUSABLE = {"too_large": "huge", "too_slow": "too_slow"}
# Shorter than a lease: one who waits longer hands the work back instead.
MOST_WAITED = 80.0
# A clock may be behind by less without harm: each reading looks back further than that.
LEAST_SKEW = timedelta(minutes=1)
MOST_SKEW = timedelta(days=1)


class Heard(NamedTuple):
    """An answer that came before anybody looked at it. at: when, by the pace's clock."""

    response: requests.Response
    at: float


@dataclass
class Wire:
    """A session that counts. lms: what people call this LMS in sentences.

    pace: shared by everyone who uses the same bucket. patient: whether a passing fault (5xx) is tried
    again here; not where a request sent twice would do something twice.
    behind: by how much the LMS's clock is behind ours, as its answers say; zero where it is little.
    """

    session: OutboundSession
    lms: str
    wait: Callable[[float], None] = time.sleep
    pace: Pace = field(default_factory=Pace)
    patient: bool = True
    jitter: Callable[[float], float] = full_jitter
    sent: int = 0
    behind: timedelta = timedelta()
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.session.max_bytes = MAX_BYTES
        self.session.hooks["response"].append(self._count)
        for adapter in self.session.adapters.values():
            # A passing fault is waited out here, with jitter and in our turn, not a layer below.
            if isinstance(adapter, HTTPAdapter):
                adapter.max_retries = adapter.max_retries.new(status=0, status_forcelist=frozenset())

    def _count(self, response: requests.Response, *_args: Any, **_more: Any) -> None:
        retries = getattr(response.raw, "retries", None)
        with self._lock:  # lists may be read side by side
            self.sent += 1 + len(getattr(retries, "history", ()))
        date = http_date(response.headers.get("Date") or "")
        if date is not None and (skew := datetime.now(UTC) - date) > LEAST_SKEW:
            self.behind = max(self.behind, min(skew, MOST_SKEW))

    def call(
        self,
        send: Callable[[], requests.Response],
        *,
        our_turn: bool = False,
        heard: Heard | None = None,
        before_wait: Callable[[], None] = lambda: None,
    ) -> requests.Response:
        """Send, in our turn; waits and sends again while the LMS is busy. The status is the caller's.

        our_turn: `pace.enter` has let the first try in already. heard: what came of the first try.
        before_wait: done before each wait for the LMS. Its time counts as waited, as that of answers does.

        Raises:
            LmsError: throttled when waiting did not help; its retry_in says for how long the LMS asks.
        """
        begun, waited, tries = self.pace.clock(), 0.0, 0
        while True:
            waited += 0.0 if our_turn or heard else self._in_turn(MOST_WAITED - waited)
            response = heard.response if heard else self.once(send)
            pauses = self._pauses(response)
            if not pauses:
                return response
            asked, since = retry_after(response.headers), self.pace.clock()
            if tries == len(pauses):
                break
            pause = self.jitter(pauses[tries]) if asked is None else asked + self.jitter(1.0)
            pause = max(pause - (since - heard.at), 0.0) if heard else pause
            before_wait()
            waited = max(waited, self.pace.clock() - begun)
            if waited + pause > MOST_WAITED:
                break
            self.wait(pause)
            waited, tries, our_turn, heard = waited + pause, tries + 1, False, None
        throttled = is_throttled(response)
        if not throttled and asked is None:
            return response
        error = self.error("throttled" if throttled else "server_error", status=response.status_code)
        error.retry_in = asked
        raise error

    def _pauses(self, response: requests.Response) -> tuple[float, ...]:
        """How long to wait, at most, before each further try; empty = this answer is the answer."""
        if is_throttled(response):
            return THROTTLE_PAUSES
        return FAULT_PAUSES if self.patient and response.status_code in PASSING else ()

    def _in_turn(self, most: float) -> float:
        """Wait until there is room for one more request; how many seconds that took."""
        waited = 0.0
        while pause := self.pace.enter():
            if waited + pause > most:
                raise self.error("throttled")
            self.wait(pause)
            waited += pause
        return waited

    def once(self, send: Callable[[], requests.Response]) -> requests.Response:
        """One try that the pace has let in, whatever comes of it."""
        headers = None
        try:
            response = self._guarded(send)
            headers = response.headers
            return response
        finally:
            self.pace.leave(headers)

    def _guarded(self, send: Callable[[], requests.Response]) -> requests.Response:
        try:
            return send()
        except OutboundError as error:
            if code := UNUSABLE.get(error.code):
                raise self.error(code) from error
            raise self.error("bad_address", str(error)) from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise self.error("truncated") from error
        except requests.Timeout as error:
            raise self.error("slow") from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise self.error("bad_address", "it is not a web address.") from error
        except (requests.RequestException, OSError) as error:
            raise self.error("unreachable") from error

    def error(self, code: str, detail: str = "", *, status: int | None = None) -> LmsError:
        """The LmsError of this LMS."""
        return LmsError(code, self.lms, detail=detail, status=status)

    def json(self, response: requests.Response) -> Any:
        """The body as JSON, numbers with a point as exact decimals; whatever the content type says."""
        body = response.content
        if body.lstrip()[:1] == b"<":
            raise self.error("html", status=response.status_code)
        if not body.strip():
            raise self.error("truncated", status=response.status_code)
        try:
            return json.loads(body, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            code = "truncated" if body.lstrip()[:1] in b"[{" else "wrong_shape"
            raise self.error(code, "it is not JSON", status=response.status_code) from error

    def pages(self, first: str, get: Callable[[str], requests.Response]) -> Iterable[requests.Response]:
        """Answers from `first` along Link rel="next" to the end; case kept, host kept.

        The next page is asked of the first one's host: our token goes nowhere else.
        """
        url: str | None = first
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) >= MOST_PAGES:
                raise self.error("endless")
            seen.add(url)
            response = get(url)
            yield response
            url = self.next(response, first)

    def next(self, response: requests.Response, first: str) -> str | None:
        """Where a list goes on after this page; None = that was all. A link that is broken is not the end."""
        try:
            return next_link(response.headers.get("Link"), first)
        except ValueError as error:
            raise self.error("wrong_shape", "a link to the next page that is no address") from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def is_throttled(response: requests.Response) -> bool:
    """429, or Canvas's 403 with "Rate Limit Exceeded" in plain text."""
    if response.status_code == 429:
        return True
    return response.status_code == 403 and b"Rate Limit Exceeded" in response.content[:200]


def next_link(header: str | None, base: str) -> str | None:
    """The rel="next" address of a Link header, on the host of `base`; None = the last page.

    ValueError: it is no address. Moodle writes curly quotes and `&amp;` on some pages (moodle.md, AGS).
    """
    if not header:
        return None
    header = header.replace("“", '"').replace("”", '"').replace("â\x80\x9c", '"').replace("â\x80\x9d", '"')
    for part in header.split("<")[1:]:
        address, closed, parameters = part.partition(">")
        names = parameters.replace(" ", "").lower()
        if closed and ('rel="next"' in names or "rel=next" in names):
            there, here = urlsplit(address.replace("&amp;", "&").strip()), urlsplit(base)
            return urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))
    return None
