"""Who asks Canvas's API, what they may see, and Canvas's own words of refusal (specs/canvas.md §5, §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Request, Response, jsonify

from tests.sandbox_lms.world import ApiToken, Course, Enrolment, Person, World

GRADERS = {"teacher", "ta"}
REALM = 'Bearer realm="canvas-lms"'


class Refused(Exception):
    """An answer other than the rows: its status, Canvas's body, and whether the token is dead."""

    def __init__(self, status: int, body: Any, *, dead_token: bool = False) -> None:
        super().__init__(status)
        self.status, self.body, self.dead_token = status, body, dead_token

    def response(self) -> Response:
        answer = jsonify(self.body)
        answer.status_code = self.status
        if self.dead_token:
            answer.headers["WWW-Authenticate"] = REALM
        return answer


def not_found() -> Refused:
    return Refused(404, {"errors": [{"message": "The specified resource does not exist."}]})


def no_permission() -> Refused:
    """401 without WWW-Authenticate: the token lives, its person may not."""
    message = "user not authorized to perform that action"
    return Refused(401, {"status": "unauthorized", "errors": [{"message": message}]})


def bad_request(message: str) -> Refused:
    return Refused(400, {"errors": [{"message": message}]})


def dead_token() -> Refused:
    return Refused(401, {"errors": [{"message": "Invalid access token."}]}, dead_token=True)


def enrolment_state(course: Course, enrolment: Enrolment) -> str:
    """active, invited, completed, inactive or deleted."""
    if enrolment.state:
        return enrolment.state
    if not enrolment.active:
        return "inactive"
    return "completed" if course.concluded else "active"


@dataclass
class Viewer:
    """The person behind a token, and what that makes of each course."""

    person: Person
    token: ApiToken

    def enrolment(self, course: Course) -> Enrolment | None:
        found = course.enrolments.get(self.person.id)
        if found is None or enrolment_state(course, found) not in {"active", "completed"}:
            return None
        return found

    def in_course(self, course: Course) -> bool:
        return self.person.is_site_admin or self.enrolment(course) is not None

    def grades_all(self, course: Course) -> bool:
        """view_all_grades: teachers, teaching assistants, administrators."""
        found = self.enrolment(course)
        return self.person.is_site_admin or (found is not None and found.role in GRADERS)

    def is_observer(self, course: Course) -> bool:
        found = self.enrolment(course)
        return found is not None and found.role == "observer"

    def observees(self, course: Course) -> list[int]:
        found = self.enrolment(course)
        return list(found.observes) if found and found.role == "observer" else []

    def sections(self, course: Course) -> set[str] | None:
        """The sections a limited grader sees; None = all."""
        if self.token.only_sections is not None:
            return set(self.token.only_sections)
        mine = self.enrolment(course)
        if mine is None or not mine.limited or self.person.is_site_admin:
            return None
        return set(mine.sections)

    def sees(self, course: Course, enrolment: Enrolment) -> bool:
        limit = self.sections(course)
        return limit is None or bool(limit & set(enrolment.sections))


def given_token(request: Request) -> str:
    """The token as sent: the Bearer header, or the access_token parameter."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    return request.values.get("access_token", "")


def find_viewer(world: World, request: Request, scope: str) -> Viewer:
    """The viewer of a live token whose scopes hold `scope`; raises Refused (401 of both kinds)."""
    text = given_token(request)
    if not text:
        raise Refused(
            401,
            {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]},
            dead_token=True,
        )
    token = world.tokens.get(text)
    expired = token is not None and token.expires_at is not None and token.expires_at <= world.now()
    if token is None or token.revoked or expired or token.person_id not in world.people:
        raise dead_token()
    if token.scopes is not None and scope not in token.scopes:
        raise Refused(401, {"errors": [{"message": "Insufficient scopes on access token."}]})
    return Viewer(world.people[token.person_id], token)


def includes(viewer: Viewer, request: Request) -> set[str]:
    """include[] as Canvas honours it: ignored in silence on a scoped key that does not allow it."""
    if viewer.token.scopes is not None and not viewer.token.allow_includes:
        return set()
    return set(request.args.getlist("include[]"))
