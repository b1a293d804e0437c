"""Who stands by whom, for a school's administrator: people, counselors, guardians, blocks. No plan texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.people import display_name
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.course import Context, Membership, Person, PersonAlias
from lti_tool.records.support import AccessGrant, CounselorAssignment, GuardianBlock, MentorRelation

FOUND_MOST = 50
LISTED_MOST = 200
_Student = aliased(Person)
_Guardian = aliased(Person)


@dataclass(frozen=True)
class Found:
    """A person or course a search found. where: the courses a person is in, or a course's label."""

    id: int
    name: str
    where: str


@dataclass(frozen=True)
class Assignment:
    """A counselor's assignment that holds now; whom: a student or a course."""

    id: int
    counselor_id: int
    counselor: str
    whom: str
    is_course: bool
    kind: str = "counselor"


@dataclass(frozen=True)
class Block:
    """A block that holds now."""

    id: int
    guardian: str
    student_id: int
    student: str
    made_at: datetime


@dataclass(frozen=True)
class Tie:
    """A guardian and a student. guardian_id: empty for somebody known only by the name on a grant."""

    guardian_id: int | None
    guardian: str
    student_id: int
    student: str
    is_blocked: bool


@dataclass(frozen=True)
class SupportPerson:
    """One person on the administrator's page: whom they counsel, whose guardian they are, who is theirs."""

    id: int
    name: str
    assignments: Sequence[Assignment]
    guardian_of: Sequence[Tie]
    guardians: Sequence[Tie]


def support(session: Session, actor: Actor) -> tuple[Sequence[Assignment], Sequence[Block]]:
    """Every assignment and block of the registration that holds now. Raises Refused."""
    require(actor, Act.MANAGE_SUPPORT)
    return _assignments(session, actor, sa.true()), _blocks(session, actor)


def find_people(session: Session, actor: Actor, typed: str) -> Sequence[Found]:
    """People of the registration whose name holds what was typed, or whose LMS id it is. Raises Refused."""
    require(actor, Act.MANAGE_SUPPORT)
    typed = " ".join(typed.split())
    if not typed:
        return []
    by_id = sa.select(PersonAlias.person_id).where(
        PersonAlias.registration_id == actor.registration_id, PersonAlias.value == typed
    )
    people = session.scalars(
        sa.select(Person)
        .where(
            Person.registration_id == actor.registration_id,
            sa.or_(sa.func.lower(Person.name).contains(typed.lower(), autoescape=True), Person.id.in_(by_id)),
        )
        .order_by(Person.name, Person.id)
        .limit(FOUND_MOST)
    ).all()
    courses: dict[int, list[str]] = {}
    for person_id, title in session.execute(
        sa.select(Membership.person_id, Context.title)
        .join(Context, Context.id == Membership.context_id)
        .where(Membership.person_id.in_([person.id for person in people]), Membership.left_at.is_(None))
        .order_by(Context.title)
    ):
        courses.setdefault(person_id, []).append(title)
    return [Found(one.id, display_name(one), ", ".join(courses.get(one.id, [])[:5])) for one in people]


def find_courses(session: Session, actor: Actor, typed: str) -> Sequence[Found]:
    """Courses of the registration whose title or label holds what was typed. Raises Refused."""
    require(actor, Act.MANAGE_SUPPORT)
    typed = " ".join(typed.split()).lower()
    if not typed:
        return []
    rows = session.scalars(
        sa.select(Context)
        .where(
            Context.registration_id == actor.registration_id,
            sa.or_(
                sa.func.lower(Context.title).contains(typed, autoescape=True),
                sa.func.lower(Context.label).contains(typed, autoescape=True),
            ),
        )
        .order_by(Context.title, Context.id)
        .limit(FOUND_MOST)
    )
    return [Found(one.id, one.title or one.label or one.lms_id, one.label) for one in rows]


