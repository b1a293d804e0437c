"""The administrator's pages of who stands by a student: counselors, guardians, blocks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import format_date
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.overview.support import find_courses, find_people, support, support_person
from lti_tool.planning.guardians import block_guardian, lift_block
from lti_tool.planning.mentors import assign_counselor, end_assignment
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

FIND_LONGEST = 200


def add_support_pages(pages: Blueprint, deps: Deps) -> None:
    """Add them all; what is searched for is posted, so that no name stands in an address."""

    @pages.route("/support", methods=["GET", "POST"], endpoint="support")
    def page() -> Response:
        return _page(deps)

    @pages.route("/support/<int:person_id>", methods=["GET", "POST"], endpoint="support_person")
    def person(person_id: int) -> Response:
        return _person_page(deps, person_id)

    @pages.post("/support/<int:person_id>/assign", endpoint="assign")
    def assign(person_id: int) -> BaseResponse:
        with deps.database.write() as session:
            assign_counselor(
                session,
                this_visit().actor,
                person_id,
                student_id=_number("student_id"),
                context_id=_number("context_id"),
                kind=request.form.get("kind", "counselor"),
                now=deps.now(),
            )
        return redirect(url_for("pages.support_person", person_id=person_id), 303)

    @pages.post("/support/assignments/<int:assignment_id>/end", endpoint="end_assignment")
    def end(assignment_id: int) -> BaseResponse:
        with deps.database.write() as session:
            counselor_id = end_assignment(session, this_visit().actor, assignment_id, now=deps.now())
        return redirect(url_for("pages.support_person", person_id=counselor_id), 303)

    @pages.post("/support/<int:student_id>/block", endpoint="block")
    def block(student_id: int) -> BaseResponse:
        with deps.database.write() as session:
            block_guardian(
                session,
                this_visit().actor,
                student_id,
                guardian_id=_number("guardian_id"),
                name=request.form.get("name", "")[:FIND_LONGEST],
                now=deps.now(),
            )
        return redirect(url_for("pages.support"), 303)

    @pages.post("/support/<int:guardian_id>/block-all", endpoint="block_all")
    def block_all(guardian_id: int) -> BaseResponse:
        actor = this_visit().actor
        with deps.database.write() as session:
            for tie in support_person(session, actor, guardian_id).guardian_of:
                block_guardian(
                    session, actor, tie.student_id, guardian_id=guardian_id, name="", now=deps.now()
                )
        return redirect(url_for("pages.support_person", person_id=guardian_id), 303)

    @pages.post("/support/blocks/<int:block_id>/lift", endpoint="lift_block")
    def lift(block_id: int) -> BaseResponse:
        with deps.database.write() as session:
            lift_block(session, this_visit().actor, block_id, now=deps.now())
        return redirect(url_for("pages.support"), 303)


def _page(deps: Deps) -> Response:
    actor, typed = this_visit().actor, _typed()
    with deps.database.read() as session:
        assignments, blocks = support(session, actor)
        found = find_people(session, actor, typed)
    return _answer("support", assignments=assignments, blocks=blocks, found=found, typed=typed)


def _person_page(deps: Deps, person_id: int) -> Response:
    actor, typed = this_visit().actor, _typed()
    with deps.database.read() as session:
        person = support_person(session, actor, person_id)
        people = [one for one in find_people(session, actor, typed) if one.id != person.id]
        courses = find_courses(session, actor, typed)
    return _answer("support-person", person=person, found=people, courses=courses, typed=typed)


def _answer(name: str, **values: Any) -> Response:
    return make_page(
        name,
        **values,
        day=lambda at: format_date(at, "medium", rebase=False),
        tabs=staff_tabs("support"),
    )


def _typed() -> str:
    return request.form.get("find", "")[:FIND_LONGEST].replace("\x00", "")


def _number(field: str) -> int | None:
    """A row's id from a form; -1, which is nobody's, where it is not one."""
    value = request.form.get(field, "")
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 11 else -1
