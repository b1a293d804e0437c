"""How plans work in one course: what its teachers set."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.place import place
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.limits import set_limit
from lti_tool.plans.limits import LEAST, MOST, most_of
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit


def add_course_rules(pages: Blueprint, deps: Deps) -> None:
    """GET and POST /course."""

    @pages.route("/course", methods=["GET", "POST"])
    def course_rules() -> Answer:
        if request.method == "GET":
            return _page(deps)
        typed = request.form.get("goals_most", "")
        most = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else None
        try:
            with deps.database.write() as session:
                set_limit(session, this_visit().actor, most, now=deps.now())
        except GoalRefused as refused:
            return _page(deps, " ".join(problem.sentence(_) for problem in refused)), 422
        return redirect(url_for("pages.course_rules"), 303)


def _page(deps: Deps, problem: str = "") -> Response:
    visit = this_visit()
    with deps.database.read() as session:
        here = place(session, visit.actor, visit.context_id)
    return make_page(
        "course-rules",
        title=here.title,
        most=most_of(here.context.goals_most),
        numbers=range(LEAST, MOST + 1),
        problem=problem,
        tabs=staff_tabs("setup", started=here.context.started_at is not None),
    )
