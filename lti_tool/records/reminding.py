"""What somebody asked to be reminded by, until they say stop: a weekly e-mail, and a calendar."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Digest(Base):
    """A person's weekly e-mail. Its address is read from the person when it is sent.

    token: in the address that ends it, says nothing about whom. next_at: when the next one is due; whoever
    sends it moves it on first, so that none is sent twice. failures: tries in a row that did not arrive.
    """

    __tablename__ = "digest"
    __table_args__ = (sa.Index("ix_digest_due", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(16), default="")
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)


class CalendarFeed(Base):
    """A calendar's address: whoever has it sees dates alone. secret_hash: SHA-256 of what it ends in."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(16), default="")
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
