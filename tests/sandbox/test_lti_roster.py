"""Names and roles: Canvas's pages and message expansion, Moodle's short roles and escaped names."""

from __future__ import annotations

import re

from tests.sandbox.tool import Caller
from tests.sandbox_lms import seed
from tests.sandbox_lms.paths import nrps_url

CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"


def next_of(link: str | None) -> str | None:
    found = re.search(r'<([^>]+)>; rel="next"', link or "")
    return found[1] if found else None


def test_canvas_gives_fifty_a_page_and_an_opaque_next(canvas_tool: Caller) -> None:
    course = seed.seed_big(canvas_tool.world, students=119, items=0)
    url: str | None = nrps_url(canvas_tool.world, course.id)
    sizes, people = [], []
    while url:
        answer = canvas_tool.call(url)
        page = answer.json()["members"]
        sizes.append(len(page))
        people += [member["user_id"] for member in page]
        url = next_of(answer.headers["Link"])
    assert sizes == [50, 50, 20]
    assert len(set(people)) == 120


def test_canvas_addresses_are_case_sensitive(canvas_tool: Caller) -> None:
    course = seed.seed_big(canvas_tool.world, students=60, items=0)
    following = next_of(canvas_tool.call(nrps_url(canvas_tool.world, course.id)).headers["Link"])
    assert following is not None
    assert following != following.lower()
    assert canvas_tool.call(following.lower()).status_code == 400
    assert canvas_tool.call(following).status_code == 200


def test_canvas_expands_custom_fields_with_rlid(canvas_tool: Caller) -> None:
    world = canvas_tool.world
    url = nrps_url(world, seed.CANVAS_COURSE)
    assert "message" not in canvas_tool.call(url).json()["members"][0]
    rlid = world.courses[seed.CANVAS_COURSE].lti_id
    members = canvas_tool.call(f"{url}?rlid={rlid}").json()["members"]
    numbers = {m["user_id"]: m["message"][0][CUSTOM]["canvas_user_id"] for m in members}
    assert numbers[world.people[seed.CANVAS_TEACHER].sub] == seed.CANVAS_TEACHER
    # a course's variable is not expanded here
    assert members[0]["message"][0][CUSTOM]["canvas_course_id"] == "$Canvas.course.id"
    assert canvas_tool.call(f"{url}?rlid=made-up").status_code == 400


def test_canvas_names_are_raw_and_one_name_is_enough(canvas_tool: Caller) -> None:
    members = canvas_tool.call(nrps_url(canvas_tool.world, seed.CANVAS_COURSE)).json()["members"]
    names = {member["name"] for member in members}
    assert {"Ben & Jo Smith-Jones", "Léa <3 Dupont", "Madonna", "محمد الأحمد", "נועה לוי"} <= names


def test_moodle_names_are_escaped_and_roles_short(moodle_tool: Caller) -> None:
    members = moodle_tool.call(nrps_url(moodle_tool.world, seed.MOODLE_COURSE)).json()["members"]
    by_id = {member["user_id"]: member for member in members}
    assert by_id[str(seed.MOODLE_STUDENTS[1])]["name"] == "Ben &amp; Jo Smith-Jones"
    assert by_id[str(seed.MOODLE_TEACHER)]["roles"] == ["Instructor"]
    assert by_id[str(seed.MOODLE_TA)]["roles"] == ["Learner"]  # though it launches as Instructor


def test_moodle_wants_the_accept_header(moodle_tool: Caller) -> None:
    url = nrps_url(moodle_tool.world, seed.MOODLE_COURSE)
    assert moodle_tool.call(url, accept="application/json").status_code == 400
    assert moodle_tool.call(url, accept=None).status_code == 200


def test_moodle_pages_only_when_asked_and_forgets_the_role(moodle_tool: Caller) -> None:
    url = nrps_url(moodle_tool.world, seed.MOODLE_COURSE)
    whole = moodle_tool.call(url)
    assert "Link" not in whole.headers
    first = moodle_tool.call(f"{url}?role=Learner&limit=5")
    following = next_of(first.headers["Link"])
    assert following == f"{url}?limit=5&from=5"
    seen = [m["user_id"] for m in first.json()["members"]]
    while following:
        page = moodle_tool.call(following)
        seen += [m["user_id"] for m in page.json()["members"]]
        following = next_of(page.headers.get("Link"))
    assert len(seen) == len(whole.json()["members"]) or str(seed.MOODLE_TEACHER) in seen


def test_who_was_dropped_is_absent_and_may_come_back(caller: Caller) -> None:
    canvas = caller.world.personality == "canvas"
    course_id = seed.CANVAS_COURSE if canvas else seed.MOODLE_COURSE
    student = (seed.CANVAS_STUDENTS if canvas else seed.MOODLE_STUDENTS)[0]
    sub, url = caller.world.people[student].sub, nrps_url(caller.world, course_id)

    def there() -> bool:
        return sub in {member["user_id"] for member in caller.call(url).json()["members"]}

    assert there()
    caller.world.courses[course_id].enrolments[student].active = False
    assert not there()
    caller.world.courses[course_id].enrolments[student].active = True
    assert there()


def test_another_tools_address_is_refused(moodle_tool: Caller) -> None:
    url = nrps_url(moodle_tool.world, seed.MOODLE_COURSE, tool_number=2)
    assert moodle_tool.call(url).status_code == 401


def test_a_course_that_is_not_there(caller: Caller) -> None:
    assert caller.call(nrps_url(caller.world, 999)).status_code == 404
