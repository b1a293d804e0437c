"""The structure of a course, read and stored: each list whole or not at all, nobody lost (canvas.md §5).

Asked at the first sync, by the nightly sweep and on demand; what our access may not ask is left as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lms_sync.accesses import NOT_ALLOWED, note_unread, parts_unread
from lms_sync.enrolments import Enrolments
from lms_sync.grades import NOT_UNDERSTOOD
from lms_sync.lease import Running
from lms_sync.people import people_here
from lms_sync.platforms.base import CourseParts, GradeSource
from lms_sync.platforms.course_rows import (
    STAFF,
    CourseFlags,
    GroupRow,
    ItemGroupRow,
    LmsEnrolmentRow,
    SchemeRow,
    SectionRow,
)
from lms_sync.platforms.errors import LmsError
from lti_tool.records.course import Context
from lti_tool.records.platform import Connection
from lti_tool.records.structure import CourseSection, GradingScheme, ItemGroup, LmsGroup, LmsGroupMember
from lti_tool.records.types import number_text

Write = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]
NOT_READ = "sections, groups and enrolments were not read"
log = structlog.get_logger()


@dataclass(frozen=True)
class Where:
    """The course rows belong to, and who reads it. account: the LMS's number of our access, if known.

    kinds: which aliases the API's user ids are.
    """

    context_id: int
    registration_id: int
    account: str = ""
    kinds: tuple[str, ...] = ()


@dataclass
class Read:
    """What came of it. rows: how many were read. limited_to: the sections our account alone sees.

    only_own: our account is here and teaches nobody, so unless it is an administrator's it was shown its own
    grades alone.
    """

    rows: int = 0
    unknown: int = 0
    limited_to: list[str] | None = None
    only_own: bool = False


def read_parts(run: Running, source: GradeSource, connection: Connection, context_id: int) -> None:
    """The last part of a whole reading. May raise LmsError; what our access may not ask is left as it was,
    and counted on the run: grades are right without it."""
    parts = source.parts()
    if parts is None:
        return
    run.enter("structure")
    kinds = source.capabilities.alias_kinds
    where = Where(context_id, connection.registration_id, connection.lms_user_id, kinds)
    try:
        found = read_structure(parts, where, source.flags, run.page, run.now)
    except LmsError as error:
        if error.code not in NOT_ALLOWED:
            raise
        log.warning("structure.not_read", context_id=context_id, code=error.code)
        run.ignored[NOT_READ] = 1
        with run.page() as session:
            note_unread(session, connection.id, parts_unread(error))
        return
    if parts.odd:
        run.ignored[NOT_UNDERSTOOD] += parts.odd
    if found.only_own:
        source.may_read()
    run.rows += found.rows
    with run.page() as session:
        note_unread(session, connection.id, None)
    if found.limited_to is not None and connection.context_id is not None:
        with run.page() as session:
            session.get_one(Connection, connection.id).sections = found.limited_to


def read_structure(parts: CourseParts, where: Where, flags: CourseFlags, write: Write, now: Clock) -> Read:
    """Sections, groups, schemes, then the enrolments page by page. May raise LmsError.

    write: one transaction that counts as a page of the run.
    """
    started, found = now(), Read()
    sections, groups, schemes = parts.sections(), parts.groups(), parts.schemes()
    members = parts.group_members()
    found.rows = len(sections) + len(groups) + len(schemes or ())
    with write() as session:
        store_parts(
            session, where.context_id, sections, groups, schemes, flags, now=started, whole=parts.whole
        )
        if members is not None:
            keep_members(session, where, members, now=started, whole=parts.whole)
            session.get_one(Context, where.context_id).groups_shown = parts.whole
    if members is not None:
        return found  # who is enrolled how is told by the roster alone
    enrolments = Enrolments(where.context_id, where.registration_id, flags, started)
    own: list[LmsEnrolmentRow] = []
    for page in parts.enrolments():
        found.rows += len(page.rows)
        own += [row for row in page.rows if where.account and row.user_id == where.account]
        with write() as session:
            enrolments.add(session, page.rows)
    if where.account:
        found.limited_to = limits(own, sections)
        found.only_own = bool(own) and not any(row.kind in STAFF for row in own)
    with write() as session:
        enrolments.finish(session, whole=parts.whole and not found.limited_to)
    found.unknown = enrolments.unknown
    return found


def limits(own: Sequence[LmsEnrolmentRow], sections: Sequence[SectionRow]) -> list[str]:
    """Names of the sections an account is limited to, by its own enrolments; none: it sees them all."""
    staff = [row for row in own if row.kind in STAFF and row.state in ("active", "completed")]
    if not staff or not all(row.limited for row in staff):
        return []
    names = {row.lms_id: row.name for row in sections}
    return sorted({names.get(row.section_id, row.section_id) for row in staff})


def store_parts(
    session: Session,
    context_id: int,
    sections: Sequence[SectionRow],
    groups: Sequence[GroupRow],
    schemes: Sequence[SchemeRow] | None,
    flags: CourseFlags,
    *,
    now: datetime,
    whole: bool = True,
) -> None:
    """Store three whole lists; what a list no longer has is gone. whole: sections and groups are all there
    are."""
    _store(session, CourseSection, context_id, [asdict(row) for row in sections], now, whole=whole)
    _store(session, LmsGroup, context_id, [asdict(row) for row in groups], now, whole=whole)
    if schemes is not None:
        rows = [
            {
                "lms_id": row.lms_id,
                "title": row.title,
                "bounds": [[name, number_text(least)] for name, least in row.bounds],
                "used": row.lms_id == flags.scheme_id,
            }
            for row in schemes
        ]
        _store(session, GradingScheme, context_id, rows, now)


def store_item_groups(
    session: Session, context_id: int, rows: Sequence[ItemGroupRow], *, now: datetime
) -> bool:
    """Store the assignment groups, which every reading of the columns brings along; whether one changed."""
    values = [{**asdict(row), "never_drop": list(row.never_drop)} for row in rows]
    return _store(session, ItemGroup, context_id, values, now)


def goes_by_weights(session: Session, context_id: int) -> bool:
    """Whether the course counted by its groups' weights when it was last asked."""
    groups = ItemGroup.context_id == context_id
    return bool(session.scalar(sa.select(sa.exists().where(groups, ItemGroup.weight.is_not(None)))))


