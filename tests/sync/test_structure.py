"""What Canvas tells of a course besides cells: stored whole, nobody lost by it (canvas.md §5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lms_sync.platforms.values import sane
from lti_tool.plans.consent import SCOPES
from lti_tool.plans.observation import UNASSIGNED
from lti_tool.records.course import Person
from lti_tool.records.gradebook import Item, ResultVersion
from lti_tool.records.platform import Connection
from lti_tool.records.school import CourseTotal
from lti_tool.records.structure import (
    CourseSection,
    GradingScheme,
    ItemGroup,
    LmsEnrolment,
    LmsGroup,
    LmsGroupMember,
)
from lti_tool.records.support import MentorRelation
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied

Make = Callable[..., Tied]
PARTS = (Item, ItemGroup, CourseSection, LmsGroup)
ANA, BEN = seed.CANVAS_STUDENTS[:2]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: nothing depends on its kind."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture(name="tied")
def in_canvas(tie_to: Make) -> Tied:
    tied = tie_to("canvas")
    course = tied.course
    course.enrolments[ANA].sections = ["2"]
    course.enrolments[BEN].sections = ["1", "2"]
    course.cross_listed["2"] = 77
    course.groups = {"Red & blue": [ANA, BEN], "Nobody yet": []}
    course.weights = {"Assignments": Decimal(60), "Projects": Decimal("40")}
    course.rules = {"Assignments": {"drop_lowest": 1, "never_drop": [201]}}
    course.scheme = [("A", Decimal("0.94")), ("B", Decimal("0.84")), ("F", Decimal(0))]
    return tied


def every(tied: Tied, table: type[Any]) -> list[Any]:
    with tied.database.read() as session:
        order = table.person_id if table is LmsGroupMember else table.id
        return list(session.scalars(sa.select(table).order_by(order)))


def test_weights_and_rules_move_with_every_reading_for_no_more_requests(tied: Tied) -> None:
    tied.sync("first", "start")
    tied.clock.forward(minutes=10)
    assert tied.sync("changes").requests == 3
    tied.course.weights = {"Assignments": Decimal(70), "Projects": Decimal(30)}
    tied.course.rules = {"Assignments": {"drop_lowest": 2}}
    tied.clock.forward(minutes=10)
    assert tied.sync("changes").requests == 3
    groups = {row.name: row for row in every(tied, ItemGroup)}
    assert [groups[name].weight for name in ("Assignments", "Projects")] == [Decimal(70), Decimal(30)]
    assert (groups["Assignments"].drop_lowest, groups["Assignments"].never_drop) == (2, [])
    # Whether it goes by them at all the course says itself, when everything is read.
    tied.course.weights = {}
    tied.clock.forward(minutes=10)
    tied.sync("full")
    tied.sync("changes")
    assert {row.weight for row in every(tied, ItemGroup)} == {None}


def test_a_first_sync_stores_what_the_course_consists_of(tied: Tied) -> None:
    sane(Decimal("-0E-12"))  # of another course: equal numbers are kept once, whatever their noughts
    run = tied.sync("first", "start")
    assert (run.state, run.error) == ("done", "")
    assert [(row.name, row.listed_from) for row in every(tied, CourseSection)] == [
        ("Section 1", ""),
        ("Section 2", "77"),
    ]
    groups = {row.name: row for row in every(tied, ItemGroup)}
    assert (groups["Assignments"].weight, groups["Projects"].weight) == (Decimal(60), Decimal(40))
    assert (groups["Assignments"].drop_lowest, groups["Assignments"].never_drop) == (1, ["201"])
    [scheme] = every(tied, GradingScheme)
    assert scheme.used
    assert scheme.bounds == [["A", "0.94"], ["B", "0.84"], ["F", "0"]]
    assert [row.name for row in every(tied, LmsGroup)] == ["Red & blue", "Nobody yet"]
    assert [row.person_id for row in every(tied, LmsGroupMember)] == sorted(
        [tied.person_id(ANA), tied.person_id(BEN)]
    )


def test_tags_that_students_never_see_are_no_groups(tied: Tied) -> None:
    """Canvas's differentiation tags: groups of students made for teachers' eyes alone."""
    tied.course.groups["Needs more help"] = [ANA]
    tied.course.tags = {"Needs more help"}
    assert tied.sync("first", "start").state == "done"
    assert [row.name for row in every(tied, LmsGroup)] == ["Red & blue", "Nobody yet"]
    assert len(every(tied, LmsGroupMember)) == 2


def test_enrolments_are_one_a_person_and_section_with_every_state(tied: Tied) -> None:
    tied.course.enrolments[seed.CANVAS_STUDENTS[2]].state = "completed"
    tied.sync("first", "start")
    sections = {row.id: row.name for row in every(tied, CourseSection)}
    rows = [row for row in every(tied, LmsEnrolment) if row.person_id == tied.person_id(BEN)]
    assert sorted(sections[row.section_id] for row in rows) == ["Section 1", "Section 2"]
    kinds = {row.kind for row in every(tied, LmsEnrolment)}
    assert kinds >= {"StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "ObserverEnrollment"}
    tied.course.enrolments[BEN].sections = ["2"]
    tied.clock.forward(hours=1)
    tied.sync("full")
    states = [row.state for row in every(tied, LmsEnrolment) if row.person_id == tied.person_id(BEN)]
    assert sorted(states) == ["active", "gone"]
    assert tied.members()[tied.world.people[BEN].sub] == ("learner", True)  # the roster alone says who left


def test_an_observer_watches_whom_canvas_says(tied: Tied) -> None:
    tied.sync("first", "start")
    [tie] = every(tied, MentorRelation)
    assert (tie.mentor_id, tie.student_sub) == (
        tied.person_id(seed.CANVAS_OBSERVER),
        tied.world.people[ANA].sub,
    )
    tied.course.enrolments[seed.CANVAS_OBSERVER].observes = [BEN]
    tied.clock.forward(hours=1)
    tied.sync("full")
    ties = {row.student_sub: row.ended_at for row in every(tied, MentorRelation)}
    assert ties[tied.world.people[ANA].sub] is not None
    assert ties[tied.world.people[BEN].sub] is None


def test_totals_are_the_posted_ones_and_a_change_is_a_new_row(tied: Tied) -> None:
    tied.sync("first", "start")
    mine = [row for row in every(tied, CourseTotal) if row.person_id == tied.person_id(ANA)]
    assert len(mine) == 1
    assert mine[0].score is not None
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert len([row for row in every(tied, CourseTotal) if row.person_id == tied.person_id(ANA)]) == 1
    tied.world.set_score(tied.course, 201, ANA, Decimal(3))
    tied.course.totals_hidden = True
    tied.clock.forward(hours=1)
    tied.sync("full")
    rows = [row for row in every(tied, CourseTotal) if row.person_id == tied.person_id(ANA)]
    assert len(rows) == 2
    assert rows[1].score != rows[0].score
    assert rows[1].has_hidden


def test_what_the_key_may_not_ask_is_left_as_it_was(tied: Tied) -> None:
    tied.sync("first", "start")
    token = tied.world.tokens[seed.CANVAS_API_TOKEN]
    token.scopes = list(SCOPES)
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    assert (run.state, run.error) == ("done", "")
    assert every(tied, GradingScheme)[0].gone_at is None
    token.scopes = [scope for scope in SCOPES if "enrollments" not in scope]
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    assert (run.state, run.error) == ("done", "")
    assert run.ignored["sections, groups and enrolments were not read"] == 1
    assert {row.state for row in every(tied, LmsEnrolment)} == {"active"}


@pytest.mark.parametrize("kind", ["error", "truncate", "html"])
def test_half_a_list_of_enrolments_takes_nobody_away(tied: Tied, kind: str) -> None:
    tied.sync("first", "start")
    before = [(row.lms_id, row.state) for row in every(tied, LmsEnrolment)]
    tied.world.faults.append(Fault(kind, "/enrollments", times=None))
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    assert run.state == "failed"
    assert [(row.lms_id, row.state) for row in every(tied, LmsEnrolment)] == before
    assert len(every(tied, LmsGroupMember)) == 2


@pytest.mark.parametrize(
    "path", ["names_and_roles", "/enrollments", "/sections", "/groups", "_groups", "/submissions"]
)
def test_a_row_nobody_can_make_sense_of_takes_nothing_away(tied: Tied, path: str) -> None:
    """Whose or what it was is not known, so the list does not say who or what is missing in it."""

    def gone() -> list[tuple[str, Any]]:
        parts = [(type(row).__name__, row.id) for table in PARTS for row in every(tied, table) if row.gone_at]
        people = [("person", row.id) for row in every(tied, LmsEnrolment) if row.state == "gone"]
        versions = [("cell", row.id) for row in every(tied, ResultVersion) if row.state == UNASSIGNED]
        return parts + people + versions

    tied.sync("first", "start")
    members = len(every(tied, LmsGroupMember))
    tied.world.faults.append(Fault("odd_row", path, times=None))
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    why = "gradebook columns the connection does not see" if path == "_groups" else "not understood"
    assert (run.state, run.ignored[why]) == ("done", 1)
    assert (gone(), len(every(tied, LmsGroupMember))) == ([], members)
    assert all(here for _role, here in tied.members().values())


def test_changes_alone_ask_nothing_of_it(tied: Tied) -> None:
    tied.sync("first", "start")
    tied.clock.forward(minutes=11)
    asked = len(tied.world.requests)
    run = tied.sync("changes")
    paths = [one["path"] for one in tied.world.requests[asked:]]
    assert run.requests <= 3
    assert not [
        path for path in paths if path.endswith(("/enrollments", "/sections", "/groups", "_standards"))
    ]


def test_a_limited_account_is_noticed_when_the_course_is_read(tied: Tied) -> None:
    with tied.database.write() as session:
        row = session.scalars(sa.select(Connection)).one()
        row.context_id, row.token = tied.context_id, seed.CANVAS_TEACHER_TOKEN
        row.lms_user_id = str(seed.CANVAS_TEACHER)
    tied.sync("first", "start")
    teacher = tied.course.enrolments[seed.CANVAS_TEACHER]
    teacher.limited, teacher.sections = True, ["2"]
    tied.clock.forward(hours=1)
    assert tied.sync("full").state == "done"
    with tied.database.read() as session:
        assert session.scalars(sa.select(Connection.sections)).one() == ["Section 2"]
    states = {row.state for row in every(tied, LmsEnrolment)}
    assert states == {"active"}  # a narrowed list says nothing of those it leaves out
    teacher.limited = False
    tied.clock.forward(hours=1)
    tied.sync("full")
    with tied.database.read() as session:
        assert session.scalars(sa.select(Connection.sections)).one() == []


def test_a_course_that_is_renamed_or_over_is_noticed(tied: Tied) -> None:
    tied.sync("first", "start")
    assert tied.context().ended_at is None
    tied.course.title, tied.course.concluded = "Algebra I, spring", True
    tied.clock.forward(hours=1)
    tied.sync("full")
    context = tied.context()
    assert (context.title, context.ended_at) == ("Algebra I, spring", tied.clock())
    with tied.database.write() as session:
        session.get_one(type(context), context.id).read_only = True
    tied.course.concluded = False
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert (tied.context().ended_at, tied.context().read_only) == (None, False)


def test_people_are_not_renamed_or_made_by_enrolments(tied: Tied) -> None:
    tied.sync("first", "start")
    people = tied.count(Person)
    stranger = seed.CANVAS_TEST_STUDENT
    assert stranger not in tied.course.enrolments
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert tied.count(Person) == people
