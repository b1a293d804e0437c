"""Rolling plans out: templates that goals begin from, what staff say after a cycle (B1, B15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Template(Base):
    """A goal to begin from, with its first steps; a goal made from it is its own from then on.

    level: `course`, `school` or `district`; context_id: of a course's own. fields: of the goal form.
    steps: title, helps, owner, rhythm, times of each. version counts up; history: what it said before.
    """

    __tablename__ = "template"
    __table_args__ = (sa.Index("ix_template_context", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    level: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(200))
    fields: Mapped[dict[str, Any]]
    steps: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    history: Mapped[list[Any]] = mapped_column(default=list)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class CycleReview(Base):
    """What a course's staff say after a cycle: what worked, what changes; with the figures of that day."""

    __tablename__ = "cycle_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    worked: Mapped[str] = mapped_column(sa.Text, default="")
    changes: Mapped[str] = mapped_column(sa.Text, default="")
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
