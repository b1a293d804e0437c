"""Names and Role Provisioning Services 2.0 (specs/canvas.md §4, recordings/nrps.json)."""

from __future__ import annotations

import base64
import binascii
import html
import re
from typing import Any

from flask import Blueprint, Response, json, request

from tests.sandbox_lms.bearer import (
    Refused,
    accepts,
    canvas_error,
    canvas_tool,
    moodle_error,
    moodle_tool,
    no_handler,
)
from tests.sandbox_lms.claims_canvas import expand_for_member
from tests.sandbox_lms.lti_roles import canvas_membership_roles, moodle_membership_roles
from tests.sandbox_lms.paths import nrps_url
from tests.sandbox_lms.tools import NRPS_SCOPE, link_item
from tests.sandbox_lms.world import Course, Enrolment, Person, Tool, World

CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
CANVAS_PAGE = 50
MOODLE_PATH = "/mod/lti/services.php/CourseSection/<int:course_id>/bindings/<int:number>/memberships"


def make_nrps_blueprint(world: World) -> Blueprint:
    nrps = Blueprint("nrps", __name__)

    @nrps.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return error.answer

    if world.personality == "canvas":

        @nrps.get("/api/lti/courses/<int:course_id>/names_and_roles")
        def canvas(course_id: int) -> Response:
            with world.lock:
                return _canvas(world, course_id)
    else:

        @nrps.get(MOODLE_PATH)
        def moodle(course_id: int, number: int) -> Response:
            with world.lock:
                return _moodle(world, course_id, number)

    return nrps


def _members(world: World, course: Course) -> list[tuple[Person, Enrolment]]:
    """The enrolled of now, by family name. Who was dropped is simply missing."""
    rows = [(world.people[e.person_id], e) for e in course.enrolments.values() if e.active]
    return sorted(rows, key=lambda row: (row[0].family_name.casefold(), row[0].id))


def _canvas(world: World, course_id: int) -> Response:
    tool = canvas_tool(world, {NRPS_SCOPE})
    course = world.courses.get(course_id)
    if course is None:
        return canvas_error(404, "not_found", "The specified resource does not exist.")
    rlid = request.args.get("rlid")
    if rlid is not None and rlid != course.lti_id and rlid not in course.links:
        return canvas_error(400, "bad_request", f"Requested ResourceLink was not found: {rlid}")
    everyone = [] if course.concluded else [person for person, _ in _members(world, course)]
    role = request.args.get("role")
    if role:
        everyone = [p for p in everyone if role in canvas_membership_roles(course, p)]
    size, start = _canvas_page(world)
    members = [_canvas_member(world, tool, course, p, rlid) for p in everyone[start : start + size]]
    body = {
        "id": request.url,
        "context": {"id": course.lti_id, "label": course.label, "title": course.title},
        "members": members,
    }
    answer = Response(json.dumps(body), mimetype=CONTAINER)
    answer.headers["Link"] = _canvas_links(world, course_id, start, size, len(everyone))
    return answer


def _canvas_page(world: World) -> tuple[int, int]:
    """(page size, start). The page's token is opaque and case-sensitive."""
    limit = request.args.get("limit", "")
    size = min(int(limit), CANVAS_PAGE) if limit.isdigit() and int(limit) else CANVAS_PAGE
    token = request.args.get("page")
    if token is None:
        return size, 0
    try:
        decoded = base64.urlsafe_b64decode(token.removeprefix("bookmark:")).decode()
    except (ValueError, binascii.Error):
        decoded = ""
    found = re.fullmatch(r"Members From (\d+)", decoded)
    if not token.startswith("bookmark:") or found is None:
        raise Refused(canvas_error(400, "bad_request", "The page is not one this server gave out"))
    return size, int(found.group(1))


def _canvas_links(world: World, course_id: int, start: int, size: int, total: int) -> str:
    """Query parameters are kept, as Canvas keeps them."""
    kept = [f"{name}={request.args[name]}" for name in ("rlid", "role", "limit") if name in request.args]

    def url(position: int) -> str:
        token = base64.urlsafe_b64encode(f"Members From {position}".encode()).decode()
        return f"{nrps_url(world, course_id)}?" + "&".join([*kept, f"page=bookmark:{token}"])

    links = [f'<{url(start)}>; rel="current"']
    if start + size < total:
        links.append(f'<{url(start + size)}>; rel="next"')
    links.append(f'<{url(0)}>; rel="first"')
    return ",".join(links)


