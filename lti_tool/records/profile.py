"""The profile: what a student says of themselves, what others add beside it, and rounds of looking again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Round(Base):
    """A time of the year to look again: of a course (staff opened it), or one student's own.

    kind: `start`, `middle`, `end` or `on_demand`. person_id: the student of their own round.
    """

    __tablename__ = "round"
    __table_args__ = (sa.Index("ix_round_context", "context_id", "opened_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]


class Assessment(Base):
    """One student's self-assessment in one round.

    snapshot: what the profile said when it was finished (plans.rounds), so two rounds can be compared.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "person_id", name="uq_assessment_person"),
        sa.Index("ix_assessment_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    snapshot: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Entry(Base):
    """One thing said in a profile, in its author's words; its earlier words stand in `change`.

    kind: plans.profile.Kind. topic: a prompt's or a skill's key, an area, or an assignment group's name.
    text: the words. more: the second field of the kind (a dream's first rung, the example behind a
    strength or skill). expected, present: of a gap. source: `student`, `teacher` or `grades`.
    evidence: of a gap from grades, plans.profile.Evidence as JSON. author_role: `student`, `teacher`, ...
    beside_id: the student's entry this one stands beside. shared_at: empty = its author's alone;
    shared_version: others read no earlier one.
    retired_at: let go; kept, not shown in lists.
    """

    __tablename__ = "profile_entry"
    __table_args__ = (
        sa.Index("ix_profile_entry_person", "person_id", "kind"),
        sa.UniqueConstraint("author_id", "once", name="uq_profile_entry_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    topic: Mapped[str] = mapped_column(sa.String(512), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    more: Mapped[str] = mapped_column(sa.Text, default="")
    expected: Mapped[str] = mapped_column(sa.String(200), default="")
    present: Mapped[str] = mapped_column(sa.String(200), default="")
    source: Mapped[str] = mapped_column(sa.String(16), default="student")
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    author_role: Mapped[str] = mapped_column(sa.String(16))
    beside_id: Mapped[int | None] = mapped_column(sa.ForeignKey("profile_entry.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"))
    artifact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("artifact.id"))
    conference_id: Mapped[int | None] = mapped_column(sa.ForeignKey("conference.id"))
    once: Mapped[str | None] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    shared_at: Mapped[datetime | None]
    shared_version: Mapped[int | None]
    retired_at: Mapped[datetime | None]
