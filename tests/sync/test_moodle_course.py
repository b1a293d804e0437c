"""What a Moodle course consists of: groups, categories with weights, and totals that tell no secret."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.planning.goals import GoalDraft, make_goal
from lti_tool.planning.weights import groups_of
from lti_tool.plans.access import Actor, Role
from lti_tool.records.course import PersonAlias
from lti_tool.records.school import CourseTotal
from lti_tool.records.structure import ItemGroup, LmsGroup, LmsGroupMember
from tests.sandbox_lms import seed
from tests.sandbox_lms.totals import GroupRules, moodle_total
from tests.sync.course import Tied
from tests.sync.surviving import fill
from tests.sync.test_moodle_reading import value

Make = Callable[..., Tied]
ANA, BEN, CARO = seed.MOODLE_STUDENTS[:3]
NAMES = "core_grades_get_gradeitems"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def moodle(tie_to: Make) -> Tied:
    """A course where Ana has nothing hidden; an account that may read the names of categories."""
    tied = tie_to("moodle")
    fill(tied)
    tied.world.tokens[seed.MOODLE_WS_TOKEN].functions.append(NAMES)
    for item in tied.course.items.values():
        item.hidden = False
    for (_item, person), grade in tied.course.grades.items():
        grade.hidden = grade.hidden and person != ANA
    return tied


def full(tied: Tied) -> None:
    tied.clock.forward(seconds=5)
    run = tied.sync("full")
    assert (run.state, run.error) == ("done", "")


def members(tied: Tied) -> dict[str, set[int]]:
    """Group → the LMS's numbers of who is in it."""
    with tied.database.read() as session:
        rows = session.execute(
            sa.select(LmsGroup.name, PersonAlias.value)
            .join(LmsGroupMember, LmsGroupMember.group_id == LmsGroup.id)
            .join(PersonAlias, PersonAlias.person_id == LmsGroupMember.person_id)
            .where(PersonAlias.kind == "sub", LmsGroup.gone_at.is_(None))
        ).all()
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row.name, set()).add(int(row.value))
    return found


def totals(tied: Tied, student: int) -> list[tuple[Decimal | None, bool]]:
    with tied.database.read() as session:
        rows = session.scalars(
            sa.select(CourseTotal)
            .where(CourseTotal.person_id == tied.person_id(student))
            .order_by(CourseTotal.id)
        ).all()
    return [(row.score, row.has_hidden) for row in rows]


def groups(tied: Tied) -> dict[str, Decimal | None]:
    with tied.database.read() as session:
        return {one.name: one.weight for one in session.scalars(sa.select(ItemGroup)) if one.gone_at is None}


def test_groups_of_students_are_kept_and_followed(moodle: Tied) -> None:
    moodle.sync("first", "start")
    assert members(moodle) == {
        "Red & blue": set(seed.MOODLE_STUDENTS[:5]),
        "Green": set(seed.MOODLE_STUDENTS[5:]),
    }
    moodle.course.groups = {"Red & blue": [ANA], "Other": [BEN, CARO]}
    full(moodle)
    assert members(moodle) == {"Red & blue": {ANA}, "Other": {BEN, CARO}}


def test_what_the_service_does_not_offer_leaves_what_is_known(moodle: Tied) -> None:
    moodle.sync("first", "start")
    before = members(moodle)
    token = moodle.world.tokens[seed.MOODLE_WS_TOKEN]
    token.functions = [one for one in token.functions or [] if "group" not in one and "enrol" not in one]
    moodle.clock.forward(seconds=5)
    run = moodle.sync("full")
    assert (run.state, run.error) == ("done", "")
    assert run.ignored["sections, groups and enrolments were not read"] == 1
    assert members(moodle) == before


def sort_into(tied: Tied, **weights: int) -> None:
    """Homework and tests in categories of their own; the rest in the course's."""
    for number, item in tied.course.items.items():
        item.group = {31: "Homework", 32: "Homework", 37: "Tests & quizzes", 35: "Tests & quizzes"}.get(
            number, "Assignments"
        )
    tied.course.weights = {name.replace("_", " & "): Decimal(weight) for name, weight in weights.items()}


