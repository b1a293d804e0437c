"""Our own line items and their scores, by LTI's Assignment and Grade Services (lti.md §7, moodle.md AGS)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from lms_sync.platforms.ags_values import plain, stamp, under
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.lti import with_query
from lms_sync.platforms.service_tokens import ServiceTokens
from lms_sync.platforms.values import decimal, iso_time, text
from lms_sync.platforms.wire import Wire

ITEM = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
# Canvas's own words: no submission page behind the column, and a teacher's own number stays.
CANVAS_TYPE = "https://canvas.instructure.com/lti/submission_type"
CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"
OLD = frozenset({409, 412})


@dataclass(frozen=True)
class LineItem:
    """A line item as the LMS shows it. url: its address, on the host we may send our token to.

    link: the resource link it belongs to, empty for a column made by us alone.
    """

    url: str
    label: str
    tag: str
    resource_id: str
    maximum: Decimal | None
    due_at: datetime | None
    link: str = ""


@dataclass(frozen=True)
class Wish:
    """The line item we want."""

    label: str
    tag: str
    resource_id: str
    maximum: Decimal
    due_at: datetime | None


@dataclass(frozen=True)
class Score:
    """A score as it is sent. user_id: the person's `sub`. at: its timestamp, aware."""

    user_id: str
    value: Decimal
    maximum: Decimal
    comment: str
    at: datetime


