"""Goals that students could not start yet and want to talk about with a teacher (domain.md §1.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class GoalWish(Base):
    """A goal's form as its student sent it to the teachers of a course.

    form: its form's own key, so that one form asks once. fields: what stands in it. missing: codes of what
    the check found. settled_at: staff say the talk was had, or let it start (then goal_id says as what).
    """

    __tablename__ = "goal_wish"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "form", name="uq_goal_wish_form"),
        sa.Index("ix_goal_wish_context", "context_id", "settled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    form: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[str] = mapped_column(sa.String(500))
    fields: Mapped[dict[str, Any]]
    missing: Mapped[list[str]] = mapped_column(default=list)
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"))
