"""Groups of students of a course: of the LMS or made here, who is in them, and the course's approach (B7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import check_version
from lti_tool.planning.once import added_once
from lti_tool.planning.scope import check_learners, course_of
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.groups import AGENDA_LONGEST, NAME_LONGEST, Approach, GroupKind, group_problems
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.problem import Problem
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal
from lti_tool.records.group import GroupMember, SharedGoal, StudentGroup
from lti_tool.records.plan import Plan
from lti_tool.records.structure import LmsGroup

LMS = "lms:"
ONCE_LONGEST = 64
GROUPS_MOST = 200


def set_approach(session: Session, actor: Actor, approach: str, *, now: datetime) -> None:
    """How the course works; every group stays as it is. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    context = course_of(session, actor)
    if approach not in set(Approach):
        raise NotFound
    if context.approach != approach:
        context.approach = approach
        _write_down(session, actor, context, "approach.set", f"context:{context.id}", now)


def make_group(
    session: Session,
    actor: Actor,
    name: str,
    people: Sequence[int],
    *,
    kind: GroupKind = GroupKind.SMALL,
    agenda: str = "",
    once: str,
    now: datetime,
) -> StudentGroup:
    """A group with these students. The first one of a course that never chose makes its approach hybrid.

    Raises:
        Refused, NotFound: not staff, or somebody who does not learn here. Incomplete: no name, nobody.
    """
    require(actor, Act.MANAGE_GROUPS)
    context = course_of(session, actor)
    if not 0 < len(once) <= ONCE_LONGEST or once.startswith(LMS):
        raise NotFound
    which = sa.select(StudentGroup).filter_by(context_id=context.id, once=once)
    there = session.scalar(which)
    if there is not None:
        return there
    name, agenda, people = tidy(name), tidy(agenda), list(dict.fromkeys(people))
    problems = group_problems(name) + text_problems("name", name, NAME_LONGEST)
    problems += text_problems("agenda", agenda, AGENDA_LONGEST)
    if not people:
        problems.append(nobody_ticked())
    if problems:
        raise Incomplete(problems)
    check_learners(session, context, people)
    made = _row(context, actor, kind, name, once, now)
    made.agenda = agenda
    there = added_once(session, made, which)
    if there is not made:
        return there
    _put_in(session, made, people, now)
    if context.approach is None:
        context.approach = Approach.HYBRID
    _write_down(session, actor, context, "group.made", f"group:{made.id}", now)
    return made


def save_group(
    session: Session, actor: Actor, group_id: int, name: str, agenda: str, *, seen: int, now: datetime
) -> StudentGroup:
    """Change name and agenda. Raises Refused, NotFound, Incomplete, Overtaken."""
    row = staffs_group(session, actor, group_id)
    name, agenda = tidy(name), tidy(agenda)
    wanted = {"name": name, "agenda": agenda}
    check_version(row, seen, {"name": row.name, "agenda": row.agenda}, wanted)  # type: ignore[arg-type]
    problems = group_problems(name) + text_problems("name", name, NAME_LONGEST)
    problems += text_problems("agenda", agenda, AGENDA_LONGEST)
    if problems:
        raise Incomplete(problems)
    row.name, row.agenda, row.version = name, agenda, row.version + 1
    _noted(session, actor, row, "group.changed", now)
    return row


def add_members(
    session: Session, actor: Actor, group_id: int, people: Sequence[int], *, now: datetime
) -> None:
    """Put students into a group made here; twice is once. Raises Refused, NotFound, Incomplete: nobody."""
    row = staffs_group(session, actor, group_id)
    if row.lms_group_id is not None:
        raise NotFound
    if not people:
        raise Incomplete([nobody_ticked()])
    check_learners(session, session.get_one(Context, row.context_id), people)
    _put_in(session, row, people, now)
    _noted(session, actor, row, "group.people", now)


