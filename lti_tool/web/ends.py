"""After a goal's end: the student keeps, changes or lets go; a teacher confirms a late change."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from lti_tool.planning.after_end import answer_end, confirm_late_end
from lti_tool.planning.goals import GoalRefused
from lti_tool.web.deps import Deps
from lti_tool.web.goals import Answer, show_goal
from lti_tool.web.visits import this_visit


def add_end_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of ends."""

    @pages.post("/goals/<int:goal_id>/end")
    def end(goal_id: int) -> Answer:
        choice = request.form.get("choice", "")
        try:
            with deps.database.write() as session:
                new = answer_end(session, this_visit().actor, goal_id, choice, now=deps.now())
                new_id = None if new is None else new.id
        except GoalRefused as refused:
            sentence = " ".join(problem.sentence(_) for problem in refused)
            return show_goal(deps, goal_id, problem=sentence, status=422)
        if choice == "change" and new_id is None:
            return redirect(url_for("pages.new_goal"), 303)
        return redirect(url_for("pages.goal", goal_id=new_id or goal_id), 303)

    @pages.post("/goals/<int:goal_id>/end/confirm")
    def confirm_end_of_goal(goal_id: int) -> Answer:
        with deps.database.write() as session:
            confirm_late_end(session, this_visit().actor, goal_id, now=deps.now())
        return redirect(url_for("pages.doubts"), 303)
