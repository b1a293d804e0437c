"""Suggestion cards: the student's answers to them, and staff's tick behind a talk that was had."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from lti_tool.overview.goal import goal_view
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.suggesting import decline_suggestion, settle_talk, take_suggestion
from lti_tool.web.deps import Deps
from lti_tool.web.goals import Answer, Trouble, show_goal
from lti_tool.web.visits import this_visit

NO = "no"


def add_suggestion_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of suggestions."""

    @pages.post("/goals/<int:goal_id>/suggestion")
    def suggestion(goal_id: int) -> Answer:
        typed = request.form.to_dict()
        rule, way = typed.get("rule", "")[:32], typed.get("way", "")[:32]
        actor, now = this_visit().actor, deps.now()
        try:
            with deps.database.write() as session:
                cards = goal_view(session, actor, goal_id, now=now).suggestions
                if way == NO:
                    reason = typed.get("other", "").strip() or typed.get("reason", "")
                    decline_suggestion(session, actor, goal_id, rule, cards, reason, now=now)
                else:
                    words = typed.get("words", "")
                    take_suggestion(session, actor, goal_id, rule, cards, way, words, translate=_, now=now)
        except GoalRefused as refused:
            errors = {problem.field: problem.sentence(_) for problem in refused}
            trouble = Trouble(f"{rule}-{way}", errors, typed)
            return show_goal(deps, goal_id, problem=" ".join(errors.values()), trouble=trouble, status=422)
        return redirect(url_for("pages.goal", goal_id=goal_id, _anchor="chosen"), 303)

    @pages.post("/talks/<int:suggestion_id>")
    def talked(suggestion_id: int) -> Answer:
        with deps.database.write() as session:
            settle_talk(session, this_visit().actor, suggestion_id, now=deps.now())
        return redirect(url_for("pages.doubts"), 303)
