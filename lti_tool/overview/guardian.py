"""What guardians and mentors read: whom they stand by, and each one's plan in one course (domain.md §5).

Launches decide who is whose (lti.md §6). A block by the school wins over everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.ends import ends_of
from lti_tool.overview.holding_back import held_back
from lti_tool.overview.people import display_name
from lti_tool.overview.place import Place
from lti_tool.overview.plan import PlanView, frame_of, learner_of, plan_of
from lti_tool.overview.whose import Wanted, Whose
from lti_tool.plans.access import Act, Actor, NotFound, Role, require
from lti_tool.plans.guardians_on import guardians_on
from lti_tool.plans.zones import course_zone
from lti_tool.records.course import Context, Membership, Person, PersonAlias
from lti_tool.records.goal import Goal
from lti_tool.records.guardians_here import has_guardians
from lti_tool.records.learners import learns_in
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.support import AccessGrant, GuardianBlock, MentorRelation

REMEMBERED = timedelta(days=30)  # outside a course a relation counts this long after its last launch
_Mine = aliased(Membership)


@dataclass(frozen=True)
class Child:
    """A student this person mentors, in one course."""

    person_id: int
    name: str
    given_name: str
    context_id: int
    course: str


@dataclass(frozen=True)
class Children:
    """All of them. unknown: named by the LMS but nobody who learns here (yet). blocked: by the school.

    off: the school lets no guardians read along.
    """

    known: Sequence[Child]
    unknown: int
    blocked: int
    off: bool = False

    @property
    def none(self) -> bool:
        """Whether the LMS names nobody at all."""
        return not (self.known or self.unknown or self.blocked)


def children(session: Session, actor: Actor, *, now: datetime) -> Children:
    """The students the actor mentors: of the course they opened, or of all courses outside one.

    Raises:
        Refused: the actor's role never reads as a mentor.
    """
    require(actor, Act.SEE_CHILDREN)
    if not has_guardians(session, actor.registration_id, actor.context_id):
        return Children((), 0, 0, off=True)
    known, unknown, blocked, off = [], 0, 0, 0
    for row in session.execute(_relations(actor, now)):
        if not guardians_on(row.guardians, row.Context.age_band, row.age_band):
            off += 1
        elif row.block_id is not None:
            blocked += 1
        elif row.Person is None or row.member_id is None:
            unknown += 1
        else:
            person, course = row.Person, row.Context
            known.append(
                Child(
                    person_id=person.id,
                    name=display_name(person),
                    given_name=person.given_name or display_name(person),
                    context_id=course.id,
                    course=course.title or course.label or course.lms_id,
                )
            )
    known.sort(key=lambda child: (child.given_name.casefold(), child.person_id, child.course))
    return Children(known, unknown, blocked, off=bool(off) and not known)


def childs_plan(
    session: Session,
    actor: Actor,
    context_id: int,
    person_id: int,
    *,
    now: datetime,
    found: Children | None = None,
) -> PlanView:
    """The plan of one of the actor's children, the goals of that course only.

    found: `children` of this actor, if this session read them already.

    Raises:
        Refused: the actor's role never reads as a mentor. NotFound: not their child in this course.
    """
    mine = (found or children(session, actor, now=now)).known
    if not any((child.context_id, child.person_id) == (context_id, person_id) for child in mine):
        raise NotFound
    return _plan_in_course(session, actor, context_id, person_id, now)


def granted_plan(session: Session, actor: Actor, grant_id: int, *, now: datetime) -> PlanView:
    """The one plan a grant is for. Raises Refused; NotFound where the grant is over or the name blocked."""
    require(actor, Act.READ_BY_GRANT)
    grant = session.get(AccessGrant, grant_id)
    if grant is None or grant.registration_id != actor.registration_id:
        raise NotFound
    if grant.revoked_at is not None or grant.expires_at <= now or _is_blocked(session, grant):
        raise NotFound
    if grant.reader == "guardian" and not has_guardians(session, grant.registration_id, grant.context_id):
        raise NotFound
    return _plan_in_course(session, actor, grant.context_id, grant.person_id, now)


def _is_blocked(session: Session, grant: AccessGrant) -> bool:
    found = session.scalar(
        sa.select(GuardianBlock.id)
        .where(
            GuardianBlock.student_id == grant.person_id,
            GuardianBlock.name_key == grant.name_key,
            GuardianBlock.lifted_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def _plan_in_course(
    session: Session, actor: Actor, context_id: int, person_id: int, now: datetime
) -> PlanView:
    found = session.execute(
        sa.select(Context, Registration)
        .join(Registration, Registration.id == Context.registration_id)
        .where(Context.id == context_id, Context.registration_id == actor.registration_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    context, registration = found
    here = Place(context, course_zone(context.time_zone, registration.time_zone), "")
    person, left_at = learner_of(session, here, person_id)
    wanted = Wanted(person.id, person.registration_id, Whose.COURSE, context.id)
    plan = plan_of(session, person, wanted, frame_of(here, now, has_left=left_at is not None))
    ends = ends_of(session, now, Goal.context_id == context.id, Plan.person_id == person.id)
    return held_back(session, replace(plan, ends=ends), now)


def _relations(actor: Actor, now: datetime) -> sa.Select[Person, Context, int, int, bool, str]:
    """Each student named for the actor, with who that is here, if anybody, and a block, if any."""
    student = sa.and_(
        PersonAlias.registration_id == MentorRelation.registration_id,
        PersonAlias.kind == "sub",
        PersonAlias.value == MentorRelation.student_sub,
    )
    learns = sa.and_(
        Membership.person_id == PersonAlias.person_id,
        learns_in(MentorRelation.context_id),
    )
    block = (
        sa.select(sa.func.min(GuardianBlock.id))
        .where(
            GuardianBlock.registration_id == MentorRelation.registration_id,
            GuardianBlock.student_id == PersonAlias.person_id,
            GuardianBlock.guardian_id == MentorRelation.mentor_id,
            GuardianBlock.lifted_at.is_(None),
        )
        .correlate(MentorRelation, PersonAlias)
        .scalar_subquery()
    )
    still_mentor = sa.and_(
        _Mine.context_id == MentorRelation.context_id,
        _Mine.person_id == MentorRelation.mentor_id,
        _Mine.role == Role.MENTOR,
        _Mine.left_at.is_(None),
    )
    query = (
        sa.select(
            Person,
            Context,
            Membership.id.label("member_id"),
            block.label("block_id"),
            Registration.guardians,
            Registration.age_band,
        )
        .select_from(MentorRelation)
        .join(Context, Context.id == MentorRelation.context_id)
        .join(Registration, Registration.id == Context.registration_id)
        .join(_Mine, still_mentor)
        .outerjoin(PersonAlias, student)
        .outerjoin(Person, Person.id == PersonAlias.person_id)
        .outerjoin(Membership, learns)
        .where(
            MentorRelation.registration_id == actor.registration_id,
            MentorRelation.mentor_id == actor.person_id,
            MentorRelation.ended_at.is_(None),
        )
    )
    if actor.context_id is not None:
        return query.where(MentorRelation.context_id == actor.context_id)
    return query.where(MentorRelation.seen_at >= now - REMEMBERED)
