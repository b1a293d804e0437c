"""The JSON control door, for tests and the demo in other processes. Loopback Host headers only."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, jsonify, request

from tests.sandbox_lms.copies import copy_course
from tests.sandbox_lms.lti_doors import sign_in
from tests.sandbox_lms.paths import endpoints
from tests.sandbox_lms.registration import registration_address
from tests.sandbox_lms.tools import add_tool, the_tool
from tests.sandbox_lms.world import Enrolment, Fault, Tool, World

LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


class Refused(Exception):
    """The control request is wrong; its sentence is the answer (400)."""


def make_control_blueprint(world: World) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/control")

    @control.before_request
    def only_loopback() -> Response | None:
        host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        return None if host in LOOPBACK else Response("loopback only", 403)

    @control.errorhandler(Refused)
    @control.errorhandler(KeyError)
    @control.errorhandler(TypeError)
    @control.errorhandler(ValueError)
    def refused(error: Exception) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    _tool_routes(control, world)
    _course_routes(control, world)
    _platform_routes(control, world)
    return control


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True) or {}
    if not isinstance(body, dict):
        raise Refused("send a JSON object")
    return body


def _tool_routes(control: Blueprint, world: World) -> None:
    @control.get("/endpoints")
    def get_endpoints() -> dict[str, str]:
        return asdict(endpoints(world))

    @control.post("/tool")
    def tool() -> dict[str, Any]:
        """{tool_url, client_id?, deployment_ids?, ...} as `add_tool`, or every field of a Tool.

        A known client_id is changed in place, so the demo may say it at each start.
        """
        body = _body()
        if "tool_url" in body:
            made = add_tool(world, **body)
        else:
            made = Tool(**body)
            world.tools[made.client_id] = made
        return asdict(made)

    @control.get("/tools")
    def tools() -> Response:
        return jsonify([asdict(tool) for tool in world.tools.values()])

    @control.post("/activate")
    def activate() -> dict[str, Any]:
        """{client_id?, active?: bool} what the administrator does after a dynamic registration."""
        body = _body()
        tool = the_tool(world, body.get("client_id"))
        tool.active = bool(body.get("active", True))
        return asdict(tool)

    @control.post("/registration")
    def registration() -> dict[str, str]:
        """{register_url} the address the administrator's browser opens, single-use token included."""
        return {"url": registration_address(world, str(_body()["register_url"]))}

    @control.post("/sign-in")
    def as_person() -> Response:
        person_id = int(_body()["person_id"])
        if person_id not in world.people:
            raise Refused(f"nobody has the id {person_id}")
        response = jsonify(person_id=person_id)
        sign_in(world, response, person_id)
        return response


def _course_routes(control: Blueprint, world: World) -> None:
    @control.post("/grade")
    def grade() -> Response:
        """{course_id, item_id, person_id, score: number | null, posted?: bool, excused?: bool}"""
        body = _body()
        course = world.courses[int(body["course_id"])]
        item_id, person_id = int(body["item_id"]), int(body["person_id"])
        if item_id not in course.items or person_id not in world.people:
            raise Refused("no such item or person")
        if "score" in body:
            world.set_score(course, item_id, person_id, _decimal(body["score"]))
        if "posted" in body:
            world.set_posted(course, item_id, person_id, bool(body["posted"]))
        if "excused" in body:
            set_excused(world, course.id, item_id, person_id, bool(body["excused"]))
        return jsonify(asdict(world.grade(course, item_id, person_id)))

    @control.post("/enrolment")
    def enrolment() -> Response:
        """{course_id, person_id, role?, active?: bool} adds, drops or takes back somebody."""
        body = _body()
        made = enrol(
            world,
            int(body["course_id"]),
            int(body["person_id"]),
            role=body.get("role"),
            active=bool(body.get("active", True)),
        )
        return jsonify(asdict(made))

    @control.post("/copy-course")
    def copy() -> dict[str, Any]:
        """{course_id, teacher_id, title}: the copy's own id."""
        body = _body()
        made = copy_course(
            world, int(body["course_id"]), teacher_id=int(body["teacher_id"]), title=str(body["title"])
        )
        return {"course_id": made.id, "lti_id": made.lti_id}


def _platform_routes(control: Blueprint, world: World) -> None:
    @control.post("/rotate-keys")
    def rotate() -> dict[str, str]:
        with world.lock:
            return {"kid": world.lti.rotate(world.now()).kid}

    @control.post("/scopes")
    def narrow() -> dict[str, Any]:
        """{client_id?, scopes: [...]} the administrator leaves the tool these scopes."""
        body = _body()
        tool = the_tool(world, body.get("client_id"))
        tool.scopes = [str(scope) for scope in body["scopes"]]
        return asdict(tool)

    @control.post("/faults")
    def add_fault() -> Response:
        fault = Fault(**_body())
        with world.lock:
            world.faults.append(fault)
        return jsonify(asdict(fault))

    @control.delete("/faults")
    def clear_faults() -> Response:
        with world.lock:
            world.faults.clear()
        return jsonify([])

    @control.get("/requests")
    def requests() -> Response:
        with world.lock:
            return jsonify(list(world.requests))


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation as wrong:
        raise Refused("a score is a number") from wrong
    if not number.is_finite():
        raise Refused("a score is a number")
    return number


def set_excused(world: World, course_id: int, item_id: int, person_id: int, excused: bool) -> None:
    """Canvas: an excused cell has no score. Moodle: it is excluded and keeps it."""
    with world.lock:
        grade = world.grade(world.courses[course_id], item_id, person_id)
        grade.excused = excused
        if world.personality == "canvas":
            if excused:
                grade.score, grade.assign_score = None, None
                grade.graded_at = world.now()
            grade.state = "graded" if excused else "unsubmitted"


def enrol(world: World, course_id: int, person_id: int, *, role: str | None, active: bool) -> Enrolment:
    """Add somebody, drop them (active=False) or take them back."""
    with world.lock:
        course = world.courses[course_id]
        if person_id not in world.people:
            raise Refused(f"nobody has the id {person_id}")
        enrolment = course.enrolments.get(person_id)
        if enrolment is None:
            enrolment = Enrolment(person_id, role or "student", created_at=world.now())
            course.enrolments[person_id] = enrolment
        enrolment.active = active
        enrolment.role = role or enrolment.role
        return enrolment
