"""Who stands by a student: guardians and mentors of the LMS, counselors, grants for those without an account.

All of it gives reading only (specs/domain.md §5); nothing here is ever found by e-mail.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class MentorRelation(Base):
    """A launch said: this person mentors (is a guardian of) that student, in this course (lti.md §6).

    student_sub: as the LMS named the student; the person is found by it when read, so a student who is
    not known yet needs no row. source: `role_scope_mentor`, `observees`, or
    `observer` (the LMS's list of enrolments). ended_at: a later launch from
    the course no longer named the student.
    """

    __tablename__ = "mentor_relation"
    __table_args__ = (
        sa.UniqueConstraint("mentor_id", "context_id", "student_sub", name="uq_mentor_relation_student"),
        sa.Index("ix_mentor_relation_student", "registration_id", "student_sub"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    mentor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    student_sub: Mapped[str] = mapped_column(sa.String(255))
    source: Mapped[str] = mapped_column(sa.String(32))
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CounselorAssignment(Base):
    """Somebody reads whole plans: of one student, or of everyone who learns in one course.

    kind: `counselor` (an administrator said so) or `mentor`, an adult who stands by one student
    (staff of a course of theirs may say so, too).
    """

    __tablename__ = "counselor_assignment"
    __table_args__ = (sa.Index("ix_counselor_assignment_counselor", "counselor_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    counselor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int | None] = mapped_column(sa.ForeignKey("context.id"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(sa.String(16), default="counselor", server_default="counselor")


class GuardianBlock(Base):
    """The school keeps someone from a student's plan: a person of the LMS, or a name on a grant.

    name_key: the name without case, accents and spaces at the ends; new grants for it are refused.
    """

    __tablename__ = "guardian_block"
    __table_args__ = (sa.Index("ix_guardian_block_student", "student_id", "lifted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    guardian_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    name_key: Mapped[str] = mapped_column(sa.String(255), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class AccessGrant(Base):
    """Reading one student's plan in one course without an LMS account, until a day.

    kind: `link` (its code works until it ends) or `once` (code and passphrase, one time). reader:
    `guardian` or `mentor`. public_id stands in the address and is worth nothing alone; the code and the
    passphrase are kept as scrypt hashes. attempts: wrong codes since the last right one; wait_until: no
    code is looked at before. used_at: when a code last let someone in.
    """

    __tablename__ = "access_grant"
    __table_args__ = (sa.Index("ix_access_grant_person", "person_id", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    public_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    reader: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(255))
    name_key: Mapped[str] = mapped_column(sa.String(255))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    secret_hash: Mapped[str] = mapped_column(sa.String(255))
    passphrase_hash: Mapped[str] = mapped_column(sa.String(255), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class GrantVisit(Base):
    """One browser let in by a grant; its secret is in a cookie on the grant's path, kept here as a hash."""

    __tablename__ = "grant_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(sa.ForeignKey("access_grant.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
