"""What every LMS gives us, whatever its own words are: members, items, results, page by page."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Generic, NamedTuple, Protocol, TypeVar

from lms_sync.platforms.course_rows import (
    CourseFlags,
    GroupRow,
    ItemGroupRow,
    LmsEnrolmentRow,
    SchemeRow,
    SectionRow,
)

Row = TypeVar("Row")
NO_FLAGS = CourseFlags()


@dataclass(frozen=True)
class MemberRow:
    """One person of a course's roster.

    sub: as launches call them. canvas_user_id, moodle_id: the LMS API's own number, empty if not said.
    active: False when the LMS lists them as gone (`Inactive`, `Deleted`).
    """

    sub: str
    roles: tuple[str, ...]
    active: bool = True
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    canvas_user_id: str = ""
    moodle_id: str = ""


@dataclass(frozen=True)
class ItemRow:
    """One gradebook column, in the words of records.gradebook.Item. possible: points, None = none."""

    key: str
    lms_id: str
    name: str
    kind: str
    possible: Decimal | None
    minimum: Decimal | None = None
    due_at: datetime | None = None
    published: bool = True
    group_name: str = ""
    group_lms_id: str | None = None
    position: int = 0
    module: str | None = None
    instance: str | None = None
    url: str = ""


class ResultRow(NamedTuple):
    """One (item, person) cell, in the words of records.gradebook.ResultVersion.

    user_id: the LMS API's id of the person. hidden: the student may not see it now.
    unsure: read in a way that does not say what is hidden; then it counts as hidden, and where its score
    is the one we have, it says nothing new.
    """

    item_key: str
    user_id: str
    score: Decimal | None
    possible: Decimal | None
    text: str = ""
    state: str = ""
    hidden: bool = False
    excused: bool = False
    missing: bool = False
    late: bool = False
    regrade_pending: bool = False
    submitted_at: datetime | None = None
    graded_at: datetime | None = None
    due_at: datetime | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Came:
    """How far a list of a whole reading came with a page. next: where it goes on; None = its end."""

    name: str
    next: str | None


@dataclass(frozen=True)
class TotalRow:
    """What the LMS's own arithmetic says of one person in a course.

    score: per cent; letter: the LMS's word. hidden: something the person may not see is in it.
    """

    user_id: str
    score: Decimal | None
    letter: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one answer. bad: rows that could not be understood. expected: of how many in all.

    totals: of the people of this page, where the answer has them. came: how far its list is read now.
    """

    rows: Sequence[Row]
    bad: int = 0
    expected: int | None = None
    totals: Sequence[TotalRow] = ()
    came: Came | None = None


@dataclass(frozen=True)
class Capabilities:
    """What a platform can do.

    alias_kinds: which `person_alias` kinds its user ids are, best first.
    changes: it can say what was graded since a time. longest_call_seconds: to add to a lease.
    person_by_person: what changed is read for people that are named to it.
    lists_all: a whole list names every cell of everybody the work is given to; others do not have it.
    """

    lms: str
    alias_kinds: tuple[str, ...]
    changes: bool
    longest_call_seconds: float
    person_by_person: bool = False
    lists_all: bool = False


@dataclass(frozen=True)
class Ours:
    """How this tool's own columns are told from the course's, so that none ever feeds a measure.

    links: LMS ids of our links. ids: the LMS API's ids of columns we made. names: what those are called
    whose id the API has not told us yet.
    """

    links: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


NOTHING = Ours()


@dataclass(frozen=True)
class OwnSeen:
    """A column of ours as the API shows it. counts: in the course's grade; None where it does not say."""

    id: str
    counts: bool | None = None


@dataclass(frozen=True)
class CourseFacts:
    """What the LMS's API says of the course itself; empty where it does not.

    title, label: what it is called now. ended: whether it is over; None where nobody says. ends_at: when its
    term ends, None where it has no end; says_end: whether it was said at all.
    """

    lms_course_id: str | None = None
    time_zone: str | None = None
    title: str = ""
    label: str = ""
    ended: bool | None = None
    ends_at: datetime | None = None
    says_end: bool = False
    flags: CourseFlags = NO_FLAGS


@dataclass(frozen=True)
class Wanted:
    """Which results to read. since: only what changed after it (with overlap); None = everything.

    keys: instead, everything of these columns alone.
    learners: the API ids of the learners we know, for platforms that read person by person; of `keys`, of
    those whose goals look at them, while size says how many learners there are.
    unseen: keys of columns that are still there, though this time the list left them out.
    drops: group of columns → how many of the lowest it was last known to drop.
    came: of everything, how far an earlier reading came, list by list (`Came`); the rest is wanted.
    """

    since: datetime | None
    learners: Sequence[str] = field(default=())
    unseen: Sequence[str] = field(default=())
    keys: Sequence[str] | None = None
    size: int = 0
    drops: Mapping[str, int] = field(default_factory=dict)
    came: Mapping[str, str | None] = field(default_factory=dict)


class GradeSource(Protocol):
    """Reads one course's gradebook. Every method may raise LmsError."""

    @property
    def capabilities(self) -> Capabilities: ...

    def may_read(self) -> None:
        """Raises LmsError(no_right) where the LMS would answer with our account's own grades alone."""

    def facts(self) -> CourseFacts: ...

    def items(self) -> Sequence[ItemRow]:
        """The whole list of columns, ours left out."""

    def item_groups(self, weighed: bool | None = None) -> Sequence[ItemGroupRow] | None:
        """Their groups with weights and rules; None where nobody says.

        weighed: None after everything was read; of a reading of changes, after `items`, whether the course
        went by weights when it was last asked.
        """

    @property
    def flags(self) -> CourseFlags:
        """After `facts`: how the course is set."""

    def parts(self) -> CourseParts | None:
        """What tells about sections, groups and enrolments; None where nothing does."""

    def own_columns(self) -> Sequence[OwnSeen]:
        """After `items`: our own columns among them."""

    def leave_out(self, own_id: str) -> bool:
        """Ask that a column of ours counts for nothing in the course's grade; whether it was done."""

    def still_there(self, key: str) -> bool:
        """Whether a column that the list left out is hidden from our account rather than removed."""

    def results(self, wanted: Wanted) -> Generator[Page[ResultRow]]:
        """Pages of cells; a full reading names every learner the access covers at least once."""

    def without_flags(self, keys: Sequence[str]) -> Generator[Page[ResultRow]]:
        """After `items` failed with `bad_item_name`: what can be read all the same, every cell unsure."""

    def user_ids(self, subs: Sequence[str]) -> dict[str, str]:
        """sub → the API's user id, for people we know only by launch; those not found are left out."""


class CourseParts(Protocol):
    """Reads what a course consists of besides its gradebook. Every method may raise LmsError."""

    @property
    def whole(self) -> bool:
        """After `groups`: whether these are all, so that what is missing is gone."""

    @property
    def odd(self) -> int:
        """Rows nobody could make sense of, so far."""

    def sections(self) -> Sequence[SectionRow]: ...

    def groups(self) -> Sequence[GroupRow]: ...

    def schemes(self) -> Sequence[SchemeRow] | None:
        """The grading schemes; None where our access may not ask."""

    def enrolments(self) -> Iterator[Page[LmsEnrolmentRow]]: ...

    def group_members(self) -> Mapping[str, set[str]] | None:
        """After `groups`: group → the API's ids of its people; None where the enrolments say it."""


class Roster(Protocol):
    """Reads who is in a course, to the end or not at all. May raise LmsError."""

    def members(self) -> Iterator[Page[MemberRow]]: ...