def remove_member(session: Session, actor: Actor, group_id: int, person_id: int, *, now: datetime) -> None:
    """Take a student out; the group sees nothing of theirs from now on. Raises Refused, NotFound."""
    row = staffs_group(session, actor, group_id)
    member = session.get(GroupMember, (row.id, person_id)) if is_row_id(person_id) else None
    if member is None:
        raise NotFound
    member.left_at = member.left_at or now
    own = sa.select(Goal.id).join(Plan, Plan.id == Goal.plan_id).where(Plan.person_id == person_id)
    session.execute(
        sa.update(SharedGoal)
        .where(SharedGoal.group_id == row.id, SharedGoal.goal_id.in_(own), SharedGoal.ended_at.is_(None))
        .values(ended_at=now)
    )
    _noted(session, actor, row, "group.people", now)


def end_group(session: Session, actor: Actor, group_id: int, *, now: datetime) -> None:
    """The group is over: nobody sees it any more, what it was stays. Raises Refused, NotFound."""
    row = staffs_group(session, actor, group_id)
    row.ended_at = row.ended_at or now
    _noted(session, actor, row, "group.ended", now)


def group_chosen(session: Session, actor: Actor, value: str, *, now: datetime) -> StudentGroup:
    """The group a form names: `12`, or `lms:7` for one of the LMS, which is taken over at first use.

    Raises:
        Refused, NotFound: not staff, or no such group in this course.
    """
    require(actor, Act.MANAGE_GROUPS)
    context = course_of(session, actor)
    number = value.removeprefix(LMS)
    group_id = int(number) if number.isascii() and number.isdigit() and len(number) < 11 else 0
    if not value.startswith(LMS):
        return staffs_group(session, actor, group_id)
    theirs = session.get(LmsGroup, group_id) if is_row_id(group_id) else None
    if theirs is None or theirs.context_id != context.id or theirs.gone_at is not None:
        raise NotFound
    which = sa.select(StudentGroup).filter_by(context_id=context.id, lms_group_id=theirs.id)
    there = session.scalar(which)
    if there is not None:
        there.ended_at = None
        return there
    made = _row(context, actor, GroupKind.SMALL, theirs.name[:NAME_LONGEST], f"{LMS}{theirs.id}", now)
    made.lms_group_id = theirs.id
    there = added_once(session, made, which)
    if there is not made:
        return there
    if context.approach is None:
        context.approach = Approach.HYBRID
    _write_down(session, actor, context, "group.made", f"group:{made.id}", now)
    return made


def nobody_ticked() -> Problem:
    """No student of a list was ticked."""
    return Problem("people", "nobody", lambda _: _("Tick at least one student."))


def staffs_group(session: Session, actor: Actor, group_id: int) -> StudentGroup:
    """A group of the actor's course that goes on. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    context = course_of(session, actor)
    row = session.get(StudentGroup, group_id, with_for_update=True) if is_row_id(group_id) else None
    if row is None or row.context_id != context.id or row.ended_at is not None:
        raise NotFound
    return row


def _row(
    context: Context, actor: Actor, kind: GroupKind, name: str, once: str, now: datetime
) -> StudentGroup:
    return StudentGroup(
        registration_id=context.registration_id,
        context_id=context.id,
        once=once,
        kind=kind.value,
        name=name,
        agenda="",
        made_by_id=actor.person_id,
        made_at=now,
        version=1,
    )


def _put_in(session: Session, row: StudentGroup, people: Sequence[int], now: datetime) -> None:
    there = {
        member.person_id: member
        for member in session.scalars(sa.select(GroupMember).where(GroupMember.group_id == row.id))
    }
    for person_id in dict.fromkeys(people):
        member = there.get(person_id)
        if member is None:
            session.add(GroupMember(group_id=row.id, person_id=person_id, since=now))
        elif member.left_at is not None:
            member.left_at, member.since = None, now
    session.flush()


def _noted(session: Session, actor: Actor, row: StudentGroup, act: str, now: datetime) -> None:
    context = session.get_one(Context, row.context_id)
    _write_down(session, actor, context, act, f"group:{row.id}", now)


def _write_down(
    session: Session, actor: Actor, context: Context, act: str, subject: str, now: datetime
) -> None:
    session.add(
        AuditEntry(
            registration_id=context.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act=act,
            subject=subject,
            context_id=context.id,
            at=now,
        )
    )
    session.flush()
