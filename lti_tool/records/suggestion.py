"""Suggestions that students answered (domain.md B13); those not answered are never stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Suggestion(Base):
    """One answer to a suggestion card.

    rule, way: of plans.suggestions; way is empty where the student said no. state: `taken` or `declined`.
    words: the student's line "I will …", changed: whether they changed it. because: the names and numbers the
    card said. reason: why not. settled_at: staff say that the talk asked for was had.
    """

    __tablename__ = "suggestion"
    __table_args__ = (sa.Index("ix_suggestion_goal", "goal_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    rule: Mapped[str] = mapped_column(sa.String(16))
    way: Mapped[str] = mapped_column(sa.String(16), default="")
    state: Mapped[str] = mapped_column(sa.String(16))
    words: Mapped[str] = mapped_column(sa.Text, default="")
    changed: Mapped[bool] = mapped_column(default=False)
    because: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
