"""Platform Notification Service: what we asked each platform to tell us, and the notices it sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class NoticeHandler(Base):
    """One kind of notice asked for in one deployment; the row is the truth, the worker asks.

    kind: as the platform names it. url: the platform's service; handler: our address as it was given
    there. state: `wanted` (to be asked for), `set` or `failed`; each is looked at again at next_at.
    attempts, tried_since: of this asking. error: a sentence for people.
    """

    __tablename__ = "notice_handler"
    __table_args__ = (sa.UniqueConstraint("deployment_id", "kind", name="uq_notice_handler_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(sa.ForeignKey("deployment.id"))
    kind: Mapped[str] = mapped_column(sa.String(64))
    url: Mapped[str] = mapped_column(sa.String(2048))
    handler: Mapped[str] = mapped_column(sa.String(2048))
    state: Mapped[str] = mapped_column(sa.String(16), default="wanted")
    attempts: Mapped[int] = mapped_column(default=0)
    tried_since: Mapped[datetime | None]
    next_at: Mapped[datetime]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(128))
    lease_until: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(sa.String(64), default="")
    error: Mapped[str] = mapped_column(sa.Text, default="")
    error_words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    set_at: Mapped[datetime | None]


class SeenNotice(Base):
    """One notice that was taken, by its single-use id; kept as long as its token could come again."""

    __tablename__ = "seen_notice"
    __table_args__ = (sa.UniqueConstraint("registration_id", "token_hash", name="uq_seen_notice_token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)
