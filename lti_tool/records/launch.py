"""Opening the tool: login states and pending launches (single use), and launch sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base
from lti_tool.records.types import Encrypted


class LoginState(Base):
    """One OIDC login that came back: state, nonce and browser, kept as hashes; used once (lti.md §3).

    Made by the launch that uses it, or that waits for its proof; before, the login is in its signed state.

    storage_target: the frame whose Platform Storage the login may have used; empty: cookie only.
    """

    __tablename__ = "login_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    nonce_hash: Mapped[str] = mapped_column(sa.String(64))
    browser_hash: Mapped[str] = mapped_column(sa.String(64))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    storage_target: Mapped[str] = mapped_column(sa.String(255), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class PendingLaunch(Base):
    """A genuine launch whose browser has yet to prove itself by Platform Storage (lti.md §5).

    Taken away as a whole when the proof comes, or when it is too late. claims: JSON of the verified
    id_token, encrypted, since it names a person.
    """

    __tablename__ = "pending_launch"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    login_id: Mapped[int] = mapped_column(sa.ForeignKey("login_state.id", ondelete="CASCADE"), index=True)
    claims: Mapped[str] = mapped_column(Encrypted)
    expires_at: Mapped[datetime] = mapped_column(index=True)


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
