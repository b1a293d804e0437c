"""Dynamic registration: invitations, and what each platform answered to ours (lti.md §8)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Invitation(Base):
    """A one-time code, kept as a hash: the registration that comes with it is active at once.

    for_registration_id: the code may also change that registration, active or not. note: the operator's
    own words on whom it is for. registration_id: what it was used for.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    note: Mapped[str] = mapped_column(sa.String(255), default="")
    for_registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"))


class RegistrationAnswer(Base):
    """The newest answer of a platform to our registration; the administrator may change it afterwards.

    origin: where its configuration lay. guid: the platform's own, where its configuration names one.
    scopes, placements: what it says it keeps of what we asked for; NULL where it does not say.
    """

    __tablename__ = "registration_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), unique=True)
    origin: Mapped[str] = mapped_column(sa.String(512), default="")
    guid: Mapped[str | None] = mapped_column(sa.String(255))
    scopes: Mapped[list[str] | None] = mapped_column(sa.JSON)
    placements: Mapped[list[str] | None] = mapped_column(sa.JSON)
    answered_at: Mapped[datetime]
