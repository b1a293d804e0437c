"""Site info, enrolled users and groups (recordings ws-site_info, ws-enrolled_users*, ws-group*)."""

from __future__ import annotations

from typing import Any

from tests.sandbox_lms.moodle_ws_caller import (
    MANAGE_GROUPS,
    Caller,
    group_id,
    groups_by_id,
)
from tests.sandbox_lms.moodle_ws_params import invalid_parameter, no_capability, no_course_access, no_record
from tests.sandbox_lms.world import Course, Person

VERSION = "2023042403"
ROLES = {
    "teacher": (3, "editingteacher"),
    "ta": (4, "teacher"),
    "student": (5, "student"),
    "observer": (9, "observer"),
    "designer": (3, "editingteacher"),
}
FEATURES = ["usecomments", "usetags", "enablenotes", "messaging", "enablecompletion", "enablebadges"]


def site_info(
    caller: Caller, offered: list[str], serviceshortnames: list[str] | None = None
) -> dict[str, Any]:
    """Who the token is, which functions its service has, which release this is."""
    person, site = caller.person, caller.world.issuer
    return {
        "sitename": "Practice Moodle",
        "username": person.login,
        "firstname": person.given_name,
        "lastname": person.family_name,
        "fullname": person.full_name,
        "lang": "en",
        "userid": person.id,
        "siteurl": site,
        "userpictureurl": f"{site}/theme/image.php/boost/core/1/u/f1",
        "functions": [{"name": name, "version": VERSION} for name in offered],
        "downloadfiles": 0,
        "uploadfiles": 0,
        "release": "4.2.3 (Build: 20231009)",
        "version": VERSION,
        "mobilecssurl": "",
        "advancedfeatures": [{"name": name, "value": int(name != "messaging")} for name in FEATURES],
        "usercanmanageownfiles": True,
        "userquota": 104857600,
        "usermaxuploadfilesize": 2097152,
        "userhomepage": 1,
        "userprivateaccesskey": "",
        "siteid": 1,
        "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian",
        "userissiteadmin": person.is_site_admin,
        "theme": "boost",
        "limitconcurrentlogins": 0,
    }


def enrolled_users(
    caller: Caller, courseid: int, options: list[dict[str, str]] | None = None
) -> list[dict[str, Any]]:
    """Everyone enrolled, suspended ones unmarked unless onlyactive; unknown options are passed over."""
    course = caller.course(courseid)
    if not caller.can_enter(course):
        raise no_course_access(courseid)
    asked = {option["name"]: option["value"] for option in options or []}
    people = [caller.world.people[n] for n in sorted(caller.visible_people(course))]
    if asked.get("onlyactive") == "1":
        people = [p for p in people if course.enrolments[p.id].active]
    if asked.get("onlysuspended") == "1":
        people = [p for p in people if not course.enrolments[p.id].active]
    if _number(asked, "groupid"):
        members = dict(_members(caller)).get(_number(asked, "groupid"), [])
        people = [p for p in people if p.id in members]
    people = _sorted(people, asked)
    start, count = _number(asked, "limitfrom"), _number(asked, "limitnumber")
    people = people[start : start + count] if count else people[start:]
    rows = [_user(caller, course, person) for person in people]
    if asked.get("userfields"):
        wanted = {"id", *asked["userfields"].split(",")}
        rows = [{key: value for key, value in row.items() if key in wanted} for row in rows]
    return rows


def _number(asked: dict[str, str], name: str) -> int:
    text = asked.get(name, "0")
    if not text.isdigit():
        raise invalid_parameter(f"{name}: the server was expecting int type")
    return int(text)


def _sorted(people: list[Person], asked: dict[str, str]) -> list[Person]:
    fields: dict[str, Any] = {
        "id": lambda p: p.id,
        "firstname": lambda p: (p.given_name, p.id),
        "lastname": lambda p: (p.family_name, p.id),
    }
    by = fields.get(asked.get("sortby", "id"), fields["id"])
    return sorted(people, key=by, reverse=asked.get("sortdirection", "ASC").upper() == "DESC")


def _user(caller: Caller, course: Course, person: Person) -> dict[str, Any]:
    site, details = caller.world.issuer, caller.sees_details()
    row: dict[str, Any] = {"id": person.id}
    if details:
        row["username"] = person.login
    row |= {
        "firstname": person.given_name,
        "lastname": person.family_name,
        "fullname": person.full_name,
        "email": person.email,
    }
    if details:
        row |= {"department": "", "idnumber": person.idnumber}
    row |= {
        "firstaccess": 0,
        "lastaccess": 0,
        "lastcourseaccess": 0,
        "city": "Town",
        "country": "GB",
        "profileimageurlsmall": f"{site}/theme/image.php/boost/core/1/u/f2",
        "profileimageurl": f"{site}/theme/image.php/boost/core/1/u/f1",
    }
    groups = [
        _short_group(caller, course, name) for name, members in course.groups.items() if person.id in members
    ]
    if groups:
        row["groups"] = groups
    number, short = ROLES[course.enrolments[person.id].role]
    row["roles"] = [{"roleid": number, "name": "", "shortname": short, "sortorder": 0}]
    row["enrolledcourses"] = [
        {"id": c.id, "fullname": caller.shown(c.title), "shortname": caller.shown(c.label)}
        for c in caller.world.courses.values()
        if person.id in c.enrolments
    ]
    return row


def _short_group(caller: Caller, course: Course, name: str) -> dict[str, Any]:
    return {
        "id": group_id(course, name),
        "name": caller.shown(name),
        "description": "",
        "descriptionformat": 0,
    }


def course_groups(caller: Caller, courseid: int) -> list[dict[str, Any]]:
    course = caller.course(courseid)
    if not caller.can_enter(course):
        raise no_course_access(courseid)
    if not caller.has(course, MANAGE_GROUPS):
        raise no_capability("Manage groups")
    return [
        {
            "id": group_id(course, name),
            "courseid": course.id,
            "name": caller.shown(name),
            "description": "",
            "descriptionformat": 0,
            "enrolmentkey": None,
            "idnumber": "",
            "visibility": 0,
            "participation": True,
        }
        for name in course.groups
    ]


def _members(caller: Caller) -> list[tuple[int, list[int]]]:
    return [(number, c.groups[name]) for number, (c, name) in groups_by_id(caller.world).items()]


def group_members(caller: Caller, groupids: list[int]) -> list[dict[str, Any]]:
    found, known = [], groups_by_id(caller.world)
    for number in groupids:
        if number not in known:
            raise no_record("groups")
        course, name = known[number]
        if not caller.can_enter(course):
            raise no_course_access(course.id)
        if not caller.has(course, MANAGE_GROUPS):
            raise no_capability("Manage groups")
        found.append({"groupid": number, "userids": list(course.groups[name])})
    return found
