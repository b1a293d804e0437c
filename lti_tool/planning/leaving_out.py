"""A teacher leaves a piece of work out of one goal, or puts it back; the grade itself stays in the LMS."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.finding import FoundGoal, course_goal, item_of, lms_ids_of
from lti_tool.planning.making import said, write_versions
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.said_words import checked_words
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import MEASURED, GoalRefused, Problem
from lti_tool.records.goal import GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.said import LeftOut

log = structlog.get_logger()


def leave_out(
    session: Session, actor: Actor, goal_id: int, item_id: int, reason: str, *, now: datetime
) -> LeftOut:
    """Count a piece of work no longer in this goal; the student reads the reason. Twice changes nothing.

    item_id: 0 where none was chosen.

    Raises:
        Refused, NotFound: the actor may not, or it is not work of a goal of the actor's course.
        GoalRefused: no reason, the goal is closed, or nothing would be left to count.
    """
    require(actor, Act.LEAVE_OUT)
    found = course_goal(session, actor, goal_id)
    if not item_id:
        raise GoalRefused([Problem("item", "empty", lambda _: _("Choose the work."))])
    item = item_of(session, found.goal, item_id)
    out = {row.item_id: row for row in _now_out(session, goal_id)}
    if item_id in out:
        return out[item_id]
    because = checked_words(reason, "reason", lambda _: _("Say why. The student reads it."))
    _refuse_if_nothing_is_left(session, found, out)
    row = LeftOut(goal_id=goal_id, item_id=item_id, by_id=actor.person_id, reason=because, at=now)
    session.add(row)
    _write_down(session, actor, found, item, "left out", because, now)
    return row


def put_back(session: Session, actor: Actor, goal_id: int, item_id: int, *, now: datetime) -> None:
    """Count it again. Raises as `leave_out`; what is not left out stays as it is."""
    require(actor, Act.LEAVE_OUT)
    found = course_goal(session, actor, goal_id)
    item = item_of(session, found.goal, item_id)
    out = {row.item_id: row for row in _now_out(session, goal_id)}
    if item_id not in out:
        return
    _refuse_if_closed(found)
    out[item_id].back_at, out[item_id].back_by_id = now, actor.person_id
    _write_down(session, actor, found, item, "put back", "", now)


def _now_out(session: Session, goal_id: int) -> list[LeftOut]:
    return list(
        session.scalars(sa.select(LeftOut).where(LeftOut.goal_id == goal_id, LeftOut.back_at.is_(None)))
    )


def _refuse_if_closed(found: FoundGoal) -> None:
    if found.goal.state not in MEASURED:
        raise GoalRefused([Problem("", "closed", lambda _: _("This goal is not measured any more."))])


def _refuse_if_nothing_is_left(session: Session, found: FoundGoal, out: dict[int, LeftOut]) -> None:
    _refuse_if_closed(found)
    every = session.scalar(
        sa.select(sa.func.count()).select_from(GoalItem).where(GoalItem.goal_id == found.goal.id)
    )
    if (every or 0) - len(out) <= 1:
        raise GoalRefused(
            [
                Problem(
                    "item",
                    "nothing_left",
                    lambda _: _("It is all this goal looks at. Propose another goal instead."),
                )
            ]
        )


def _write_down(
    session: Session, actor: Actor, found: FoundGoal, item: Item, what: str, reason: str, now: datetime
) -> None:
    """A version with the reason, and the new value at once."""
    goal = found.goal
    goal.version += 1
    session.flush()
    content = {**said(goal, lms_ids_of(session, goal)), "item": item.lms_id, "item_name": item.name}
    write_versions(session, actor, [(goal, content)], what, now=now, reason=reason)
    recompute_goals(session, [goal.id], now=now, cause=what)
    log.info("goal.work", what=what, goal_id=goal.id, item_id=item.id)
