"""What we write into the LMS's gradebook: our own columns, and one score a (column, person) (lti.md §7)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class OwnColumn(Base):
    """A line item of ours in a course's gradebook.

    kind: `check_ins`. state: `wanted` (to be made, or looked at again), `linked` (a link a teacher picked
    brings it; it is looked for and never made), `made`, `failed`, `gone` (somebody deleted it in the LMS)
    or `off`. tag, resource_id: how we know it again in our own list. url: the line
    item's address; lms_id: the number in it. api_id: the LMS API's id of the column, where that is
    another (Canvas). checked_at: when a GET of the address last said that it is ours. due_kept: whether
    the LMS keeps the due date; unknown before it is made. counts: whether it counts in the course's
    grade, where the LMS's API says so.
    """

    __tablename__ = "own_column"
    __table_args__ = (sa.UniqueConstraint("context_id", "kind", name="uq_own_column_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(16), default="wanted")
    label: Mapped[str] = mapped_column(sa.String(255))
    tag: Mapped[str] = mapped_column(sa.String(255))
    resource_id: Mapped[str] = mapped_column(sa.String(255))
    maximum: Mapped[Decimal]
    due_at: Mapped[datetime | None]
    url: Mapped[str | None] = mapped_column(sa.String(2048))
    lms_id: Mapped[str] = mapped_column(sa.String(255), default="")
    api_id: Mapped[str] = mapped_column(sa.String(255), default="")
    due_kept: Mapped[bool | None]
    counts: Mapped[bool | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_since: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(128))
    lease_until: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(sa.String(64), default="")
    error: Mapped[str] = mapped_column(sa.Text, default="")
    error_words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]


class ScoreOut(Base):
    """The newest score of one person in one column of ours; the row is the truth, sending it a nudge.

    at: the score's timestamp, always newer than the one before; it is also the row's version while it is
    sent. state: `waiting`, `sent`, `failed` (somebody has to do something) or `stopped` (the column is
    off or gone). attempts, tried_since: of this timestamp. error: as on SyncRun; a sent score may
    have one, too (a teacher's own number stayed).
    """

    __tablename__ = "score_out"
    __table_args__ = (
        sa.UniqueConstraint("column_id", "person_id", name="uq_score_out_person"),
        sa.Index("ix_score_out_due", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int] = mapped_column(sa.ForeignKey("own_column.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    value: Mapped[Decimal]
    maximum: Mapped[Decimal]
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    tried_since: Mapped[datetime | None]
    next_at: Mapped[datetime]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(128))
    lease_until: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(sa.String(64), default="")
    error: Mapped[str] = mapped_column(sa.Text, default="")
    error_words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent_at: Mapped[datetime | None]
