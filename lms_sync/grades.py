"""Grades: rows → versions (pure), then stored with the goals they move (design.md, Grades).

A grade a student may not see moves nothing: a hidden row is kept as the newest version and leaves the
released one, with its score, flags and dates, where it was (domain.md §3.5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.cells import COUNTED, Stored, as_shown, counted_of, is_given_back, is_news, says_nothing
from lms_sync.people import people_here
from lms_sync.platforms.base import ResultRow
from lms_sync.versions import add_versions, show_again, shown_before
from lti_tool.planning.changed_results import people_with_goals
from lti_tool.plans.access import Role
from lti_tool.plans.observation import UNASSIGNED
from lti_tool.records.bulk import Insert, among, insert_of
from lti_tool.records.course import Membership, Person
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.in_bulk import in_bulk

NOT_HERE = "not in the roster"
STAFF = "staff"
TEST = "test student"
NOT_UNDERSTOOD = "not understood"
Pair = tuple[int, int]
_RESULT: Any = Result.__table__
_VERSION: Any = ResultVersion.__table__


@dataclass(frozen=True)
class Course:
    """Where rows are stored: context, registration, item key → our item id, alias kinds of user ids.

    people: user id → (person id, why their rows are not used), for those asked about so far. with_goals:
    person id → whether goals of theirs are measured, for the same.
    whole: everything is read, and all goals of the course are measured at the end; so only results of people
    who have goals by now are marked as not measured, which saves a second writing of each.
    blank: items of ours without any result; whoever holds the lease is alone in adding some.
    """

    context_id: int
    registration_id: int
    items: dict[str, int]
    alias_kinds: tuple[str, ...]
    people: dict[str, tuple[int, str]] = field(default_factory=dict)
    with_goals: dict[int, bool] = field(default_factory=dict)
    whole: bool = False
    blank: set[int] = field(default_factory=set)


def blank_items(session: Session, items: Collection[int]) -> set[int]:
    """Those that have no result yet: all of them in a first reading."""
    any_result = sa.exists().where(_RESULT.c.item_id == Item.id)
    return set(session.scalars(sa.select(Item.id).where(among(session, Item.id, items), ~any_result)))


@dataclass(frozen=True)
class Decided:
    """A page of cells compared with what is kept, ready to be written.

    new: (item, person) of those that get a version. same: ids of results that are as they were.
    watched: whose goals may have to be measured; None = anybody's. ignored: reason → rows not used.
    back: result → the version to be shown again, if there was one, of work given back behind a hidden row.
    """

    new: Collection[Pair]
    insert: Insert | None
    same: Collection[int]
    watched: Collection[int] | None
    ignored: Counter[str]
    back: Mapping[int, int | None] = field(default_factory=dict)


@in_bulk()
def decide(
    session: Session,
    course: Course,
    rows: Sequence[ResultRow],
    *,
    run_id: str,
    now: datetime,
    settle: Callable[[Collection[Pair]], bool] = lambda _pairs: False,
) -> Decided:
    """What is new in a page of cells; changes nothing.

    settle: called before what is kept of these pairs is read, in case some of them are being written;
    says whether some were.
    """
    people, ignored = _people(session, course, rows)
    mine = {
        (course.items[row.item_key], people[row.user_id]): row
        for row in rows
        if row.item_key in course.items and row.user_id in people
    }
    if settle(mine.keys()):
        session.rollback()  # SQLite goes on showing how all was when these people were looked up
    stored = _stored(session, [pair for pair in mine if pair[0] not in course.blank])
    course.blank.difference_update({item for item, _person in mine})
    fresh: dict[Pair, ResultRow] = {}
    back: dict[int, int | None] = {}
    for pair, told in mine.items():
        old = stored.get(pair)
        row = as_shown(told, old)
        if old is not None and old.taken and is_given_back(row, old):
            back[old.id] = old.released_id
        if is_news(row, old):
            fresh[pair] = row
    same = [old.id for pair, old in stored.items() if pair not in fresh]
    watched = _watched(session, course, {person for _item, person in fresh}) if course.whole else None
    insert = _versions(session.get_bind().dialect, fresh, run_id, now) if fresh else None
    return Decided(fresh.keys(), insert, same, watched, ignored, back)


def _watched(session: Session, course: Course, people: set[int]) -> list[int]:
    """Those with goals. Who starts one meanwhile is measured at the end, like everybody."""
    if unknown := people - course.with_goals.keys():
        with_goals = set(people_with_goals(session, unknown))
        course.with_goals.update((person, person in with_goals) for person in unknown)
    return [person for person in people if course.with_goals[person]]


def _versions(dialect: sa.Dialect, fresh: dict[Pair, ResultRow], run_id: str, now: datetime) -> Insert:
    names = ("item_id", "person_id", "sync_run_id", "read_at", *COUNTED)
    values = [(*pair, run_id, now, *counted_of(row)) for pair, row in fresh.items()]
    return insert_of(dialect, ResultVersion, names, values)


def store(session: Session, decided: Decided, *, run_id: str, now: datetime) -> int:
    """Add a version for each new cell and point the results at them, in the caller's transaction.

    A few statements, however many; goals on them are measured after the last page. Returns the versions made.
    """
    if decided.same:
        same = among(session, _RESULT.c.id, decided.same)
        session.execute(sa.update(_RESULT).where(same).values(read_at=now))
    if decided.insert:
        add_versions(session, decided.insert, run_id=run_id, now=now, watched=decided.watched)
    if decided.back:
        show_again(session, decided.back)
    return len(decided.new)


def store_page(
    session: Session, course: Course, rows: Sequence[ResultRow], *, run_id: str, now: datetime
) -> tuple[int, Counter[str]]:
    """Both, one after the other: (versions made, reason → rows not used)."""
    decided = decide(session, course, rows, run_id=run_id, now=now)
    return store(session, decided, run_id=run_id, now=now), decided.ignored


def _people(
    session: Session, course: Course, rows: Sequence[ResultRow]
) -> tuple[dict[str, int], Counter[str]]:
    """user id → person id of the learners among them, and why the others are left out."""
    ids = {row.user_id for row in rows}
    if unknown := ids - course.people.keys():
        _look_up(session, course, unknown)
    known = {user: course.people[user] for user in ids}
    others = {user: reason for user, (_person, reason) in known.items() if reason}
    ignored: Counter[str] = Counter()
    if others:
        ignored.update(others[row.user_id] for row in rows if row.user_id in others and not says_nothing(row))
    return {user: person for user, (person, reason) in known.items() if not reason}, ignored


def _look_up(session: Session, course: Course, ids: set[str]) -> None:
    people = people_here(session, course.context_id, course.registration_id, course.alias_kinds, ids)
    roles = _roles(session, course.context_id, set(people.values()))
    for user_id in ids:
        person = people.get(user_id, 0)
        course.people[user_id] = (person, _why_not(roles.get(person)))


def _why_not(role: str | None) -> str:
    if role is None:
        return NOT_HERE
    if role == TEST:
        return TEST
    return "" if role == Role.LEARNER.value else STAFF


def _roles(session: Session, context_id: int, people: set[int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(Membership.person_id, Membership.role, Person.is_test)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.context_id == context_id, among(session, Membership.person_id, people))
    )
    return {row.person_id: TEST if row.is_test else row.role for row in rows}


def _stored(session: Session, pairs: Iterable[Pair]) -> dict[Pair, Stored]:
    wanted = set(pairs)
    if not wanted:
        return {}
    newest, released = _VERSION.alias(), _VERSION.alias()
    rows = session.execute(
        sa.select(
            _RESULT.c.item_id,
            _RESULT.c.person_id,
            _RESULT.c.id,
            _RESULT.c.released_version_id,
            released.c.score,
            released.c.excused,
            released.c.state,
            *(newest.c[name] for name in COUNTED),
        )
        .select_from(_RESULT)
        .outerjoin(newest, newest.c.id == _RESULT.c.current_version_id)
        .outerjoin(released, released.c.id == _RESULT.c.released_version_id)
        .where(
            among(session, _RESULT.c.item_id, {item for item, _person in wanted}),
            among(session, _RESULT.c.person_id, {person for _item, person in wanted}),
        )
    )
    found, taken = {}, []
    for item_id, person_id, id, released_id, score, excused, state, *said in rows:
        pair = item_id, person_id
        if pair not in wanted:
            continue
        found[pair] = Stored(id, tuple(said), released_id, score, bool(excused))
        if state == UNASSIGNED:
            taken.append(pair)
    if taken:
        _look_behind(session, found, taken)
    return found


def _look_behind(session: Session, found: dict[Pair, Stored], taken: Sequence[Pair]) -> None:
    """What was on show before work was taken away; few, so that one by one they do not count."""
    shown = shown_before(session, taken)
    for pair in taken:
        version_id, score, excused = shown.get(pair, (None, None, False))
        found[pair] = found[pair]._replace(
            released_id=version_id, released_score=score, released_excused=excused, taken=True
        )
