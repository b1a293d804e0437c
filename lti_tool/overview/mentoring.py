"""Words of encouragement and ideas for later, who stands by a student, and all of it as they read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.check_in_notes import NOTES_MOST, Said, notes_of
from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.mentoring import CareerNote, Encouragement
from lti_tool.records.step import Step
from lti_tool.records.support import CounselorAssignment

NEW_FOR = timedelta(hours=24)  # a word stays on the home page this long after it was first opened


@dataclass(frozen=True)
class Word:
    """A word of encouragement; about: the goal's or the step's title, empty for the whole plan."""

    id: int
    by: str
    about: str
    goal_id: int | None
    words: str
    at: datetime


@dataclass(frozen=True)
class Career:
    """Ideas for later; mine: the reader wrote it."""

    id: int
    by: str
    interest: str
    courses: str
    activities: str
    at: datetime
    mine: bool


def words_for_home(session: Session, person_id: int | None, *, now: datetime) -> list[Word]:
    """Words the student has not opened, or opened within a day. One statement."""
    new = sa.or_(Encouragement.seen_at.is_(None), Encouragement.seen_at > now - NEW_FOR)
    return _words(session, Encouragement.person_id == person_id, new)


def words_of(session: Session, person_id: int | None) -> list[Word]:
    """Every word a student got, newest first."""
    return _words(session, Encouragement.person_id == person_id)


def words_about(session: Session, person_id: int, goal_id: int) -> list[Word]:
    """Words a student got about one goal and its steps, newest first."""
    return _words(session, Encouragement.person_id == person_id, Encouragement.goal_id == goal_id)


def _words(session: Session, *which: sa.ColumnElement[bool]) -> list[Word]:
    rows = session.execute(
        sa.select(Encouragement, Person, Goal.title, Step.title)
        .outerjoin(Person, Person.id == Encouragement.by_id)
        .outerjoin(Goal, Goal.id == Encouragement.goal_id)
        .outerjoin(Step, Step.id == Encouragement.step_id)
        .where(*which)
        .order_by(Encouragement.id.desc())
        .limit(NOTES_MOST)
    )
    return [
        Word(
            row.id,
            "" if by is None else display_name(by),
            step or goal or "",
            row.goal_id,
            row.words,
            row.made_at,
        )
        for row, by, goal, step in rows
    ]


def career_notes(
    session: Session, registration_id: int, person_id: int, *, context_id: int | None, me: int | None
) -> list[Career]:
    """Ideas for later, newest first. context_id: of one course and of none; empty for all."""
    query = (
        sa.select(CareerNote, Person)
        .outerjoin(Person, Person.id == CareerNote.by_id)
        .where(
            CareerNote.registration_id == registration_id,
            CareerNote.person_id == person_id,
            CareerNote.retired_at.is_(None),
        )
        .order_by(CareerNote.id.desc())
        .limit(NOTES_MOST)
    )
    if context_id is not None:
        query = query.where(sa.or_(CareerNote.context_id == context_id, CareerNote.context_id.is_(None)))
    return [
        Career(
            row.id,
            "" if by is None else display_name(by),
            row.interest,
            row.courses,
            row.activities,
            row.made_at,
            me is not None and row.by_id == me,
        )
        for row, by in session.execute(query)
    ]


def mentors_of(session: Session, registration_id: int, person_id: int) -> list[tuple[int, str, str]]:
    """(assignment, name, kind) of those who stand by this student by name now."""
    rows = session.execute(
        sa.select(CounselorAssignment, Person)
        .join(Person, Person.id == CounselorAssignment.counselor_id)
        .where(
            CounselorAssignment.registration_id == registration_id,
            CounselorAssignment.student_id == person_id,
            CounselorAssignment.ended_at.is_(None),
        )
        .order_by(CounselorAssignment.id)
    )
    return [(row.id, display_name(person), row.kind) for row, person in rows]


@dataclass(frozen=True)
class OwnMentoring:
    """All of it as its student reads it."""

    notes: Sequence[Said]
    careers: Sequence[Career]
    words: Sequence[Word]
    helpers: Sequence[tuple[int, str, str]]


def own_mentoring(session: Session, actor: Actor) -> OwnMentoring:
    """The actor's own, over all courses, in the zone of the one they opened. Raises Refused, NotFound."""
    require(actor, Act.SEE_CONFERENCE)
    here = place(session, actor, actor.context_id)
    if actor.person_id is None:
        raise NotFound
    mine = (session, actor.registration_id, actor.person_id)
    return OwnMentoring(
        notes=notes_of(*mine, "student", context_id=None, me=None, zone=here.zone),
        careers=career_notes(*mine, context_id=None, me=None),
        words=words_of(session, actor.person_id),
        helpers=mentors_of(*mine),
    )
