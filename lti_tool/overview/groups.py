"""A course's groups as its staff see them: the list with the approach, one group, and who asks for a look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.lessons import groups_to_choose
from lti_tool.overview.peer_notes import notes_waiting
from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, Role, require
from lti_tool.plans.groups import Approach, is_large, rests
from lti_tool.records.addressed import members
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.group import Facilitator, StudentGroup
from lti_tool.records.learners import learners_in


@dataclass(frozen=True)
class Leader:
    """Who leads a group. kind: `peer` or `teacher`; until: their last day."""

    id: int
    person_id: int
    name: str
    kind: str
    until: date | None


@dataclass(frozen=True)
class GroupView:
    """A group with its people, by name. from_lms: the LMS says who is in it. large: ten or more."""

    id: int
    name: str
    kind: str
    agenda: str
    version: int
    from_lms: bool
    rests: bool
    people: Sequence[tuple[int, str]]
    leaders: Sequence[Leader]

    @property
    def large(self) -> bool:
        """Whether few will speak."""
        return is_large(len(self.people))


@dataclass(frozen=True)
class CourseGroups:
    """approach: plans.groups.Approach, empty where nobody chose. alone: learners in no group (id, name).

    theirs: groups of the LMS that are not used yet, (`lms:7`, name). notes: how many wait for a look.
    """

    approach: str
    groups: Sequence[GroupView]
    learners: Sequence[tuple[int, str]]
    alone: Sequence[tuple[int, str]]
    theirs: Sequence[tuple[str, str]]
    notes: int


def course_groups(session: Session, actor: Actor) -> CourseGroups:
    """The groups of the actor's course, by name. Eight statements. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    here = place(session, actor, actor.context_id)
    groups = _groups(session, here.context)
    learners = _learners(session, here.context.id)
    grouped = {person_id for group in groups for person_id, _name in group.people if group.kind == "small"}
    return CourseGroups(
        approach=here.context.approach or "",
        groups=groups,
        learners=learners,
        alone=[one for one in learners if one[0] not in grouped],
        theirs=[one for one in groups_to_choose(session, here.context.id) if one[0].startswith("lms:")],
        notes=notes_waiting(session, here.context.id),
    )


def group_view(session: Session, actor: Actor, group_id: int) -> tuple[GroupView, CourseGroups]:
    """One group, and the course's list it is chosen from. Raises Refused, NotFound."""
    every = course_groups(session, actor)
    for group in every.groups:
        if group.id == group_id:
            return group, every
    raise NotFound


def _groups(session: Session, context: Context) -> list[GroupView]:
    rows = session.scalars(
        sa.select(StudentGroup)
        .where(StudentGroup.context_id == context.id, StudentGroup.ended_at.is_(None))
        .order_by(StudentGroup.name, StudentGroup.id)
    ).all()
    ids = [row.id for row in rows]
    people = people_of(session, ids)
    leaders = _leaders(session, ids)
    return [
        GroupView(
            row.id,
            row.name,
            row.kind,
            row.agenda,
            row.version,
            row.lms_group_id is not None,
            rests(row.kind, context.approach),
            [(one.id, display_name(one)) for one in people.get(row.id, [])],
            leaders.get(row.id, []),
        )
        for row in rows
    ]


def people_of(session: Session, group_ids: Sequence[int]) -> dict[int, list[Person]]:
    """group → its students who learn in its course now, by name; one statement."""
    everyone = members()
    rows = session.execute(
        sa.select(everyone.c.group_id, Person)
        .join(Person, Person.id == everyone.c.person_id)
        .where(everyone.c.group_id.in_(group_ids))
    )
    found: dict[int, list[Person]] = defaultdict(list)
    for group_id, person in rows:
        found[group_id].append(person)
    return {group_id: sorted(several, key=sort_name) for group_id, several in found.items()}


def groups_of_board(session: Session, context: Context) -> list[tuple[int, str]]:
    """(id, name) of the groups a board can be narrowed to: none while the class works as one (B7)."""
    if context.approach == Approach.FULL:
        return []
    rows = session.execute(
        sa.select(StudentGroup.id, StudentGroup.name)
        .where(StudentGroup.context_id == context.id, StudentGroup.ended_at.is_(None))
        .order_by(StudentGroup.name, StudentGroup.id)
    )
    return [(row.id, row.name) for row in rows]


def in_group(person_id: Any, group_id: int) -> sa.ColumnElement[bool]:
    """Whether a person is in a group now."""
    everyone = members()
    found: sa.ColumnElement[bool] = person_id.in_(
        sa.select(everyone.c.person_id).where(everyone.c.group_id == group_id)
    )
    return found


def _leaders(session: Session, group_ids: Sequence[int]) -> dict[int, list[Leader]]:
    rows = session.execute(
        sa.select(Facilitator, Person)
        .join(Person, Person.id == Facilitator.person_id)
        .where(Facilitator.group_id.in_(group_ids), Facilitator.ended_at.is_(None))
        .order_by(Facilitator.id)
    )
    found: dict[int, list[Leader]] = defaultdict(list)
    for row, person in rows:
        found[row.group_id].append(Leader(row.id, person.id, display_name(person), row.kind, row.until))
    return found


def _learners(session: Session, context_id: int) -> list[tuple[int, str]]:
    people = session.scalars(learners_in(context_id))
    return [(one.id, display_name(one)) for one in sorted(people, key=sort_name)]


def teachers_to_choose(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of everybody who teaches in the school, but the actor. Raises Refused."""
    require(actor, Act.MANAGE_GROUPS)
    people = session.scalars(
        sa.select(Person)
        .where(
            Person.registration_id == actor.registration_id,
            Person.id != actor.person_id,
            Person.id.in_(
                sa.select(Membership.person_id).where(
                    Membership.role == Role.STAFF, Membership.left_at.is_(None)
                )
            ),
        )
        .limit(500)
    )
    return [(one.id, display_name(one)) for one in sorted(people, key=sort_name)]
