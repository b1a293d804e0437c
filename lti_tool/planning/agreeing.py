"""What was agreed in a conference becomes goals and steps: it counts as accepted, and can be undone (B13)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.clear import Wording, require_clear
from lti_tool.planning.conferences import staffs_conference
from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import course_goal, lms_ids_of, own_goal
from lti_tool.planning.limits import require_room
from lti_tool.planning.looking import prepare
from lti_tool.planning.making import said, store_goals, write_versions
from lti_tool.planning.notes import note
from lti_tool.planning.steps import agreed_step, take_back_step
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.conference import may_undo
from lti_tool.plans.goal import GoalDraft, GoalRefused, GoalState, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.step_draft import StepDraft
from lti_tool.plans.steps import Owner, Rhythm
from lti_tool.records.conference import Agreement, Conference
from lti_tool.records.goal import Goal
from lti_tool.records.step import Step

UNDO = timedelta(days=7)
TITLE_MOST = 300


def agree_goal(
    session: Session,
    actor: Actor,
    conference_id: int,
    draft: GoalDraft,
    *,
    person_id: int | None = None,
    agreement_id: int | None = None,
    wording: Wording | None = None,
    now: datetime,
) -> Goal:
    """A goal agreed at the table: at work at once, and its student can take it back for seven days.

    Raises:
        Refused, NotFound: not staff of the conference's course, or no such agreement of it.
        GoalRefused, Unclear, TooMany: as for any goal that starts.
    """
    conference = staffs_conference(session, actor, conference_id)
    if person_id not in (None, conference.person_id):
        raise NotFound
    agreement = _agreement(session, conference, agreement_id) if agreement_id is not None else None
    there = session.get(Goal, agreement.goal_id) if agreement and agreement.goal_id else None
    if there is not None:
        return there
    found = prepare(session, actor, conference.person_id, draft, now=now)
    if found.problems:
        raise GoalRefused(found.problems)
    require_clear(session, found, wording or Wording())
    require_room(session, conference.person_id, found.course.context)
    (row,) = store_goals(session, actor, found.course, [found.goal], GoalState.ACTIVE, what="agreed", now=now)
    row.undo_until = now + UNDO
    if agreement is not None:
        agreement.goal_id = row.id
    return row


def agree_step(
    session: Session,
    actor: Actor,
    agreement_id: int,
    goal_id: int,
    due_on: date | None,
    helps: str,
    *,
    now: datetime,
) -> Step:
    """What was agreed as a step of one of the student's goals, for whoever does it.

    Raises:
        Refused, NotFound: not staff of the conference's course, or not a goal of its student.
        GoalRefused: the goal has ended, or the day cannot be.
    """
    agreement = agreed_in(session, actor, agreement_id)
    conference = staffs_conference(session, actor, agreement.conference_id)
    found = course_goal(session, actor, goal_id)
    if found.person_id != conference.person_id:
        raise NotFound
    there = session.get(Step, agreement.step_id) if agreement.step_id is not None else None
    if there is not None:
        return there
    owner = agreement.owner if agreement.owner in set(Owner) else Owner.STUDENT.value
    draft = StepDraft(
        title=agreement.text[:TITLE_MOST],
        helps=helps,
        owner=owner,
        rhythm=Rhythm.ONCE.value,
        due_on=due_on or max(found.goal.due_on, found.today(now)),
    )
    step = agreed_step(session, actor, found, draft, token=f"agreed-{agreement.id}", now=now)
    agreement.step_id = step.id
    return step


def agreed_in(session: Session, actor: Actor, agreement_id: int) -> Agreement:
    """What was agreed in a conference of the actor's course, and still is. Raises Refused, NotFound."""
    require(actor, Act.HOLD_CONFERENCE)
    row = session.get(Agreement, agreement_id) if is_row_id(agreement_id) else None
    if row is None or row.undone_at is not None:
        raise NotFound
    staffs_conference(session, actor, row.conference_id)
    return row


def undo_agreement(session: Session, actor: Actor, agreement_id: int, *, now: datetime) -> Conference:
    """The student takes back what was agreed in their own conference, within seven days.

    Raises:
        Refused, NotFound: not theirs. Incomplete: the seven days are over.
    """
    require(actor, Act.UNDO_AGREEMENT)
    made = session.get(Agreement, agreement_id) if is_row_id(agreement_id) else None
    row = session.get(Conference, made.conference_id) if made is not None else None
    if made is None or row is None:
        raise NotFound
    if (row.registration_id, row.person_id) != (actor.registration_id, actor.person_id):
        raise NotFound
    if made.undone_at is None:
        if not may_undo(made.made_at, now):
            sentence = Problem(
                "undo", "late", lambda _: _("It was agreed over a week ago. Talk with your teacher about it.")
            )
            raise Incomplete([sentence])
        made.undone_at = now
        take_back(session, made, actor, now=now)
        note(session, actor, "conference.undone", row.person_id, now=now, agreement=made.id)
    return row


def take_back(session: Session, agreement: Agreement, actor: Actor, *, now: datetime) -> None:
    """The student undid an agreement: its goal and its step go with it. Whether they may: asked before."""
    if agreement.goal_id is not None:
        goal = session.get(Goal, agreement.goal_id)
        if goal is not None and goal.state in (GoalState.ACTIVE, GoalState.PAUSED):
            _decline(session, actor, goal, now)
    if agreement.step_id is not None:
        take_back_step(session, actor, agreement.step_id, now=now)


def take_back_goal(session: Session, actor: Actor, goal_id: int, *, now: datetime) -> Goal:
    """The student takes back a goal that was agreed in a conference, within seven days. Twice is once.

    Raises:
        Refused, NotFound: not theirs. GoalRefused: the days are over, or it was not agreed so.
    """
    require(actor, Act.UNDO_AGREEMENT)
    goal = own_goal(session, actor, goal_id).goal
    if goal.state == GoalState.DECLINED:
        return goal
    if goal.undo_until is None or goal.undo_until < now or goal.state == GoalState.CLOSED:
        raise GoalRefused(
            [
                Problem(
                    "undo",
                    "late",
                    lambda _: _("It was agreed over a week ago. Talk with your teacher about it."),
                )
            ]
        )
    _decline(session, actor, goal, now)
    session.execute(
        sa.update(Agreement)
        .where(Agreement.goal_id == goal.id, Agreement.undone_at.is_(None))
        .values(undone_at=now)
    )
    return goal


def _decline(session: Session, actor: Actor, goal: Goal, now: datetime) -> None:
    goal.state, goal.answered_at, goal.undo_until = GoalState.DECLINED.value, now, None
    goal.version += 1
    session.flush()
    content = said(goal, lms_ids_of(session, goal))
    write_versions(session, actor, [(goal, content)], "taken back", now=now)


def _agreement(session: Session, conference: Conference, agreement_id: int) -> Agreement:
    row = session.get(Agreement, agreement_id, with_for_update=True) if is_row_id(agreement_id) else None
    if row is None or row.conference_id != conference.id or row.undone_at is not None:
        raise NotFound
    return row
