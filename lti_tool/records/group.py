"""Groups of students in a course, made here or of the LMS; who leads them; peer mentors (B7, B8, B14)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.records.base import Base


class StudentGroup(Base):
    """A group. kind: `small`, or `session` for students who meet over something alike (domain.md A20).

    lms_group_id: its members are those of this group of the LMS, as last read. agenda: what it does, one
    point a line; everybody in it reads that.
    """

    __tablename__ = "student_group"
    __table_args__ = (
        sa.UniqueConstraint("context_id", "once", name="uq_student_group_once"),
        sa.UniqueConstraint("context_id", "lms_group_id", name="uq_student_group_lms"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    once: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(200))
    lms_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lms_group.id"))
    agenda: Mapped[str] = mapped_column(sa.Text, default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None]


class GroupMember(Base):
    """A student in a group made here."""

    __tablename__ = "student_group_member"
    __table_args__ = (sa.Index("ix_student_group_member_person", "person_id"),)

    group_id: Mapped[int] = mapped_column(sa.ForeignKey("student_group.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Facilitator(Base):
    """Somebody who leads a group: a student (`peer`) or a teacher of another course (`teacher`).

    They see the agenda and what members share: titles and steps of chosen goals, never a grade.
    """

    __tablename__ = "facilitator"
    __table_args__ = (sa.Index("ix_facilitator_person", "person_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("student_group.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    until: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class PeerMentor(Base):
    """A student mentors another, by the consent of both, until a day (domain.md B14).

    context_id: the course of the teacher who paired them; their notes go there. Over once `ended_at` is set
    or the day is past.
    """

    __tablename__ = "peer_mentor"
    __table_args__ = (
        sa.Index("ix_peer_mentor_mentor", "mentor_id", "ended_at"),
        sa.Index("ix_peer_mentor_mentee", "mentee_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    mentee_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    until: Mapped[date]
    mentor_yes_at: Mapped[datetime | None]
    mentee_yes_at: Mapped[datetime | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class PeerVolunteer(Base):
    """A student offers to mentor; teachers of every course of the school read that until it is taken back."""

    __tablename__ = "peer_volunteer"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    since: Mapped[datetime]


class SharedGoal(Base):
    """A goal whose title and steps its student shows a group, or a peer mentor; nothing else of it.

    Exactly one of group_id and peer_id. ended_at: taken back.
    """

    __tablename__ = "shared_goal"

    id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goal.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("student_group.id"), index=True)
    peer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("peer_mentor.id"), index=True)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PeerNote(Base):
    """ "Please check on …": to the teachers of a course, from who leads a group or mentors a student."""

    __tablename__ = "peer_note"
    __table_args__ = (sa.Index("ix_peer_note_context", "context_id", "settled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    about_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    once: Mapped[str] = mapped_column(sa.String(64), unique=True)
    words: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
