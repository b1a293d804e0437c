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

    state: `draft`, `proposed` (waiting for the student), `active`, `paused`, `declined`, `closed`.
    measure: a plans.measure.MeasureKind. method: `points` (Σs/Σp) or `mean` (of per cents); fixed at
    creation. params: its particulars (plans.measure.Params). target, baseline, value: in the measure's
    unit. milestones: [[day, number], …]. phase_on: the last accepted change of plan. value, progress,
    status: as last computed; progress in per cent 0–100, unrounded. status: a plans.status.Status value.
    reached_on: the first day the target was touched. outcome, settled_on: how it ended (plans.outcome).
    outcome_asked: the end a late regrade would give, for a person to confirm. flipped_at: the end changed.
    looked_on: the UTC day its end was last looked at. end_choice: `keep`, `change` or `let_go`, the student's
    word after the end. follows_id: the goal it carries on.
    gap_id, strength_id: the profile entries it comes from and builds on; round_id: the round of the gap.
    area: plans.profile.Area (B10). whole: of the whole plan, so teachers of every course of the student
    read it; only goals counted by hand are. paused_at: since when it rests. undo_until: agreed in a
    conference, the student can take it back until then.
    template_id, template_version: what it began from; later versions of that change nothing here.
    """

    __tablename__ = "goal"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[str] = mapped_column(sa.String(16))
    measure: Mapped[str] = mapped_column(sa.String(16))
    method: Mapped[str] = mapped_column(sa.String(16), default="points")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    target: Mapped[Decimal]
    baseline: Mapped[Decimal | None]
    baseline_note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_on: Mapped[date]
    due_on: Mapped[date]
    milestones: Mapped[list[Any]] = mapped_column(default=list)
    phase_on: Mapped[date | None]
    reached_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(sa.String(16), default="")
    settled_on: Mapped[date | None]
    outcome_asked: Mapped[str] = mapped_column(sa.String(16), default="")
    flipped_at: Mapped[datetime | None]
    looked_on: Mapped[date | None]
    end_choice: Mapped[str] = mapped_column(sa.String(16), default="")
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"))
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
    area: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    whole: Mapped[bool] = mapped_column(default=False, server_default=sa.text("false"))
    paused_at: Mapped[datetime | None]
    undo_until: Mapped[datetime | None]
    template_id: Mapped[int | None] = mapped_column(sa.ForeignKey("template.id"))
    template_version: Mapped[int | None]


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


class GoalEntry(Base):
    """One line somebody wrote down for a manual goal, append-only; the tick is written once.

    value: list 1 ticked or 0 not, tally the number so far, habit the amount of that day, level the place
    from 1. name: which one of a list. by_role, verified_role: `student`, `staff`, …
    """

    __tablename__ = "goal_entry"
    __table_args__ = (sa.Index("ix_goal_entry_goal", "goal_id", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"))
    on: Mapped[date]
    value: Mapped[Decimal]
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_role: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime]
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    verified_role: Mapped[str] = mapped_column(sa.String(16), default="")
    verified_at: Mapped[datetime | None]


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
