"""Every form of groups, templates and rules says what is wrong beside the field and keeps what was typed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.group import Facilitator, StudentGroup
from lti_tool.records.rollout import Template
from tests.rows.goals import Rows

LONG = "x" * 600
# path, fields, the field that is wrong, what is said, what is kept
WRONG: list[tuple[str, dict[str, str], str, str, str]] = [
    ("/groups/{group}/leaders", {}, "person", "Choose who leads it.", ""),
    ("/groups/{group}/leaders", {"person": "junk", "until": ""}, "person", "Choose who leads it.", ""),
    (
        "/groups/{group}/leaders",
        {"person": "{cy}", "until": "soon"},
        "until",
        "Write the day",
        '"{cy}" selected',
    ),
    ("/groups/{group}/leaders", {"person": "{cy}", "until": "2020-01-01"}, "until", "not past", "2020-01-01"),
    ("/groups/{group}/members", {}, "people", "Tick at least one student.", ""),
    ("/together/{group}/note", {"words": "He is sad"}, "about", "Choose who it is about.", "He is sad"),
    ("/together/{group}/note", {"about": "{ana}"}, "words", "Say what you noticed", '"{ana}" selected'),
    ("/peers", {"mentor": "{cy}", "until": "2026-03-03"}, "mentee", "Choose a student.", '"{cy}" selected'),
    (
        "/peers",
        {"mentor": "{cy}", "mentee": "{ana}", "until": ""},
        "until",
        "Choose a last day",
        '"{ana}" selected',
    ),
    ("/templates/{template}", {"name": "", "title": "Mine"}, "name-{template}", "Write a few words.", "Mine"),
    (
        "/templates/{template}",
        {"name": "N", "title": "T", "target": "many"},
        "target-{template}",
        "a number",
        "many",
    ),
    ("/goals/{goal}/template", {"name": "", "level": "course"}, "template-name", "Write a few words.", ""),
    (
        "/goals/{goal}/template",
        {"name": "Kept", "level": "moon"},
        "template-level",
        "Choose for whom",
        "Kept",
    ),
    ("/course", {"goals_most": "9", "owner": "Ms. Lind"}, "goals_most", "from 1 to 5", "Ms. Lind"),
    ("/course", {"goals_most": "2", "owner": LONG}, "owner", "too long", LONG),
    ("/course", {"goals_most": "2", "age_band": "toddler"}, "age_band", "Choose how old", ""),
    ("/course/review", {"worked": ""}, "worked", "Write a sentence", ""),
    ("/groups", {"once": "f", "agenda": "", "person": "{cy}"}, "name", "name", "checked"),
    ("/groups/alike", {"once": "f"}, "people", "Tick at least one student.", ""),
]


@pytest.fixture(scope="module")
def known(rows_tool: Any) -> dict[str, Any]:
    """A group of Ana and Cy that Bo leads, a template and a goal; made once for all these forms."""
    from tests.rows.goals import make_rows
    from tests.rows.rig import NOW

    rows_tool.clock.at = NOW
    rows = make_rows(rows_tool)
    ana, bo, cy = rows.student("Ana Ruiz"), rows.student("Bo Lead"), rows.student("Cy Poe")
    teacher, opened = rows.teacher(), rows.open(ana)
    teacher.post("/groups", {"once": "g", "name": "Blue", "person": [str(ana.id), str(cy.id)]})
    opened.follow(opened.post("/goals/new", rows.form("My average to 75")))
    other = rows.open(cy)
    other.follow(other.post("/goals/new", rows.form("My average to 75")))
    (goal,) = rows.goals(ana)
    teacher.post(f"/goals/{goal.id}/template", {"name": "First", "level": "course"})
    with rows_tool.database.read() as session:
        group = session.scalars(
            sa.select(StudentGroup).where(StudentGroup.context_id == rows.course.id)
        ).one()
        template = session.scalars(sa.select(Template).where(Template.context_id == rows.course.id)).one()
    teacher.post(f"/groups/{group.id}/leaders", {"person": str(bo.id)})
    ids = {"group": group.id, "template": template.id, "goal": goal.id, "ana": ana.id, "cy": cy.id}
    return {"rows": rows, "ids": ids, "teacher": teacher, "bo": rows.open(bo)}


@pytest.mark.parametrize(("path", "fields", "field", "said", "kept"), WRONG)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    known: dict[str, Any], path: str, fields: dict[str, str], field: str, said: str, kept: str
) -> None:
    def put(text: str) -> str:
        for name, number in known["ids"].items():
            text = text.replace("{" + name + "}", str(number))
        return text

    who = known["bo" if path.endswith("/note") else "teacher"]
    answer = who.post(put(path), {name: put(text) for name, text in fields.items()})
    assert answer.status_code == 422
    beside = answer.text.split(f'id="{put(field)}-error"')
    assert len(beside) == 2, f"nothing beside {field}"
    assert said in beside[1].split("</p>")[0]
    assert put(kept) in answer.text


def test_b8_a_leader_without_a_last_day_leads_until_somebody_ends_it(known: dict[str, Any]) -> None:
    rows: Rows = known["rows"]
    group, cy = known["ids"]["group"], known["ids"]["cy"]
    assert (
        known["teacher"].post(f"/groups/{group}/leaders", {"person": str(cy), "until": ""}).status_code == 303
    )
    with rows.rig.database.read() as session:
        row = session.scalars(sa.select(Facilitator).where(Facilitator.person_id == cy)).one()
    assert row.until is None
    assert rows.rig.open(rows.teacher_row, rows.course, Role.STAFF).get(f"/groups/{group}").status_code == 200