def known_drops(session: Session, context_id: int) -> dict[str, int]:
    """The LMS's group of columns → how many of the lowest it drops, by the last whole reading."""
    rows = session.execute(
        sa.select(ItemGroup.lms_id, ItemGroup.drop_lowest).where(
            ItemGroup.context_id == context_id, ItemGroup.gone_at.is_(None), ItemGroup.drop_lowest > 0
        )
    )
    return {row.lms_id: row.drop_lowest for row in rows}


def keep_members(
    session: Session, where: Where, members: Mapping[str, set[str]], *, now: datetime, whole: bool
) -> None:
    """Store who is in which group: group → the API's ids of its people, those we know kept.

    whole: these are all groups; else who is in the others stays as it was.
    """
    numbers = {number for people in members.values() for number in people}
    people = people_here(session, where.context_id, where.registration_id, where.kinds, numbers)
    mine = LmsGroup.context_id == where.context_id
    groups = {
        row.lms_id: row.id
        for row in session.execute(sa.select(LmsGroup.lms_id, LmsGroup.id).where(mine))
        if whole or row.lms_id in members
    }
    session.execute(sa.delete(LmsGroupMember).where(LmsGroupMember.group_id.in_(groups.values())))
    pairs = {
        (groups[group], people[number])
        for group, numbers in members.items()
        if group in groups
        for number in numbers
        if number in people
    }
    if pairs:
        rows = [{"group_id": group, "person_id": person, "seen_at": now} for group, person in sorted(pairs)]
        session.execute(sa.insert(LmsGroupMember), rows)


def _store(
    session: Session,
    table: Any,
    context_id: int,
    rows: Iterable[dict[str, Any]],
    now: datetime,
    *,
    whole: bool = True,
) -> bool:
    """A whole list: new rows added, known ones changed, missing ones marked as gone; whether any was."""
    stored = {
        row.lms_id: row for row in session.scalars(sa.select(table).where(table.context_id == context_id))
    }
    add: dict[str, dict[str, Any]] = {}
    moved = False
    for values in rows:
        old = stored.pop(values["lms_id"], None)
        if old is None:
            add.setdefault(values["lms_id"], {"context_id": context_id, "gone_at": None, **values})
            continue
        for name, value in {**values, "gone_at": None}.items():
            if getattr(old, name) != value:
                setattr(old, name, value)
                moved = True
    for old in stored.values() if whole else ():
        moved = moved or old.gone_at is None
        old.gone_at = old.gone_at or now
    if add:
        session.execute(sa.insert(table), list(add.values()))
    session.flush()
    return moved or bool(add)
