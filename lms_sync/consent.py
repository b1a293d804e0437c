"""What a person's consent gives us: the code made a token, and the token looked through (canvas.md §6).

The web tool is handed these functions; it never talks to an LMS's API itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import structlog

from config.settings import Settings
from lms_sync.accesses import OF_THE_COURSE
from lms_sync.platforms.canvas_course import CanvasCourse
from lms_sync.platforms.canvas_door import CanvasDoor, canvas_root
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire
from lms_sync.tokens import life_of
from lti_tool.http import OutboundError, check_url, make_session
from lti_tool.planning.consent import Allowed, CourseNames, Key, Seen
from lti_tool.plans.consent import ConsentRefused

CANVAS = "Canvas"
READ_SECONDS = 15.0  # somebody waits in front of the window
log = structlog.get_logger()


class CanvasConsent:
    """Canvas's token service and what one token sees, for somebody who waits. now: the clock."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now

    def exchange(self, key: Key, code: str, redirect_uri: str) -> Allowed:
        """The access that a single-use code stands for. Raises ConsentRefused."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        try:
            with open_wire(self._settings) as wire:
                response = ask_for_token(wire, self._settings, key, form)
                answer = _said(wire, response)
        except LmsError as error:
            raise ConsentRefused(error.code, error.words) from error
        if response.status_code != 200:
            raise _refused(response.status_code, answer, redirect_uri)
        return _allowed(answer, self._now())

    def look(self, key: Key, allowed: Allowed, courses: Sequence[CourseNames]) -> Seen:
        """What the access covers; a trouble that may pass leaves it unchecked. Raises ConsentRefused.

        courses: of several, one whose grades it sees is enough.
        """
        try:
            with open_wire(self._settings) as wire:
                check_url(key.api_url, self._settings)
                if not courses:
                    CanvasDoor(wire, api_url=key.api_url, token=allowed.token).one("users/self/profile")
                    return Seen(checked=True)
                return _first_seen(wire, key, allowed, courses)
        except LmsError as error:
            if error.permanent:
                raise ConsentRefused(error.code, error.words) from error
            log.warning("consent.not_checked", code=error.code)
            return Seen(checked=False)

    def revoke(self, key: Key, token: str) -> None:
        """Give a token back that nobody needs any more; whether Canvas takes it changes nothing for us."""
        url = f"{canvas_root(key.api_url)}/login/oauth2/token"
        try:
            with open_wire(self._settings) as wire:
                wire.session.delete(url, headers={"Authorization": f"Bearer {token}"})
        except (LmsError, OutboundError, requests.RequestException):
            log.info("consent.not_revoked")


def _first_seen(wire: Wire, key: Key, allowed: Allowed, courses: Sequence[CourseNames]) -> Seen:
    """The first of these courses whose grades are shown; raises LmsError, that of the last one."""
    *others, last = courses
    for course in others:
        try:
            return _seen(wire, key, allowed, course)
        except LmsError as error:
            if error.code not in OF_THE_COURSE:
                raise
    return _seen(wire, key, allowed, last)


def _seen(wire: Wire, key: Key, allowed: Allowed, course: CourseNames) -> Seen:
    found = CanvasCourse(wire, api_url=key.api_url, token=allowed.token, course_ref=course.ref)
    found.can_read_grades()
    return Seen(checked=True, sections=tuple(found.limited_to()))


@contextmanager
def open_wire(settings: Settings) -> Iterator[Wire]:
    """A wire for somebody who waits: it never sleeps; closed at the end."""
    wire = Wire(make_session(settings, read_seconds=READ_SECONDS), CANVAS, wait=lambda _seconds: None)
    try:
        yield wire
    finally:
        wire.session.close()


def ask_for_token(wire: Wire, settings: Settings, key: Key, form: dict[str, str]) -> requests.Response:
    """POST to the token service. Raises LmsError."""
    url = f"{canvas_root(key.api_url)}/login/oauth2/token"
    try:
        check_url(url, settings)
    except OutboundError as error:
        raise wire.error("bad_address", str(error)) from error
    body = {"client_id": key.client_id, "client_secret": key.secret, **form}
    response = wire.call(lambda: wire.session.post(url, data=body))
    if response.status_code >= 500:
        raise wire.error("server_error", status=response.status_code)
    return response


def check_key(key: Key, settings: Settings) -> LmsError | None:
    """Whether the token service knows the key: asked with a code that is none, it says so. None = well."""
    form = {"grant_type": "refresh_token", "refresh_token": "none"}
    try:
        with open_wire(settings) as wire:
            response = ask_for_token(wire, settings, key, form)
            answer = wire.json(response)
            answer = answer if isinstance(answer, dict) else {}
            said, why = text(answer.get("error"), 64), text(answer.get("error_description"), 200)
            if said == "invalid_grant" or (said == "invalid_request" and "refresh_token" in why):
                return None
            if said == "invalid_client" or response.status_code == 401:
                return wire.error("wrong_key", status=response.status_code)
            return wire.error("refused", status=response.status_code)
    except LmsError as error:
        return error


def _said(wire: Wire, response: requests.Response) -> Any:
    """What the token service answers; a Canvas may say what is wrong in an address it leads to instead."""
    if response.is_redirect:
        return dict(parse_qsl(urlsplit(response.headers["Location"]).query))
    return wire.json(response) if response.status_code in (200, 400, 401, 403) else {}


def _refused(status: int, answer: Any, redirect_uri: str) -> ConsentRefused:
    answer = answer if isinstance(answer, dict) else {}
    said, why = text(answer.get("error"), 64), text(answer.get("error_description"), 200)
    if said == "invalid_client":
        return ConsentRefused("wrong_key", {"lms": CANVAS})
    if said == "invalid_grant":
        code = "wrong_redirect" if "redirect" in why else "code_used"
        return ConsentRefused(code, {"lms": CANVAS, "detail": redirect_uri})
    return ConsentRefused("lms_said", {"lms": CANVAS, "detail": said or f"HTTP {status}"})


def _allowed(answer: Any, now: datetime) -> Allowed:
    answer = answer if isinstance(answer, dict) else {}
    token, refresh = text(answer.get("access_token"), 8192), text(answer.get("refresh_token"), 8192)
    if not token:
        detail = "a token answer without a token"
        raise ConsentRefused("wrong_shape", {"lms": CANVAS, "detail": detail})
    user = answer.get("user")
    number = text(user.get("id"), 64) if isinstance(user, dict) else ""
    return Allowed(token, refresh or None, now + life_of(answer), number)
