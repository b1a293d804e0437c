"""How an adult stands by a student now: as staff of a course they learn in, or because somebody said so.

Planning and overview both ask here, so that who may act and what is shown never differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.plans.access import Actor, Role
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.zones import course_zone
from lti_tool.records.course import Context, Membership, Person, PersonAlias
from lti_tool.records.platform import Registration
from lti_tool.records.support import CounselorAssignment, GuardianBlock, MentorRelation

_Learns = aliased(Membership)
_Teaches = aliased(Membership)


@dataclass(frozen=True)
class Bond:
    """role: `teacher` of a course, else `counselor` or `mentor` of the whole plan; zone: whose day counts."""

    role: str
    student: Person
    zone: tzinfo
    context: Context | None = None
    assignment_id: int | None = None

    @property
    def context_id(self) -> int | None:
        """The course of a teacher's bond."""
        return None if self.context is None else self.context.id


def bond_of(session: Session, actor: Actor, student_id: int, context_id: int | None) -> Bond | None:
    """The actor's bond with a student: in this course, else by an assignment; None where there is none."""
    if actor.person_id is None or not is_row_id(student_id) or student_id == actor.person_id:
        return None
    if context_id is not None:
        return _as_teacher(session, actor, student_id, context_id)
    row = session.execute(
        assigned_pairs(actor).where(Person.id == student_id).order_by(CounselorAssignment.id).limit(1)
    ).first()
    if row is None:
        return None
    zone = session.scalar(sa.select(Registration.time_zone).where(Registration.id == actor.registration_id))
    return Bond(row[1].kind, row[0], course_zone(None, zone), assignment_id=row[1].id)


def _as_teacher(session: Session, actor: Actor, student_id: int, context_id: int) -> Bond | None:
    if not is_row_id(context_id):
        return None
    row = session.execute(
        sa.select(Person, Context, Registration.time_zone)
        .join(_Learns, _Learns.person_id == Person.id)
        .join(Context, Context.id == _Learns.context_id)
        .join(Registration, Registration.id == Context.registration_id)
        .where(
            Person.id == student_id,
            Context.id == context_id,
            Context.id.in_(taught(actor)),
            _Learns.role == Role.LEARNER,
            _Learns.left_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    person, context, zone = row
    return Bond("teacher", person, course_zone(context.time_zone, zone), context)


def taught(actor: Actor) -> sa.Select[int]:
    """The courses with plans where the actor is staff now; memberships say so, and the open launch."""
    mine = sa.and_(
        _Teaches.person_id == actor.person_id, _Teaches.role == Role.STAFF, _Teaches.left_at.is_(None)
    )
    here = actor.context_id if actor.role is Role.STAFF else None
    return (
        sa.select(Context.id)
        .outerjoin(_Teaches, sa.and_(_Teaches.context_id == Context.id, mine))
        .where(
            Context.registration_id == actor.registration_id,
            Context.started_at.is_not(None),
            sa.or_(_Teaches.id.is_not(None), Context.id == here),
        )
    )


def assigned_pairs(actor: Actor) -> sa.Select[Person, CounselorAssignment]:
    """(student, assignment) of those the actor counsels or mentors, by name or by course, who are here.

    A block by the school wins over every assignment.
    """
    learns = sa.and_(
        _Learns.context_id == CounselorAssignment.context_id,
        _Learns.role == Role.LEARNER,
        _Learns.left_at.is_(None),
    )
    return (
        sa.select(Person, CounselorAssignment)
        .select_from(CounselorAssignment)
        .outerjoin(_Learns, learns)
        .join(Person, Person.id == sa.func.coalesce(CounselorAssignment.student_id, _Learns.person_id))
        .where(
            CounselorAssignment.registration_id == actor.registration_id,
            CounselorAssignment.counselor_id == actor.person_id,
            CounselorAssignment.ended_at.is_(None),
            Person.registration_id == actor.registration_id,
            Person.is_test.is_(False),
            ~sa.exists().where(
                GuardianBlock.guardian_id == actor.person_id,
                GuardianBlock.student_id == Person.id,
                GuardianBlock.lifted_at.is_(None),
            ),
        )
    )


def children_of(actor: Actor) -> sa.Select[int, int]:
    """(student, course) of those the LMS names the actor a guardian of, whom the school does not stop."""
    blocked = sa.exists().where(
        GuardianBlock.guardian_id == actor.person_id,
        GuardianBlock.student_id == PersonAlias.person_id,
        GuardianBlock.lifted_at.is_(None),
    )
    named = sa.and_(
        PersonAlias.registration_id == MentorRelation.registration_id,
        PersonAlias.kind == "sub",
        PersonAlias.value == MentorRelation.student_sub,
    )
    return (
        sa.select(PersonAlias.person_id, MentorRelation.context_id)
        .select_from(MentorRelation)
        .join(PersonAlias, named)
        .where(
            MentorRelation.mentor_id == actor.person_id,
            MentorRelation.registration_id == actor.registration_id,
            MentorRelation.ended_at.is_(None),
            ~blocked,
        )
    )
