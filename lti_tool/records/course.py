"""A course and who is in it: contexts, services, resource links, people, aliases, memberships."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.records.base import Base


class Context(Base):
    """A course of one registration, with what we know of its reading so far.

    started_at: when staff said "Start plans here"; empty before. lms_course_id: the LMS API's own
    numeric id, where it differs from `lms_id` (Canvas). roster_learners: of the newest list that was
    believed; roster_named: of the newest one; roster_doubt: why that is not believed
    (plans/roster_doubt.py). grades_cursor: everything the LMS changed before it is stored here.
    ended_at: when the LMS first said that the course is over; it is read once more, then read_only.
    groups_shown: whether our access is shown every group of the course (Moodle); empty = nobody asked.
    term_ends_at: when the LMS says that its term ends; empty where it says no end.
    copied_from: the LMS's id of the course this one was copied from; only its
    name is ever read through it, never its people, goals, connection or results. age_band: plans.profile.Band
    of its students; empty = as the registration says. goals_most: how many goals a student works on here
    at a time (plans/limits.py); empty = the usual number. plan_owner: who looks after
    plans here, in words.
    """

    __tablename__ = "context"
    __table_args__ = (sa.UniqueConstraint("registration_id", "lms_id", name="uq_context_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    lms_id: Mapped[str] = mapped_column(sa.String(255))
    label: Mapped[str] = mapped_column(sa.String(255), default="")
    title: Mapped[str] = mapped_column(sa.String(1024), default="")
    time_zone: Mapped[str | None] = mapped_column(sa.String(64))
    lms_course_id: Mapped[str | None] = mapped_column(sa.String(255))
    copied_from: Mapped[str | None] = mapped_column(sa.String(255))
    started_at: Mapped[datetime | None]
    started_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    read_only: Mapped[bool] = mapped_column(default=False)
    term_ends_at: Mapped[datetime | None]
    age_band: Mapped[str | None] = mapped_column(sa.String(16))
    goals_most: Mapped[int | None]
    plan_owner: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    approach: Mapped[str | None] = mapped_column(sa.String(16))
    roster_read_at: Mapped[datetime | None]
    roster_learners: Mapped[int | None]
    roster_named: Mapped[int | None]
    roster_doubt: Mapped[str] = mapped_column(sa.String(16), default="")
    grades_read_at: Mapped[datetime | None]
    grades_full_at: Mapped[datetime | None]
    tied_read_at: Mapped[datetime | None]
    groups_shown: Mapped[bool | None]
    grades_cursor: Mapped[datetime | None]
    last_launch_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ContextService(Base):
    """The NRPS and AGS addresses a launch brought, per deployment; workers use the newest that works."""

    __tablename__ = "context_service"
    __table_args__ = (
        sa.UniqueConstraint("context_id", "deployment_id", name="uq_context_service_deployment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"), index=True)
    deployment_id: Mapped[int] = mapped_column(sa.ForeignKey("deployment.id"))
    nrps_url: Mapped[str | None] = mapped_column(sa.String(2048))
    lineitems_url: Mapped[str | None] = mapped_column(sa.String(2048))
    scopes: Mapped[list[str]] = mapped_column(default=list)
    seen_at: Mapped[datetime]


class ResourceLink(Base):
    """A place in a course the tool is opened from: a launch named it, or our list of line items did."""

    __tablename__ = "resource_link"
    __table_args__ = (sa.UniqueConstraint("context_id", "lms_id", name="uq_resource_link_lms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"), index=True)
    lms_id: Mapped[str] = mapped_column(sa.String(255))
    title: Mapped[str] = mapped_column(sa.String(1024), default="")
    seen_at: Mapped[datetime]


class Person(Base):
    """A person of one registration; who they are in the LMS stands in `person_alias`.

    number: counts up within the registration; shown as "Student 17" where the LMS gives no name.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(1024), default="")
    given_name: Mapped[str] = mapped_column(sa.String(512), default="")
    family_name: Mapped[str] = mapped_column(sa.String(512), default="")
    email: Mapped[str] = mapped_column(sa.String(512), default="")
    locale: Mapped[str] = mapped_column(sa.String(32), default="")
    is_test: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    aliases: Mapped[list[PersonAlias]] = relationship(back_populates="person", lazy="raise")


class PersonAlias(Base):
    """One name the LMS knows a person by: kind `sub`, `canvas_user_id` or `moodle_id`."""

    __tablename__ = "person_alias"
    __table_args__ = (
        sa.UniqueConstraint("registration_id", "kind", "value", name="uq_person_alias_value"),
        sa.Index("ix_person_alias_person", "person_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    value: Mapped[str] = mapped_column(sa.String(255))

    person: Mapped[Person] = relationship(back_populates="aliases", lazy="raise")


class Membership(Base):
    """A person in a course. What a launch said of roles wins over the roster (moodle.md, Launch).

    role: the one that counts here: `staff`, `learner`, `mentor`, `admin` or `none`
    (plans.access.Role). left_at: set when a complete roster no longer names them. grades_unread: the newest
    whole reading of the gradebook held nothing of theirs, not even an empty cell. api_id: the number by
    which the LMS's API knows them in this course, as its list of people says; after two accounts were made
    one it is another than their own (canvas.md §4, past LTI ids).
    """

    __tablename__ = "membership"
    __table_args__ = (
        sa.UniqueConstraint("context_id", "person_id", name="uq_membership_person"),
        sa.Index("ix_membership_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[int] = mapped_column(sa.ForeignKey("context.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(sa.String(16))
    launch_roles: Mapped[list[str] | None] = mapped_column(sa.JSON)
    roster_roles: Mapped[list[str] | None] = mapped_column(sa.JSON)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    last_launch_at: Mapped[datetime | None]
    in_roster_at: Mapped[datetime | None]
    grades_unread: Mapped[bool] = mapped_column(default=False)
    api_id: Mapped[str | None] = mapped_column(sa.String(64))

    person: Mapped[Person] = relationship(lazy="raise")
