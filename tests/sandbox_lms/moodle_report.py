"""gradereport_user_get_grade_items: Moodle's whole truth about grades (recordings ws-grade_items_*).

Overrides, quizzes, manual items and hidden grades are all in it; a hidden grade keeps its number and
says gradeishidden, and an account without moodle/grade:viewhidden is not shown its line at all. One
activity name with a bare `<` makes the whole call fail (invalidresponse).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.sandbox_lms.moodle_report_totals import (
    TOP,
    categories,
    category_id,
    category_of,
    category_row,
    dropped_by_rule,
    total_row,
)
from tests.sandbox_lms.moodle_report_values import number, values
from tests.sandbox_lms.moodle_ws_caller import ALL_GROUPS, VIEW_GRADES, VIEW_HIDDEN, Caller, groups_by_id
from tests.sandbox_lms.moodle_ws_course import idnumber_of
from tests.sandbox_lms.moodle_ws_params import MoodleError, no_record, require_login
from tests.sandbox_lms.world import Course, Grade, Item, Person, World

NO_GRADE = Grade(id=0, item_id=0, person_id=0)


def grade_items(caller: Caller, courseid: int, userid: int = 0, groupid: int = 0) -> dict[str, Any]:
    """Rows of one user, one group's users, or everyone active; a user outside the course: empty rows."""
    course = caller.course(courseid)
    if not caller.can_enter(course):
        raise require_login()
    own = userid == caller.person.id and not caller.is_staff(course)
    if not own and not caller.has(course, VIEW_GRADES):
        raise MoodleError("moodle_exception", "nopermissiontoviewgrades", "Can not view grades.")
    items = [i for i in course.items.values() if i.published or not own]
    _refuse_bare_less_than(items)
    people = _people(caller, course, userid, groupid)
    blind = own or not caller.has(course, VIEW_HIDDEN)
    for person in people:
        _refuse_tags(person)
    now = caller.world.now()
    rows = [_user(course, person, items, now, blind=blind) for person in people]
    return {"usergrades": rows, "warnings": []}


def _refuse_bare_less_than(items: list[Item]) -> None:
    for item in items:
        if "<" in item.name:
            steps = "usergrades => gradeitems => itemname => Invalid response value detected: "
            kind = (
                f'the value is "{item.name}" of PHP type "string", the server was expecting "cleanhtml" type'
            )
            words = "Invalid response value detected"
            raise MoodleError("invalid_response_exception", "invalidresponse", words, steps + kind)


def _refuse_tags(person: Person) -> None:
    """One name that is no plain text (userfullname is PARAM_TEXT) fails the whole call, too."""
    if "<b>" in person.full_name:
        words = "Invalid response value detected"
        raise MoodleError(
            "invalid_response_exception", "invalidresponse", words, "usergrades => userfullname"
        )


def _group(world: World, number: int) -> list[int]:
    course, name = groups_by_id(world)[number]
    return course.groups[name]


def _people(caller: Caller, course: Course, userid: int, groupid: int) -> list[Person]:
    world = caller.world
    if userid:
        if userid not in world.people:
            raise MoodleError("moodle_exception", "invaliduser", "Invalid user")
        if world.people[userid].deleted:
            raise MoodleError("moodle_exception", "userdeleted", "This user account has been deleted")
        outside = userid not in course.enrolments
        if outside or userid == caller.person.id or userid in caller.visible_people(course):
            return [world.people[userid]]
        raise MoodleError("moodle_exception", "notingroup", "Sorry, but you need to be part of a group")
    visible = caller.visible_people(course)
    if groupid:
        if groupid not in groups_by_id(world):
            raise no_record("groups")
        if not caller.has(course, ALL_GROUPS) and caller.person.id not in _group(world, groupid):
            raise MoodleError("moodle_exception", "notingroup", "Sorry, but you need to be part of a group")
        visible &= set(groups_by_id(world)[groupid][0].groups[groups_by_id(world)[groupid][1]])
    students = [e for e in course.enrolments.values() if e.role == "student" and e.active]
    found = [world.people[e.person_id] for e in students if e.person_id in visible]
    return sorted(found, key=lambda p: (p.family_name, p.given_name, p.id))


def _user(course: Course, person: Person, items: list[Item], now: datetime, *, blind: bool) -> dict[str, Any]:
    enrolled = person.id in course.enrolments
    grades = {item.id: _in_gradebook(course, item, person, now) for item in items}
    if blind:
        items = [item for item in items if not (item.hidden or _hidden(grades[item.id]))]
    graded = [i for i in items if grades[i.id].score is not None and not grades[i.id].excused]
    ruled = dropped_by_rule(course, [(item, grades[item.id]) for item in graded])
    counted = [item for item in graded if item.id not in ruled]
    rows = []
    for category in [TOP, *categories(course)]:
        here = [item for item in items if category_of(course, item) == category]
        graded = [item for item in counted if item in here]
        total = sum((i.possible for i in (counted if category == TOP else graded)), Decimal(0))
        for item in here:
            weight = item.possible / total if item in counted and total else Decimal(0)
            row = _row(course, item, grades[item.id], weight if enrolled else None)
            if item.id in ruled and enrolled:
                row["status"] = "dropped"
            rows.append(row)
        if category != TOP:
            rows.append(
                category_row(course, category, [(i, grades[i.id]) for i in graded], counted, enrolled)
            )
    rows.append(total_row(course, [(i, grades[i.id]) for i in counted], enrolled))
    return {
        "courseid": course.id,
        "courseidnumber": idnumber_of(course),
        "userid": person.id,
        "userfullname": person.full_name,
        "useridnumber": person.idnumber,
        "maxdepth": 2,
        "gradeitems": rows,
    }


def _in_gradebook(course: Course, item: Item, person: Person, now: datetime) -> Grade:
    """What the gradebook holds: nothing of work graded without names; a day of hiding passes by itself."""
    grade = course.grades.get((item.id, person.id), NO_GRADE)
    if item.blind:
        return NO_GRADE
    until = grade.hidden_until
    return grade if until is None else replace(grade, hidden=grade.hidden or until > now)


def _hidden(grade: Grade) -> bool:
    return grade.hidden or grade.hidden_by_date


def _row(course: Course, item: Item, grade: Grade, weight: Decimal | None) -> dict[str, Any]:
    """weight None: the user is not in the course, so no weight and no status."""
    module = None if item.module == "manual" else item.module
    row: dict[str, Any] = {
        "id": item.id,
        "itemname": item.name,
        "itemtype": "mod" if module else "manual",
        "itemmodule": module,
        "iteminstance": item.instance if module else None,
        "itemnumber": 0,
        "idnumber": item.resource_id if module else (not item.tool_client_id and item.resource_id) or None,
        "categoryid": category_id(course, category_of(course, item)),
        "outcomeid": None,
        "scaleid": None,
        "locked": False,
    }
    if module:
        row["cmid"] = item.cmid
    if weight is not None:
        row |= {"weightraw": number(weight), "weightformatted": f"{weight * 100:.2f} %"}
        if grade.excused:
            row["status"] = "dropped"
        elif grade.score is None:
            row["status"] = "novalue"
    row |= values(item, grade)
    row |= {"feedback": grade.comment, "feedbackformat": 0 if grade.comment else 2}
    return row
