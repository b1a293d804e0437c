"""Who is concerned and who is not: people with their browsers, forms as sent, statements counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests

from lti_tool.plans.access import ROUTES, TABLE, Role
from lti_tool.records.course import Context, Person
from tests import factories
from tests.heard import hearing
from tests.web.math8 import Math8
from tests.web.rig import Opened, Rig

HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


def as_student(rig: Rig, school: Math8, who: Person | None = None) -> Opened:
    """Maya, or another learner of the course."""
    return rig.open(who or school.maya, school.course, Role.LEARNER)


def as_teacher(rig: Rig, school: Math8) -> Opened:
    return rig.open(school.teacher, school.course, Role.STAFF)


def send(opened: Opened, path: str, to: str = "", **fields: Any) -> requests.Response:
    """Open a page and send its form with these fields and what stands hidden in it."""
    page = opened.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return opened.post(to or path, {**dict(HIDDEN.findall(page.text)), **fields})


def statements(rig: Rig, opened: Opened, path: str) -> int:
    """How many SQL statements a page takes."""
    with hearing(rig.database) as heard:
        assert opened.get(path).status_code == 200
    return heard.take()


@dataclass
class Strangers:
    """People who open the tool and are not concerned: by what they are, with their browser.

    foreign: a teacher and a student of another course of the same school, and of another school.
    """

    roles: dict[Role, Opened]
    foreign: dict[str, Opened]


def strangers(rig: Rig, school: Math8) -> Strangers:
    """One of each role in the course, and people of elsewhere."""
    with rig.database.write() as session:
        registration = session.get(type(school.course), school.course.id).registration_id
        people = {
            role: factories.make_member(session, school.course, role, name=f"A {role.value}")
            for role in (Role.LEARNER, Role.MENTOR, Role.NONE, Role.ADMIN)
        }
        other = Context(registration_id=registration, lms_id="elsewhere", title="Art", created_at=rig.clock())
        other.started_at = rig.clock()
        session.add(other)
        session.flush()
        far = factories.make_context(session, factories.make_registration(session), started_at=rig.clock())
        away = {
            (name, role): factories.make_member(session, context, role, name=f"{name} {role.value}")
            for name, context in (("other course", other), ("other school", far))
            for role in (Role.STAFF, Role.LEARNER)
        }
    contexts = {"other course": other, "other school": far}
    return Strangers(
        {
            role: rig.open(person, school.course, role, is_admin=role is Role.ADMIN)
            for role, person in people.items()
        },
        {
            f"{name} {role.value}": rig.open(person, contexts[name], role)
            for (name, role), person in away.items()
        },
    )


def refusals(rig: Rig, who: Strangers, routes: dict[str, tuple[str, str]]) -> list[str]:
    """What is not refused: 403 where the table does not give the act, 404 where the thing is not theirs.

    routes: endpoint → (method, path) of a thing that none of these people may touch.
    """
    wrong = []
    for endpoint, (method, path) in routes.items():
        act = ROUTES[endpoint]
        for role, opened in who.roles.items():
            allowed = TABLE[role] | (TABLE[Role.ADMIN] if role is Role.ADMIN else frozenset())
            wanted = 404 if act in allowed else 403
            wrong += _differs(opened, f"{role.value}", method, path, {wanted})
        for name, opened in who.foreign.items():
            wrong += _differs(opened, name, method, path, {403, 404})
    return wrong


def _differs(opened: Opened, name: str, method: str, path: str, wanted: set[int]) -> list[str]:
    answer = opened.get(path) if method == "GET" else opened.post(path, {"once": "x"})
    return [] if answer.status_code in wanted else [f"{name}: {method} {path} → {answer.status_code}"]