class LineItems:
    """One course's line items of ours.

    Args:
        url: the list's address from the newest launch; it may have a query of its own (Moodle's has).
        canvas: whether to add Canvas's extensions.
    """

    def __init__(
        self, wire: Wire, tokens: ServiceTokens, *, url: str, canvas: bool, now: Callable[[], datetime]
    ) -> None:
        self._wire = wire
        self._tokens = tokens
        self._url = url
        self.canvas = canvas
        self._now = now

    @property
    def lms(self) -> str:
        """What people call this LMS."""
        return self._wire.lms

    def find(self, tag: str, resource_id: str) -> LineItem | None:
        """Ours of that tag and resource id, from our own list; None = there is none."""
        found = self.listed({"tag": tag, "resource_id": resource_id})
        return next((item for item in found if (item.tag, item.resource_id) == (tag, resource_id)), None)

    def listed(self, only: dict[str, str] | None = None) -> Iterator[LineItem]:
        """Everything in our list: an LMS shows a tool its own line items and nobody else's."""
        for response in self._wire.pages(with_query(self._url, only or {}), lambda url: self._list(url)):
            rows = self._wire.json(response)
            if not isinstance(rows, list):
                raise self._wire.error("wrong_shape", "a list of line items was expected")
            for row in rows:
                item = self._item(row)
                if item is not None:
                    yield item

    def make(self, wish: Wish) -> LineItem:
        """Make the line item; the address it has from now on."""
        body = self._body(wish)
        response = self._send("POST", self._url, "lineitem", body=body, kind=ITEM)
        if response.status_code not in (200, 201):
            raise self._trouble(response)
        item = self._item(self._wire.json(response))
        if item is None:
            raise self._wire.error("wrong_shape", "a new line item without its address")
        return item

    def get(self, url: str) -> LineItem | None:
        """The line item behind an address; None = it was deleted."""
        response = self._send("GET", url, "lineitem", accept=ITEM)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise self._trouble(response)
        item = self._item(self._wire.json(response))
        if item is None:
            raise self._wire.error("wrong_shape", "a line item without its address")
        return item

    def change(self, url: str, wish: Wish) -> None:
        """Give the line item this maximum and due date."""
        body = self._body(wish)
        body.pop(CANVAS_TYPE, None)  # what a student opens there stays what it is
        response = self._send("PUT", url, "lineitem", body=body, kind=ITEM)
        if response.status_code != 200:
            raise self._trouble(response)

    def send(self, url: str, score: Score) -> bool:
        """Send one score; False = the LMS has one with this or a newer time already."""
        body: dict[str, Any] = {
            "userId": score.user_id,
            "scoreGiven": plain(score.value),
            "scoreMaximum": plain(score.maximum),
            "comment": score.comment,
            "timestamp": stamp(score.at),
            "activityProgress": "InProgress" if score.value < score.maximum else "Completed",
            "gradingProgress": "FullyGraded",
        }
        if self.canvas:
            body[CANVAS_SUBMISSION] = {"new_submission": False, "prioritize_non_tool_grade": True}
        response = self._send("POST", under(url, "scores"), "score", body=body, kind=SCORE)
        if response.status_code in OLD:
            return False
        if response.status_code not in (200, 201, 202, 204):
            raise self._trouble(response, score=True)
        return True

    def result(self, url: str, user_id: str) -> Decimal | None:
        """What stands in the gradebook for a person, as a part of the maximum; None = nothing."""
        address = with_query(under(url, "results"), {"user_id": user_id})
        response = self._send("GET", address, "result.readonly", accept=RESULTS)
        if response.status_code != 200:
            raise self._trouble(response)
        rows = self._wire.json(response)
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and text(row.get("userId")) == user_id:
                given, most = decimal(row.get("resultScore")), decimal(row.get("resultMaximum"))
                return given / most if given is not None and most else None
        return None

    def _body(self, wish: Wish) -> dict[str, Any]:
        body: dict[str, Any] = {
            "label": wish.label,
            "scoreMaximum": plain(wish.maximum),
            "tag": wish.tag,
            "resourceId": wish.resource_id,
        }
        if wish.due_at is not None:
            body["endDateTime"] = stamp(wish.due_at)
        if self.canvas:
            body[CANVAS_TYPE] = {"type": "none"}
        return body

    def _item(self, row: Any) -> LineItem | None:
        url = text(row.get("id"), 2048) if isinstance(row, dict) else ""
        if not url:
            return None
        there, here = urlsplit(url), urlsplit(self._url)
        return LineItem(
            # Our token goes to the host the launch named, and nowhere else.
            url=urlunsplit((here.scheme, here.netloc, there.path, there.query, "")),
            label=text(row.get("label")),
            tag=text(row.get("tag"), 255),
            resource_id=text(row.get("resourceId"), 255),
            maximum=decimal(row.get("scoreMaximum")),
            due_at=iso_time(row.get("endDateTime")),
            link=text(row.get("resourceLinkId"), 255),
        )

    def _list(self, url: str) -> requests.Response:
        response = self._send("GET", url, "lineitem", accept=CONTAINER)
        if response.status_code == 404:
            raise self._wire.error("course_over", status=404)
        if response.status_code != 200:
            raise self._trouble(response)
        return response

    def _send(
        self, method: str, url: str, scope: str, *, accept: str = "*/*", body: Any = None, kind: str = ""
    ) -> requests.Response:
        """One request; with a new token when the kept one is refused."""
        response = self._once(method, url, scope, accept, body, kind, fresh=False)
        if response.status_code == 401:
            response = self._once(method, url, scope, accept, body, kind, fresh=True)
        return response

    def _once(
        self, method: str, url: str, scope: str, accept: str, body: Any, kind: str, *, fresh: bool
    ) -> requests.Response:
        try:
            token = self._tokens.get([SCOPE + scope], now=self._now(), fresh=fresh)
        except LmsError as error:
            # The sentence of the list of people would send the administrator to the wrong switch.
            if error.code == "no_scope":
                raise self._wire.error("no_score_scope") from error
            raise
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        if kind:
            headers["Content-Type"] = kind
        return self._wire.call(lambda: self._wire.session.request(method, url, headers=headers, json=body))

    def _trouble(self, response: requests.Response, *, score: bool = False) -> LmsError:
        status = response.status_code
        if score and status == 500 and is_locked(response):
            code = "grade_locked"
        elif status >= 500:
            code = "server_error"
        elif status in (401, 403):
            code = "no_score_scope"
        elif status == 404:
            code = "column_gone"
        else:
            code = "score_refused" if score else "column_refused"
        return self._wire.error(code, status=status)


def is_locked(response: requests.Response) -> bool:
    """Moodle's answer for a locked grade: the score service's own 500, not a page of a fallen server."""
    return SCORE in response.headers.get("Content-Type", "") and response.content.strip() in (b"[]", b"")