def support_person(session: Session, actor: Actor, person_id: int) -> SupportPerson:
    """One person of the registration. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_SUPPORT)
    person = session.get(Person, person_id) if is_row_id(person_id) else None
    if person is None or person.registration_id != actor.registration_id:
        raise NotFound
    blocked: Blocked = set()
    for one in session.scalars(
        sa.select(GuardianBlock).where(
            GuardianBlock.registration_id == actor.registration_id, GuardianBlock.lifted_at.is_(None)
        )
    ):
        blocked |= {(one.guardian_id, "", one.student_id), (None, one.name_key, one.student_id)}
    return SupportPerson(
        id=person.id,
        name=display_name(person),
        assignments=_assignments(session, actor, CounselorAssignment.counselor_id == person.id),
        guardian_of=_ties(session, actor, MentorRelation.mentor_id == person.id, blocked),
        guardians=[
            *_ties(session, actor, _Student.id == person.id, blocked),
            *_grant_ties(session, person, blocked),
        ],
    )


Blocked = set[tuple[int | None, str, int]]


def _ties(session: Session, actor: Actor, whose: sa.ColumnElement[bool], blocked: Blocked) -> list[Tie]:
    alias = sa.and_(
        PersonAlias.registration_id == MentorRelation.registration_id,
        PersonAlias.kind == "sub",
        PersonAlias.value == MentorRelation.student_sub,
    )
    rows = session.execute(
        sa.select(_Guardian, _Student)
        .select_from(MentorRelation)
        .join(_Guardian, _Guardian.id == MentorRelation.mentor_id)
        .join(PersonAlias, alias)
        .join(_Student, _Student.id == PersonAlias.person_id)
        .where(
            MentorRelation.registration_id == actor.registration_id,
            MentorRelation.ended_at.is_(None),
            whose,
        )
        .order_by(_Student.name, _Guardian.name)
        .limit(LISTED_MOST)
    )
    ties = {
        (guardian.id, student.id): Tie(
            guardian.id,
            display_name(guardian),
            student.id,
            display_name(student),
            (guardian.id, "", student.id) in blocked,
        )
        for guardian, student in rows
    }
    return list(ties.values())


def _grant_ties(session: Session, student: Person, blocked: Blocked) -> list[Tie]:
    """The people on this student's grants, one line a name."""
    rows = session.execute(
        sa.select(AccessGrant.name_key, sa.func.max(AccessGrant.name))
        .where(AccessGrant.person_id == student.id)
        .group_by(AccessGrant.name_key)
        .order_by(AccessGrant.name_key)
        .limit(LISTED_MOST)
    )
    name = display_name(student)
    return [Tie(None, shown, student.id, name, (None, key, student.id) in blocked) for key, shown in rows]


def _assignments(session: Session, actor: Actor, whose: sa.ColumnElement[bool]) -> list[Assignment]:
    rows = session.execute(
        sa.select(CounselorAssignment, _Guardian, _Student, Context)
        .join(_Guardian, _Guardian.id == CounselorAssignment.counselor_id)
        .outerjoin(_Student, _Student.id == CounselorAssignment.student_id)
        .outerjoin(Context, Context.id == CounselorAssignment.context_id)
        .where(
            CounselorAssignment.registration_id == actor.registration_id,
            CounselorAssignment.ended_at.is_(None),
            whose,
        )
        .order_by(_Guardian.name, CounselorAssignment.id)
        .limit(LISTED_MOST)
    )
    return [
        Assignment(
            id=row.id,
            counselor_id=counselor.id,
            counselor=display_name(counselor),
            whom=display_name(student) if student is not None else course.title or course.lms_id,
            is_course=student is None,
            kind=row.kind,
        )
        for row, counselor, student, course in rows
    ]


def _blocks(session: Session, actor: Actor) -> list[Block]:
    rows = session.execute(
        sa.select(GuardianBlock, _Guardian, _Student)
        .join(_Student, _Student.id == GuardianBlock.student_id)
        .outerjoin(_Guardian, _Guardian.id == GuardianBlock.guardian_id)
        .where(GuardianBlock.registration_id == actor.registration_id, GuardianBlock.lifted_at.is_(None))
        .order_by(GuardianBlock.id.desc())
        .limit(LISTED_MOST)
    )
    return [
        Block(
            row.id,
            row.name if guardian is None else display_name(guardian),
            student.id,
            display_name(student),
            row.made_at,
        )
        for row, guardian, student in rows
    ]
