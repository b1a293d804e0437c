"""core_course_get_contents and core_course_get_courses_by_field (recordings ws-contents, ws-courses_by_*)."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox_lms.moodle_ws_caller import Caller, seconds
from tests.sandbox_lms.moodle_ws_params import invalid_parameter, no_course_access
from tests.sandbox_lms.world import Course, Item

PLURALS = {"assign": "Assignments", "quiz": "Quizzes", "lti": "External tools"}
LINK_CMID = 900
FORMAT_OPTIONS = [("hiddensections", 1), ("coursedisplay", 0), ("indentation", "1")]
FILTERS = ["displayh5p", "activitynames", "mathjaxloader", "emoticon"]


def idnumber_of(course: Course) -> str:
    return f"SIS-{course.label}"


def contents(
    caller: Caller, courseid: int, options: list[dict[str, str]] | None = None
) -> list[dict[str, Any]]:
    """Two sections: the tool's links, and every activity of the gradebook."""
    course = caller.course(courseid)
    if not caller.can_enter(course):
        raise no_course_access(courseid)
    only = {option["value"] for option in options or [] if option["name"] == "modname"}
    links = [_link(caller, number, title) for number, title in course.links.items()]
    activities = [
        _activity(caller, item)
        for item in course.items.values()
        if item.module != "manual" and (item.published or caller.is_staff(course))
    ]
    sections = [("General", links), ("Topic 1", activities)]
    return [
        {
            "id": course.id * 10 + place,
            "name": name,
            "visible": 1,
            "summary": "",
            "summaryformat": 1,
            "section": place,
            "hiddenbynumsections": 0,
            "uservisible": True,
            "modules": [module for module in modules if not only or module["modname"] in only],
        }
        for place, (name, modules) in enumerate(sections)
    ]


def _link(caller: Caller, number: str, title: str) -> dict[str, Any]:
    instance = int(number) if number.isdigit() else 0
    return _module(caller, LINK_CMID + instance, instance, title, "lti")


def _activity(caller: Caller, item: Item) -> dict[str, Any]:
    row = _module(caller, item.cmid, item.instance, item.name, item.module)
    row["visible"] = int(item.published)
    if item.only_for is not None:
        row["availability"] = '{"op":"&","c":[{"type":"group","id":1}],"showc":[true]}'
    if item.due_at is not None and item.module == "assign":
        due = seconds(item.due_at)
        row["customdata"] = json.dumps({"duedate": due}, separators=(",", ":"))
        row["dates"] = [{"label": "Due:", "timestamp": due, "dataid": "duedate"}]
    return row


def _module(caller: Caller, cmid: int, instance: int, name: str, modname: str) -> dict[str, Any]:
    site = caller.world.issuer
    return {
        "id": cmid,
        "url": f"{site}/mod/{modname}/view.php?id={cmid}",
        "name": caller.shown(name),
        "instance": instance,
        "contextid": 1000 + cmid,
        "visible": 1,
        "uservisible": True,
        "visibleoncoursepage": 1,
        "modicon": f"{site}/theme/image.php/boost/{modname}/1/monologo?filtericon=1",
        "modname": modname,
        "modplural": PLURALS.get(modname, modname),
        "availability": None,
        "indent": 0,
        "onclick": "",
        "afterlink": None,
        "customdata": '""',
        "noviewlink": False,
        "completion": 0,
        "downloadcontent": 1,
        "dates": [],
    }


def courses_by_field(caller: Caller, field: str = "", value: str = "") -> dict[str, Any]:
    """Courses whose id, shortname or idnumber is `value`; all without a field; unknown ones: none."""
    keys: dict[str, Any] = {
        "": lambda c: True,
        "id": lambda c: str(c.id) == value,
        "ids": lambda c: str(c.id) in value.split(","),
        "shortname": lambda c: c.label == value,
        "idnumber": lambda c: idnumber_of(c) == value,
        "category": lambda c: value == "1",
    }
    if field not in keys:
        raise invalid_parameter("Invalid field name")
    found = [c for c in caller.world.courses.values() if keys[field](c) and caller.can_enter(c)]
    return {"courses": [_course(caller, course) for course in found], "warnings": []}


def _course(caller: Caller, course: Course) -> dict[str, Any]:
    people = caller.world.people
    teachers = [people[e.person_id] for e in course.enrolments.values() if e.role == "teacher"]
    zeros = ("newsitems", "maxbytes", "showreports")
    return {
        "id": course.id,
        "fullname": caller.shown(course.title),
        "displayname": caller.shown(course.title),
        "shortname": caller.shown(course.label),
        "courseimage": f"{caller.world.issuer}/pluginfile.php/{course.id}/course/generated/course.svg",
        "categoryid": 1,
        "categoryname": "Category 1",
        "sortorder": 10000 + course.id,
        "summary": "<p>Intro &amp; more</p>",
        "summaryformat": 1,
        "summaryfiles": [],
        "overviewfiles": [],
        "showactivitydates": False,
        "showcompletionconditions": True,
        "contacts": [{"id": p.id, "fullname": p.full_name} for p in teachers],
        "enrollmentmethods": ["manual"],
        "idnumber": idnumber_of(course),
        "format": "topics",
        "showgrades": 1,
        **dict.fromkeys(zeros, 0),
        "enddate": 0 if course.ends_at is None else int(course.ends_at.timestamp()),
        "startdate": 1788220800,
        "visible": int(not course.concluded),
        "groupmode": 2 if course.groups else 0,
        **dict.fromkeys(("groupmodeforce", "defaultgroupingid", "enablecompletion", "completionnotify"), 0),
        **dict.fromkeys(("lang", "theme", "calendartype"), ""),
        "marker": 0,
        "legacyfiles": 0,
        "timecreated": 1795317790,
        "timemodified": 1795317790,
        "requested": 0,
        "cacherev": 1795319395,
        "filters": [{"filter": name, "localstate": 0, "inheritedstate": 1} for name in FILTERS],
        "courseformatoptions": [{"name": name, "value": value} for name, value in FORMAT_OPTIONS],
    }
