"""The people's page: who are you, your courses, the tool in a frame, tools and faults. For humans."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from tests.sandbox_lms.lti_doors import sign_in, signed_in
from tests.sandbox_lms.registration import registration_address
from tests.sandbox_lms.world import Course, Fault, Person, World

ROLE_ORDER = ["teacher", "ta", "designer", "observer", "student"]
SERVICES = {
    "canvas": {"roster": "/names_and_roles", "grades": "/api/v1/", "token": "/login/oauth2/token"},
    "moodle": {"roster": "/memberships", "grades": "/webservice/", "token": "/mod/lti/token.php"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"kind": "slow", "seconds": 5.0},
    "error": {"kind": "error", "status": 500},
    "throttled": {"kind": "throttle", "status": 429},
    "expired": {"kind": "expire_token"},
    "cut": {"kind": "truncate"},
}


def make_people_blueprint(world: World) -> Blueprint:
    pages = Blueprint("people", __name__)

    @pages.app_context_processor
    def common() -> dict[str, Any]:
        me = signed_in(world)
        return {"world": world, "me": world.people[me] if me is not None else None}

    @pages.get("/")
    def home() -> str:
        with world.lock:
            me = signed_in(world)
            return render_template(
                "home.html",
                groups=people_by_role(world),
                courses=courses_of(world, me),
                services=SERVICES[world.personality],
            )

    @pages.post("/who")
    def who() -> Answer:
        number = request.form.get("person_id", "")
        response = redirect(url_for("people.home"))
        if number.isdigit() and int(number) in world.people:
            sign_in(world, response, int(number))
        return response

    @pages.get("/courses/<int:course_id>/tool")
    def frame(course_id: int) -> str | tuple[str, int]:
        """The tool inside the LMS's page, as a person of the course meets it."""
        course = world.courses.get(course_id)
        if course is None or signed_in(world) is None or not world.tools:
            return render_template("notice.html", text=_why_no_frame(world, course)), 404
        passed = ("tool", "link", "message", "for", "placement")
        query = {name: request.args[name] for name in passed if name in request.args}
        return render_template("frame.html", course=course, query=query)

    @pages.get("/storage-frame")
    def storage_frame() -> str:
        return render_template("storage.html")

    @pages.route("/return", methods=["GET", "POST"])
    @pages.route("/mod/lti/return.php", methods=["GET", "POST"])
    @pages.route("/courses/<int:course_id>/external_content/success/external_tool_redirect")
    def back(course_id: int = 0) -> Answer:
        """Where the tool sends somebody who leaves it."""
        return redirect(url_for("people.home"))

    _tool_pages(pages, world)
    _fault_pages(pages, world)
    return pages


def _tool_pages(pages: Blueprint, world: World) -> None:
    @pages.get("/tools/new")
    def new_tool() -> str | tuple[str, int]:
        """Dynamic registration: the tool's page opens in a frame with a fresh token."""
        url = request.args.get("url", "").strip()
        if not url:
            return render_template("add_tool.html", address=None)
        if urlsplit(url).scheme not in ("http", "https"):
            return render_template("notice.html", text="That is not a web address."), 400
        return render_template("add_tool.html", address=registration_address(world, url))

    @pages.post("/tools/<client_id>")
    def switch_tool(client_id: str) -> Answer:
        tool = world.tools.get(client_id)
        if tool is not None:
            tool.active = request.form.get("do") == "activate"
        return redirect(url_for("people.home") + "#tools")


def _fault_pages(pages: Blueprint, world: World) -> None:
    @pages.post("/faults")
    def faults() -> Answer:
        """One more fault on the chosen service, or all of them gone."""
        kind, service = request.form.get("kind", ""), request.form.get("service", "")
        page = request.form.get("page", "")
        with world.lock:
            if kind == "clear":
                world.faults.clear()
            elif kind in FAULTS:
                path = SERVICES[world.personality].get(service, "/api")
                number = int(page) if page.isdigit() and int(page) else None
                world.faults.append(Fault(path=path, page=number, times=1, **FAULTS[kind]))
        return redirect(url_for("people.home") + "#faults")


def _why_no_frame(world: World, course: Course | None) -> str:
    if course is None:
        return "There is no such course."
    if not world.tools:
        return "No tool has been added to this LMS yet. Add one on the first page."
    return "Choose who you are first, on the first page."


ROLE_WORDS = {"ta": "Teaching assistant", "observer": "Parent (observer)"}


def people_by_role(world: World) -> list[tuple[str, list[Person]]]:
    """Everybody, under the strongest role they hold anywhere; big seeded courses cut at 40."""
    roles: dict[int, str] = {}
    for course in world.courses.values():
        for enrolment in course.enrolments.values():
            if enrolment.active:
                known = roles.get(enrolment.person_id, enrolment.role)
                roles[enrolment.person_id] = min(known, enrolment.role, key=ROLE_ORDER.index)
    groups: dict[str, list[Person]] = {}
    for person in world.people.values():
        role = roles.get(person.id, "administrator" if person.is_site_admin else "not in a course")
        groups.setdefault("test student" if person.is_test else role, []).append(person)
    order = [*ROLE_ORDER, "test student", "administrator", "not in a course"]
    return [(ROLE_WORDS.get(role, role.capitalize()), groups[role][:40]) for role in order if role in groups]


def courses_of(world: World, person_id: int | None) -> list[Course]:
    """The courses somebody is in; an administrator and a test student see all."""
    if person_id is None:
        return []
    person = world.people[person_id]
    if person.is_site_admin or person.is_test:
        return list(world.courses.values())
    mine = [c for c in world.courses.values() if person_id in c.enrolments]
    return [c for c in mine if c.enrolments[person_id].active]
