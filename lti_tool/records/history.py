"""What was changed, by whom, when and why; and what somebody is still typing (domain.md A24)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Change(Base):
    """One version of a row of the plan: append-only, so nothing that was written is overwritten.

    subject, subject_id: the row (`entry`, `artifact`, `conference`, ...). person_id: the student whose
    plan it is part of. number: counts up for the row and equals its `version` after this change.
    content: what it then said.
    """

    __tablename__ = "change"
    __table_args__ = (
        sa.UniqueConstraint("subject", "subject_id", "number", name="uq_change_number"),
        sa.Index("ix_change_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int]
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    author_role: Mapped[str] = mapped_column(sa.String(16))
    what: Mapped[str] = mapped_column(sa.String(32))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Draft(Base):
    """What somebody typed into a form and has not sent yet; only its author ever reads it.

    form: which form (`entry:12`, `assess`, ...). fields: name → what stands in it.
    """

    __tablename__ = "draft"
    __table_args__ = (sa.UniqueConstraint("author_id", "form", name="uq_draft_form"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    form: Mapped[str] = mapped_column(sa.String(64))
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
