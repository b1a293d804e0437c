"""Where a goal comes from, on its page, and the student's choice of the strength that helps (A9, B11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.goal import GoalView
from lti_tool.overview.profile import own_strengths
from lti_tool.overview.roots import roots_of
from lti_tool.planning.linking import choose_strength
from lti_tool.plans.profile import skill_words
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.profile_words import round_words
from lti_tool.web.visits import this_visit


def add_root_pages(pages: Blueprint, deps: Deps) -> None:
    """POST /goals/<goal_id>/strength."""

    @pages.post("/goals/<int:goal_id>/strength", endpoint="goal_strength")
    def choose(goal_id: int) -> Answer:
        with deps.database.write() as session:
            choose_strength(session, this_visit().actor, goal_id, sent_id("strength_id"), now=deps.now())
        return redirect(url_for("pages.goal", goal_id=goal_id), 303)


def roots_words(session: Session, view: GoalView) -> dict[str, Any]:
    """What partials/roots.html shows."""
    actor = this_visit().actor
    return {
        "roots": roots_of(session, actor, [view.card.id]).get(view.card.id),
        "strengths": own_strengths(session, actor) if view.is_own else [],
        "skills": skill_words(_),
        "round_words": round_words,
        "when": charts.day_and_time,
    }
