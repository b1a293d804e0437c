"""Goals, their measures, readings, value history and versions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Goal(Base):
    """One SMART goal with its measure.

    state: `draft`, `proposed` (waiting for the student), `active`, `declined`, `closed`.
    measure: `score` (one item) or `average`. method: `points` (Σs/Σp) or `mean` (of per cents);
    fixed at creation. target, baseline: per cent of possible. value, progress, status: as last
    computed; progress in per cent 0–100, unrounded. status: a plans.status.Status value.
    gap_id, strength_id: the profile entries it comes from and builds on; round_id: the round of the gap.
    """

    __tablename__ = "goal"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[str] = mapped_column(sa.String(16))
    measure: Mapped[str] = mapped_column(sa.String(16))
    method: Mapped[str] = mapped_column(sa.String(16), default="points")
    target: Mapped[Decimal]
    baseline: Mapped[Decimal | None]
    baseline_note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_on: Mapped[date]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    value: Mapped[Decimal | None]
    progress: Mapped[Decimal | None]
    status: Mapped[str] = mapped_column(sa.String(32), default="just_started")
    needed: Mapped[Decimal | None]
    computed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    gap_id: Mapped[int | None] = mapped_column(sa.ForeignKey("profile_entry.id"))
    strength_id: Mapped[int | None] = mapped_column(sa.ForeignKey("profile_entry.id"))
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))


class GoalItem(Base):
    """One gradebook item a goal's measure looks at."""

    __tablename__ = "goal_item"
    __table_args__ = (sa.Index("ix_goal_item_item", "item_id"),)

    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class Reading(Base):
    """A released result version as a goal saw it, append-only; the newest of an item is the one in use.

    counted: whether it is part of the value; reason: a short code when it is not
    (`not posted`, `not graded yet`, `excused`, `no points possible`, `item removed`, ...).
    """

    __tablename__ = "reading"
    __table_args__ = (sa.Index("ix_reading_goal", "goal_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"))
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"))
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("result_version.id"))
    counted: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(64), default="")
    at: Mapped[datetime]


class GoalValue(Base):
    """One computed value of a goal, append-only: what moved, when, because of which run."""

    __tablename__ = "goal_value"
    __table_args__ = (sa.Index("ix_goal_value_goal", "goal_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"))
    value: Mapped[Decimal | None]
    progress: Mapped[Decimal | None]
    status: Mapped[str] = mapped_column(sa.String(32))
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sync_run_id: Mapped[str | None] = mapped_column(sa.String(36))
    at: Mapped[datetime]


class GoalVersion(Base):
    """A change of a goal: who, when, why and what it then said. Nothing is overwritten."""

    __tablename__ = "goal_version"
    __table_args__ = (sa.UniqueConstraint("goal_id", "number", name="uq_goal_version_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"))
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    author_role: Mapped[str] = mapped_column(sa.String(16))
    what: Mapped[str] = mapped_column(sa.String(32))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]
