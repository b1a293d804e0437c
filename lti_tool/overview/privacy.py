"""What is stored about one person, counted by kind (data-privacy launch, lti.md §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.plans.access import Act, Actor, NotFound, Refused, require
from lti_tool.plans.deadlines import Deadlines, deadlines
from lti_tool.plans.zones import zone_named
from lti_tool.records import Base
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal, Reading
from lti_tool.records.gradebook import Result, ResultVersion
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.privacy import PrivacyRequest
from lti_tool.records.school import CourseTotal

# How rows name the person they are about.
ABOUT = ("person_id", "student_id", "guardian_id", "mentor_id", "mentee_id", "counselor_id", "about_id")
# Rows of the LMS's grades that hold nothing hidden.
SHOWN: dict[str, sa.ColumnElement[bool]] = {
    "result": Result.released_version_id.is_not(None),
    "result_version": ResultVersion.hidden.is_(False),
    "course_total": CourseTotal.has_hidden.is_(False),
}


@dataclass(frozen=True)
class Asked:
    """A request about this data. answered_at, note: when and what was said; empty while it waits."""

    asked_at: datetime
    deadlines: Deadlines
    answered_at: datetime | None
    note: str


@dataclass(frozen=True)
class Stored:
    """counts: (kind in words, how many), none that is zero. requests: kind → the newest of that kind."""

    name: str
    is_self: bool
    counts: list[tuple[str, int]]
    requests: dict[str, Asked]


def stored_about(session: Session, actor: Actor, person_id: int) -> Stored:
    """The counts for the actor themself, or for an administrator of the registration.

    Raises:
        Refused: about somebody else, by anyone but an administrator. NotFound: nobody there.
    """
    require(actor, Act.SEE_PRIVACY)
    person = person_asked_about(session, actor, person_id)
    counts = [(_words(table), number) for table, number in _counts(session, person.id).items() if number]
    merged: dict[str, int] = {}
    for words, number in counts:
        merged[words] = merged.get(words, 0) + number
    rows = session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.person_id == person.id)
        .order_by(PrivacyRequest.asked_at, PrivacyRequest.id)
    )
    zone = zone_named(session.get_one(Registration, person.registration_id).time_zone)
    return Stored(
        name=display_name(person),
        is_self=person.id == actor.person_id,
        counts=list(merged.items()),
        requests={row.kind: _asked(row, zone) for row in rows},
    )


def _asked(row: PrivacyRequest, zone: tzinfo) -> Asked:
    asked_at = row.asked_at.astimezone(zone)
    answered_at = row.answered_at and row.answered_at.astimezone(zone)
    return Asked(asked_at, deadlines(row.kind, asked_at.date()), answered_at, row.note)


def person_asked_about(session: Session, actor: Actor, person_id: int) -> Person:
    """The person, if the actor may ask about them; raises as `stored_about`."""
    person = session.get(Person, person_id)
    if person is None or person.registration_id != actor.registration_id:
        raise NotFound
    if person.id != actor.person_id and not actor.is_admin:
        raise Refused(Act.SEE_PRIVACY)
    return person


def _counts(session: Session, person_id: int) -> dict[str, int]:
    """Rows a table: every table whose rows are about the person, and what hangs on their plan.

    Read from the tables themselves, so that a table made tomorrow is counted tomorrow. Of grades only what
    was released counts: one more would say that something changed which is not shown. Columns that say
    who wrote or asked for a row about somebody else do not count here; the audit log has those.
    """
    queries = {}
    for table in Base.metadata.sorted_tables:
        about = [table.c[name] == person_id for name in ABOUT if name in table.c]
        if about:
            shown = SHOWN.get(table.name, sa.true())
            queries[table.name] = sa.select(sa.func.count()).select_from(table).where(sa.or_(*about), shown)
    goals = sa.select(Goal.id).join(Plan, Plan.id == Goal.plan_id).where(Plan.person_id == person_id)
    queries["goal"] = sa.select(sa.func.count()).select_from(goals.subquery())
    queries["reading"] = sa.select(sa.func.count(Reading.id)).where(Reading.goal_id.in_(goals))
    queries["audit_entry"] = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.actor_id == person_id)
    row = session.execute(sa.select(*(q.scalar_subquery().label(name) for name, q in queries.items()))).one()
    return {name: int(row._mapping[name]) for name in queries}


def _words(table: str) -> str:
    words: dict[str, str] = {
        "person_alias": _("Numbers the LMS knows the person by"),
        "membership": _("Courses"),
        "launch_session": _("Times Personal Plans was opened"),
        "plan": _("Plans"),
        "goal": _("Goals"),
        "reading": _("Grades a goal was counted from"),
        "result": _("Grades, as they are now"),
        "result_version": _("Grades, with their earlier values"),
        "check_in": _("Check-ins"),
        "check_in_note": _("Check-ins"),
        "encouragement": _("Words of encouragement"),
        "career_note": _("Ideas for later"),
        "lesson_given": _("Lessons"),
        "lesson_run": _("Lessons"),
        "student_group_member": _("Groups"),
        "facilitator": _("Groups"),
        "peer_mentor": _("Peer mentors"),
        "peer_volunteer": _("Peer mentors"),
        "peer_note": _("Notes to teachers"),
        "digest": _("Reminders asked for"),
        "calendar_feed": _("Reminders asked for"),
        "access_grant": _("Links and codes that let somebody read the plan"),
        "mentor_relation": _("People who help with a plan"),
        "counselor_assignment": _("People who help with a plan"),
        "guardian_block": _("People who may not read a plan"),
        "score_out": _("Scores sent to the gradebook"),
        "privacy_request": _("Requests about this data"),
        "audit_entry": _("Entries in the log of who did what"),
    }
    return words.get(table, str(_("Other records")))
