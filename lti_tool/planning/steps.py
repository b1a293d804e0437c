"""What people do with steps: write, answer, tick, end; what goes with a moved date is in step_dates.py.

The student owns the plan: a step that staff write for somebody else waits for the student's yes. A step for
oneself, and what a student asks of an adult, counts at once.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.files import Received, keep_file
from lti_tool.planning.finding import FoundGoal, course_goal, own_goal
from lti_tool.planning.said_words import problems_with
from lti_tool.planning.step_versions import next_version, write_version
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.goal import MEASURED, GoalRefused, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.step_draft import StepDraft, check_step
from lti_tool.plans.steps import Owner
from lti_tool.plans.zones import day_in
from lti_tool.records.gradebook import Item
from lti_tool.records.step import Step

STEPS_MOST = 30
TOKEN_LONGEST = 32

log = structlog.get_logger()


def add_step(
    session: Session,
    actor: Actor,
    goal_id: int,
    draft: StepDraft,
    received: Received | None = None,
    *,
    token: str,
    quota: int = 0,
    now: datetime,
) -> Step:
    """Write a step of a goal. token: made with the form, so that one sending makes one step.

    received: a file for the one who acts; quota: bytes its sender may keep.

    Raises:
        Refused, NotFound: the actor may not, or it is not their goal and not of their course.
        Incomplete: no room for the file.
        GoalRefused: the draft is not a step yet, or the goal has its most; nothing was written.
    """
    require(actor, Act.ADD_STEP)
    found = goal_in_reach(session, actor, goal_id)
    token = token[:TOKEN_LONGEST]
    there = session.scalars(sa.select(Step).where(Step.goal_id == goal_id, Step.token == token)).one_or_none()
    if there is not None:
        return there
    draft = draft.tidy()
    item = item_here(session, found, draft.item_id)
    problems = check_step(draft, today=found.today(now), item_here=item is not None)
    problems += _goal_problems(session, found)
    if problems:
        raise GoalRefused(problems)
    waits = may(actor, Act.PROPOSE_GOAL) and draft.owner != Owner.TEACHER
    step = _row(found, draft, item, token, actor, now)
    step.state = "proposed" if waits else "active"
    step.proposed_by_id = actor.person_id if waits else None
    if received is not None:
        step.file_id = keep_file(session, actor, received, quota=quota).id
    session.add(step)
    session.flush()
    write_version(session, actor, step, "proposed" if waits else "made", (found.person_id, found.goal), now)
    log.info("step.stored", step_id=step.id, goal_id=goal_id, state=step.state)
    return step


def agreed_step(
    session: Session, actor: Actor, found: FoundGoal, draft: StepDraft, *, token: str, now: datetime
) -> Step:
    """A step its student said yes to already: agreed at the table, or their own word. Whether anybody may,
    and one step a token: as `add_step`. Raises GoalRefused."""
    there = session.scalars(
        sa.select(Step).where(Step.goal_id == found.goal.id, Step.token == token)
    ).one_or_none()
    if there is not None:
        return there
    draft = draft.tidy()
    problems = check_step(draft, today=found.today(now), item_here=False) + _goal_problems(session, found)
    if problems:
        raise GoalRefused(problems)
    step = _row(found, draft, None, token, actor, now)
    step.state = "active"
    session.add(step)
    session.flush()
    write_version(session, actor, step, "agreed", (found.person_id, found.goal), now)
    return step


def take_back_step(session: Session, actor: Actor, step_id: int, *, now: datetime) -> None:
    """The student took back the agreement it came from. Raises NotFound."""
    step, found = step_in_reach(session, actor, step_id)
    if step.state in ("active", "proposed"):
        step.state = "declined"
        next_version(session, actor, step, "taken back", (found.person_id, found.goal), now)


def answer_step(
    session: Session, actor: Actor, step_id: int, *, accept: bool, reason: str = "", now: datetime
) -> Step:
    """The student's yes or no to a proposed step. The same answer twice changes nothing.

    Raises:
        Refused: the actor may not. NotFound: not a step of the actor's own plan.
        GoalRefused: answered otherwise before, or the reason cannot be kept.
    """
    require(actor, Act.ANSWER_GOAL)
    step, found = step_in_reach(session, actor, step_id)
    wanted = "active" if accept else "declined"
    if step.state == wanted:
        return step
    problems = problems_with(reason, "reason")
    if step.state != "proposed":
        problems.append(Problem("", "answered", lambda _: _("This step has its answer already.")))
    if problems:
        raise GoalRefused(problems)
    step.state, step.answered_at = wanted, now
    next_version(
        session,
        actor,
        step,
        "accepted" if accept else "declined",
        (found.person_id, found.goal),
        now,
        reason.strip(),
    )
    return step


def end_step(session: Session, actor: Actor, step_id: int, *, reason: str = "", now: datetime) -> Step:
    """Do a step no longer: its student, whoever wrote it, or the adult it was asked of. Twice is once.

    Raises:
        Refused, NotFound: the actor may not. GoalRefused: the reason cannot be kept.
    """
    require(actor, Act.ADD_STEP)
    step, found = step_in_reach(session, actor, step_id)
    if step.state == "ended":
        return step
    mine = actor.person_id in (found.person_id, step.created_by_id, step.owner_id)
    if not mine and not (may(actor, Act.PROPOSE_GOAL) and step.owner_role == Owner.TEACHER):
        raise NotFound
    problems = problems_with(reason, "reason")
    if problems:
        raise GoalRefused(problems)
    step.state = "ended"
    next_version(session, actor, step, "ended", (found.person_id, found.goal), now, reason.strip())
    return step


def goal_in_reach(session: Session, actor: Actor, goal_id: int) -> FoundGoal:
    """A goal the actor may write steps for: of their course for staff, else of their own plan."""
    if may(actor, Act.PROPOSE_GOAL):
        return course_goal(session, actor, goal_id)
    return own_goal(session, actor, goal_id)


def step_in_reach(
    session: Session, actor: Actor, step_id: int, *, lock: bool = True
) -> tuple[Step, FoundGoal]:
    """A step of a goal the actor may write steps for. lock: its row, to be changed. Raises NotFound."""
    step = session.get(Step, step_id) if is_row_id(step_id) else None
    if step is None:
        raise NotFound
    found = goal_in_reach(session, actor, step.goal_id)
    if lock:
        session.refresh(step, with_for_update=True)
    return step, found


def item_here(session: Session, found: FoundGoal, item_id: int | None) -> Item | None:
    """Work of the goal's course that students can see; None for any other."""
    if not is_row_id(item_id):
        return None
    item = session.get(Item, item_id)
    if item is None or item.context_id != found.goal.context_id or item.gone_at is not None:
        return None
    return item if item.published else None  # its name would stand on the student's page


