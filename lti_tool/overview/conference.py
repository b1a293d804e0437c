"""Conferences as people read them: at the table, as a list for a round, and for who could not come (A7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.place import Place, place
from lti_tool.overview.portfolio import ArtifactView, artifacts_of
from lti_tool.overview.profile import ProfileView, band_here, profiles_of
from lti_tool.overview.talk_about import FinishedLesson, finished_lessons
from lti_tool.overview.talks import Talk, talks_with
from lti_tool.plans.access import Act, Actor, NotFound, may, require
from lti_tool.plans.goal import GoalState
from lti_tool.plans.groups import is_large
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import Band
from lti_tool.records.conference import Conference
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.learners import learners_in
from lti_tool.records.plan import Plan
from lti_tool.records.profile import Round

LESSONS_MOST = 5


@dataclass(frozen=True)
class ConferenceView:
    """Everything on the table, about one student alone. lessons: the newest few finished since the
    conference before.
    """

    talk: Talk
    own: bool
    profile: ProfileView
    artifacts: Sequence[ArtifactView]
    today: date
    goals: Sequence[tuple[int, str]] = ()
    lessons: Sequence[FinishedLesson] = ()


@dataclass(frozen=True)
class Line:
    """A learner in the course's list. talk: their newest conference, of the open round where there is one."""

    person_id: int
    name: str
    talk: Talk | None

    @property
    def state(self) -> str:
        """`had`, `planned` or `none`."""
        if self.talk is None:
            return "none"
        return "had" if self.talk.held_at is not None else "planned"


@dataclass(frozen=True)
class CourseTalks:
    """A course's conferences. round: (id, kind) of the open one."""

    course: str
    band: Band
    round: tuple[int, str] | None
    lines: Sequence[Line]
    zone: tzinfo

    @property
    def has_large_group(self) -> bool:
        """Whether so many meet at one time that few will speak (domain.md B7)."""
        groups = Counter(one.talk.group for one in self.lines if one.talk and one.state == "planned")
        return any(is_large(count) for key, count in groups.items() if key)

    def count(self, state: str) -> int:
        """How many learners are in this state."""
        return sum(line.state == state for line in self.lines)


def conference_view(session: Session, actor: Actor, conference_id: int, *, now: datetime) -> ConferenceView:
    """One conference, for staff of its course or for its student.

    Raises:
        Refused: neither. NotFound: none such for this actor.
    """
    require(actor, Act.SEE_CONFERENCE)
    here = place(session, actor, actor.context_id)
    staff = may(actor, Act.HOLD_CONFERENCE)
    row = session.get(Conference, conference_id) if is_row_id(conference_id) else None
    if row is None or row.registration_id != actor.registration_id or row.context_id != here.context.id:
        raise NotFound
    if not staff and row.person_id != actor.person_id:
        raise NotFound
    view = _views(session, actor, here, [row], staff=staff, now=now)[0]
    return replace(view, goals=_goals(session, here, row.person_id)) if staff else view


def _goals(session: Session, here: Place, person_id: int) -> list[tuple[int, str]]:
    """(id, title) of the student's goals of this course that a step could belong to."""
    rows = session.execute(
        sa.select(Goal.id, Goal.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == person_id,
            Plan.closed_at.is_(None),
            Goal.context_id == here.context.id,
            Goal.state == GoalState.ACTIVE,
        )
        .order_by(Goal.due_on, Goal.id)
    )
    return [(row.id, row.title) for row in rows]


def sheets(session: Session, actor: Actor, *, now: datetime) -> list[ConferenceView]:
    """Every conference of the course's open round (or that was not held yet), one sheet each."""
    require(actor, Act.HOLD_CONFERENCE)
    talks = course_talks(session, actor)
    here = place(session, actor, actor.context_id)
    ids = [line.talk.id for line in talks.lines if line.talk is not None]
    rows = session.scalars(sa.select(Conference).where(Conference.id.in_(ids))).all()
    by_id = {row.id: row for row in rows}
    return _views(session, actor, here, [by_id[one] for one in ids], staff=True, now=now)


def _views(
    session: Session, actor: Actor, here: Place, rows: Sequence[Conference], *, staff: bool, now: datetime
) -> list[ConferenceView]:
    band = band_here(session, here)
    talks = talks_with(session, rows, here.zone)
    people = {
        one.id: one
        for one in session.scalars(sa.select(Person).where(Person.id.in_([row.person_id for row in rows])))
    }
    known = list(people.values())
    profiles = profiles_of(
        session,
        known,
        "staff" if staff else "student",
        me=None if staff else actor.person_id,
        context_id=here.context.id,
        band=band,
        zone=here.zone,
    )
    shown = artifacts_of(session, known, own=not staff, context_id=here.context.id, zone=here.zone)
    done = finished_lessons(session, actor.registration_id, list(people), here.context.id)
    before = _held_before(session, rows)
    return [
        ConferenceView(
            talk=talks[row.id],
            own=not staff,
            profile=profiles[row.person_id],
            artifacts=[one for one in shown[row.person_id] if one.ready],
            today=now.astimezone(here.zone).date(),
            lessons=_between(done.get(row.person_id, []), before.get(row.id), row.held_at),
        )
        for row in rows
    ]


def _held_before(session: Session, rows: Sequence[Conference]) -> dict[int, datetime | None]:
    """conference → when the one before it was held, in the same course with the same student."""
    earlier = aliased(Conference)
    found = session.execute(
        sa.select(Conference.id, sa.func.max(earlier.held_at))
        .join(
            earlier,
            sa.and_(
                earlier.person_id == Conference.person_id,
                earlier.context_id == Conference.context_id,
                earlier.id < Conference.id,
            ),
        )
        .where(Conference.id.in_([row.id for row in rows]))
        .group_by(Conference.id)
    )
    return {row[0]: row[1] for row in found}


def _between(
    lessons: Sequence[FinishedLesson], since: datetime | None, until: datetime | None
) -> list[FinishedLesson]:
    """Those finished after `since` and up to `until`, the newest few."""
    found = [
        one
        for one in lessons
        if (since is None or one.finished_at > since) and (until is None or one.finished_at <= until)
    ]
    return found[:LESSONS_MOST]


def course_talks(session: Session, actor: Actor) -> CourseTalks:
    """Who has had a conference in the open round and who has not, by family name. Seven statements.

    Raises:
        Refused, NotFound: not staff of this course.
    """
    require(actor, Act.HOLD_CONFERENCE)
    here = place(session, actor, actor.context_id)
    asked = session.execute(
        sa.select(Round.id, Round.kind)
        .where(Round.context_id == here.context.id, Round.person_id.is_(None), Round.closed_at.is_(None))
        .order_by(Round.id.desc())
        .limit(1)
    ).one_or_none()
    people = session.scalars(learners_in(here.context.id)).all()
    query = sa.select(Conference).where(Conference.context_id == here.context.id).order_by(Conference.id)
    if asked is not None:
        query = query.where(sa.or_(Conference.round_id == asked.id, Conference.held_at.is_(None)))
    rows = session.scalars(query).all()
    talks = talks_with(session, rows, here.zone)
    newest = {row.person_id: talks[row.id] for row in rows}
    lines = [
        Line(person.id, display_name(person), newest.get(person.id))
        for person in sorted(people, key=sort_name)
    ]
    return CourseTalks(
        course=here.title,
        band=band_here(session, here),
        round=None if asked is None else (asked.id, asked.kind),
        lines=lines,
        zone=here.zone,
    )
