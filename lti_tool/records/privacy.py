"""Requests about one's own data: a copy of it, or its erasure."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class PrivacyRequest(Base):
    """What somebody asked for about a person's data; kind is `copy` or `erasure`, one open of each.

    answered_at: when the people who run the tool answered it; empty while it waits. answered_by_id: who
    of them; empty for the command line. note: what was done, for the person who asked.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        sa.Index(
            "uq_privacy_request_open",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")
