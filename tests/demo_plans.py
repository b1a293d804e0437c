"""The demo's plans: a teacher and students of the practice Canvas use the tool through their browsers.

Done once, so that whoever opens the demo meets a plan with something in it. What does not work is left out.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests

from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.seed import CANVAS_COURSE, CANVAS_STUDENTS, CANVAS_TEACHER

WAIT_SECONDS = 60
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
ITEM = re.compile(r'name="items" id="item-(\d+)".*?<bdi>(.*?)</bdi>', re.S)


class Person:
    """Somebody who opened the tool from Algebra I."""

    def __init__(self, lms: str, number: int) -> None:
        self.client = LaunchClient()
        page = self.client.launch(lms, CANVAS_COURSE, number)
        page.raise_for_status()
        self.root = re.sub(r"(/s/[^/]+)/.*", r"\1", page.url + "/")

    def get(self, path: str) -> str:
        """A page."""
        answer = self.client.browser.get(self.root + path, timeout=30)
        answer.raise_for_status()
        return answer.text

    def post(self, path: str, **fields: Any) -> requests.Response:
        """A form sent to where it belongs; the page it leads to."""
        answer = self.client.browser.post(
            self.root + path, data=fields, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30
        )
        answer.raise_for_status()
        return answer

    def send(self, path: str, **fields: Any) -> requests.Response:
        """A form opened and sent with what stands hidden in it."""
        return self.post(path, **{**dict(HIDDEN.findall(self.get(path))), **fields})

    def number_in(self, path: str, pattern: str) -> str:
        """The first number a page names in such an address."""
        found = re.search(pattern, self.get(path))
        if found is None:
            raise LookupError(path)
        return found[1]


def fill(lms: str, today: date | None = None) -> None:
    """Plans of three students, a conference, check-ins. Raises where the tool does not answer as expected."""
    today = today or datetime.now(UTC).date()
    teacher = Person(lms, CANVAS_TEACHER)
    teacher.post("/start")
    _wait_for_grades(teacher)
    maya, second, _third = (Person(lms, number) for number in CANVAS_STUDENTS[:3])
    _profile(maya)
    _goals(maya, today)
    students = re.findall(r"/students/(\d+)\"", teacher.get("/board"))
    _proposal(teacher, list(dict.fromkeys(students)), today)
    _strength(second, "I ask when I do not understand", "In the lab")
    _conference(teacher, maya, today)
    for student in list(dict.fromkeys(students))[:2]:
        teacher.post(f"/students/{student}/check-in", after="0")
    teacher.post("/course", goals_most="3", owner="The Algebra I team")


def _wait_for_grades(teacher: Person) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while "Grades as of" not in teacher.get("/setup"):
        if time.monotonic() > until:
            raise TimeoutError("grades were not read in time")
        time.sleep(1)


def _strength(student: Person, text: str, where: str) -> None:
    student.send("/about/add/strength", text=text, more=where, share="1")


def _profile(maya: Person) -> None:
    _strength(maya, "I explain things well", "In our study group")
    maya.send("/about/add/gap", text="Word problems", expected="On my own", present="With help", share="1")
    maya.send("/about/add/dream", text="Build bridges", more="Join the engineering club", share="1")
    words = "I like to know why a rule works, not only that it does."
    maya.send("/about/add/reflection?topic=academic", text=words, share="1")
    maya.send(
        "/portfolio/add/text",
        title="My proof of the fraction rule",
        text="If both sides get the same parts, the whole stays the same.",
        why="I found it myself.",
        tag="strength",
        ready="1",
    )


def _items(student: Person) -> dict[str, str]:
    return {name: number for number, name in ITEM.findall(student.get("/goals/new"))}


def _goals(maya: Person, today: date) -> None:
    due = (today + timedelta(weeks=5)).isoformat()
    items = _items(maya)
    chosen = [number for name, number in items.items() if name.startswith(("Homework", "Quiz", "Project"))]
    goal = {"title": "My homework and project average to 80", "measure": "average", "items": chosen}
    page = maya.post("/goals/new", **goal, target="80", baseline="", due_on=due, area="academic")
    number = re.search(r"/goals/(\d+)$", page.url)
    if number is None:
        raise LookupError(page.url)
    step = {"helps": "I find mistakes while there is time to ask.", "owner": "student", "rhythm": "weekly"}
    maya.send(f"/goals/{number[1]}/steps/new", title="Check my homework with the group", times="1", **step)
    words = {"title": "20 new algebra words", "measure": "tally", "target": "20", "unit": "words"}
    maya.post("/goals/new", **words, due_on=due, area="academic", whole="1")
    maya.post("/goals/new", title="Get better at word problems", measure="average", keep="1", draft="demo")


def _proposal(teacher: Person, students: list[str], today: date) -> None:
    """Two more students are asked; each has their own start."""
    if len(students) < 3:
        return
    path = f"/students/{students[1]}/goals/new"
    items = {name: number for number, name in ITEM.findall(teacher.get(path))}
    due = (today + timedelta(days=15)).isoformat()
    fields = {"title": "75 or more on the essay", "measure": "score", "items": [items["Essay"]]}
    teacher.post(path, **fields, target="75", due_on=due, also=[students[2]])


def _conference(teacher: Person, maya: Person, today: date) -> None:
    hello = re.search(r"Hello, <bdi>(.*?)</bdi>", maya.get("/"))
    name = re.escape(hello[1]) if hello else ""
    pattern = rf'name="person" value="(\d+)"[^>]*><span class="unseen">{name}'
    person = re.search(pattern, teacher.get("/conferences"))
    if person is None:
        raise LookupError("/conferences")
    at = datetime.combine(today + timedelta(days=2), datetime.min.time()).replace(hour=14)
    when = at.strftime("%Y-%m-%dT%H:%M")
    teacher.post("/conferences", person=[person[1]], first_at=when, minutes="20", together="", role=[])
    number = teacher.number_in("/conferences", r"/conferences/(\d+)\"")
    for place, (owner, text) in enumerate(
        (("student", "Bring one word problem each week"), ("teacher", "Look at it together on Fridays"))
    ):
        teacher.post(f"/conferences/{number}/agree", owner=owner, text=text, once=f"demo-{place}")
    notes = {"notes": "We looked at the proof. Word problems are next.", "summary": ""}
    teacher.send(f"/conferences/{number}", **notes)
