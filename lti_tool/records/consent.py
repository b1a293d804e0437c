"""Asking a person's consent in the LMS (OAuth2): one window under way (canvas.md §6)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class ConsentState(Base):
    """A window in which somebody is asked to connect grades; used once, by the browser it began in.

    launch_id: the session it was opened from, which has to be open still when the answer comes. context_id:
    the course it is for; empty: every course of the registration. Only hashes of the secrets are kept.
    """

    __tablename__ = "consent_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(sa.String(64))
    launch_id: Mapped[int] = mapped_column(sa.ForeignKey("launch_session.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
