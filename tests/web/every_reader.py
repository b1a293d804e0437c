"""Everything anybody reads of one student, door by door, so that two moments can be compared."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import requests
import sqlalchemy as sa

from lti_tool.overview.course import course_report
from lti_tool.overview.reminding import waiting_for
from lti_tool.plans.access import Role
from lti_tool.records.conference import Conference
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.group import PeerMentor, StudentGroup
from lti_tool.records.lesson import Lesson
from lti_tool.records.portfolio import Artifact
from lti_tool.records.step import Step
from lti_tool.records.support import CounselorAssignment
from lti_tool.web.measure_fields import WITH_ITEMS
from tests import factories
from tests.web.edge_story import Story
from tests.web.rig import Opened
from tests.web.test_grants import FORM, typed
from tests.web.test_guardians import make_guardian, sub_of

# What tells of visits, of runs of the sync, or of the course as it is set up, and not of the student; and
# forms with nothing of theirs in them.
OTHERS = {
    *("pages.reads", "pages.reads_of_student", "pages.run", "pages.runs", "pages.progress"),
    *("pages.admin", "pages.setup", "pages.connecting", "pages.goal_templates", "pages.course_rules"),
    *("pages.scores", "pages.deep_linking", "pages.reminders", "pages.support"),
    *("pages.new_lesson", "pages.mentors", "pages.grants", "pages.handover"),
    *("pages.step_file", "pages.file", "pages.picture"),
}
_FORM = re.compile(r'(name="(?:once|token|draft)" value=")[^"]*')
# What of the tool some readers ever read; it is dear to be refused all else.
READ = {
    "guardian": ("/children", "/privacy"),
    "counselor": ("/assigned", "/check-ins", "/todo"),
    "peer": ("/groups", "/peers/", "/together/"),
}
NOTHING_SHOWN = ("not posted", "not graded yet")
# Drafts of goals, whose start, chances and suggested numbers are made of grades.
_DRAFTS = {
    "average": {"target": "99"},
    "count": {"every": "1", "target": "5"},
    "maintain": {"floor": "65"},
    "course": {"target": "99"},
}
# Who opened what is written down by reading these pages.
_VISIT = re.compile(
    r'nonce="[^"]*"|data-draft="[^"]*"|<tr><th scope="row">Entries in the log of who did what.*?</tr>'
)


@dataclass(frozen=True)
class Everyone:
    """All who read a student, each with the tool open; ids: what an address can name of theirs."""

    story: Story
    case: str
    opened: dict[str, Opened]
    ids: dict[str, int | str]
    feeds: dict[str, str]
    outside: requests.Session

    def see(self, before: Container[str] | None = None) -> dict[str, str]:
        """Every page each of them may open, the calendars, the week's e-mail and the command's report.

        before: what could be read then, so that what could not is not asked for again.
        """
        found = {}
        self._guardian_launches_again()
        for reader, opened in self.opened.items():
            for path in self._paths():
                if not path.startswith(READ.get(reader, "/")):
                    continue
                if before is not None and f"{reader} {path}" not in before:
                    continue
                answer = opened.get(path)
                if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                    found[f"{reader} {path}"] = _VISIT.sub("", _FORM.sub(r"\1", answer.text))
        found |= self._drafts()
        plan = self.outside.get(self.feeds["outsider"], timeout=60)
        assert plan.status_code == 200
        assert plan.url == self.feeds["outsider"], "let in"
        found["outsider /plan"] = _VISIT.sub("", plan.text)
        for reader, url in self.feeds.items():
            if reader == "outsider":
                continue
            text = requests.get(url, timeout=60).text
            found[f"{reader} calendar"] = re.sub(r"DTSTAMP.*", "", text)
        tied = self.story.tied
        with tied.database.read() as session:
            for reader, person in self._people().items():
                waits = waiting_for(session, tied.registration_id, person, now=tied.clock())
                found[f"{reader} e-mail"] = repr(waits)
            report = course_report(session, tied.context_id)
        for goal in report["goals"]:  # it is there to say what is not posted
            goal["readings"] = [one for one in goal["readings"] if one["reason"] not in NOTHING_SHOWN]
        found["course --json"] = repr({**report, "last_sync": None})
        return found

    def _drafts(self) -> dict[str, str]:
        """What the form of a new goal says of a draft, to its student and to a teacher who proposes it."""
        found = {}
        forms = {"student": "/goals/new", "teacher": f"/students/{self.ids['person_id']}/goals/new"}
        for measure, fields in _DRAFTS.items():
            sent = {"title": "", "measure": measure, "due_on": self.story.at(40).date().isoformat(), **fields}
            if measure not in WITH_ITEMS:
                items = []
            else:
                items = [str(self.story.tied.items()[str(one)].id) for one in self.story.items[self.case]]
            for reader, path in forms.items():
                answer = self.opened[reader].post(path, {**sent, "items": items, "look": "1"})
                assert answer.status_code in (200, 422), answer.text[:2000]
                found[f"{reader} {path} {measure}"] = _VISIT.sub("", _FORM.sub(r"\1", answer.text))
        return found

    def _guardian_launches_again(self) -> None:
        """A whole list of the LMS, which knows of no guardian here, has them leave the course."""
        with self.story.tied.database.write() as session:
            session.execute(sa.update(Membership).where(Membership.role == Role.MENTOR).values(left_at=None))

    def _people(self) -> dict[str, int]:
        return {
            "student": self.story.tied.person_id(self.story.whose[self.case]),
            "teacher": self.story.teacher_id,
        }

    def _paths(self) -> list[str]:
        """The address of every page that can be opened with these ids."""
        paths = []
        for rule in self.story.rig.app.url_map.iter_rules():
            prefix, wanted = "/s/<launch_id>", rule.arguments - {"launch_id"}
            here = rule.rule.startswith(prefix) and "GET" in (rule.methods or ())
            if here and rule.endpoint not in OTHERS and wanted <= self.ids.keys():
                path = re.sub(
                    r"<(?:\w+:)?(\w+)>", lambda one: str(self.ids[one[1]]), rule.rule[len(prefix) :]
                )
                paths.append(path)
        return sorted(paths)


def everyone(story: Story, case: str) -> Everyone:
    """The student of a case with a goal, a step, a lesson by a rule, a piece of work in the portfolio,
    a conference and a group; and all who stand by them."""
    rig, tied = story.rig, story.tied
    student, teacher = story.student(case), story.teacher()
    person_id = tied.person_id(story.whose[case])
    with tied.database.read() as session:
        person, context = session.get_one(Person, person_id), session.get_one(Context, tied.context_id)
    for_whom = {"person": str(person_id)}
    item = str(tied.items()[str(story.items[case][0])].id)
    goal = story.goals[case]
    step = {"title": "Review", "helps": "Before it", "owner": "student", "rhythm": "relative", "item": item}
    lesson = {"title": "Signs", "aim": "I can", "topic": "Signs", "item_id": item, "below": "95", "once": "o"}
    group = {"name": "Table 4", "once": "o", **for_whom}
    talk = {"first_at": story.at(40).strftime("%Y-%m-%dT14:30"), "minutes": "20", "role": ["guardian"]}
    for opened, path, sent in (
        (student, f"/goals/{goal}/steps/new", {**step, "token": "t", "offset": "3", "before": "before"}),
        (student, "/portfolio/add/work", {"title": "Mine", "why": "It shows", "item_id": item, "ready": "1"}),
        (teacher, "/lessons/new", lesson),
        (teacher, "/groups", group),
        (teacher, "/conferences", {**talk, **for_whom}),
    ):
        answer = opened.post(path, {**_typed(opened, path), **sent})
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:2000])
    guardian = make_guardian(rig, context, sub_of(rig, person))
    with tied.database.write() as session:
        counselor = factories.make_member(
            session, session.get_one(Context, context.id), Role.NONE, name="Nadia"
        )
        helps: dict[str, Any] = {"registration_id": person.registration_id, "student_id": person_id}
        for who, kind in ((counselor.id, "counselor"), (story.teacher_id, "mentor")):
            session.add(CounselorAssignment(counselor_id=who, kind=kind, made_at=tied.clock(), **helps))
    peer = _peer(story, student, teacher, person_id, goal)
    opened = {
        "student": student,
        "peer": peer,
        "teacher": teacher,
        "guardian": rig.open(guardian, context, Role.MENTOR),
        "counselor": rig.open(counselor, None, Role.NONE),
    }
    for path in ("/", f"/goals/{goal}"):  # what is new is not new any more
        student.get(path)
    feeds = {}
    for reader in ("student", "teacher"):
        page = opened[reader].post("/reminders/calendar", {"on": "1"}).text
        feeds[reader] = page.split('readonly dir="ltr" value="')[1].split('"')[0]
    outside = requests.Session()
    feeds["outsider"] = _let_in(teacher, person_id, outside)
    return Everyone(story, case, opened, _ids(story, person_id, goal), feeds, outside)


def _peer(story: Story, student: Opened, teacher: Opened, person_id: int, goal: int) -> Opened:
    """A student of the same group who mentors this one: both said yes, and the goal is shown to both."""
    other = story.tied.person_id(story.students[1])
    story.whose["peer"] = story.students[1]
    peer = story.student("peer")
    pairing = {"mentor": other, "mentee": person_id, "until": story.at(50).date().isoformat()}
    assert teacher.post("/peers", pairing).status_code == 303
    with story.tied.database.read() as session:
        pair = session.scalar(sa.select(sa.func.max(PeerMentor.id)))
        group = session.scalar(sa.select(sa.func.max(StudentGroup.id)))
    for opened, path, sent in (
        (peer, f"/peers/{pair}/answer", {"yes": "1"}),
        (student, f"/peers/{pair}/answer", {"yes": "1"}),
        (student, f"/peers/{pair}/share", {"goal": goal}),
        (teacher, f"/groups/{group}/members", {"person": other}),
        (student, f"/together/{group}/share", {"goal": goal}),
        (peer, f"/peers/{pair}/note", {"words": "Please look", "once": "o"}),
    ):
        answer = opened.post(path, sent)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:2000])
    return peer


def _let_in(teacher: Opened, person_id: int, outside: requests.Session) -> str:
    """Somebody without an LMS account comes in by a link and its code; the address of what they read."""
    sheet = teacher.post(f"/students/{person_id}/access", FORM).text
    address = re.search(r"http://127\.0\.0\.1:\d+/g/[a-z0-9]{10}", sheet)
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", sheet)
    assert address is not None
    assert code is not None
    assert typed(outside, address[0], code[0]).status_code == 303
    return address[0] + "/plan"


def _typed(opened: Opened, path: str) -> dict[str, str]:
    """What a form holds before anything is typed."""
    page = opened.get(path)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))


def _ids(story: Story, person_id: int, goal: int) -> dict[str, int | str]:
    newest: dict[str, Any] = {
        "lesson_id": Lesson,
        "conference_id": Conference,
        "group_id": StudentGroup,
        "step_id": Step,
        "artifact_id": Artifact,
        "peer_id": PeerMentor,
    }
    with story.tied.database.read() as session:
        found = {name: session.scalar(sa.select(sa.func.max(record.id))) for name, record in newest.items()}
    assert all(found.values()), found
    return {**found, "person_id": person_id, "goal_id": goal, "context_id": story.tied.context_id}
