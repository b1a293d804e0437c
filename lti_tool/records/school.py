"""What a school and its LMS say of a course as a whole: days off, the course's own score."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class SchoolBreak(Base):
    """Days without school, first and last included; typed once per school."""

    __tablename__ = "school_break"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    name: Mapped[str] = mapped_column(sa.String(255), default="")


class CourseTotal(Base):
    """The LMS's own score of a person in a course, append-only; the newest is the one in use.

    score: per cent as the student may see it (Canvas `current_score`, Moodle's course total). letter: the
    LMS's word. has_hidden: a hidden grade is part of it, so it is never shown (domain.md §3.1).
    """

    __tablename__ = "course_total"
    __table_args__ = (sa.Index("ix_course_total_of", "context_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    score: Mapped[Decimal | None]
    letter: Mapped[str] = mapped_column(sa.String(64), default="")
    has_hidden: Mapped[bool] = mapped_column(default=False)
    sync_run_id: Mapped[str | None] = mapped_column(sa.String(36))
    read_at: Mapped[datetime]
