"""Words of encouragement and ideas for later, who stands by a student, and all of it as they read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.check_in_notes import NOTES_MOST, Said, notes_of
from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.mentoring import CareerNote, Encouragement
from lti_tool.records.prepared import Prepared
from lti_tool.records.step import Step
from lti_tool.records.support import CounselorAssignment

NEW_FOR = timedelta(hours=24)  # a word stays on the home page this long after it was first opened


@dataclass(frozen=True)
class Word:
    """A word of encouragement; about: the goal's or the step's title, empty for the whole plan.

    unseen: the student has not opened it yet.
    """

    id: int
    by: str
    about: str
    goal_id: int | None
    words: str
    at: datetime
    unseen: bool = False


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
    return _worded(WORDS_FOR_HOME.read(session, {"person": person_id, "opened_since": now - NEW_FOR}))


def words_of(session: Session, person_id: int | None) -> list[Word]:
    """Every word a student got, newest first."""
    return _words(session, Encouragement.person_id == person_id)


def words_about(session: Session, person_id: int, goal_id: int) -> list[Word]:
    """Words a student got about one goal and its steps, newest first."""
    return _words(session, Encouragement.person_id == person_id, Encouragement.goal_id == goal_id)


def _words(session: Session, *which: sa.ColumnElement[bool]) -> list[Word]:
    return _worded(session.execute(_words_query(*which)))


def _words_query(*which: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(
            *(Encouragement.goal_id, Encouragement.words, Encouragement.made_at, Encouragement.seen_at),
            *(Person.id, Person.name, Person.given_name, Person.family_name),
            Encouragement.id.label("word_id"),
            Goal.title.label("goal"),
            Step.title.label("step"),
        )
        .select_from(Encouragement)
        .outerjoin(Person, Person.id == Encouragement.by_id)
        .outerjoin(Goal, Goal.id == Encouragement.goal_id)
        .outerjoin(Step, Step.id == Encouragement.step_id)
        .where(*which)
        .order_by(Encouragement.id.desc())
        .limit(sa.literal_column(str(NOTES_MOST)))
    )


WORDS_FOR_HOME = Prepared(
    _words_query(
        Encouragement.person_id == sa.bindparam("person"),
        sa.or_(Encouragement.seen_at.is_(None), Encouragement.seen_at > sa.bindparam("opened_since")),
    )
)


def _worded(rows: Iterable[Any]) -> list[Word]:
    return [
        Word(
            row.word_id,
            "" if row.id is None else display_name(row),
            row.step or row.goal or "",
            row.goal_id,
            row.words,
            row.made_at,
            unseen=row.seen_at is None,
        )
        for row in rows
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
