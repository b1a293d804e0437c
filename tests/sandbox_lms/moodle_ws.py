"""Moodle's web-service door: `/webservice/rest/server.php` (specs/moodle.md "Web services").

The token is a parameter, never a header. Errors are HTTP 200. Without
moodlewsrestformat=json the answer is XML, errors too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, request

from tests.sandbox_lms import (
    moodle_report,
    moodle_report_totals,
    moodle_ws_assign,
    moodle_ws_course,
    moodle_ws_roster,
)
from tests.sandbox_lms.moodle_ws_caller import USE_REST, Caller
from tests.sandbox_lms.moodle_ws_params import (
    Kind,
    MoodleError,
    access_denied,
    check,
    invalid_token,
    no_record,
    unflatten,
)
from tests.sandbox_lms.world import World

OPTIONS = [{"name": str, "value": str}]


@dataclass(frozen=True)
class Function:
    """One web-service function: its parameters' kinds, which are required, and what answers."""

    answer: Callable[..., Any]
    kinds: dict[str, Kind]
    required: frozenset[str] = frozenset()


FUNCTIONS: dict[str, Function] = {
    "core_webservice_get_site_info": Function(moodle_ws_roster.site_info, {"serviceshortnames": [str]}),
    "core_enrol_get_enrolled_users": Function(
        moodle_ws_roster.enrolled_users, {"courseid": int, "options": OPTIONS}, frozenset({"courseid"})
    ),
    "core_group_get_course_groups": Function(
        moodle_ws_roster.course_groups, {"courseid": int}, frozenset({"courseid"})
    ),
    "core_group_get_group_members": Function(
        moodle_ws_roster.group_members, {"groupids": [int]}, frozenset({"groupids"})
    ),
    "mod_assign_get_assignments": Function(
        moodle_ws_assign.assignments,
        {"courseids": [int], "capabilities": [str], "includenotenrolledcourses": int},
    ),
    "mod_assign_get_grades": Function(
        moodle_ws_assign.grades, {"assignmentids": [int], "since": int}, frozenset({"assignmentids"})
    ),
    "mod_assign_get_user_flags": Function(
        moodle_ws_assign.user_flags, {"assignmentids": [int]}, frozenset({"assignmentids"})
    ),
    "gradereport_user_get_grade_items": Function(
        moodle_report.grade_items, {"courseid": int, "userid": int, "groupid": int}, frozenset({"courseid"})
    ),
    "core_grades_get_gradeitems": Function(
        moodle_report_totals.category_items, {"courseid": int}, frozenset({"courseid"})
    ),
    "core_course_get_contents": Function(
        moodle_ws_course.contents, {"courseid": int, "options": OPTIONS}, frozenset({"courseid"})
    ),
    "core_course_get_courses_by_field": Function(
        moodle_ws_course.courses_by_field, {"field": str, "value": str}
    ),
}
# Functions Moodle knows and this service does not offer.
NOT_OFFERED = {
    "core_user_get_users",
    "core_user_get_users_by_field",
    "core_enrol_get_users_courses",
    "core_course_get_courses",
    "mod_assign_save_grade",
    "core_grades_update_grades",
}
OURS = {"wstoken", "wsfunction", "moodlewsrestformat", "moodlewssettingraw", "moodlewssettingfilter"}


def make_moodle_blueprint(world: World) -> Blueprint:
    """The REST server of one Moodle-like world."""
    blueprint = Blueprint("moodle_ws", __name__)

    @blueprint.route("/webservice/rest/server.php", methods=["GET", "POST"])
    def server() -> Response:
        as_json = request.values.get("moodlewsrestformat") == "json"
        try:
            with world.lock:
                found = _call(world)
        except MoodleError as error:
            return _error(error, world.debug, as_json)
        if as_json:
            return Response(json.dumps(found), content_type="application/json; charset=utf-8")
        body = f'<?xml version="1.0" encoding="UTF-8" ?>\n<RESPONSE>\n{_xml(found)}</RESPONSE>\n'
        return Response(body, content_type="application/xml; charset=utf-8")

    return blueprint


def _call(world: World) -> Any:
    flat = request.values.to_dict()
    token = world.tokens.get(flat.get("wstoken", ""))
    if token is None or token.revoked:
        raise invalid_token()
    if world.closed_for:
        raise MoodleError("moodle_exception", world.closed_for, "The site is not available now.")
    caller = Caller(world, token, flat.get("moodlewssettingraw") in {"1", "true"})
    if (token.expires_at is not None and token.expires_at <= world.now()) or USE_REST in token.lacks:
        raise access_denied()
    name = flat.get("wsfunction", "")
    if name not in FUNCTIONS and name not in NOT_OFFERED:
        raise no_record("external_functions")
    if name not in FUNCTIONS or (token.functions is not None and name not in token.functions):
        raise access_denied()
    function = FUNCTIONS[name]
    given = unflatten({key: value for key, value in flat.items() if key not in OURS})
    params = check(given, function.kinds, set(function.required))
    if name == "core_webservice_get_site_info":
        params["offered"] = list(FUNCTIONS) if token.functions is None else token.functions
    return function.answer(caller, **params)


def _error(error: MoodleError, debug: bool, as_json: bool) -> Response:
    body = error.body(debug)
    if as_json:
        return Response(json.dumps(body), content_type="application/json; charset=utf-8")
    words = "".join(f"<{k.upper()}>{escape(v)}</{k.upper()}>\n" for k, v in body.items() if k != "exception")
    text = f'<?xml version="1.0" encoding="UTF-8" ?>\n<EXCEPTION class={quoteattr(error.exception)}>\n{words}'
    return Response(f"{text}</EXCEPTION>\n", content_type="application/xml; charset=utf-8")


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        keys = "".join(f"<KEY name={quoteattr(str(k))}>{_xml(v)}</KEY>\n" for k, v in value.items())
        return f"<SINGLE>\n{keys}</SINGLE>\n"
    if isinstance(value, list):
        return f"<MULTIPLE>\n{''.join(_xml(v) for v in value)}</MULTIPLE>\n"
    if value is None:
        return '<VALUE null="null"/>\n'
    return f"<VALUE>{escape(str(int(value) if isinstance(value, bool) else value))}</VALUE>\n"