def _goal_problems(session: Session, found: FoundGoal) -> list[Problem]:
    if found.goal.state not in MEASURED:
        return [
            Problem("", "closed", lambda _: _("This goal has ended. Steps belong to a goal that goes on."))
        ]
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(Step)
        .where(Step.goal_id == found.goal.id, Step.state.in_(("active", "proposed")))
    )
    if (count or 0) >= STEPS_MOST:
        return [
            Problem("", "many", lambda _: _("That is many steps already. End one before you add another."))
        ]
    return []


def _row(
    found: FoundGoal, draft: StepDraft, item: Item | None, token: str, actor: Actor, now: datetime
) -> Step:
    mine = (draft.owner == Owner.STUDENT and found.person_id) or (
        draft.owner == Owner.TEACHER and may(actor, Act.PROPOSE_GOAL) and actor.person_id
    )
    return Step(
        goal_id=found.goal.id,
        token=token,
        title=draft.title,
        helps=draft.helps,
        if_then=draft.if_then,
        owner_role=draft.owner,
        owner_id=mine or None,
        rhythm=draft.rhythm,
        starts_on=found.today(now),
        ends_on=max(found.goal.due_on, found.today(now)),
        due_on=draft.due_on,
        weekdays=sum(1 << day for day in draft.weekdays),
        times=draft.times,
        offset=draft.offset,
        item_id=None if item is None else item.id,
        item_due_on=None if item is None else day_in(item.due_at, found.zone),
        amount=draft.amount,
        unit=draft.unit,
        link=draft.link,
        link_name=draft.link_name,
        created_at=now,
        created_by_id=actor.person_id,
    )
