"""Steps: what somebody does for a goal, each time it was done, and who changed it when and why."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Step(Base):
    """One step of a goal (domain.md A17–A20).

    state: `proposed` (waits for the student), `active`, `declined`, `ended`. owner_role: plans.steps.Owner;
    owner_id: which person, empty where anyone of that role may do it (a guardian without an account).
    helps: the answer to "How does this help?". rhythm, due_on, weekdays (bits, 1 is Monday), times, offset,
    amount: plans.steps.Rule; item_id: the work that a `relative` step follows, item_due_on: its day as last
    seen. link, link_name, file_id: what the one who acts needs, such as a study guide.
    """

    __tablename__ = "step"
    __table_args__ = (
        sa.Index("ix_step_owner", "owner_id", "state"),
        sa.UniqueConstraint("goal_id", "token", name="uq_step_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    token: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(16))
    title: Mapped[str] = mapped_column(sa.String(300))
    helps: Mapped[str] = mapped_column(sa.String(500))
    if_then: Mapped[str] = mapped_column(sa.String(300), default="")
    owner_role: Mapped[str] = mapped_column(sa.String(16))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    rhythm: Mapped[str] = mapped_column(sa.String(16))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    due_on: Mapped[date | None]
    weekdays: Mapped[int] = mapped_column(default=0)
    times: Mapped[int] = mapped_column(default=0)
    offset: Mapped[int] = mapped_column(default=0)
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"), index=True)
    item_due_on: Mapped[date | None]
    amount: Mapped[Decimal | None]
    unit: Mapped[str] = mapped_column(sa.String(32), default="")
    link: Mapped[str] = mapped_column(sa.String(1024), default="")
    link_name: Mapped[str] = mapped_column(sa.String(200), default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class StepDone(Base):
    """One time a step was done, on a day of the course's zone. undone_at: ticked by mistake, and taken back.

    number: counts up for (step, day), so that one click makes one row.
    """

    __tablename__ = "step_done"
    __table_args__ = (
        sa.UniqueConstraint("step_id", "on_day", "number", name="uq_step_done_number"),
        sa.Index("ix_step_done_by", "by_id", "at"),  # when somebody was last heard of
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("step.id"), index=True)
    on_day: Mapped[date]
    number: Mapped[int]
    amount: Mapped[Decimal | None]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_role: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class StepVersion(Base):
    """A change of a step as older databases kept it; new ones stand in `change`. Read, never written."""

    __tablename__ = "step_version"
    __table_args__ = (sa.UniqueConstraint("step_id", "number", name="uq_step_version_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("step.id"))
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    author_role: Mapped[str] = mapped_column(sa.String(16))
    what: Mapped[str] = mapped_column(sa.String(32))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]
