"""Who we are registered with: registrations, deployments, keys, tokens, connections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base
from lti_tool.records.types import Encrypted


class Registration(Base):
    """One (issuer, client_id): the tenant. Every other row reaches exactly one (lti.md §1).

    age_band: plans.profile.Band of its students, unless a course says its own. talk_words, talk_to: the
    link "talk to an adult" of student pages, an address or a phone number. guardians: whether they read
    along; empty = as usual for the age (plans/guardians_on.py). year_ends: the last day of its school
    year, "06-30"; empty = not said. band_said_at: when somebody who looks after it said school or college;
    empty = nobody yet, and set-up goes on asking.
    """

    __tablename__ = "registration"
    __table_args__ = (sa.UniqueConstraint("issuer", "client_id", name="uq_registration_issuer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(sa.String(512))
    client_id: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    auth_login_url: Mapped[str] = mapped_column(sa.String(1024))
    token_url: Mapped[str] = mapped_column(sa.String(1024))
    jwks_url: Mapped[str] = mapped_column(sa.String(1024))
    token_audience: Mapped[str | None] = mapped_column(sa.String(1024))
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    active: Mapped[bool] = mapped_column(default=True)
    any_deployment: Mapped[bool] = mapped_column(default=False)
    allow_anonymous: Mapped[bool] = mapped_column(default=False)
    platform_guid: Mapped[str | None] = mapped_column(sa.String(255))
    product_family: Mapped[str | None] = mapped_column(sa.String(64))
    age_band: Mapped[str] = mapped_column(sa.String(16), default="school")
    band_said_at: Mapped[datetime | None]
    talk_words: Mapped[str] = mapped_column(sa.String(200), default="")
    talk_to: Mapped[str] = mapped_column(sa.String(1024), default="")
    guardians: Mapped[bool | None]
    year_ends: Mapped[str] = mapped_column(sa.String(5), default="", server_default="")
    created_at: Mapped[datetime]


class Deployment(Base):
    """One deployment of a registration; an inactive one waits for `lti-tool activate`.

    placements: where in the LMS it was opened from → the day it last was, "2026-03-02" (Canvas says so).
    notices_url: where its newest launch said that notices of copied courses are asked for.
    """

    __tablename__ = "deployment"
    __table_args__ = (sa.UniqueConstraint("registration_id", "lms_id", name="uq_deployment_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    lms_id: Mapped[str] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    frame_origins: Mapped[list[str]] = mapped_column(default=list)
    placements: Mapped[dict[str, Any]] = mapped_column(default=dict)
    notices_url: Mapped[str | None] = mapped_column(sa.String(2048))
    created_at: Mapped[datetime]


class SigningKey(Base):
    """One RSA key of ours; the newest signs, retired ones stay published until `publish_until`."""

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    private_pem: Mapped[str] = mapped_column(Encrypted)
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    publish_until: Mapped[datetime | None]


class PlatformKeySet(Base):
    """A platform's JWKS as last fetched, shared by all processes (lti.md §4)."""

    __tablename__ = "platform_key_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    jwks_url: Mapped[str] = mapped_column(sa.String(1024), unique=True)
    keys: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class ServiceToken(Base):
    """An LTI service access token, kept per (registration, scopes)."""

    __tablename__ = "service_token"
    __table_args__ = (sa.UniqueConstraint("registration_id", "scopes", name="uq_service_token_scopes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    scopes: Mapped[str] = mapped_column(sa.String(1024))
    token: Mapped[str] = mapped_column(Encrypted)
    granted_scopes: Mapped[str] = mapped_column(sa.String(1024), default="")
    expires_at: Mapped[datetime]


class Connection(Base):
    """Our access to an LMS's own API: an institution's (context_id empty) or one course's.

    state: `ok`, `unchecked`, `waiting` (for consent) or `broken`. reason: an English sentence;
    reason_code and reason_words say it in any language (plans/troubles.py). person_id, allowed_at,
    lms_user_id: who allowed it in the LMS, when, and their number there; empty for an operator's token.
    sections: names of the sections it is limited to; empty = the whole course. renew_owner, renew_until:
    who is renewing the token now, so that two never do.
    """

    __tablename__ = "connection"
    __table_args__ = (
        sa.UniqueConstraint("registration_id", "context_id", "kind", name="uq_connection_scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    api_url: Mapped[str] = mapped_column(sa.String(1024))
    token: Mapped[str | None] = mapped_column(Encrypted)
    refresh_token: Mapped[str | None] = mapped_column(Encrypted)
    token_expires_at: Mapped[datetime | None]
    oauth_client_id: Mapped[str | None] = mapped_column(sa.String(255))
    oauth_secret: Mapped[str | None] = mapped_column(Encrypted)
    state: Mapped[str] = mapped_column(sa.String(16), default="unchecked")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    reason_code: Mapped[str] = mapped_column(sa.String(64), default="")
    reason_words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    allowed_at: Mapped[datetime | None]
    lms_user_id: Mapped[str] = mapped_column(sa.String(64), default="")
    sections: Mapped[list[str]] = mapped_column(default=list)
    renew_owner: Mapped[str] = mapped_column(sa.String(64), default="")
    renew_until: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
