"""Mentoring: how often an adult and a student talk, what was said, encouragement, ideas for later."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class AgreedCadence(Base):
    """How often staff of a course, or one counselor or mentor, want to talk with their students (B12).

    Either of a course or of an assignment; person_id: of one student of it alone, which wins over the rest.
    cadence: plans.checkins.Cadence. A change ends the row (ended_at) and makes a new one.
    """

    __tablename__ = "cadence"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("counselor_assignment.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    cadence: Mapped[str] = mapped_column(sa.String(16))
    since: Mapped[date]
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CheckInNote(Base):
    """What was said in a check-in; it belongs to the student's plan and stays when the adult leaves.

    context_id: the course of the teacher; empty for a counselor or mentor, who stand by the whole plan.
    check_in_id: the course's counted check-in it came with. by_role: `teacher`, `counselor` or `mentor`.
    token: made with the form, so that one sending makes one note. lines: what of the draft was talked about.
    Its author may correct it: the versions, from the first on, are then rows of `change`.
    readers: plans.mentoring.Readers. next_on: the day agreed for the next talk.
    """

    __tablename__ = "check_in_note"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "token", name="uq_check_in_note_token"),
        sa.Index("ix_check_in_note_person", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"), index=True)
    check_in_id: Mapped[int | None] = mapped_column(sa.ForeignKey("check_in.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    by_role: Mapped[str] = mapped_column(sa.String(16))
    token: Mapped[str] = mapped_column(sa.String(32))
    lines: Mapped[list[Any]] = mapped_column(default=list)
    well: Mapped[str] = mapped_column(sa.Text, default="")
    hard: Mapped[str] = mapped_column(sa.Text, default="")
    agreed: Mapped[str] = mapped_column(sa.Text, default="")
    next_on: Mapped[date | None]
    readers: Mapped[str] = mapped_column(sa.String(8))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Encouragement(Base):
    """A word for a student, about a goal or a step of it or the whole plan (A26). seen_at: first opened."""

    __tablename__ = "encouragement"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "token", name="uq_encouragement_token"),
        sa.Index("ix_encouragement_person", "person_id", "seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    step_id: Mapped[int | None] = mapped_column(sa.ForeignKey("step.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_role: Mapped[str] = mapped_column(sa.String(16))
    token: Mapped[str] = mapped_column(sa.String(32))
    words: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class CareerNote(Base):
    """Ideas for what a student may want to be: courses to take and things to join (B12).

    Its versions are rows of `change`. retired_at: let go; kept, not shown.
    """

    __tablename__ = "career_note"
    __table_args__ = (sa.UniqueConstraint("person_id", "token", name="uq_career_note_token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_role: Mapped[str] = mapped_column(sa.String(16))
    token: Mapped[str] = mapped_column(sa.String(32))
    interest: Mapped[str] = mapped_column(sa.String(200))
    courses: Mapped[str] = mapped_column(sa.Text, default="")
    activities: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Handover(Base):
    """Somebody took over what a leaving adult had open in a course; their history stays with the plans."""

    __tablename__ = "handover"
    __table_args__ = (sa.Index("ix_handover_context", "context_id", "from_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    from_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
