"""What waits for a person this week, and the dates of their calendar: counts and days, no names."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.check_ins import queue
from lti_tool.overview.steps import StepLine
from lti_tool.overview.todo import own_lines
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.checkins import Turn
from lti_tool.plans.goal import GoalState
from lti_tool.plans.reminding import Entry, Waiting
from lti_tool.plans.zones import course_zone
from lti_tool.records.bonds import taught
from lti_tool.records.conference import Conference
from lti_tool.records.course import Context, Membership
from lti_tool.records.goal import Goal
from lti_tool.records.mentoring import CheckInNote, Encouragement
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.reminding import CalendarFeed, Digest
from lti_tool.records.step import Step

BACK, AHEAD = timedelta(days=30), timedelta(days=200)
ENTRIES_MOST = 1000


def reminders_of(session: Session, actor: Actor) -> tuple[Digest | None, CalendarFeed | None]:
    """The actor's weekly e-mail and calendar that go on."""
    digest = session.scalar(
        sa.select(Digest).where(Digest.person_id == actor.person_id, Digest.ended_at.is_(None))
    )
    feed = session.scalar(
        sa.select(CalendarFeed).where(
            CalendarFeed.person_id == actor.person_id, CalendarFeed.ended_at.is_(None)
        )
    )
    return digest, feed


def nobody_in_particular(registration_id: int, person_id: int) -> Actor:
    """A person outside any course: only rows say what is theirs."""
    return Actor(registration_id, person_id, Role.NONE)


def waiting_for(session: Session, registration_id: int, person_id: int, *, now: datetime) -> Waiting:
    """How many things wait for a person in the seven days from now. A constant number of statements."""
    actor = nobody_in_particular(registration_id, person_id)
    lines = own_lines(session, actor, now=now)
    soon = [line for line in lines if line.next is not None and line.next <= line.today + timedelta(days=6)]
    asked = queue(session, actor, now=now)
    mine = (Plan.person_id == person_id, Plan.closed_at.is_(None))
    proposals = session.scalar(
        sa.select(sa.func.count())
        .select_from(Goal)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*mine, Goal.state == GoalState.PROPOSED)
    )
    steps = session.scalar(
        sa.select(sa.func.count())
        .select_from(Step)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*mine, Step.state == "proposed", Goal.state == GoalState.ACTIVE)
    )
    words = session.scalar(
        sa.select(sa.func.count())
        .select_from(Encouragement)
        .where(Encouragement.person_id == person_id, Encouragement.seen_at.is_(None))
    )
    return Waiting(
        steps=len(soon),
        check_ins=len([line for line in asked.lines if line.due is not None and line.due.turn != Turn.DONE]),
        proposals=(proposals or 0) + (steps or 0),
        words=words or 0,
    )


def calendar_of(session: Session, secret_hash: str, *, now: datetime) -> tuple[str, list[Entry]] | None:
    """(language, dates) of a calendar's address; None where there is no such calendar (any more)."""
    feed = session.scalar(
        sa.select(CalendarFeed)
        .join(Registration, Registration.id == CalendarFeed.registration_id)
        .where(CalendarFeed.secret_hash == secret_hash, CalendarFeed.ended_at.is_(None), Registration.active)
    )
    if feed is None:
        return None
    actor = nobody_in_particular(feed.registration_id, feed.person_id)
    found = [*_steps(session, actor, now), *_check_ins(session, actor, now), *_talks(session, actor, now)]
    return feed.locale, found[:ENTRIES_MOST]


def _steps(session: Session, actor: Actor, now: datetime) -> list[Entry]:
    """The person's own steps that have a day and are not done."""

    def has_day(line: StepLine) -> bool:
        return not line.rule.repeats and not line.finished and line.due is not None

    days = [(line.id, line.due) for line in own_lines(session, actor, now=now) if has_day(line)]
    return [Entry("step", str(step_id), day) for step_id, day in days if day is not None]


def _check_ins(session: Session, actor: Actor, now: datetime) -> list[Entry]:
    """Days on which the person's students are due (one entry a day), and their own agreed days."""
    days: set[date] = {line.due.on for line in queue(session, actor, now=now).lines if line.due is not None}
    days |= set(_agreed_with(session, actor, now))
    return [Entry("check_in", day.isoformat(), day) for day in sorted(days)]


def _agreed_with(session: Session, actor: Actor, now: datetime) -> list[date]:
    """Days agreed with the person as a student, of the newest talk with each adult."""
    newest = (
        sa.select(sa.func.max(CheckInNote.id))
        .where(CheckInNote.person_id == actor.person_id)
        .group_by(CheckInNote.context_id, CheckInNote.by_role)
    )
    days = session.scalars(
        sa.select(CheckInNote.next_on).where(
            CheckInNote.id.in_(newest), CheckInNote.next_on >= (now - BACK).date()
        )
    )
    return [day for day in days if day is not None]


def _talks(session: Session, actor: Actor, now: datetime) -> list[Entry]:
    """Conferences with a time: the person's own, and of courses where they are staff; a group is one."""
    learns = sa.exists().where(
        Membership.person_id == actor.person_id,
        Membership.context_id == Conference.context_id,
        Membership.left_at.is_(None),
    )
    rows = session.execute(
        sa.select(Conference, Context.time_zone, Registration.time_zone)
        .join(Context, Context.id == Conference.context_id)
        .join(Registration, Registration.id == Conference.registration_id)
        .where(
            Conference.registration_id == actor.registration_id,
            sa.or_(
                sa.and_(Conference.person_id == actor.person_id, learns),
                Conference.context_id.in_(taught(actor)),
            ),
            sa.or_(
                Conference.at.between(now - BACK, now + AHEAD),
                Conference.next_on.between((now - BACK).date(), (now + AHEAD).date()),
            ),
        )
        .order_by(Conference.id)
        .limit(ENTRIES_MOST)
    )
    found: dict[str, Entry] = {}
    for row, course, school in rows:
        zone = course_zone(course, school)
        if row.held_at is None and row.at is not None:
            key = row.together or str(row.id)
            found[key] = Entry("conference", key, row.at.astimezone(zone).date(), row.at, row.minutes)
        elif row.held_at is not None and row.next_on is not None and row.person_id == actor.person_id:
            found[f"next-{row.id}"] = Entry("conference", f"next-{row.id}", row.next_on)
    return list(found.values())