def test_categories_are_groups_of_columns_by_points_or_by_weight(moodle: Tied) -> None:
    sort_into(moodle)
    moodle.sync("first", "start")
    assert groups(moodle) == {"Algebra I": None, "Homework": None, "Tests & quizzes": None}
    assert {number: item.group_name for number, item in moodle.items().items() if item.module == "quiz"} == {
        "35": "Tests & quizzes"
    }
    for number in (33, 34, 36, 38):  # everything in a category, and the categories weigh
        moodle.course.items[number].group = "Homework"
    moodle.course.weights = {"Homework": Decimal(40), "Tests & quizzes": Decimal(60)}
    full(moodle)
    assert groups(moodle) == {"Homework": 40, "Tests & quizzes": 60}
    with moodle.database.read() as session:
        stored = groups_of(session, [moodle.context_id])[moodle.context_id]
    assert {one.id for one in stored} == {item.group_lms_id for item in moodle.items().values()}


def test_categories_whose_names_may_not_be_asked_have_none(moodle: Tied) -> None:
    sort_into(moodle)
    moodle.world.tokens[seed.MOODLE_WS_TOKEN].functions.remove(NAMES)
    moodle.sync("first", "start")
    assert groups(moodle) == {"": None}
    assert {item.group_name for item in moodle.items().values()} == {""}


def goal_on_the_course(tied: Tied, student: int) -> int:
    """A little more than there is now."""
    now = totals(tied, student)[-1][0]
    assert now is not None
    actor = Actor(tied.registration_id, tied.person_id(student), Role.LEARNER, tied.context_id)
    draft: dict[str, Any] = {
        "title": "A good grade in the whole course",
        "measure": "course",
        "item_ids": [],
        "baseline": Decimal(round(now - 5)),
        "target": Decimal(round(now + 1)),
        "due_on": (tied.clock() + timedelta(days=40)).date(),
    }
    with tied.database.write() as session:
        return make_goal(session, actor, GoalDraft(**draft), now=tied.clock()).id


def test_a_total_is_the_lmss_own_and_moves_goals_in_the_same_reading(moodle: Tied) -> None:
    moodle.sync("first", "start")
    assert totals(moodle, ANA)[-1][1] is False
    goal = goal_on_the_course(moodle, ANA)
    moodle.world.set_score(moodle.course, 31, ANA, Decimal(5))
    full(moodle)
    now = totals(moodle, ANA)[-1][0]
    assert now is not None
    assert round(now, 2) == Decimal(str(moodle_total(moodle.course, ANA, {"Assignments": GroupRules()})))
    shown = value(moodle, goal)
    assert shown is not None
    assert round(shown, 2) == round(now, 2)
    full(moodle)
    assert len(totals(moodle, ANA)) == 2, "the same total is no new row"


@pytest.mark.parametrize("account_sees", [True, False])
def test_a_total_with_something_hidden_in_it_is_never_kept(moodle: Tied, account_sees: bool) -> None:
    """Whether or not our account is shown the hidden grade, Moodle's total may hold it."""
    if not account_sees:
        moodle.world.tokens[seed.MOODLE_WS_TOKEN].lacks.append("moodle/grade:viewhidden")
    moodle.sync("first", "start")
    assert totals(moodle, BEN) == [(None, True)]
    before = totals(moodle, ANA)
    moodle.world.set_score(moodle.course, 31, ANA, Decimal(50))
    moodle.world.set_posted(moodle.course, 31, ANA, False)
    full(moodle)
    assert totals(moodle, ANA) == [*before, (None, True)]
    moodle.world.set_score(moodle.course, 31, ANA, Decimal(99))
    full(moodle)
    assert totals(moodle, ANA) == [*before, (None, True)], "a hidden grade moves nothing"
    moodle.world.set_posted(moodle.course, 31, ANA, True)
    full(moodle)
    assert totals(moodle, ANA)[-1][1] is False
