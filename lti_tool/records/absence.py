"""Who of a course a list of people leaves out: one condition, for pages and for what acts on it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from lti_tool.records.course import Membership

# Someone we know only by their own launch is in no list yet: an administrator, a fresh enrolment.
KEPT_AFTER_LAUNCH = timedelta(days=7)


def not_on_list(context_id: int, seen_at: datetime) -> sa.ColumnElement[bool]:
    """Memberships that the list read at `seen_at` does not name, of people who count as here."""
    only_launched = sa.and_(
        Membership.in_roster_at.is_(None),
        sa.or_(Membership.last_launch_at.is_(None), Membership.last_launch_at < seen_at - KEPT_AFTER_LAUNCH),
    )
    return sa.and_(
        Membership.context_id == context_id,
        Membership.left_at.is_(None),
        sa.or_(Membership.in_roster_at < seen_at, only_launched),
    )
