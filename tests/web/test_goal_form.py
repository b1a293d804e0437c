"""The goal form for every kind of measure: fields, sentence, what is kept and what is said (A13–A15)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.planning.recompute import recompute_goals
from lti_tool.plans.access import Role
from lti_tool.records.goal import Goal
from lti_tool.records.structure import GradingScheme
from tests.factories import make_item, make_result
from tests.web.math8 import Math8, add_own_goal, make_math8
from tests.web.rig import Rig


def sent(school: Math8, measure: str, items: list[str], **more: Any) -> dict[str, Any]:
    ids = [str(school.items[name].id) for name in items]
    return {"title": "My goal", "measure": measure, "items": ids, "due_on": "2026-03-23", **more}


KINDS = [
    ("score", ["quiz"], {"target": "90"}, "your score on “Unit quiz” is 90 or more", {}),
    ("average", ["h1", "next"], {"target": "80", "method": "mean"}, "Each piece of work counts the same", {}),
    ("course", [], {"target": "84"}, "the course grade is 84 or more", {}),
    (
        "count",
        ["next", "later1"],
        {"every": "1", "on_time": "1"},
        "you have handed in all 2 chosen pieces of work",
        {"every": True, "on_time": True},
    ),
    (
        "list",
        [],
        {"scale": "1 times\n2 times\n\n3 times", "needs_tick": "1"},
        "all 3 lines of the list are ticked",
        {"scale": ["1 times", "2 times", "3 times"], "needs_tick": True},
    ),
    ("tally", [], {"target": "20", "unit": "Latin roots"}, "20 Latin roots or more", {"unit": "Latin roots"}),
    (
        "habit",
        [],
        {"amount": "30", "unit": "minutes", "days_a_week": "5"},
        "Asked for: 30 minutes on 5 days a week.",
        {"amount": "30", "unit": "minutes", "days_a_week": 5},
    ),
    (
        "level",
        [],
        {"scale": "Beginning\nGrowing\nSecure", "baseline": "beginning", "target": "Secure"},
        "the level is “Secure” or higher",
        {"scale": ["Beginning", "Growing", "Secure"]},
    ),
    (
        "rank",
        ["essay"],
        {"scale": "Poor\nFair\nGood", "target": "Good"},
        "the grade of “Essay” is “Good” or better",
        {"scale": ["Poor", "Fair", "Good"]},
    ),
    ("maintain", ["next", "later1"], {"floor": "85"}, "is 85 or more", {"floor": "85"}),
]


@pytest.fixture
def school(rig: Rig) -> Math8:
    school = make_math8(rig)
    with rig.database.write() as session:
        school.items["essay"] = make_item(session, school.course, "Essay", None, kind="scale")
    return school


@pytest.mark.parametrize(
    ("measure", "items", "fields", "words", "params"), KINDS, ids=lambda one: str(one)[:9]
)
def test_each_kind_says_its_sentence_and_is_kept(
    rig: Rig, school: Math8, measure: str, items: list[str], fields: dict[str, str], words: str, params: Any
) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    form = sent(school, measure, items, **fields)
    look = maya.post("/goals/new", {**form, "look": "1"})
    assert look.status_code == 200, look.text
    assert words in look.text
    page = maya.follow(maya.post("/goals/new", form))
    assert words in page.text
    with rig.database.read() as session:
        goal = session.scalars(sa.select(Goal)).one()
    assert (goal.measure, goal.params) == (measure, params)
    assert maya.get().status_code == 200
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    for path in (f"/goals/{goal.id}", f"/students/{school.maya.id}", "/board"):
        assert teacher.get(path).status_code == 200


@pytest.mark.parametrize(
    ("measure", "fields", "words"),
    [
        ("count", {"target": ""}, "Say how many: a number such as 20."),
        ("list", {"scale": ""}, "Write 1 to 100 lines, one each."),
        ("list", {"scale": "a\nA", "target": "1"}, "Each line must say something of its own."),
        ("habit", {"days_a_week": "9"}, "Choose from 1 to 7 days a week."),
        ("habit", {"days_a_week": "x"}, "Choose from 1 to 7 days a week."),
        ("habit", {"amount": "lots"}, "Write a number, such as 30."),
        ("level", {"scale": "Low\nHigh", "target": "Middle"}, "Write one of the words above"),
        ("maintain", {"floor": ""}, "Say the mark to stay at, such as 85."),
        ("tally", {"target": "many"}, "Say how many: a number such as 20."),
        ("tally", {"target": "5", "lower": "1"}, "Say where it starts, so that it can go down."),
        ("average", {"target": "90", "milestone": "80"}, "A milestone is a number and a day between"),
        (
            "average",
            {"target": "90", "milestone": "80", "milestone_on": "2026-05-01"},
            "A milestone is a number and a day between",
        ),
        ("nonsense", {"target": "90"}, "Choose how it is counted."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    rig: Rig, school: Math8, measure: str, fields: dict[str, str], words: str
) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    items = ["next"] if measure in ("count", "average", "maintain") else []
    answer = maya.post("/goals/new", sent(school, measure, items, **fields))
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    for typed in fields.values():
        assert typed in answer.text or "\n" in typed


def test_can_i_get_there(rig: Rig, school: Math8) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    form = sent(school, "average", ["h7", "h8", "h9", "next", "later1"], target="85", look="1")
    text = maya.post("/goals/new", form).text
    assert "Can I get there?" in text
    assert "The start is 80." in text
    assert "Your last scores were 80, 85, 74." in text
    assert "is needed on the work to come (2)." in text
    assert "That is a " in text
    over = maya.post("/goals/new", {**form, "target": "99"}).text
    assert "More than 100 would be needed on the work to come." in over
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    theirs = teacher.post(f"/students/{school.maya.id}/goals/new", form).text
    assert "Can it be reached?" in theirs
    assert "The last scores were 80, 85, 74." in theirs


def test_a_milestone_is_kept(rig: Rig, school: Math8) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    more = {"target": "80", "milestone": "72,5", "milestone_on": "2026-03-09"}
    page = maya.follow(maya.post("/goals/new", sent(school, "average", ["h1", "next"], **more))).text
    assert page.count('class="ch-mile"') == 2  # on the line and in its key
    assert "Milestone: 72.5 by Mon, Mar 9." in page  # what the picture says to those who do not see it
    assert "The plan in numbers" in page
    with rig.database.read() as session:
        goal = session.scalars(sa.select(Goal)).one()
    assert goal.milestones == [["2026-03-09", "72.5"]]
    assert goal.target == Decimal(80)


def test_a_course_grade_is_chosen_by_its_letter(rig: Rig, school: Math8) -> None:
    """The letters are the course's own scheme; the number is what the letter begins at."""
    with rig.database.write() as session:
        bounds = [["Great", "0.84"], ["Good", "0.75"], ["Fair", "0.5"], ["Poor", "0"]]
        session.add(GradingScheme(context_id=school.course.id, lms_id="7", bounds=bounds, used=True))
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.get("/goals/new?measure=course").text
    assert "Great (84 or more)" in page
    assert "Fair (50 or more)" in page
    assert "Poor (" not in page  # nobody aims for what begins at nought
    for wrong, words in (
        ({"letter": "B"}, "Choose one of the letters of this course."),
        ({"letter": "Great", "target": "85"}, "Choose a letter or write a number, not both."),
        ({"letter": "Fair"}, "is there already. Choose a higher target"),
    ):
        answer = maya.post("/goals/new", sent(school, "course", [], **{"target": "", **wrong}))
        assert (answer.status_code, words in answer.text) == (422, True), answer.text
    page = maya.follow(maya.post("/goals/new", sent(school, "course", [], letter="Great", target="")))
    assert "the course grade is Great or better (84 or more)" in page.text
    with rig.database.read() as session:
        goal = session.scalars(sa.select(Goal)).one()
    assert (goal.target, goal.params) == (Decimal(84), {"letter": "Great"})


