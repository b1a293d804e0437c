"""Check-ins: a talk about the plan that a student and a member of staff had, append-only."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class CheckIn(Base):
    """One check-in that was done. number: counts up for (course, student), so one click makes one row."""

    __tablename__ = "check_in"
    __table_args__ = (
        sa.UniqueConstraint("context_id", "person_id", "number", name="uq_check_in_number"),
        sa.Index("ix_check_in_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    number: Mapped[int]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    done_at: Mapped[datetime]
