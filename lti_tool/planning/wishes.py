"""A goal that could not start yet goes to the student's teachers, if they say so (domain.md §1.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.goals import let_start
from lti_tool.planning.notes import note
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import TITLE_LONGEST, GoalDraft, GoalRefused, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.records.goal import Goal
from lti_tool.records.wish import GoalWish

FORM_LONGEST = 64
log = structlog.get_logger()


def ask_to_talk(
    session: Session,
    actor: Actor,
    form: str,
    title: str,
    fields: Mapping[str, Any],
    missing: Sequence[str],
    *,
    now: datetime,
) -> GoalWish:
    """The student shares what they typed with the teachers of the course. One form asks once.

    Raises:
        Refused, NotFound: not a learner here. GoalRefused: there are no words to talk about.
    """
    require(actor, Act.MAKE_GOAL)
    context = course_of(session, actor)
    learner_in(session, context, actor.person_id)
    words = title.replace("\0", "").strip()[:TITLE_LONGEST]
    if not words:
        raise GoalRefused([Problem("title", "title_empty", lambda _: _("Give the goal a name."))])
    if not form or len(form) > FORM_LONGEST or actor.person_id is None:
        raise NotFound
    there = session.scalar(
        sa.select(GoalWish).where(GoalWish.person_id == actor.person_id, GoalWish.form == form)
    )
    row = there or GoalWish(
        registration_id=actor.registration_id,
        context_id=context.id,
        person_id=actor.person_id,
        form=form,
        at=now,
    )
    row.title, row.fields, row.missing = words, dict(fields), list(missing)
    if there is None:
        session.add(row)
        session.flush()
        note(session, actor, "goal.talk", actor.person_id, now=now, wish=row.id)
        log.info("goal.talk", wish_id=row.id, context_id=context.id)
    return row


def find_wish(session: Session, actor: Actor, wish_id: int) -> GoalWish:
    """A wish of the course staff are in. Raises Refused, NotFound."""
    require(actor, Act.SETTLE_TALK)
    row = session.get(GoalWish, wish_id, with_for_update=True) if is_row_id(wish_id) else None
    if row is None or (row.registration_id, row.context_id) != (actor.registration_id, actor.context_id):
        raise NotFound
    return row


def settle_wish(session: Session, actor: Actor, wish_id: int, *, now: datetime) -> GoalWish:
    """Staff say that the talk was had. Raises as `find_wish`."""
    row = find_wish(session, actor, wish_id)
    if row.settled_at is None:
        row.settled_at, row.settled_by_id = now, actor.person_id
        note(session, actor, "talk.settled", row.person_id, now=now, wish=row.id)
    return row


def grant_wish(
    session: Session, actor: Actor, wish_id: int, draft: GoalDraft, reason: str, *, now: datetime
) -> Goal:
    """Staff let the goal start as it is, with a reason everyone sees. Raises as `find_wish`, `let_start`."""
    row = find_wish(session, actor, wish_id)
    there = session.get(Goal, row.goal_id) if row.goal_id is not None else None
    if there is not None:
        return there
    goal = let_start(session, actor, row.person_id, draft, reason, now=now)
    row.goal_id, row.settled_at, row.settled_by_id = goal.id, now, actor.person_id
    return goal
