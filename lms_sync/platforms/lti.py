"""The roster by LTI's Names and Roles service, and what `doctor` asks of a registration (lti.md §7)."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from config.settings import Settings
from lms_sync.platforms.base import MemberRow, Page
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.service_tokens import SCOPE_NRPS, ServiceTokens
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire
from lti_tool.db import Database
from lti_tool.http import OutboundError, check_url, make_session
from lti_tool.records.platform import Registration

ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
GONE = frozenset({"inactive", "deleted"})
# Moodle gives the whole list in one answer unless it is asked for so many; more would not stay small here.
MOODLE_LIMIT = 1000
# Only asked for where a whole list is more than the LMS or we can take in one answer.
LIMIT = 200
NO_RLID = frozenset({"refused", "no_course"})


class NrpsRoster:
    """Who is in a course, by NRPS.

    Args:
        url: the membership service's address from the newest launch; it may have a query of its own.
        rlid: on Canvas the context id; it makes each member carry our custom fields, and so the
            numeric user id (canvas.md §4). Left out again where the platform does not know it.
        moodle: whether `user_id` is also the id of Moodle's web services.
    """

    def __init__(
        self,
        wire: Wire,
        tokens: ServiceTokens,
        *,
        url: str,
        rlid: str | None,
        moodle: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._wire = wire
        self._tokens = tokens
        self._url = url
        self._rlid = rlid
        self._moodle = moodle
        self._now = now

    def members(self) -> Iterator[Page[MemberRow]]:
        """Pages of members to the end of the list; a page that fails ends it with LmsError."""
        pages = iter(self._wire.pages(self._first(), self._get))
        try:
            first = next(pages)
        except LmsError as error:
            pages = iter(self._wire.pages(self._again(error), self._get))
            first = next(pages)
        yield self._page(first)
        for response in pages:
            yield self._page(response)

    def _first(self) -> str:
        if self._moodle:
            return with_query(self._url, {"limit": str(MOODLE_LIMIT)})
        return with_query(self._url, {"rlid": self._rlid} if self._rlid else {})

    def _again(self, error: LmsError) -> str:
        """Another way to ask for the first page, if there is one."""
        if error.code in NO_RLID and self._rlid:
            return self._url
        if error.code in ("huge", "slow", "too_slow"):
            return with_query(self._url, {"limit": str(LIMIT)})
        raise error

    def _get(self, url: str) -> requests.Response:
        response = self._ask(url, fresh=False)
        if response.status_code == 401:
            response = self._ask(url, fresh=True)
        status = response.status_code
        if status == 200:
            return response
        if status >= 500:
            raise self._wire.error("server_error", status=status)
        if status in (401, 403):
            raise self._wire.error("no_scope", status=status)
        raise self._wire.error("no_course" if status == 404 else "refused", status=status)

    def _ask(self, url: str, *, fresh: bool) -> requests.Response:
        token = self._tokens.get([SCOPE_NRPS], now=self._now(), fresh=fresh)
        headers = {"Authorization": f"Bearer {token}", "Accept": ACCEPT}
        return self._wire.call(lambda: self._wire.session.get(url, headers=headers))

    def _page(self, response: requests.Response) -> Page[MemberRow]:
        body = self._wire.json(response)
        members = body.get("members") if isinstance(body, dict) else None
        if not isinstance(members, list):
            raise self._wire.error("wrong_shape", "a list of people without its members")
        rows = [member_row(member, moodle=self._moodle) for member in members]
        good = [row for row in rows if row is not None]
        return Page(good, bad=len(rows) - len(good))


def member_row(row: Any, *, moodle: bool) -> MemberRow | None:
    """A member as we keep them; None for one that names nobody or has no list of roles."""
    if not isinstance(row, dict):
        return None
    sub, roles = text(row.get("user_id"), 255), row.get("roles")
    if not sub or not isinstance(roles, list):
        return None
    number = custom_fields(row).get("canvas_user_id", "")
    return MemberRow(
        sub=sub,
        roles=tuple(role[:255] for role in roles[:50] if isinstance(role, str)),
        active=text(row.get("status")).rpartition("#")[2].lower() not in GONE,
        name=plain(row.get("name"), 1024),
        given_name=plain(row.get("given_name"), 512),
        family_name=plain(row.get("family_name"), 512),
        email=text(row.get("email"), 512),
        # A variable the platform does not know arrives as its own name, "$Canvas.user.id".
        canvas_user_id=number if number.isdigit() else "",
        moodle_id=sub if moodle and sub.isdigit() else "",
    )


def plain(value: Any, limit: int) -> str:
    """A name without HTML escapes, which Moodle puts into it."""
    return html.unescape(text(value, limit * 2))[:limit]


def custom_fields(row: dict[str, Any]) -> dict[str, str]:
    """The custom fields a member's message carries; empty where there are none."""
    messages = row.get("message")
    for message in messages if isinstance(messages, list) else []:
        fields = message.get(CUSTOM) if isinstance(message, dict) else None
        if isinstance(fields, dict):
            return {str(name): text(value, 255) for name, value in fields.items()}
    return {}


def with_query(url: str, more: dict[str, str]) -> str:
    """The address with these parameters added to (or put in place of) its own."""
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in more]
    return urlunsplit(parts._replace(query=urlencode([*kept, *more.items()]))) if more else url


def check_registration(
    registration: Registration, *, settings: Settings, database: Database
) -> list[tuple[str, bool, str]]:
    """(what, well, sentence) for a registration's key set and service token."""
    wire = Wire(make_session(settings), registration.name or registration.issuer)
    return [
        ("key set", *_try(lambda: _check_keys(wire, registration.jwks_url, settings))),
        ("service token", *_try(lambda: _check_token(wire, registration, settings, database))),
    ]


def _try(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except (LmsError, OutboundError) as error:
        return False, str(error)


def _check_keys(wire: Wire, url: str, settings: Settings) -> str:
    check_url(url, settings)
    response = wire.call(lambda: wire.session.get(url))
    if response.status_code != 200:
        raise wire.error("refused", status=response.status_code)
    body = wire.json(response)
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list) or not keys:
        raise wire.error("wrong_shape", "a key set without keys")
    return f"{len(keys)} keys"


def _check_token(wire: Wire, registration: Registration, settings: Settings, database: Database) -> str:
    check_url(registration.token_url, settings)
    ServiceTokens(wire, database, registration).get([SCOPE_NRPS], now=datetime.now(UTC), fresh=True)
    return "given for Names and Roles"
