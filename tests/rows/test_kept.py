"""Long texts of check-ins, notes and reviews survive a closed tab; two who edit a template lose nothing."""

from __future__ import annotations

import re

from tests.rows.people import as_student, as_teacher
from tests.rows.test_groups import goal_with_steps, make, named
from tests.rows.test_peers import agreed
from tests.web.math8 import make_math8
from tests.web.rig import Rig

HALF = "Half a sentence"


def test_a_closed_tab_loses_nothing_and_what_was_sent_is_no_draft_any_more(rig: Rig) -> None:
    school = make_math8(rig)
    teacher, here = as_teacher(rig, school), f"?course={school.course.id}"
    pair, _maya, ben, _goal = agreed(rig, school)
    group = make(rig, school)
    named(school, rig, group, school.ben)
    check_in, about = f"/check-ins/{school.maya.id}", {"about": str(school.maya.id)}
    course = {"course": str(school.course.id)}
    later = {"interest": "nurse", **course}
    forms = [
        (teacher, check_in + here, f"{check_in}/words", "word:", "words", course),
        (teacher, check_in + here, f"{check_in}/later", "career:", "courses", later),
        (teacher, "/course", "/course/review", "cycle:", "worked", {}),
        (
            ben,
            f"/together/{group}",
            f"/together/{group}/note",
            "group-note:",
            "words",
            {**about, "once": "a"},
        ),
        (ben, f"/peers/{pair}", f"/peers/{pair}/note", "peer-note:", "words", {"once": "b"}),
    ]
    for who, page, path, name, field, more in forms:
        (form,) = re.findall(rf'data-draft="({name}[^"]*)"', who.get(page).text)
        assert who.post("/drafts", {"form": form, f"f-{field}": HALF}).status_code == 204
        kept = who.get(page).text
        assert re.search(rf'<textarea id="{field}"[^>]*>{HALF}</textarea>', kept), page
        assert "It is not sent yet." in kept
        assert who.post(path, {field: HALF, **more}).status_code == 303
        assert not re.search(rf'<textarea id="{field}"[^>]*>{HALF}', who.get(page).text), page
    maya = as_student(rig, school)
    assert HALF in maya.get("/talks").text
    stored = maya.get("/privacy").text
    for words in ("Notes to teachers", "Peer mentors", "Words of encouragement", "Ideas for later"):
        assert words in stored, "what others wrote about her is among her records"


def test_b1_two_who_change_a_template_see_each_others_words(rig: Rig) -> None:
    school = make_math8(rig)
    teacher, goal = as_teacher(rig, school), goal_with_steps(rig, school)
    teacher.post(f"/goals/{goal}/template", {"name": "First", "level": "course"})
    page = teacher.get("/templates").text
    template = int(re.findall(r'id="template-([0-9]+)"', page)[0])
    path, mine = f"/templates/{template}", {"title": "Homework to 80", "target": "80", "version": "1"}
    assert teacher.post(path, {**mine, "name": "Ours"}).status_code == 303
    assert teacher.post(path, {**mine, "name": "Ours"}).status_code == 303, "sent twice"
    second = teacher.post(path, {**mine, "name": "Theirs"})
    assert second.status_code == 409
    assert "<del>Ours</del>" in second.text
    assert 'value="Theirs"' in second.text
    assert 'name="version" value="2"' in second.text
    assert teacher.post(path, {**mine, "name": "Theirs", "version": "2"}).status_code == 303
