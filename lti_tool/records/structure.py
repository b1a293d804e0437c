"""What an LMS says of a course besides cells: sections, groups, weights, schemes, enrolments (canvas.md §5).

Read at the first sync, nightly and on demand; each list is stored whole, or not at all.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class CourseSection(Base):
    """A section. listed_from: the LMS's id of the course it was cross-listed from, if it was."""

    __tablename__ = "course_section"
    __table_args__ = (sa.UniqueConstraint("context_id", "lms_id", name="uq_course_section_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    lms_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(512), default="")
    listed_from: Mapped[str] = mapped_column(sa.String(64), default="")
    gone_at: Mapped[datetime | None]


class LmsGroup(Base):
    """A group of students in the LMS; category_id: the set it belongs to there."""

    __tablename__ = "lms_group"
    __table_args__ = (sa.UniqueConstraint("context_id", "lms_id", name="uq_lms_group_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    lms_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(512), default="")
    category_id: Mapped[str] = mapped_column(sa.String(64), default="")
    gone_at: Mapped[datetime | None]


class LmsGroupMember(Base):
    """A student in a group of the LMS, as the newest whole list says."""

    __tablename__ = "lms_group_member"
    __table_args__ = (sa.Index("ix_lms_group_member_person", "person_id"),)

    group_id: Mapped[int] = mapped_column(sa.ForeignKey("lms_group.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime]


class ItemGroup(Base):
    """An assignment group, its rules and what it weighs.

    weight: percent of the course; empty where the course does not weigh. never_drop: LMS ids of items
    that are never left out. Items name their group by
    `Item.group_name`.
    """

    __tablename__ = "item_group"
    __table_args__ = (sa.UniqueConstraint("context_id", "lms_id", name="uq_item_group_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    lms_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(512), default="")
    position: Mapped[int] = mapped_column(default=0)
    weight: Mapped[Decimal | None]
    drop_lowest: Mapped[int] = mapped_column(default=0)
    drop_highest: Mapped[int] = mapped_column(default=0)
    never_drop: Mapped[list[str]] = mapped_column(default=list)
    gone_at: Mapped[datetime | None]


class GradingScheme(Base):
    """A grading scheme of the course. bounds: [name, lower bound as a share of 1], best first, as text.

    used: it is the course's own scheme for totals. Single items may name another one.
    """

    __tablename__ = "grading_scheme"
    __table_args__ = (sa.UniqueConstraint("context_id", "lms_id", name="uq_grading_scheme_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    lms_id: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[str] = mapped_column(sa.String(512), default="")
    bounds: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    used: Mapped[bool] = mapped_column(default=False)
    gone_at: Mapped[datetime | None]


class LmsEnrolment(Base):
    """One enrolment as the LMS's API lists it: one a person, section and role; nobody is lost by it.

    kind: Canvas's type. state: `active`, `invited`, `creation_pending`, `inactive` or `completed`; `gone`
    once a whole list no longer has it. watches_id: whom an observer observes. limited: sees only
    their own section.
    """

    __tablename__ = "lms_enrolment"
    __table_args__ = (
        sa.UniqueConstraint("context_id", "lms_id", name="uq_lms_enrolment_lms_id"),
        sa.Index("ix_lms_enrolment_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    lms_id: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(32))
    section_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course_section.id"))
    watches_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    limited: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]
