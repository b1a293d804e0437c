"""Who is meant: the groups a student is in, and the lessons given to them, as parts of statements."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from lti_tool.plans.access import Actor
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.group import Facilitator, GroupMember, PeerMentor, PeerVolunteer, StudentGroup
from lti_tool.records.lesson import LessonGiven
from lti_tool.records.plan import Plan
from lti_tool.records.profile import Entry
from lti_tool.records.structure import LmsGroup, LmsGroupMember

LEARNER = "learner"
GOING_ON = ("active", "proposed")


def members() -> Any:
    """(group_id, person_id) of everybody who is in a group and learns in its course now, as a subquery."""
    here = (
        sa.select(StudentGroup.id.label("group_id"), GroupMember.person_id.label("person_id"))
        .join(GroupMember, GroupMember.group_id == StudentGroup.id)
        .where(
            StudentGroup.lms_group_id.is_(None),
            StudentGroup.ended_at.is_(None),
            GroupMember.left_at.is_(None),
            _learns(GroupMember.person_id),
        )
    )
    there = (
        sa.select(StudentGroup.id, LmsGroupMember.person_id)
        .join(LmsGroup, LmsGroup.id == StudentGroup.lms_group_id)
        .join(LmsGroupMember, LmsGroupMember.group_id == LmsGroup.id)
        .where(
            StudentGroup.ended_at.is_(None),
            LmsGroup.gone_at.is_(None),
            _learns(LmsGroupMember.person_id),
        )
    )
    return sa.union_all(here, there).subquery("group_people")


def _learns(person_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Membership.context_id == StudentGroup.context_id,
        Membership.person_id == person_id,
        Membership.role == LEARNER,
        Membership.left_at.is_(None),
    )


def groups_with(person_id: int | None) -> Any:
    """The ids of the groups a student is in, as a select."""
    everyone = members()
    return sa.select(everyone.c.group_id).where(everyone.c.person_id == person_id)


def topics_of(person_id: int | None, context_id: Any, goal_id: int | None = None) -> Any:
    """What a student's goals of a course (or one of them) are about, as a select of names.

    A goal is about the assignment groups and the work it looks at, the gap it came from, and its own title.
    """
    mine = (
        Plan.person_id == person_id,
        Plan.closed_at.is_(None),
        Goal.context_id == context_id,
        Goal.state.in_(GOING_ON),
        sa.true() if goal_id is None else Goal.id == goal_id,
    )
    of_work, name = (
        sa.select(column)
        .join(GoalItem, GoalItem.item_id == Item.id)
        .join(Goal, Goal.id == GoalItem.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*mine, Item.published.is_(True))
        for column in (Item.group_name, Item.name)
    )
    titles = sa.select(Goal.title).join(Plan, Plan.id == Goal.plan_id).where(*mine)
    gaps = (
        sa.select(Entry.topic)
        .join(Goal, Goal.gap_id == Entry.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*mine)
    )
    return sa.union_all(of_work, name, titles, gaps)


def given_to(person_id: int | None, context_id: Any) -> sa.ColumnElement[bool]:
    """Whether a row of `lesson_given` means this student: them, the class, their group, a goal of theirs.

    context_id: the lesson's course, in which they learn; a number, or the column of a statement around it.
    """
    return sa.and_(
        LessonGiven.ended_at.is_(None),
        sa.or_(
            LessonGiven.person_id == person_id,
            LessonGiven.everyone,
            LessonGiven.group_id.in_(groups_with(person_id)),
            sa.and_(LessonGiven.topic != "", LessonGiven.topic.in_(topics_of(person_id, context_id))),
        ),
    )


def leads(person_id: int | None, today: date) -> Any:
    """The ids of the groups a person leads on this day, as a select.

    A student leads only while they learn in the course, a teacher while they teach anywhere in the school;
    a group rests while its course works as a full class.
    """
    still = sa.exists().where(
        Membership.person_id == Facilitator.person_id,
        Membership.left_at.is_(None),
        sa.or_(
            sa.and_(
                Facilitator.kind == "peer",
                Membership.context_id == StudentGroup.context_id,
                Membership.role == LEARNER,
            ),
            sa.and_(Facilitator.kind == "teacher", Membership.role == "staff"),
        ),
    )
    return (
        sa.select(Facilitator.group_id)
        .join(StudentGroup, StudentGroup.id == Facilitator.group_id)
        .join(Context, Context.id == StudentGroup.context_id)
        .where(
            Facilitator.person_id == person_id,
            Facilitator.ended_at.is_(None),
            sa.or_(Facilitator.until.is_(None), Facilitator.until >= today),
            StudentGroup.ended_at.is_(None),
            awake(),
            still,
        )
    )


def awake() -> sa.ColumnElement[bool]:
    """Whether a group of `StudentGroup`, joined with its `Context`, does not rest (plans.groups.rests)."""
    return sa.or_(StudentGroup.kind != "small", Context.approach.is_(None), Context.approach != "full")


def learns_somewhere(person_id: Any) -> sa.ColumnElement[bool]:
    """Whether a person learns in any course now."""
    return sa.exists().where(
        Membership.person_id == person_id, Membership.role == LEARNER, Membership.left_at.is_(None)
    )


def goes_on(today: date) -> sa.ColumnElement[bool]:
    """Whether a pairing of `PeerMentor` goes on this day: not ended, and both are students here still."""
    return sa.and_(
        PeerMentor.ended_at.is_(None),
        PeerMentor.until >= today,
        learns_somewhere(PeerMentor.mentor_id),
        learns_somewhere(PeerMentor.mentee_id),
    )


def may_mentor(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether staff may ask this `Person` to mentor: they learn in a course of the actor's, or offered to."""
    taught, learnt = aliased(Membership), aliased(Membership)
    of_mine = sa.exists().where(
        learnt.person_id == Person.id,
        learnt.role == LEARNER,
        learnt.left_at.is_(None),
        sa.or_(
            learnt.context_id == actor.context_id,
            sa.exists().where(
                taught.context_id == learnt.context_id,
                taught.person_id == actor.person_id,
                taught.role == "staff",
                taught.left_at.is_(None),
            ),
        ),
    )
    offered = sa.exists().where(
        PeerVolunteer.person_id == Person.id, PeerVolunteer.registration_id == actor.registration_id
    )
    return sa.and_(
        Person.registration_id == actor.registration_id,
        Person.is_test.is_(False),
        sa.or_(of_mine, sa.and_(offered, learns_somewhere(Person.id))),
    )
