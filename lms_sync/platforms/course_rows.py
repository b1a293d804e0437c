"""What an LMS tells about a course besides cells: its parts and who is enrolled how (canvas.md §5.3-5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

# Enrolments whose people may see other people's grades.
STAFF = frozenset({"TeacherEnrollment", "TaEnrollment", "DesignerEnrollment"})


@dataclass(frozen=True)
class SectionRow:
    """A section; listed_from: the course it was cross-listed from, empty for the course's own."""

    lms_id: str
    name: str
    listed_from: str = ""


@dataclass(frozen=True)
class GroupRow:
    """A group of students; category_id: of the set it belongs to."""

    lms_id: str
    name: str
    category_id: str = ""


@dataclass(frozen=True)
class SchemeRow:
    """A grading scheme: (name, its lower bound as a share of 1), best first."""

    lms_id: str
    title: str
    bounds: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class ItemGroupRow:
    """An assignment group. weight: in percent of the course, None where the course does not weigh.

    drop_lowest, drop_highest: how many scores are left out; never_drop: assignment ids that always count.
    """

    lms_id: str
    name: str
    position: int = 0
    weight: Decimal | None = None
    drop_lowest: int = 0
    drop_highest: int = 0
    never_drop: tuple[str, ...] = ()


@dataclass(frozen=True)
class LmsEnrolmentRow:
    """One enrolment: one a person, section and role.

    kind: Canvas's type, such as `StudentEnrollment`. state: `active`, `invited`, `creation_pending`,
    `inactive`, `completed`. watches: the person an observer observes. limited: sees only their own
    section. score, grade: the posted course total as the student sees it; never an unposted one.
    """

    lms_id: str
    user_id: str
    kind: str
    state: str
    section_id: str
    watches: str = ""
    limited: bool = False
    groups: tuple[str, ...] = ()
    score: Decimal | None = None
    grade: str = ""


@dataclass(frozen=True)
class CourseFlags:
    """How a course is set. scheme_id: of its grading scheme, empty for none or the LMS's own.

    totals_hidden: students may not see their totals. weighs: assignment groups count by their weights.
    """

    scheme_id: str = ""
    totals_hidden: bool = False
    weighs: bool = False
