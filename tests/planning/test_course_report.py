"""`course --json`: its exact keys, what a hidden grade looks like in it, and what it costs."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.overview.course import course_report
from lti_tool.overview.course_history import number
from lti_tool.planning.goals import make_goal, propose_goal
from lti_tool.planning.recompute import goals_of_context, recompute_goals
from lti_tool.plans.access import Role
from lti_tool.records.course import Membership
from tests import factories as make

NOW = make.NOW
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def report(school):
    """The report after the goals were measured again, as a reader of the JSON sees it."""

    def run():
        recompute_goals(school.session, goals_of_context(school.session, school.context.id), now=LATER)
        return json.loads(json.dumps(course_report(school.session, school.context.id)))

    return run


@pytest.fixture
def goal(school):
    return make_goal(
        school.session, school.student(school.maya), school.draft(baseline=Decimal("68.25")), now=NOW
    )


def test_an_empty_course(school, report):
    found = report()
    assert found["context"] == school.context.lms_id
    assert found["last_sync"] is None
    assert found["goals"] == []
    assert found["items"][0] == {
        "id": school.test.lms_id,
        "name": "Unit 4 test",
        "possible": 20,
        "kind": "points",
    }
    assert {person["sub"] for person in found["people"]} >= {"maya", "zoe"}
    with pytest.raises(LookupError):
        course_report(school.session, 999_999)


def test_people_with_their_roles(school, report):
    uri = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    member = school.session.scalars(sa.select(Membership).where(Membership.person_id == school.maya.id)).one()
    member.launch_roles, member.left_at = [uri, "Learner"], NOW
    maya = next(person for person in report()["people"] if person["sub"] == "maya")
    assert maya == {"sub": "maya", "name": "Maya Torres", "roles": [uri, "Learner"], "active": False}
    make.make_member(school.session, make.make_context(school.session, school.registration), Role.STAFF)
    assert len(report()["people"]) == 3


def test_the_newest_finished_run(school, report):
    make.make_run(school.session, school.context, finished_at=NOW - timedelta(days=1), requests=9)
    make.make_run(school.session, school.context, requests=7, rows=30, changed=2, error="Canvas said no.")
    make.make_run(school.session, school.context, state="running", finished_at=None)
    assert report()["last_sync"] == {
        "started": "2026-02-10T16:00:00Z",
        "finished": "2026-02-10T16:00:00Z",
        "kind": "full",
        "requests": 7,
        "rows": 30,
        "changed": 2,
        "error": "Canvas said no.",
    }


def test_a_grade_and_the_goal_it_moved(school, goal, report):
    make.make_result(school.session, school.test, school.maya, "17.5")
    (found,) = report()["goals"]
    assert found.pop("why") == "Points: 17.5 of 20. That is 87.5."
    newest = found.pop("history")[-1]
    assert (newest["value"], newest["status"], newest["counted"]) == (87.5, "cannot_reach", 1)
    assert newest["why"] == "Points: 17.5 of 20. That is 87.5."
    assert newest["at"] == "2026-02-10T17:00:00Z"
    assert found == {
        "sub": "maya",
        "title": "90 or more on the Unit 4 test",
        "measure": "score",
        "items": [school.test.lms_id],
        "baseline": 68.25,
        "target": 90,
        "due": "2026-03-23",
        "value": 87.5,
        "progress": 0,
        "status": "cannot_reach",
        "readings": [
            {
                "item": school.test.lms_id,
                "score": 17.5,
                "possible": 20,
                "percent": 87.5,
                "graded_at": "2026-02-10T16:00:00Z",
                "read_at": "2026-02-10T16:00:00Z",
                "counted": True,
                "reason": None,
            }
        ],
    }


def test_a_proposal_waits(school, report):
    propose_goal(school.session, school.staff, school.maya.id, school.average(), now=NOW)
    (found,) = report()["goals"]
    assert found["status"] == "waiting"
    assert [reading["reason"] for reading in found["readings"]] == ["not graded yet"] * 3


def empty(school, reason):
    return {
        "item": school.test.lms_id,
        "score": None,
        "possible": None,
        "percent": None,
        "graded_at": None,
        "counted": False,
        "reason": reason,
    }


def without_read_at(readings):
    return [{key: value for key, value in row.items() if key != "read_at"} for row in readings]


def test_work_without_a_grade(school, goal, report):
    assert without_read_at(report()["goals"][0]["readings"]) == [empty(school, "not graded yet")]
    make.make_result(school.session, school.test, school.maya, None)
    assert without_read_at(report()["goals"][0]["readings"]) == [empty(school, "not graded yet")]
    make.make_result(school.session, school.test, school.maya, None, hidden=True)
    assert without_read_at(report()["goals"][0]["readings"]) == [empty(school, "not graded yet")]


@pytest.mark.parametrize("seen_before", [True, False])
def test_a_grade_that_was_never_posted(school, goal, report, seen_before):
    if seen_before:
        make.make_result(school.session, school.test, school.maya, None)
    before = report()["goals"][0]
    make.make_result(school.session, school.test, school.maya, 20, hidden=True)
    after = report()["goals"][0]
    assert without_read_at(after.pop("readings")) == [empty(school, "not posted")]
    assert after == {key: value for key, value in before.items() if key != "readings"}


def test_a_grade_that_was_hidden_again(school, goal, report):
    make.make_result(school.session, school.test, school.maya, 19)
    before = report()["goals"][0]
    make.make_result(school.session, school.test, school.maya, 3, hidden=True)
    after = report()["goals"][0]
    first, second = after.pop("readings")
    assert [first] == before.pop("readings")
    assert (first["score"], first["counted"]) == (19, True)
    assert without_read_at([second]) == [empty(school, "not posted")]
    assert after == before
    school.context.grades_read_at = NOW
    first, second = report()["goals"][0]["readings"]
    make.make_result(school.session, school.test, school.maya, 4, hidden=True, read_at=LATER)
    assert report()["goals"][0]["readings"] == [first, second], "nor that it changed again, and when"
    make.make_result(school.session, school.test, school.maya, 3)
    posted = report()["goals"][0]
    assert [(row["score"], row["counted"]) for row in posted["readings"]] == [(3, True)]


def test_why_a_reading_does_not_count(school, goal, report):
    make.make_result(school.session, school.test, school.maya, None, excused=True, state="graded")
    (reading,) = report()["goals"][0]["readings"]
    assert (reading["reason"], reading["score"], reading["counted"]) == ("excused", None, False)
    school.test.gone_at = LATER
    found = report()
    assert found["goals"][0]["readings"][0]["reason"] == "item removed"
    assert found["goals"][0]["items"] == [school.test.lms_id]
    assert school.test.lms_id not in [item["id"] for item in found["items"]]


def test_numbers_are_never_rounded_up():
    assert number(Decimal("79.99999")) == 79.9999
    assert number(Decimal("-0.00001")) == -0.0001
    assert number(Decimal("80.0000")) == 80
    assert number(None) is None


def test_the_number_of_queries_is_constant(school, report, statements):
    def cost():
        school.session.expunge_all()
        with statements() as seen:
            course_report(school.session, school.context.id)
        return len(seen)

    empty_course = cost()
    for _ in range(8):
        person = make.make_learner(school.session, school.context)
        for item in school.homework:
            make.make_result(school.session, item, person, 15)
        propose_goal(school.session, school.staff, person.id, school.average(), now=NOW)
    assert cost() == empty_course == 8
