"""Who did what, append-only; ids only, no names, texts or grades."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base

READ = "read a plan"


class AuditEntry(Base):
    """One act on someone's record."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_when", "registration_id", "at"),
        # Who read whose plan, and nothing else: a launch pays nothing for it.
        sa.Index(
            "ix_audit_entry_reads",
            "registration_id",
            "subject",
            "at",
            sqlite_where=sa.text(f"act = '{READ}'"),
            postgresql_where=sa.text(f"act = '{READ}'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    actor_role: Mapped[str] = mapped_column(sa.String(16))
    act: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[str] = mapped_column(sa.String(64), default="")
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
