"""Rows A24 and B12: what was noted in a check-in is corrected by its author, and what stood there stays."""

from __future__ import annotations

import re

from lti_tool.plans.access import Role
from lti_tool.records.mentoring import CheckInNote
from tests.rows.rig import School
from tests.rows.test_mentoring import note, rows
from tests.web.test_guardians import enter, make_guardian, sub_of


def test_b12_a24_the_author_corrects_a_note_and_the_old_one_stays_readable(school: School) -> None:
    teacher, maya, course = school.teacher, school.math8.maya, school.math8.course
    colleague = school.rig.open(school.staff("Lin Other"), course, Role.STAFF)
    first = note(course=course.id, well="She hates fractions", readers="school", next_on="2026-03-06")
    assert teacher.post(f"/check-ins/{maya.id}", first).status_code == 303
    (row,) = rows(school, CheckInNote)
    path = f"/check-ins/notes/{row.id}"
    assert path in teacher.get(f"/check-ins/{maya.id}?course={course.id}").text
    assert path not in colleague.get(f"/check-ins/{maya.id}?course={course.id}").text
    assert colleague.get(path).status_code == colleague.post(path, first).status_code == 404
    assert school.maya.get(path).status_code == 403
    form = teacher.get(path).text
    assert "She hates fractions" in form
    assert "The student and the school" in form
    wanted = {"version": "1", "well": "She likes fractions", "next_on": "2026-03-09", "readers": "plan"}
    refused = teacher.post(path, {**wanted, "why": " "})
    assert refused.status_code == 422
    assert "Say why in a few words." in refused.text
    assert "She likes fractions" in refused.text
    assert "Write the day like this" in teacher.post(path, {**wanted, "why": "x", "next_on": "soon"}).text
    school.rig.clock.move(days=1)
    teacher = school.teacher
    assert teacher.post(path, {**wanted, "why": "I heard her wrong"}).status_code == 303
    assert teacher.post(path, {**wanted, "why": "I heard her wrong"}).status_code == 303  # sent twice
    (row,) = rows(school, CheckInNote)
    assert (row.version, row.well, str(row.next_on)) == (2, "She likes fractions", "2026-03-09")
    for who, address in ((teacher, f"/check-ins/{maya.id}?course={course.id}"), (school.maya, "/talks")):
        page = who.get(address).text
        assert "She likes fractions" in page
        assert "Corrected on" in page
        assert "I heard her wrong" in page
        assert re.search(r"<details.*She hates fractions", page, re.S)
    # The other window still shows the first version: nothing is lost.
    other = teacher.post(path, {**wanted, "well": "She is fine", "why": "again"})
    assert other.status_code == 409
    assert "<del>" in other.text
    assert 'name="version" value="2"' in other.text
    (row,) = rows(school, CheckInNote)
    assert row.well == "She likes fractions"


def test_a24_an_earlier_version_stays_with_those_it_was_for(school: School) -> None:
    teacher, maya, course = school.teacher, school.math8.maya, school.math8.course
    rig = school.rig
    family = enter(rig, make_guardian(rig, course, sub_of(rig, maya)), course)
    first = note(course=course.id, well="Between us", readers="two")
    assert teacher.post(f"/check-ins/{maya.id}", first).status_code == 303
    (row,) = rows(school, CheckInNote)
    changed = {"version": "1", "well": "For everyone", "readers": "plan", "why": "Maya said so"}
    assert teacher.post(f"/check-ins/notes/{row.id}", changed).status_code == 303
    page = family.get(f"/children/{course.id}/{maya.id}").text
    assert "For everyone" in page
    assert "Between us" not in page
    assert "Between us" in school.maya.get("/talks").text
