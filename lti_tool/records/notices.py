"""Notices a platform sent us (Platform Notification Service), so that none counts twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class SeenNotice(Base):
    """One notice that was taken, by its single-use id; kept as long as its token could come again."""

    __tablename__ = "seen_notice"
    __table_args__ = (sa.UniqueConstraint("registration_id", "token_hash", name="uq_seen_notice_token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)
