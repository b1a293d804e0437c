"""How often a course is read, and how a way into an LMS does: what the schedule goes by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class CourseRhythm(Base):
    """What decides when a course is read next; made by its first run or its first open board.

    board_seen_at: when a page of its staff last asked for the board. changed_at: when a run last found
    something new. failures: runs in a row that went wrong; failed_at: when the last of them ended.
    """

    __tablename__ = "course_rhythm"

    context_id: Mapped[int] = mapped_column(
        sa.ForeignKey("context.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    board_seen_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]


class GradeSweep(Base):
    """A whole reading of a course's gradebook that was begun and is not finished (lms_sync/sweep.py).

    started_at: when, by the LMS's clock. by: whose access. came: list → where it goes on, null at its end.
    cells: how many of its cells are stored.
    """

    __tablename__ = "grade_sweep"

    context_id: Mapped[int] = mapped_column(
        sa.ForeignKey("context.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    by: Mapped[str] = mapped_column(sa.String(128), default="")
    started_at: Mapped[datetime]
    came: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cells: Mapped[int] = mapped_column(default=0, server_default="0")


class LmsDoor(Base):
    """One way into an LMS, and whether it is used now: a circuit that opens after repeated failure.

    connection_id: of the API connection; empty for the registration's LTI services. failures: in a row,
    whichever course was read. error_code, error_words: of the last one. shut_until: nobody asks before
    (the circuit is open, or the LMS asked for a pause); after it one run tries, until trying_until, and
    the others wait for how it goes.
    """

    __tablename__ = "lms_door"
    __table_args__ = (
        sa.Index(
            "uq_lms_door_lti",
            "registration_id",
            unique=True,
            sqlite_where=sa.text("connection_id IS NULL"),
            postgresql_where=sa.text("connection_id IS NULL"),
        ),
        sa.UniqueConstraint("connection_id", name="uq_lms_door_connection"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    connection_id: Mapped[int | None] = mapped_column(sa.ForeignKey("connection.id", ondelete="CASCADE"))
    failures: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str] = mapped_column(sa.String(64), default="")
    error_words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    failed_at: Mapped[datetime | None]
    shut_until: Mapped[datetime | None]
    trying_until: Mapped[datetime | None]
