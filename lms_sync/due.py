"""What a course needs now, and which of many go first: pure rules over rows (design.md, Jobs)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from config.settings import Settings
from lms_sync import clocks

LONGEST_PAUSE = timedelta(hours=6)
# A page that shows the board asks each minute whether there is something new.
BOARD_OPEN = timedelta(minutes=3)
LIVELY = timedelta(days=1)
# How near a due date makes a course lively, before and after it.
DUE_NEAR = timedelta(days=2)
# Each tick asks for as many runs as leave this many waiting, so that who comes in person waits for few.
QUEUE_ROOM = 60
# Each registration gets at most this part of it while others have something due.
LEAST_SHARE = 4


class Rank(IntEnum):
    """Who goes first; people who ask in person go before all of them. Also a job's priority."""

    BOARD = 1
    LIVELY = 2
    QUIET = 3


@dataclass(frozen=True)
class CourseState:
    """A started course as the schedule sees it.

    failures: in a row, since the last run that went well; last_ended_at: of the last failure.
    due_near: a piece of work is due within two days, or was. tied: a goal looks at its grades.
    stirred_at: when something last happened: the start, a launch, a change. api_shut_until,
    lti_shut_until: the LMS is left in peace until then.
    """

    context_id: int
    connected: bool
    registration_id: int = 0
    connection_id: int | None = None
    active: bool = False
    failures: int = 0
    last_ended_at: datetime | None = None
    roster_read_at: datetime | None = None
    grades_read_at: datetime | None = None
    grades_full_at: datetime | None = None
    board_seen_at: datetime | None = None
    launched_at: datetime | None = None
    due_near: bool = False
    tied: bool = False
    stirred_at: datetime | None = None
    ended_at: datetime | None = None
    api_shut_until: datetime | None = None
    lti_shut_until: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """A run to ask for. since: when it became due, the longest waiting first."""

    context_id: int
    kind: str
    rank: Rank
    since: datetime
    registration_id: int


def rank(course: CourseState, now: datetime) -> Rank:
    """How much somebody may be waiting for this course's news. Pure."""
    if course.board_seen_at is not None and now - course.board_seen_at <= BOARD_OPEN:
        return Rank.BOARD
    if course.due_near or (course.launched_at is not None and now - course.launched_at <= LIVELY):
        return Rank.LIVELY
    return Rank.QUIET


def every(course: CourseState, settings: Settings, now: datetime) -> timedelta:
    """How often the changes of this course are read. Pure.

    Where nothing happens, twice as long with each day of silence; but no longer than the columns that
    goals look at may stay unread.
    """
    usual = timedelta(minutes=settings.sync_every_minutes)
    which = rank(course, now)
    if which is Rank.BOARD:
        return min(timedelta(minutes=settings.board_every_minutes), usual)
    if which is Rank.LIVELY or course.stirred_at is None:
        return usual
    silent = max((now - course.stirred_at) // LIVELY, 0)
    longest = timedelta(hours=settings.quiet_most_hours)
    if course.tied:
        longest = min(longest, timedelta(minutes=settings.goal_items_minutes))
    doubled: timedelta = usual * 2 ** min(silent, 10)
    return max(min(doubled, longest), usual)


def due(course: CourseState, settings: Settings, now: datetime) -> str:
    """The kind of run this course needs now; empty = none. Pure."""
    return due_since(course, settings, now)[0]


def due_since(course: CourseState, settings: Settings, now: datetime) -> tuple[str, datetime]:
    """(kind, since when it is due); kind empty = nothing is due. Pure."""
    nothing = ("", now)
    usual = timedelta(minutes=settings.sync_every_minutes)
    api = course.connected and not _later(course.api_shut_until, now)
    lti = not _later(course.lti_shut_until, now)
    if course.active or not (api or lti):
        return nothing
    if course.failures:
        # After a failure everything is read again, less and less often while it goes on.
        pause = min(usual * 2 ** min(course.failures - 1, 10), LONGEST_PAUSE)
        at = _at(course.last_ended_at, pause, now)
        return ("full", at) if at <= now and (api or not course.connected) else nothing
    wanted: list[tuple[str, datetime | None, timedelta]] = []
    if api:
        wanted.append(("full", course.grades_full_at, timedelta(hours=settings.full_sync_hours)))
        age = every(course, settings, now)
        if rank(course, now) is Rank.BOARD:
            # Whoever looks at it sees nothing older than that: it is asked for by the tick before, not after.
            age = max(age - timedelta(seconds=settings.tick_seconds), age / 2)
        wanted.append(("changes", course.grades_read_at, age))
    if lti:
        wanted.append(("roster", course.roster_read_at, timedelta(hours=settings.roster_every_hours)))
    if course.ended_at is not None:
        # Over: one last look at everything, and then never again.
        read = course.grades_full_at if course.connected else course.roster_read_at
        last = "full" if api else "roster"
        seen = read is not None and read >= course.ended_at
        return nothing if seen or (course.connected and not api) else (last, course.ended_at)
    for kind, read_at, age in wanted:
        at = _at(read_at, age, now)
        if at <= now:
            return kind, at
    return nothing


def is_over(course: CourseState) -> bool:
    """Whether an ended course has been read after its end, so that nothing more will come. Pure."""
    read = course.grades_full_at if course.connected else course.roster_read_at
    return course.ended_at is not None and read is not None and read >= course.ended_at


def choose(
    courses: Iterable[CourseState], settings: Settings, now: datetime, *, room: int = QUEUE_ROOM
) -> list[Wanted]:
    """Which runs to ask for, the most urgent first, at most `room`. Pure.

    Registrations take turns within a rank, so that a large school keeps no small one waiting. Where an
    LMS was left in peace, one course tries first. Whatever waits longest in its rank comes first, and
    what is left out now has waited longer next time: nobody starves.
    """
    wanted = []
    tried: set[tuple[int, int | None]] = set()
    for course in courses:
        kind, since = due_since(course, settings, now)
        if not kind:
            continue
        ways = [(course.registration_id, course.connection_id)] if course.api_shut_until else []
        ways += [(course.registration_id, None)] if course.lti_shut_until else []
        if any(way in tried for way in ways):
            continue
        tried.update(ways)
        wanted.append(Wanted(course.context_id, kind, rank(course, now), since, course.registration_id))
    wanted.sort(key=lambda one: (one.rank, one.since, one.context_id))
    turns: Counter[tuple[Rank, int]] = Counter()
    placed = []
    for one in wanted:
        turns[one.rank, one.registration_id] += 1
        placed.append((one.rank, turns[one.rank, one.registration_id], one.since, one.context_id, one))
    placed.sort(key=lambda place: place[:4])
    return _with_some_of_each([place[4] for place in placed], room)


def _with_some_of_each(ordered: list[Wanted], room: int) -> list[Wanted]:
    """The first `room` of them, a quarter of it kept for what is less urgent and would else never come."""
    first = ordered[:room]
    left = ordered[room:]
    kept = room // LEAST_SHARE
    quiet = sum(one.rank is Rank.QUIET for one in first)
    waiting = [one for one in left if one.rank is Rank.QUIET][: max(kept - quiet, 0)]
    return first[: len(first) - len(waiting)] + waiting


def _at(read_at: datetime | None, age: timedelta, now: datetime) -> datetime:
    """When something read at that time is due again; what was never read has waited longest of all."""
    never = read_at is None or (read_at > now and clocks.is_over(read_at, now))
    return now - timedelta(days=3650) if never or read_at is None else read_at + age


def _later(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and not clocks.is_over(moment, now)
