"""Changes of a goal that somebody else suggests; they wait for the student (domain.md B13)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Proposal(Base):
    """A change of one goal, and the student's answer.

    title, target, due_on: what it would be; empty stays as it is. state: `waiting`, `accepted` (as it is or
    edited), `declined` or `withdrawn`. reason: the author's; answer: the student's words.
    """

    __tablename__ = "proposal"
    __table_args__ = (sa.Index("ix_proposal_goal", "goal_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(sa.String(500), default="")
    target: Mapped[Decimal | None]
    due_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.String(16), default="waiting")
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
