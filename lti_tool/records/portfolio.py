"""The portfolio: what a student chose to show, and the files behind it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class StoredFile(Base):
    """A file under FILES_DIR, by a random key. gone_at: the sweep removes it, then this row.

    kind: plans.filetypes.FileKind; a `photo` was re-encoded by us and is the only kind ever shown in a page.
    """

    __tablename__ = "stored_file"
    __table_args__ = (sa.Index("ix_stored_file_person", "person_id", "gone_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(16))
    mime: Mapped[str] = mapped_column(sa.String(128))
    size: Mapped[int]
    made_at: Mapped[datetime]
    gone_at: Mapped[datetime | None] = mapped_column(index=True)


class Artifact(Base):
    """One piece of a portfolio. kind: `link`, `work`, `file`, `photo`, `text` or `audio`.

    why: why the student chose it. tag: `strength`, `growth` or "". outside: from outside school.
    alt: what a photo shows, in words. item_id: the LMS work. ready_at: ready for a conference, which
    also shares it; empty = its author's alone. shared_version: others read no earlier one. once: of the
    form that made it, so two sends make one row.
    """

    __tablename__ = "artifact"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "once", name="uq_artifact_once"),
        sa.Index("ix_artifact_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    why: Mapped[str] = mapped_column(sa.Text, default="")
    tag: Mapped[str] = mapped_column(sa.String(16), default="")
    outside: Mapped[bool] = mapped_column(default=False)
    alt: Mapped[str] = mapped_column(sa.Text, default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    url: Mapped[str] = mapped_column(sa.String(2048), default="")
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    once: Mapped[str] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    shared_version: Mapped[int | None]
    retired_at: Mapped[datetime | None]