def _canvas_member(
    world: World, tool: Tool, course: Course, person: Person, rlid: str | None
) -> dict[str, Any]:
    member: dict[str, Any] = {"status": "Active"}
    if tool.privacy in ("public", "name_only"):
        member |= {"name": person.full_name, "given_name": person.given_name}
        member |= {"family_name": person.family_name}
        member["lis_person_sourcedid"] = person.idnumber or None
    if tool.privacy in ("public", "email_only"):
        member["email"] = person.email
    if tool.privacy == "public":
        member["picture"] = f"{world.issuer}/images/messages/avatar-50.png"
    member |= {"user_id": course.sub_of(person), "roles": canvas_membership_roles(course, person)}
    if rlid is not None:
        custom = {k: expand_for_member(world, course, person, v) for k, v in tool.custom.items()}
        member["message"] = [
            {LTI + "message_type": "LtiResourceLinkRequest", "locale": "en", LTI + "custom": custom}
        ]
    return member


def _moodle(world: World, course_id: int, number: int) -> Response:
    path = f"/CourseSection/{course_id}/bindings/{number}/memberships"
    if not accepts(CONTAINER):
        return no_handler(path)
    tool = moodle_tool(world, {NRPS_SCOPE}, number)
    course = world.courses.get(course_id)
    if course is None:
        return moodle_error(404, f"Not Found: Course {course_id} doesn't exist")
    rlid = request.args.get("rlid", "")
    if rlid and rlid not in course.links:
        return moodle_error(404, f"Not Found: LTI link {rlid} doesn't exist")
    rows = _members(world, course)
    role = request.args.get("role", "").rsplit("#", 1)[-1]
    if role in ("Learner", "Instructor"):  # any other role filters nothing
        rows = [row for row in rows if role in moodle_membership_roles(row[1])]
    limit, start = (_positive(request.args.get(name)) for name in ("limit", "from"))
    page = rows[start : start + limit] if limit else rows
    url = nrps_url(world, course_id, number)
    body = {
        "id": url,
        "context": {"id": course.lti_id, "label": course.label, "title": course.title},
        "members": [_moodle_member(world, tool, course, row, rlid) for row in page],
    }
    answer = Response(json.dumps(body), mimetype=CONTAINER)
    answer.headers["Content-Type"] = f"{CONTAINER}; charset=utf-8"
    if limit and start + limit < len(rows):  # the role filter is not in it (as recorded)
        more = f"&rlid={rlid}" if rlid else ""
        answer.headers["Link"] = f'<{url}?limit={limit}&from={start + limit}{more}>; rel="next"'
    return answer


def _positive(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _moodle_member(
    world: World, tool: Tool, course: Course, row: tuple[Person, Enrolment], rlid: str
) -> dict[str, Any]:
    """Names are HTML-escaped here and raw in the id_token (as recorded)."""
    person, enrolment = row
    member: dict[str, Any] = {"status": "Active", "roles": moodle_membership_roles(enrolment)}
    if rlid:
        message: dict[str, Any] = {LTI + "message_type": "LtiResourceLinkRequest"}
        if link_item(course, tool, rlid) is not None:
            message["https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"] = {
                "lis_result_sourcedid": json.dumps({"data": {"userid": person.sub}, "hash": "0"}),
                "lis_outcome_service_url": f"{world.issuer}/mod/lti/service.php",
            }
        member["message"] = [message]
    member |= {"user_id": person.sub, "lis_person_sourcedid": person.idnumber}
    if tool.privacy == "public":
        member |= {
            "name": html.escape(person.full_name, quote=False),
            "given_name": html.escape(person.given_name, quote=False),
            "family_name": html.escape(person.family_name, quote=False),
            "email": person.email,
            "ext_user_username": person.login,
        }
    return member
