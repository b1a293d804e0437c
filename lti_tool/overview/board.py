"""The teacher's board: every student of a course, those who need a talk first (design.md: reason first).

The number of SQL statements does not depend on the number of students.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.board_goals import BoardGoal, goals_of_board, with_charts
from lti_tool.overview.groups import groups_of_board, in_group
from lti_tool.overview.peer_notes import notes_waiting
from lti_tool.overview.people import display_name, folded, sort_name
from lti_tool.overview.place import place
from lti_tool.overview.said import doubts_waiting
from lti_tool.overview.suggestions import talks_waiting
from lti_tool.overview.sync import SyncState, state_at
from lti_tool.overview.wishes import wishes_waiting
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.freshness import is_stale
from lti_tool.plans.reasons import Group, Need, first, group_of
from lti_tool.plans.zones import day_in
from lti_tool.records.course import Membership, Person

PAGE = 100
LONG_WAIT = 7  # days
_GROUPS = list(Group)


@dataclass(frozen=True)
class BoardRow:
    """A student. need: of the goal that needs most. name: what the LMS says, or "Student 17".

    unread: nothing of their work is in what we may read.
    """

    person_id: int
    name: str
    group: Group
    need: Need
    goals: tuple[BoardGoal, ...]
    left_on: date | None = None
    unread: bool = False


@dataclass(frozen=True)
class Board:
    """One page of a course's students, in order. counts: students of each group, unfiltered.

    found: how many fit find and group; pages: of PAGE students each, at least 1. doubts: readings that
    look wrong to students and wait for an answer; talks: asked for and not had yet; notes: that ask to
    check on somebody; unanswered: proposals that wait for a week.
    """

    title: str
    rows: tuple[BoardRow, ...]
    counts: dict[Group, int]
    everyone: int
    found: int
    find: str
    group: Group | None
    page: int
    pages: int
    sync: SyncState
    started: bool
    doubts: int = 0
    notes: int = 0
    talks: int = 0
    unanswered: int = 0
    teams: Sequence[tuple[int, str]] = ()
    team: int = 0


@dataclass(frozen=True)
class _Member:
    person_id: int
    name: str
    order: tuple[str, str]
    left_at: datetime | None
    unread: bool


def board(
    session: Session,
    actor: Actor,
    context_id: int | None,
    *,
    now: datetime,
    find: str = "",
    group: str = "",
    team: int = 0,
    page: int = 1,
) -> Board:
    """The board of the actor's course.

    Args:
        find: part of a name, upper and lower case alike. group: a `Group`; anything else: all.
        team: a group of students of this course; anything else: the class.
        page: from 1; beyond the last one gives the last.
    Raises:
        Refused, NotFound.
    """
    require(actor, Act.SEE_BOARD)
    here = place(session, actor, context_id)
    today = now.astimezone(here.zone).date()
    old = is_stale(here.context.grades_read_at, now, over=here.context.ended_at is not None)
    goals = goals_of_board(session, here.context.id, today, here.zone, stale=old)
    teams = groups_of_board(session, here.context)
    team = team if team in dict(teams) else 0
    every = [_row(member, goals, here.zone) for member in _members(session, here.context.id, team)]
    every.sort(key=lambda row: _GROUPS.index(row.group))
    wanted = Group(group) if group in set(Group) else None
    fitting = [row for row in every if wanted in (None, row.group)]
    if find:
        fitting = [row for row in fitting if folded(find) in folded(row.name)]
    pages = max(1, -(-len(fitting) // PAGE))
    page = min(max(1, page), pages)
    shown = _drawn(session, fitting[(page - 1) * PAGE : page * PAGE], today, here.zone)
    return Board(
        title=here.title,
        rows=tuple(shown),
        counts=dict(Counter(row.group for row in every)),
        everyone=len(every),
        found=len(fitting),
        find=find,
        group=wanted,
        page=page,
        pages=pages,
        sync=state_at(session, here, now=now, actor=actor),
        started=here.context.started_at is not None,
        doubts=doubts_waiting(session, here.context.id),
        unanswered=_long_waits(every),
        teams=teams,
        team=team,
        notes=notes_waiting(session, here.context.id),
        talks=talks_waiting(session, here.context.id) + wishes_waiting(session, here.context.id),
    )


def _members(session: Session, context_id: int, team: int) -> list[_Member]:
    """Everyone who learns or learned here (or who is in a group now), by family name."""
    inside = in_group(Person.id, team) if team else sa.true()
    rows = session.execute(
        sa.select(
            Person.id,
            Person.name,
            Person.given_name,
            Person.family_name,
            Membership.left_at,
            Membership.grades_unread,
        )
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.context_id == context_id,
            Membership.role == Role.LEARNER,
            Person.is_test.is_(False),
            inside,
        )
    )
    members = [
        _Member(row.id, display_name(row), sort_name(row), row.left_at, row.grades_unread) for row in rows
    ]
    return sorted(members, key=lambda member: (*member.order, member.person_id))


def _row(member: _Member, goals: dict[int, list[BoardGoal]], zone: tzinfo) -> BoardRow:
    theirs = goals.get(member.person_id, [])
    need = first([goal.need for goal in theirs])
    left_on = day_in(member.left_at, zone)
    group = group_of(need.status, left=left_on is not None)
    unread = member.unread and left_on is None
    return BoardRow(member.person_id, member.name, group, need, tuple(theirs), left_on, unread)


def _long_waits(rows: Sequence[BoardRow]) -> int:
    """How many proposed goals have waited for their student for a week."""
    return sum(
        goal.need.waited_days >= LONG_WAIT for row in rows for goal in row.goals if row.left_on is None
    )


def _drawn(session: Session, rows: Sequence[BoardRow], today: date, zone: tzinfo) -> Iterator[BoardRow]:
    """The same rows with what their goals' small charts show. Two statements."""
    drawn = with_charts(session, [goal for row in rows for goal in row.goals], today, zone)
    for row in rows:
        yield replace(row, goals=tuple(drawn[goal.id] for goal in row.goals if goal.id in drawn))
