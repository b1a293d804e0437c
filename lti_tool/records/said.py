"""What people say of a goal's readings: "this looks wrong", and work left out of a goal (domain.md §3)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base

_OPEN_DOUBT = sa.text("answered_at IS NULL")
_OPEN_WHOLE = sa.text("answered_at IS NULL AND item_id IS NULL")
_STILL_OUT = sa.text("back_at IS NULL")


class Doubt(Base):
    """A student says that a reading looks wrong; the teachers of the course answer. One open one an item.

    item_id: empty where the number as a whole is meant. version_id: the reading as it stood then.
    """

    __tablename__ = "doubt"
    __table_args__ = (
        sa.Index(
            "uq_doubt_open",
            "goal_id",
            "item_id",
            unique=True,
            sqlite_where=_OPEN_DOUBT,
            postgresql_where=_OPEN_DOUBT,
        ),
        sa.Index(
            "uq_doubt_open_whole",
            "goal_id",
            unique=True,
            sqlite_where=_OPEN_WHOLE,
            postgresql_where=_OPEN_WHOLE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"))
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("result_version.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]


class LeftOut(Base):
    """A teacher leaves a piece of work out of one goal, with a reason the student reads; the grade stays.

    back_at: when it was put back; a piece of work is out at most once at a time.
    """

    __tablename__ = "left_out"
    __table_args__ = (
        sa.Index(
            "uq_left_out_now",
            "goal_id",
            "item_id",
            unique=True,
            sqlite_where=_STILL_OUT,
            postgresql_where=_STILL_OUT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    back_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    back_at: Mapped[datetime | None]
