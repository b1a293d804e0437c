"""Junk in every field of every form, as everybody who may open one: an answer, never a fault of ours."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.plans.access import Role
from tests.launch.test_hostile import JUNK, PATIENT
from tests.web.math8 import add_own_goal, add_proposal, make_math8
from tests.web.rig import Opened, Rig

NAMES = [
    *("title", "measure", "items", "baseline", "target", "due_on", "answer", "note", "kind", "name", "find"),
    *("student_id", "context_id", "guardian_id", "maximum", "due_at", "after", "score_id", "reader", "code"),
    *(
        "until",
        "passphrase",
        "days",
        "reason",
        "text",
        "action",
        "form",
        "link",
        "age_band",
        "talk_to",
        "sent",
    ),
    *("format", "url", "qkind", "options", "right", "person", "group", "to", "topic", "below", "shows"),
    *("well", "hard", "agreed", "next_on", "readers", "why", "version", "everyone", "which", "course"),
    *("owner", "goals_most", "cadence", "scope", "id", "interest", "courses", "activities", "level"),
    *("part", "show", "goal", "words", "about", "once", "agenda", "mentor", "mentee", "approach", "theirs"),
]


def _posts(rig: Rig) -> list[tuple[str, list[str]]]:
    """(address below the launch, names of its numbers) of every route that takes a POST."""
    found = [
        (rule.rule.removeprefix("/s/<launch_id>"), sorted(rule.arguments - {"launch_id"}))
        for rule in rig.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("pages.")
    ]
    return sorted(found)


def _filled(path: str, names: list[str], number: int) -> str:
    for name in names:
        path = path.replace(f"<int:{name}>", str(number)).replace(f"<{name}>", str(number))
    return path


def test_no_form_whatever_makes_a_fault_of_ours(rig: Rig) -> None:
    """Every POST route, as a student, a teacher, an administrator: junk in every field."""
    school = make_math8(rig)
    add_own_goal(rig, school)
    add_proposal(rig, school)
    people: list[Opened] = [
        rig.open(school.maya, school.course, Role.LEARNER),
        rig.open(school.teacher, school.course, Role.STAFF, is_admin=True),
    ]
    routes = _posts(rig)
    assert len(routes) > 15
    numbers = st.sampled_from([1, 2, school.maya.id, school.ben.id, 0, 10**12])
    fields = st.lists(st.tuples(st.sampled_from(NAMES), JUNK), max_size=6)

    @given(st.sampled_from(routes), st.sampled_from(people), numbers, fields)
    @settings(PATIENT, max_examples=150)
    def post(route: tuple[str, list[str]], who: Opened, number: int, typed: list[tuple[str, str]]) -> None:
        path = _filled(*route, number)
        answer = who.post(path, [(name, value.encode("utf-8", "replace")) for name, value in typed])
        assert answer.status_code < 500, (path, typed, answer.text[:300])

    post()
