"""Lessons: resources in order, a self-check, to whom they were given, and how each student's went."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Lesson(Base):
    """A lesson of a course (domain.md A21). once: made with the form, so that one sending makes one lesson.

    aim: what students can do afterwards. topic: the goals it is for, by name. shows: plans.lessons.Show.
    item_id or after_id, below: its rule, "suggested when this score, or this lesson's self-check, is under
    so many per cent". ended_at: nobody sees it any more but staff.
    """

    __tablename__ = "lesson"
    __table_args__ = (sa.UniqueConstraint("context_id", "once", name="uq_lesson_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    once: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[str] = mapped_column(sa.String(200))
    aim: Mapped[str] = mapped_column(sa.Text, default="")
    topic: Mapped[str] = mapped_column(sa.String(512), default="")
    shows: Mapped[list[str]] = mapped_column(default=list)
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"))
    after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lesson.id"))
    below: Mapped[Decimal | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None]


class LessonPart(Base):
    """A resource of a lesson. kind: plans.lessons.PartKind; format: plans.lessons.Format."""

    __tablename__ = "lesson_part"
    __table_args__ = (sa.UniqueConstraint("lesson_id", "once", name="uq_lesson_part_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"))
    once: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    format: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(300), default="")
    url: Mapped[str] = mapped_column(sa.String(2048), default="")
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    gone_at: Mapped[datetime | None]


class LessonQuestion(Base):
    """A question of a lesson's self-check (plans.lessons.Question). What was answered keeps its own words."""

    __tablename__ = "lesson_question"
    __table_args__ = (sa.UniqueConstraint("lesson_id", "once", name="uq_lesson_question_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"))
    once: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    text: Mapped[str] = mapped_column(sa.Text)
    options: Mapped[list[str]] = mapped_column(default=list)
    right: Mapped[list[str]] = mapped_column(default=list)
    feedback: Mapped[str] = mapped_column(sa.Text, default="")
    gone_at: Mapped[datetime | None]


class LessonGiven(Base):
    """To whom a lesson was given: a student, a group, everyone with a goal of a topic, or the class (B6).

    by_id: a teacher, or the student who took a suggestion. because: what the suggestion said. ended_at:
    taken back; of a suggestion, that the student said no.
    """

    __tablename__ = "lesson_given"
    __table_args__ = (sa.Index("ix_lesson_given_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("student_group.id"))
    topic: Mapped[str] = mapped_column(sa.String(512), default="")
    everyone: Mapped[bool] = mapped_column(default=False)
    because: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LessonRun(Base):
    """One student's way through a lesson. part_id, show: the ways they chose last.

    answered, right: of their newest self-check. well, hard: the two reflections (domain.md A22).
    """

    __tablename__ = "lesson_run"
    __table_args__ = (
        sa.UniqueConstraint("lesson_id", "person_id", name="uq_lesson_run_person"),
        sa.Index("ix_lesson_run_person", "person_id", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    started_at: Mapped[datetime]
    part_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lesson_part.id"))
    show: Mapped[str] = mapped_column(sa.String(16), default="")
    questions: Mapped[int] = mapped_column(default=0)
    right: Mapped[int] = mapped_column(default=0)
    well: Mapped[str] = mapped_column(sa.Text, default="")
    hard: Mapped[str] = mapped_column(sa.Text, default="")
    finished_at: Mapped[datetime | None]


class LessonCheck(Base):
    """One look at the answers of a self-check, append-only. answers: question, answer, right or not.

    once: of the form that sent it, so that one sending makes one row.
    """

    __tablename__ = "lesson_check"
    __table_args__ = (sa.UniqueConstraint("run_id", "once", name="uq_lesson_check_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson_run.id"))
    once: Mapped[str] = mapped_column(sa.String(64))
    answers: Mapped[list[Any]] = mapped_column(default=list)
    questions: Mapped[int]
    right: Mapped[int]
    at: Mapped[datetime]


class LessonPick(Base):
    """A way a student chose, append-only. part_id: a way to learn; show: a way to show it.

    goal_id: the goal whose choice board it was chosen on.
    """

    __tablename__ = "lesson_pick"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson_run.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lesson_part.id"))
    show: Mapped[str] = mapped_column(sa.String(16), default="")
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"))
    at: Mapped[datetime]
