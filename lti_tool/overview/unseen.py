"""Whose grades an access does not see, by the groups they are in: a Moodle leaves them out without a word.

(moodle.md, Web services: a token without accessallgroups.) The roster names everyone, so it shows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Role
from lti_tool.plans.translate import Translate
from lti_tool.records.course import Context, Membership
from lti_tool.records.structure import LmsGroup, LmsGroupMember

MOST_NAMED = 10


@dataclass(frozen=True)
class Unseen:
    """groups: (name, how many of its students), by name. apart: students in no group that we know of.

    students: in all, each once.
    """

    groups: tuple[tuple[str, int], ...]
    apart: int
    students: int


def unseen_groups(session: Session, context_id: int) -> Unseen | None:
    """The groups our access is not shown in a course; None where groups explain nothing. One statement.

    Somebody in none of a course's groups is told only where we were not shown all of them: else what hides
    them is no group, as with a non-editing teacher, whom Moodle lists as a learner.
    """
    member = (
        sa.select(LmsGroupMember.person_id, LmsGroup.name)
        .join(LmsGroup, LmsGroup.id == LmsGroupMember.group_id)
        .where(LmsGroup.context_id == context_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Membership.person_id, member.c.name, Context.groups_shown)
        .join(Context, Context.id == Membership.context_id)
        .outerjoin(member, member.c.person_id == Membership.person_id)
        .where(
            Membership.context_id == context_id,
            Membership.grades_unread,
            Membership.left_at.is_(None),
            Membership.role == Role.LEARNER.value,
        )
    ).all()
    grouped = {row.person_id for row in rows if row.name is not None}
    apart = {row.person_id for row in rows if row.name is None and row.groups_shown is False}
    if not grouped and not apart:
        return None
    counts = Counter(row.name for row in rows if row.name is not None)
    return Unseen(tuple(sorted(counts.items())), len(apart), len(grouped | apart))


def unseen_words(unseen: Unseen, lms: str, _: Translate) -> str:
    """What is not seen, and who changes that."""
    named = [_("%(name)s (%(count)s)", name=name, count=count) for name, count in unseen.groups[:MOST_NAMED]]
    if len(unseen.groups) > MOST_NAMED:
        named.append("…")
    told = [
        _(
            "%(lms)s does not show our access the grades of some students of this course (%(count)s).",
            lms=lms,
            count=unseen.students,
        )
    ]
    if named:
        told.append(_("Groups that are missing: %(groups)s.", groups=", ".join(named)))
    if unseen.apart:
        told.append(_("Students in no group that it is shown: %(count)s.", count=unseen.apart))
    told.append(
        _(
            "An administrator of %(lms)s gives the account of our access the right to see all groups "
            "(moodle/site:accessallgroups), or puts it into these groups; then press “Sync now”.",
            lms=lms,
        )
    )
    return " ".join(told)
