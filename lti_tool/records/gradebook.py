"""What the LMS said of people's work: items, current results, append-only versions, sync runs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class Item(Base):
    """One column of a course's gradebook.

    key: our stable name within the course, `assignment:23` (Canvas), `assign:4`, `quiz:2`,
    `manual:17` (Moodle). lms_id: the id the LMS shows (Canvas assignment id, Moodle grade item id).
    kind: `points`, `percent`, `letter_grade`, `gpa_scale`, `pass_fail`, `scale`, `not_graded`.
    group_lms_id: the LMS's id of its group, which sums go by; group_name is for people.
    module, instance: Moodle's activity type and instance, to match `mod_assign_get_grades`.
    """

    __tablename__ = "item"
    __table_args__ = (sa.UniqueConstraint("context_id", "key", name="uq_item_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(255))
    lms_id: Mapped[str] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(1024))
    kind: Mapped[str] = mapped_column(sa.String(32))
    possible: Mapped[Decimal | None]
    minimum: Mapped[Decimal | None]
    due_at: Mapped[datetime | None]
    published: Mapped[bool] = mapped_column(default=True)
    group_name: Mapped[str] = mapped_column(sa.String(512), default="")
    group_lms_id: Mapped[str | None] = mapped_column(sa.String(64))
    position: Mapped[int] = mapped_column(default=0)
    module: Mapped[str | None] = mapped_column(sa.String(64))
    instance: Mapped[str | None] = mapped_column(sa.String(64))
    url: Mapped[str] = mapped_column(sa.String(2048), default="")
    gone_at: Mapped[datetime | None]


class Result(Base):
    """The newest known row of (person, item).

    current_version_id: the newest version, visible to the student or not.
    released_version_id: the newest version the student may see; readings come from it alone, so a
    grade that is hidden (again) keeps its last released score, flags and dates (design.md rule 1).
    measured: whether the goals on it have looked at it since it changed; False outlives a lost worker.
    """

    __tablename__ = "result"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "person_id", name="uq_result_person"),
        sa.Index("ix_result_person", "person_id"),
        sa.Index(
            "ix_result_unmeasured",
            "item_id",
            "person_id",
            sqlite_where=sa.text("measured = 0"),
            postgresql_where=sa.text("NOT measured"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    current_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("result_version.id"))
    released_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("result_version.id"))
    hidden: Mapped[bool] = mapped_column(default=False)
    measured: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime]


class ResultVersion(Base):
    """One observed state of a result; never changed, only retention and erasure delete.

    score, possible: points as the LMS counts them, after deductions. text: the LMS's display
    string (letter, scale word). hidden: the student could not see it when read.
    regrade_pending: a new try waits for a grade.
    """

    __tablename__ = "result_version"
    __table_args__ = (sa.Index("ix_result_version_of", "item_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    sync_run_id: Mapped[str | None] = mapped_column(sa.String(36))
    score: Mapped[Decimal | None]
    possible: Mapped[Decimal | None]
    text: Mapped[str] = mapped_column(sa.String(255), default="")
    state: Mapped[str] = mapped_column(sa.String(32), default="")
    hidden: Mapped[bool] = mapped_column(default=False)
    excused: Mapped[bool] = mapped_column(default=False)
    missing: Mapped[bool] = mapped_column(default=False)
    late: Mapped[bool] = mapped_column(default=False)
    regrade_pending: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None]
    graded_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    read_at: Mapped[datetime]


class SyncRun(Base):
    """One reading of a course from its LMS, as a row a person can read.

    id: also the job's id. kind: `first` (roster, then grades), `changes`, `full` or `roster`.
    trigger: `start`, `schedule`, `launch`, `button` or `cli`. state: `queued`, `running`, `done`,
    `failed`. A run whose lease ended is taken over. error: a sentence that says what is wrong and
    what to do, in English; error_code and error_words say it in any language (plans/troubles.py).
    went_on_since, went_on_after: when the whole reading began that this run went on with, and how many
    cells of it were stored before; empty where it began anew.
    """

    __tablename__ = "sync_run"
    __table_args__ = (
        sa.Index(
            "uq_sync_run_active",
            "context_id",
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        ),
        sa.Index("ix_sync_run_context", "context_id", "queued_at"),
        sa.Index("ix_sync_run_finished", "finished_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    trigger: Mapped[str] = mapped_column(sa.String(16))
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(sa.String(16), default="queued")
    stage: Mapped[str] = mapped_column(sa.String(32), default="")
    done: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(128))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    cursor_from: Mapped[datetime | None]
    cursor_to: Mapped[datetime | None]
    went_on_since: Mapped[datetime | None]
    went_on_after: Mapped[int | None]
    requests: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    ignored: Mapped[dict[str, Any]] = mapped_column(default=dict)
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.Text, default="")
    error_code: Mapped[str] = mapped_column(sa.String(64), default="")
    error_words: Mapped[dict[str, Any]] = mapped_column(default=dict)
