"""Canvas's REST API as a grade source (canvas.md §5-7, §9): canvasapi's requester, our HTTP session."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import available_timezones

import requests
from canvasapi.exceptions import CanvasException
from canvasapi.requester import Requester

from lms_sync.platforms.base import (
    NOTHING,
    Capabilities,
    CourseFacts,
    ItemRow,
    Ours,
    OwnSeen,
    Page,
    ResultRow,
    Wanted,
)
from lms_sync.platforms.canvas_rows import is_own_column, item_row, own_seen, posts_manually, result_row
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.wire import Wire, text

# Clocks differ and `graded_since` is strictly "later than", so each reading looks back this far again.
OVERLAP = timedelta(minutes=10)
LEFT_OUT = ("body", "preview_url", "attachments", "discussion_entries", "url")
# canvasapi logs addresses and, at DEBUG, whole answers: students' data. Never.
logging.getLogger("canvasapi").setLevel(logging.ERROR)


class CanvasSource:
    """One Canvas course, through one access token.

    Args:
        api_url: Canvas's address, with or without /api/v1.
        course_ref: the numeric course id, or `lti_context_id:<context.id>`.
        own_host: our public address; assignments that launch it are our own line items.
        ours: columns we made that launch nothing.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        api_url: str,
        token: str,
        course_ref: str,
        own_host: str,
        ours: Ours = NOTHING,
        read_seconds: float,
    ) -> None:
        base = api_url.rstrip("/").removesuffix("/api/v1").rstrip("/")
        self._wire = wire
        self._requester = Requester(base, token)
        self._requester._session = wire.session
        self._course = f"courses/{quote(course_ref, safe=':')}"
        self._own_host = own_host
        self._ours = ours
        self._own: list[OwnSeen] = []
        self._items: dict[str, ItemRow] = {}
        self._manual: frozenset[str] = frozenset()
        self.capabilities = Capabilities("Canvas", ("canvas_user_id",), True, read_seconds)

    def facts(self) -> CourseFacts:
        """The course's numeric id and time zone."""
        row = self._one(self._course)
        zone = text(row.get("time_zone"), 64)
        return CourseFacts(
            lms_course_id=text(row.get("id"), 64) or None,
            time_zone=zone if zone in available_timezones() else None,
        )

    def who(self) -> str:
        """The account behind the token: its numeric id."""
        return text(self._one("users/self").get("id"))

    def items(self) -> Sequence[ItemRow]:
        """Every assignment of every group, drafts included and marked, ours left out."""
        found: dict[str, ItemRow] = {}
        manual, own = set(), []
        query = [("include[]", "assignments"), ("per_page", "100")]
        for group in self._rows(f"{self._course}/assignment_groups", query):
            if not isinstance(group, dict) or not isinstance(group.get("assignments"), list):
                raise self._wire.error("wrong_shape", "an assignment group without its assignments")
            for row in group["assignments"]:
                if isinstance(row, dict) and is_own_column(row, self._ours):
                    own.append(own_seen(row))
                    continue
                item = item_row(row, text(group.get("name"), 512), self._own_host)
                if item is not None:
                    found[item.key] = item
                    if posts_manually(row):
                        manual.add(item.key)
        self._items, self._manual, self._own = found, frozenset(manual), own
        return list(found.values())

    def own_columns(self) -> Sequence[OwnSeen]:
        """Assignments that are columns we made."""
        return self._own

    def leave_out(self, own_id: str) -> bool:
        """Tick “Do not count this assignment towards the final grade”, where our account may."""
        url = self._url(f"{self._course}/assignments/{quote(own_id, safe='')}", [])
        headers = {"Authorization": f"Bearer {self._requester.access_token}"}
        body = {"assignment": {"omit_from_final_grade": True}}
        response = self._wire.call(lambda: self._wire.session.put(url, headers=headers, json=body))
        return response.status_code == 200

    def still_there(self, key: str) -> bool:
        """Canvas lists unpublished and hidden columns too."""
        return False

    def results(self, wanted: Wanted) -> Iterator[Page[ResultRow]]:
        """Submissions: all of them, or in two passes what was graded and what was handed in since."""
        if wanted.since is None:
            yield from self._submissions([])
            return
        since = _iso(wanted.since - OVERLAP)
        for name in ("graded_since", "submitted_since"):
            yield from self._submissions([(name, since)])

    def user_ids(self, subs: Sequence[str]) -> dict[str, str]:
        """sub → numeric id, asked one by one."""
        found = {}
        for sub in subs:
            try:
                row = self._one(f"users/lti_1_3_id:{quote(sub, safe='')}/profile")
            except LmsError as error:
                if error.code in ("no_right", "no_course", "token_rights", "refused"):
                    continue
                raise
            if number := text(row.get("id"), 64):
                found[sub] = number
        return found

    def can_read_grades(self) -> None:
        """Ask for one submission; raises LmsError naming what the token may not."""
        self._get(
            self._url(f"{self._course}/students/submissions", [("student_ids[]", "all"), ("per_page", "1")])
        )

    def _submissions(self, more: list[tuple[str, str]]) -> Iterator[Page[ResultRow]]:
        query = [("student_ids[]", "all"), ("per_page", "100")]
        query += [("exclude_response_fields[]", name) for name in LEFT_OUT] + more
        for rows in self._row_pages(f"{self._course}/students/submissions", query):
            known = [row for row in rows if self._is_ours_to_read(row)]
            parsed = [result_row(row, self._items, self._manual) for row in known]
            good = [row for row in parsed if row is not None]
            yield Page(good, bad=len(parsed) - len(good))

    def _is_ours_to_read(self, row: Any) -> bool:
        """False for cells of columns we left out on purpose (our own line items, new since the list)."""
        if not isinstance(row, dict):
            return True
        number = text(row.get("assignment_id"), 64)
        return not number or f"assignment:{number}" in self._items

    def _rows(self, path: str, query: list[tuple[str, str]]) -> Iterator[Any]:
        for rows in self._row_pages(path, query):
            yield from rows

    def _row_pages(self, path: str, query: list[tuple[str, str]]) -> Iterator[list[Any]]:
        for response in self._wire.pages(self._url(path, query), self._get):
            rows = self._wire.json(response)
            if not isinstance(rows, list):
                raise self._wire.error("wrong_shape", "a list was expected")
            yield rows

    def _one(self, path: str) -> dict[str, Any]:
        row = self._wire.json(self._get(self._url(path, [])))
        if not isinstance(row, dict):
            raise self._wire.error("wrong_shape", "an object was expected")
        return row

    def _url(self, path: str, query: list[tuple[str, str]]) -> str:
        return f"{self._requester.base_url}{path}" + ("?" + urlencode(query) if query else "")

    def _get(self, url: str) -> requests.Response:
        response = self._wire.call(lambda: self._send(url))
        if response.status_code == 200:
            return response
        raise self._trouble(response)

    def _send(self, url: str) -> requests.Response:
        cache: list[requests.Response] = self._requester._cache
        cache.clear()  # it would keep the last five pages in memory
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
        if status == 401:
            # With this header the token is dead; without it the account lacks a right (canvas.md §6).
            code = "token_dead" if "WWW-Authenticate" in response.headers else "no_right"
        elif status == 403:
            code = "no_right"
        elif status == 404:
            code = "no_course"
        elif status >= 500:
            code = "server_error"
        else:
            code = "refused"
        return self._wire.error(code, status=status)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
