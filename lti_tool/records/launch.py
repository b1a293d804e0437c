"""Opening the tool: login states (single use) and launch sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class LoginState(Base):
    """One OIDC login under way: state, nonce and browser, kept as hashes; consumed once (lti.md §3)."""

    __tablename__ = "login_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    nonce_hash: Mapped[str] = mapped_column(sa.String(64))
    browser_hash: Mapped[str] = mapped_column(sa.String(64))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class LaunchSession(Base):
    """A launch that was let in: its public id is in the path, its secret in a cookie on that path."""

    __tablename__ = "launch_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    deployment_id: Mapped[int] = mapped_column(sa.ForeignKey("deployment.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    sub: Mapped[str] = mapped_column(sa.String(255))
    role: Mapped[str] = mapped_column(sa.String(16))
    is_admin: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(sa.String(32), default="")
    return_url: Mapped[str] = mapped_column(sa.String(2048), default="")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
