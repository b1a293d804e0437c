"""A student's profile for page tests: Maya's entries, written through the pages as she would."""

from __future__ import annotations

import re
from typing import Any

import requests
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.profile import Entry
from tests.web.math8 import Math8
from tests.web.rig import Opened, Rig

HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


def as_maya(rig: Rig, school: Math8) -> Opened:
    return rig.open(school.maya, school.course, Role.LEARNER)


def as_teacher(rig: Rig, school: Math8) -> Opened:
    return rig.open(school.teacher, school.course, Role.STAFF)


def send(opened: Opened, path: str, **fields: Any) -> requests.Response:
    """Open a form and send it with these fields, as a browser does with what stands hidden in it."""
    page = opened.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return opened.post(path, {**dict(HIDDEN.findall(page.text)), **fields})


def write(opened: Opened, kind: str, text: str, *, share: bool = True, **more: str) -> requests.Response:
    """The student writes one entry."""
    path = f"/about/add/{kind}" + (f"?topic={more.pop('topic')}" if "topic" in more else "")
    answer = send(opened, path, text=text, **more, **({"share": "1"} if share else {}))
    assert answer.status_code == 303, answer.text[:2000]
    return answer


def entries(rig: Rig, **where: Any) -> list[Entry]:
    with rig.database.read() as session:
        return list(session.scalars(sa.select(Entry).filter_by(**where).order_by(Entry.id)))
