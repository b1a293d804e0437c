"""Somebody else's change of a goal: the student accepts, edits or declines it (domain.md B13).

Staff may change a goal without asking only with a reason, which everyone who reads the goal reads.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.changing import Change, apply_change, change_problems, whole
from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import course_goal, own_goal
from lti_tool.planning.notes import note
from lti_tool.planning.said_words import checked_words, problems_with
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalRefused, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.records.goal import Goal
from lti_tool.records.proposal import Proposal

log = structlog.get_logger()


def propose_change(
    session: Session, actor: Actor, goal_id: int, change: Change, reason: str, *, now: datetime
) -> Proposal:
    """Suggest a change of a goal of the actor's course; their newest takes the place of one that waits.

    Raises:
        Refused, NotFound: the actor may not. GoalRefused: nothing would change, or it cannot be.
    """
    require(actor, Act.PROPOSE_GOAL)
    found = course_goal(session, actor, goal_id)
    why = checked_words(reason, "reason", lambda _: _("Say why. The student reads it."))
    wanted = whole(change, found.goal)
    problems = change_problems(session, found, wanted, found.today(now))
    if problems:
        raise GoalRefused(problems)
    session.execute(
        sa.update(Proposal)
        .where(
            Proposal.goal_id == goal_id,
            Proposal.author_id == actor.person_id,
            Proposal.state == "waiting",
        )
        .values(state="withdrawn", answered_at=now)
    )
    goal = found.goal
    row = Proposal(
        registration_id=actor.registration_id,
        goal_id=goal.id,
        author_id=actor.person_id,
        title=wanted.title if wanted.title != goal.title else "",
        target=wanted.target if wanted.target != goal.target else None,
        due_on=wanted.due_on if wanted.due_on != goal.due_on else None,
        reason=why,
        state="waiting",
        at=now,
    )
    session.add(row)
    session.flush()
    note(session, actor, "goal.change proposed", found.person_id, now=now, goal=goal.id, proposal=row.id)
    log.info("goal.change_proposed", goal_id=goal.id)
    return row


def answer_change(
    session: Session,
    actor: Actor,
    proposal_id: int,
    *,
    accept: bool,
    edited: Change | None = None,
    words: str = "",
    now: datetime,
) -> Goal:
    """The student's answer. edited: with these numbers instead. The same answer twice changes nothing.

    Raises:
        Refused, NotFound: the actor may not, or it is not about their goal.
        GoalRefused: answered otherwise before, or the numbers cannot be.
    """
    require(actor, Act.CHANGE_GOAL)
    row = session.get(Proposal, proposal_id, with_for_update=True) if is_row_id(proposal_id) else None
    if row is None:
        raise NotFound
    found = own_goal(session, actor, row.goal_id)
    wanted_state = "accepted" if accept else "declined"
    if row.state == wanted_state:
        return found.goal
    problems = problems_with(words.strip(), "words")
    if row.state != "waiting":
        problems.append(Problem("", "answered", lambda _: _("This change has its answer already.")))
    wanted = whole(edited or Change(title=row.title, target=row.target, due_on=row.due_on), found.goal)
    if accept and not problems:
        problems = change_problems(session, found, wanted, found.today(now))
    if problems:
        raise GoalRefused(problems)
    row.state, row.answered_at, row.answer = wanted_state, now, words.strip()
    if accept:
        reason = words.strip() or row.reason
        apply_change(session, actor, found, wanted, what="change accepted", reason=reason, now=now)
    note(session, actor, f"goal.change {wanted_state}", found.person_id, now=now, goal=row.goal_id)
    return found.goal


def override_goal(
    session: Session, actor: Actor, goal_id: int, change: Change, reason: str, *, now: datetime
) -> Goal:
    """Staff change a goal at once. The reason stands in its history, on its page and on the guardians' page.

    Raises:
        Refused, NotFound: the actor may not. GoalRefused: no reason, nothing would change, or it cannot be.
    """
    require(actor, Act.OVERRIDE_GOAL)
    found = course_goal(session, actor, goal_id)
    why = checked_words(reason, "reason", lambda _: _("Say why. The student and their guardians read it."))
    wanted = whole(change, found.goal)
    problems = change_problems(session, found, wanted, found.today(now))
    if problems:
        raise GoalRefused(problems)
    apply_change(session, actor, found, wanted, what="overridden", reason=why, now=now)
    return found.goal
