"""Who stands by a student, as staff give mentors; and what staff who left a course had open (B12)."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.handover import leavers
from lti_tool.overview.standing_by import standing_by
from lti_tool.planning.handing_over import take_over
from lti_tool.planning.mentors import assign_mentor, end_mentor, hand_over_assignment
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

FIND_LONGEST = 200


def add_standing_by_pages(pages: Blueprint, deps: Deps) -> None:
    """Mentors of a student; the list of what leavers had open; an assignment handed over."""

    @pages.route("/students/<int:person_id>/mentors", methods=["GET", "POST"], endpoint="mentors")
    def mentors(person_id: int) -> Response:
        typed = " ".join(request.form.get("find", "").replace("\x00", "").split())[:FIND_LONGEST]
        with deps.database.read() as session:
            found = standing_by(session, this_visit().actor, person_id, typed)
        return make_page("mentors", view=found, typed=typed, tabs=staff_tabs())

    @pages.post("/students/<int:person_id>/mentors/new", endpoint="assign_mentor")
    def assign(person_id: int) -> Answer:
        with deps.database.write() as session:
            assign_mentor(session, this_visit().actor, person_id, sent_id("mentor_id") or -1, now=deps.now())
        return redirect(url_for("pages.mentors", person_id=person_id), 303)

    @pages.post("/students/<int:person_id>/mentors/<int:assignment_id>/end", endpoint="end_mentor")
    def end(person_id: int, assignment_id: int) -> Answer:
        with deps.database.write() as session:
            end_mentor(session, this_visit().actor, person_id, assignment_id, now=deps.now())
        return redirect(url_for("pages.mentors", person_id=person_id), 303)

    @pages.get("/handover")
    def handover() -> Response:
        with deps.database.read() as session:
            found = leavers(session, this_visit().actor)
        return make_page("handover", leavers=found, day=charts.day, tabs=staff_tabs("check-ins"))

    @pages.post("/handover/<int:person_id>", endpoint="take_over")
    def take(person_id: int) -> Answer:
        with deps.database.write() as session:
            take_over(session, this_visit().actor, person_id, now=deps.now())
        return redirect(url_for("pages.handover"), 303)

    @pages.post("/support/assignments/<int:assignment_id>/hand-over", endpoint="hand_over_assignment")
    def hand_over(assignment_id: int) -> Answer:
        with deps.database.write() as session:
            made = hand_over_assignment(
                session, this_visit().actor, assignment_id, sent_id("successor_id") or -1, now=deps.now()
            )
        return redirect(url_for("pages.support_person", person_id=made.counselor_id), 303)