def test_words_of_a_grade_are_chosen_where_the_course_has_them(rig: Rig, school: Math8) -> None:
    with rig.database.write() as session:
        school.items["lab"] = make_item(session, school.course, "Lab book", 20, kind="letter_grade")
        school.items["talk"] = make_item(session, school.course, "Talk", 0, kind="pass_fail")
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.get("/goals/new?measure=rank").text
    assert '<option value="B+"' in page
    assert "Homework 1<" not in page  # graded in points
    page = maya.follow(maya.post("/goals/new", sent(school, "rank", ["lab"], words="letters", target="B+")))
    assert "the grade of “Lab book” is “B+” or better" in page.text
    page = maya.follow(maya.post("/goals/new", sent(school, "rank", ["talk"], words="done", target="Done")))
    assert "the grade of “Talk” is “Done” or better" in page.text
    own = sent(school, "rank", ["essay"], words="own", scale="Poor\nGood", target="Good")
    assert "“Good” or better" in maya.follow(maya.post("/goals/new", own)).text


def test_a_start_of_ones_own_says_where_it_comes_from(rig: Rig, school: Math8) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    form = sent(school, "average", ["h1", "next"], baseline="60", target="80")
    answer = maya.post("/goals/new", form)
    assert answer.status_code == 422
    assert "Say where this start comes from." in answer.text
    page = maya.follow(maya.post("/goals/new", {**form, "baseline_reason": "Last year's report"})).text
    assert "The start is 60, as written down: “Last year&#39;s report”" in page


def test_a_start_of_work_that_was_graded_again_says_what_it_would_be_now(rig: Rig, school: Math8) -> None:
    ids = [school.items[name].id for name in ("h1", "h2", "h3", "next")]
    goal_id = add_own_goal(rig, school, item_ids=ids, baseline=None, target=Decimal(75))
    page = f"/goals/{goal_id}"
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert "graded again" not in maya.get(page).text
    with rig.database.write() as session:
        item = school.items["h2"]
        make_result(session, item, school.maya, item.possible)
        recompute_goals(session, [goal_id], now=rig.clock())
    said = maya.get(page).text
    assert "The start was 68. With what was graded again it would now be 71." in said
    assert "where you started, January 12" in said


def test_a_link_may_open_the_form_at_one_kind(rig: Rig, school: Math8) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert "Of what?" in maya.get("/goals/new?measure=tally").text
    assert "Of what?" not in maya.get("/goals/new?measure=nonsense").text
