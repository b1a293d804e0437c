"""Canvas's REST API as the tool uses it: `/api/v1/...` (specs/canvas.md §5 to §7).

Every route has its scope, a handler `(call, **path) -> rows or Page`, and runs under the world's lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from tests.sandbox_lms import canvas_api_gradebook as gradebook
from tests.sandbox_lms import canvas_api_people as people
from tests.sandbox_lms import canvas_api_submissions as submissions
from tests.sandbox_lms.canvas_api_call import Call
from tests.sandbox_lms.canvas_api_throttle import Throttle, throttled
from tests.sandbox_lms.canvas_api_viewer import Refused, bad_request, find_viewer, given_token, not_found
from tests.sandbox_lms.paging import BadBookmark, Page, link_header
from tests.sandbox_lms.world import World

METHODS = ["GET", "POST", "PUT", "DELETE"]
Handler = Callable[..., Any]

# (Flask's rule, the route as a scope names it, who answers)
ROUTES: list[tuple[str, str, Handler]] = [
    ("/courses", "/courses", people.list_courses),
    ("/courses/<course>", "/courses/:id", people.show_course),
    ("/courses/<course>/assignments", "/courses/:course_id/assignments", gradebook.list_assignments),
    (
        "/courses/<course>/assignment_groups",
        "/courses/:course_id/assignment_groups",
        gradebook.list_assignment_groups,
    ),
    (
        "/courses/<course>/grading_standards",
        "/courses/:course_id/grading_standards",
        gradebook.list_grading_standards,
    ),
    ("/courses/<course>/enrollments", "/courses/:course_id/enrollments", people.list_enrollments),
    ("/courses/<course>/users", "/courses/:course_id/users", people.list_users),
    ("/courses/<course>/sections", "/courses/:course_id/sections", people.list_sections),
    ("/courses/<course>/groups", "/courses/:course_id/groups", people.list_groups),
    ("/groups/<group>/users", "/groups/:group_id/users", people.list_group_users),
    (
        "/courses/<course>/students/submissions",
        "/courses/:course_id/students/submissions",
        submissions.of_course,
    ),
    (
        "/sections/<section>/students/submissions",
        "/sections/:section_id/students/submissions",
        submissions.of_section,
    ),
    ("/users/<user>", "/users/:id", people.show_user),
    ("/users/<user>/profile", "/users/:user_id/profile", people.show_profile),
    ("/users/<user>/observees", "/users/:user_id/observees", people.list_observees),
]


def make_canvas_blueprint(world: World) -> Blueprint:
    """All of `/api/v1`, with Canvas's 404 for the rest of it."""
    blueprint = Blueprint("canvas_api", __name__, url_prefix="/api/v1")
    throttle = Throttle()
    blueprint.before_request(lambda: _enter(throttle))
    blueprint.after_request(lambda answer: _leave(throttle, answer))
    for rule, route, handler in ROUTES:
        view = _view(world, f"url:GET|/api/v1{route}", handler)
        blueprint.add_url_rule(rule, f"{handler.__module__}.{handler.__name__}".replace(".", "_"), view)
    changed = "/courses/:course_id/assignments/:id"
    blueprint.add_url_rule(
        "/courses/<course>/assignments/<assignment>",
        "change_assignment",
        _view(world, f"url:PUT|/api/v1{changed}", gradebook.change_assignment),
        methods=["PUT"],
    )
    blueprint.add_url_rule("/<path:rest>", "nothing", lambda rest: not_found().response(), methods=METHODS)
    return blueprint


def _view(world: World, scope: str, handler: Handler) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        try:
            with world.lock:
                viewer = find_viewer(world, request, scope)
                return _answer(handler(Call(world, viewer, request), **path))
        except Refused as refused:
            return refused.response()
        except BadBookmark:
            return bad_request("The bookmark is not valid.").response()

    return view


def _answer(found: Any) -> Response:
    if not isinstance(found, Page):
        return jsonify(found)
    answer = jsonify(list(found.rows))
    answer.headers["Link"] = link_header(request, found.rels)
    return answer


def _enter(throttle: Throttle) -> Response | None:
    g.throttle_token, g.throttle_start = given_token(request), time.thread_time()
    g.throttle_in = throttle.enter(g.throttle_token)
    return None if g.throttle_in else throttled()


def _leave(throttle: Throttle, answer: Response) -> Response:
    if g.get("throttle_in"):
        cost, remaining = throttle.leave(g.throttle_token, time.thread_time() - g.throttle_start)
        answer.headers["X-Request-Cost"] = f"{cost:.6f}"
        answer.headers["X-Rate-Limit-Remaining"] = f"{remaining:.6f}"
    return answer
