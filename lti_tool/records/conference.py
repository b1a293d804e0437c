"""Conferences: a talk with a student over their portfolio, who comes, what was agreed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Conference(Base):
    """One student's conference in one course. Its earlier notes stand in `change`.

    together: the same key on the conferences of a small group that meets at one time. at: its slot;
    empty = no time yet. notes: what everybody at the table may read. summary: for who could not come.
    held_at: when staff said "We are done".
    """

    __tablename__ = "conference"
    __table_args__ = (
        sa.Index("ix_conference_context", "context_id", "at"),
        sa.Index("ix_conference_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    together: Mapped[str] = mapped_column(sa.String(36), default="")
    at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=20)
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    next_on: Mapped[date | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Invitee(Base):
    """Somebody asked to a conference by what they are to the student. came: empty = not said yet.

    role: `student`, `teacher`, `guardian`, `counselor` or `mentor`.
    """

    __tablename__ = "conference_invitee"

    conference_id: Mapped[int] = mapped_column(sa.ForeignKey("conference.id"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    came: Mapped[bool | None]


class Agreement(Base):
    """One thing agreed in a conference. owner: the role that does it.

    undone_at: the student took it back (within seven days it needs no reason). goal_id, step_id: what it
    became.
    """

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(sa.ForeignKey("conference.id"), index=True)
    owner: Mapped[str] = mapped_column(sa.String(16))
    text: Mapped[str] = mapped_column(sa.Text)
    when_words: Mapped[str] = mapped_column(sa.String(200), default="")
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    once: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    goal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("goal.id"))
    step_id: Mapped[int | None] = mapped_column(sa.ForeignKey("step.id"))
