"""Somebody who comes back: one statement tells whether a launch brings anything that is not stored yet.

Nearly every launch brings nothing new: the same person, with the same names and roles, through the same
link of the same course. Then only the membership's time, the session and the audit line are written
(again.py). Everything else goes the longer way (admit.py), which knows how each thing is taken over.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from lti_tool.db import Driver
from lti_tool.launch.claims import Launch
from lti_tool.launch.origins import origin_of
from lti_tool.plans.access import Role
from lti_tool.plans.roles import is_test_user
from lti_tool.records.base import table_of
from lti_tool.records.course import Context, ContextService, Membership, Person, PersonAlias, ResourceLink
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.prepared import Prepared

SEEN_EVERY = timedelta(minutes=1)
_CANVAS_COURSE = re.compile(r"/api/lti/courses/([0-9]{1,30})/")

_registration, _deployment = table_of(Registration), table_of(Deployment)
_context, _service, _link = table_of(Context), table_of(ContextService), table_of(ResourceLink)
_member, _person, _plan, _alias = map(table_of, (Membership, Person, Plan, PersonAlias))
_other_alias = _alias.alias()

# Built once: building a statement costs more than running it.
_STANDING = Prepared(
    sa.select(
        _registration.c.platform_guid,
        _registration.c.product_family,
        _deployment.c.id.label("deployment_id"),
        _deployment.c.active,
        _deployment.c.frame_origins,
        _deployment.c.placements,
        _deployment.c.notices_url,
        *(_person.c[name] for name in ("name", "given_name", "family_name", "email", "locale", "is_test")),
        _person.c.id.label("person_id"),
        _other_alias.c.person_id.label("other_alias_of"),
        _context.c.id.label("context_id"),
        *(_context.c[name] for name in ("label", "title", "lms_course_id", "copied_from", "started_at")),
        *(_context.c[name] for name in ("read_only", "grades_read_at", "last_launch_at")),
        _service.c.id.label("service_id"),
        *(_service.c[name] for name in ("nrps_url", "lineitems_url", "scopes")),
        _service.c.seen_at.label("service_seen_at"),
        _link.c.id.label("link_id"),
        _link.c.title.label("link_title"),
        _link.c.seen_at.label("link_seen_at"),
        _member.c.id.label("member_id"),
        *(_member.c[name] for name in ("role", "launch_roles", "left_at")),
        _plan.c.id.label("plan_id"),
    )
    .select_from(_registration)
    .join(_deployment, _deployment.c.registration_id == _registration.c.id)
    .join(_alias, sa.and_(_alias.c.registration_id == _registration.c.id, _alias.c.kind == "sub"))
    .join(_person, _person.c.id == _alias.c.person_id)
    .join(_context, _context.c.registration_id == _registration.c.id)
    .join(
        _service,
        sa.and_(_service.c.context_id == _context.c.id, _service.c.deployment_id == _deployment.c.id),
    )
    .join(_link, _link.c.context_id == _context.c.id)
    .join(_member, sa.and_(_member.c.context_id == _context.c.id, _member.c.person_id == _person.c.id))
    .outerjoin(
        _other_alias,
        sa.and_(
            _other_alias.c.registration_id == _registration.c.id,
            _other_alias.c.kind == sa.bindparam("other_kind"),
            _other_alias.c.value == sa.bindparam("other_value"),
        ),
    )
    .outerjoin(_plan, sa.and_(_plan.c.person_id == _person.c.id, _plan.c.closed_at.is_(None)))
    .where(
        _registration.c.id == sa.bindparam("registration"),
        _deployment.c.lms_id == sa.bindparam("deployment"),
        _alias.c.value == sa.bindparam("sub"),
        _context.c.lms_id == sa.bindparam("context"),
        _link.c.lms_id == sa.bindparam("link"),
    )
)
_SEEN = (
    (_context, "last_launch_at", "context_id"),
    (_service, "seen_at", "service_id"),
    (_link, "seen_at", "link_id"),
)
_SEEN_AGAIN = {
    table: Prepared(
        sa.update(table).where(table.c.id == sa.bindparam("row")).values({column: sa.bindparam("now")})
    )
    for table, column, _id in _SEEN
}


def standing(door: Driver, registration_id: int, launch: Launch) -> Any:
    """What is stored of all that this launch speaks of, in one row; None where something is missing."""
    context, link = launch.context, launch.resource_link
    other_kind, other_value = _other_alias_of(launch)
    rows = _STANDING.run(
        door,
        {
            "registration": registration_id,
            "deployment": launch.deployment_id,
            "sub": launch.sub,
            "context": context.id if context else "",
            "link": link.id if link else "",
            "other_kind": other_kind,
            "other_value": other_value,
        },
    )
    return rows[0] if len(rows) == 1 else None


def brings_nothing_new(row: Any, launch: Launch, now: datetime) -> bool:
    """Whether everything in this launch stands in the row of `standing` already."""
    other_kind, _value = _other_alias_of(launch)
    return (
        (not other_kind or row.other_alias_of == row.person_id)
        and _platform_is_known(row, launch, now)
        and _person_is_known(row, launch)
        and _course_is_known(row, launch)
    )


def places_seen(door: Driver, row: Any, now: datetime) -> None:
    """Note, to the minute, the places they came through."""
    seen = (row.last_launch_at, row.service_seen_at, row.link_seen_at)
    for at, (table, _column, row_id) in zip(seen, _SEEN, strict=True):
        if moved_on(at, now) != at:
            _SEEN_AGAIN[table].run(door, {"row": getattr(row, row_id), "now": now})


def _other_alias_of(launch: Launch) -> tuple[str, str]:
    """(kind, value) of what the launch calls the person beside their `sub`; both empty where nothing."""
    others = [(kind, value) for kind, value in aliases_of(launch).items() if kind != "sub" and value]
    return others[0] if others else ("", "")


def moved_on(seen: datetime | None, now: datetime) -> datetime:
    """When a place was last seen, to the minute: a class that comes in together writes it once."""
    return seen if seen is not None and timedelta() <= now - seen < SEEN_EVERY else now


def aliases_of(launch: Launch) -> dict[str, str]:
    """What this launch calls the person. Numeric ids are believed only of the LMS that makes them."""
    aliases = {"sub": launch.sub}
    if launch.product_family == "canvas":
        aliases["canvas_user_id"] = launch.number_from_custom("canvas_user_id")
    elif launch.product_family == "moodle" and re.fullmatch(r"[0-9]{1,30}", launch.sub):
        aliases["moodle_id"] = launch.sub
    return aliases


def course_number(launch: Launch, lms_id: str) -> str:
    """The id the LMS's own API uses: Canvas's stands in its service addresses, Moodle's is the context id.

    Canvas's custom field says it too, but a link made in a course can set that: it counts only where there
    is no such address, and only from the course's own menu (whose link id is the course's: canvas.md §3).
    """
    if launch.product_family == "canvas":
        named = _CANVAS_COURSE.search(launch.nrps_url) or _CANVAS_COURSE.search(launch.lineitems_url)
        if named is not None:
            return named[1]
        from_menu = launch.resource_link is not None and launch.resource_link.id == lms_id
        return launch.number_from_custom("canvas_course_id") if from_menu else ""
    if launch.product_family == "moodle" and re.fullmatch(r"[0-9]{1,30}", lms_id):
        return lms_id
    return ""


def _platform_is_known(row: Any, launch: Launch, now: datetime) -> bool:
    origin, placements = origin_of(launch.return_url), row.placements or {}
    return (
        row.active
        and _says_nothing_else(launch.guid, row.platform_guid)
        and _says_nothing_else(launch.product_family, row.product_family)
        and (not origin or origin in row.frame_origins)
        and (row.notices_url or "") == launch.notices_url
        and (not launch.placement or placements.get(launch.placement) == now.date().isoformat())
    )


def _person_is_known(row: Any, launch: Launch) -> bool:
    same = all(_says_nothing_else(value, getattr(row, name)) for name, value in vars(launch.names).items())
    return (
        same
        and row.is_test == is_test_user(launch.roles)
        and row.left_at is None
        and row.launch_roles == launch.roles
        and _has_the_plan_due(row)
    )


def _has_the_plan_due(row: Any) -> bool:
    """Learners have a plan and staff none; a mentor's students are always compared the longer way."""
    if row.role == Role.MENTOR:
        return False
    due = {Role.LEARNER: True, Role.STAFF: False}.get(row.role)
    return due is None or due == (row.plan_id is not None)


def _course_is_known(row: Any, launch: Launch) -> bool:
    context, link = launch.context, launch.resource_link
    if context is None or link is None:
        return False
    copied = launch.copied_from and not row.copied_from and row.started_at is None
    return (
        not copied
        and _says_nothing_else(context.label, row.label)
        and _says_nothing_else(context.title, row.title)
        and _says_nothing_else(course_number(launch, context.id), row.lms_course_id)
        and _says_nothing_else(link.title, row.link_title)
        and (row.nrps_url or "", row.lineitems_url or "") == (launch.nrps_url, launch.lineitems_url)
        and row.scopes == launch.scopes
    )


def _says_nothing_else(said: str, stored: str | None) -> bool:
    """Empty says nothing: what a platform no longer says is kept."""
    return not said or said == stored
