"""One course at each practice LMS in which every edge case of domain.md §3.5 is somebody's work.

The LMS is changed as teachers change it, read over the wire, and what the student and the teacher then see
is kept: moment → case → reader → page.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.planning.closing import settle_goals
from lti_tool.planning.entries import Line, write_entry
from lti_tool.planning.goals import GoalDraft, make_goal
from lti_tool.planning.limits import set_limit
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.limits import MOST
from lti_tool.plans.measure import Params
from lti_tool.records.course import Context, Person
from lti_tool.records.goal import Goal
from lti_tool.records.platform import Registration
from tests.conftest import empty_postgres
from tests.sandbox_lms import seed
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Grade, Item
from tests.sync.course import Clock, Tied, key_server, tie
from tests.web.rig import Opened, Rig, running

CHICAGO = ZoneInfo("America/Chicago")
DUE = 20  # days after the first, of the goals that end within the story
LATE = 60
SEEDS = {"canvas": seed.seed_canvas, "moodle": seed.seed_moodle}


@dataclass
class Story:
    """A course that is told day by day. day 0 is when goals are made."""

    rig: Rig
    tied: Tied
    began: datetime
    students: list[int]
    seen: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    items: dict[str, list[int]] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)
    whose: dict[str, int] = field(default_factory=dict)

    @property
    def canvas(self) -> bool:
        return self.tied.world.personality == "canvas"

    def at(self, days: float) -> datetime:
        return (self.began + timedelta(days=days)).replace(microsecond=0)

    def go(self, days: float) -> None:
        """The clock of the LMS and of the tool alike."""
        self.tied.clock.moment = self.at(days)

    def sync(self, kind: str = "changes") -> None:
        assert self.tied.sync(kind, "schedule").state == "done"

    # What happens at the LMS.

    def work(self, case: str, *scores: int | None, due: float = -5, **more: Any) -> None:
        """A case of its own: one piece of work for each score, given to one student."""
        student = self.whose.setdefault(case, self._next())
        for score in scores:
            number = 5000 + len([one for some in self.items.values() for one in some])
            item = Item(
                number,
                f"{case} {len(self.items.get(case, [])) + 1}",
                Decimal(100),
                instance=number,
                cmid=number,
                due_at=self.at(LATE if score is None else due),
                **more,
            )
            self.tied.course.items[number] = item
            self.items.setdefault(case, []).append(number)
            if score is not None:
                seed.give_grade(self.tied.world, self.tied.course, number, student, score)

    def _next(self) -> int:
        """The students take turns; the last two are for who leaves, and for all of somebody's work."""
        return self.students[len(self.whose) % (len(self.students) - 2)]

    def item(self, case: str, which: int = 0) -> Item:
        return self.tied.course.items[self.items[case][which]]

    def cell(self, case: str, which: int = 0) -> Grade:
        return self.tied.world.grade(self.tied.course, self.items[case][which], self.whose[case])

    def score(self, case: str, score: int | None, which: int = 0) -> None:
        """As a teacher grades it now."""
        value = None if score is None else Decimal(score)
        grade = self.tied.world.set_score(self.tied.course, self.items[case][which], self.whose[case], value)
        grade.graded_at = self.tied.clock()

    def post(self, case: str, posted: bool, which: int = 0) -> None:
        self.tied.world.set_posted(self.tied.course, self.items[case][which], self.whose[case], posted)

    # What people do in the tool.

    def actor(self, case: str) -> Actor:
        person = self.tied.person_id(self.whose[case])
        return Actor(self.tied.registration_id, person, Role.LEARNER, self.tied.context_id)

    def goal(self, case: str, **more: Any) -> None:
        """The student's own goal: an average of the case's work from 60 to 86."""
        ids = {row.lms_id: row.id for row in self.tied.items().values()}
        fields: dict[str, Any] = {
            "title": case,
            "measure": "average",
            "item_ids": [ids[str(number)] for number in self.items.get(case, [])],
            "target": Decimal(86),
            "baseline": Decimal(60),
            "due_on": self.at(LATE).date(),
        }
        if case not in self.whose:
            self.whose[case] = self._next()
        with self.tied.database.write() as session:
            draft = GoalDraft(**{**fields, **more})
            self.goals[case] = make_goal(session, self.actor(case), draft, now=self.tied.clock()).id

    def write(self, case: str, value: int) -> None:
        now = self.tied.clock()
        with self.tied.database.write() as session:
            line = Line(now.date(), Decimal(value))
            write_entry(session, self.actor(case), self.goals[case], line, now=now)

    def settle(self) -> None:
        with self.tied.database.write() as session:
            settle_goals(session, now=self.tied.clock())

    def row(self, case: str) -> Goal:
        with self.tied.database.read() as session:
            return session.get_one(Goal, self.goals[case])

    # What they see.

    def student(self, case: str) -> Opened:
        return self._open(self.tied.person_id(self.whose[case]), Role.LEARNER)

    def teacher(self) -> Opened:
        return self._open(self.teacher_id, Role.STAFF)

    @property
    def teacher_id(self) -> int:
        return self.tied.person_id(seed.CANVAS_TEACHER if self.canvas else seed.MOODLE_TEACHER)

    def _open(self, person_id: int, role: Role) -> Opened:
        with self.tied.database.read() as session:
            person = session.get_one(Person, person_id)
            context = session.get_one(Context, self.tied.context_id)
        return self.rig.open(person, context, role)

    def look(self, moment: str, *cases: str) -> None:
        """Keep the goal's page of each case as its student and the teacher see it now."""
        found = self.seen.setdefault(moment, {})
        teacher, open_now = self.teacher(), {}
        for case in cases or tuple(self.goals):
            student = open_now.setdefault(self.whose[case], None) or self.student(case)
            open_now[self.whose[case]] = student
            path = f"/goals/{self.goals[case]}"
            pages = {"student": student.get(path), "teacher": teacher.get(path)}
            assert {page.status_code for page in pages.values()} == {200}, case
            found[case] = {reader: plain(page.text) for reader, page in pages.items()}


@contextmanager
def begun(
    name: str, folder: Path, cipher: MultiFernet, empty_file: Path, postgres: str = ""
) -> Iterator[Story]:
    """A course of one LMS before anything is told: its people, and no work. postgres: a database to use."""
    shutil.copy(empty_file, folder / "plans.sqlite")
    settings = Settings(
        var_dir=folder,
        database_url=postgres or f"sqlite:///{folder / 'plans.sqlite'}",
        public_url="http://127.0.0.1:8900",
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )
    engine = make_engine(settings.resolved_database_url, cipher)
    if postgres:
        empty_postgres(engine)
    database = Database(engine)
    clock = Clock()
    world = SEEDS[name]("http://localhost:0")
    with PracticeLms().start([world]) as lms, key_server() as keys:
        tied = tie(settings, database, lms.worlds[name], keys, clock=clock)
        tied.course.items.clear()
        tied.course.grades.clear()
        tied.course.time_zone = "America/Chicago"
        with database.write() as session:
            session.get_one(Registration, tied.registration_id).time_zone = "America/Chicago"
        students = [one.person_id for one in tied.course.enrolments.values() if one.role == "student"]
        with running(settings, database, clock) as rig:
            yield Story(rig, tied, clock(), students)
    database.dispose()


def plain(page: str) -> str:
    """A page's text with one space between words."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


TARGETS = {
    "ends": 80,
    "ends short": 80,
    "ends later": 80,
    "ends most": 93,
    "dropped": 70,
    "touched average": 85,
}
PARAMS = {
    "all of them": Params(every=True),
    "on time": Params(on_time=True),
    "n of them": Params(),
    "ticked": Params(unit="roots", needs_tick=True),
    "held": Params(floor=Decimal(80)),
}
COUNTS = {"excused count": "all of them", "excused n of s": "n of them", "on time": "on time"}
HELD = ("streak excused", "streak broken")
SINGLE = ("deleted single", "touched single", "unassigned single")


def made_before(story: Story) -> None:
    """Days 0 to 10: what there is when goals are made, and what changes at the LMS then."""
    story.whose["leaves"] = story.students[-2]
    story.whose["dropped"] = story.whose["course grade"] = story.students[-1]
    for case in (
        *("excused", "missing", "auto zero", "real zero", "late", "hidden", "hidden flags", "new try"),
        *("extra credit", "no points", "points changed", "deleted", "regraded", "leaves", "not a grade"),
        *("excused n of s", "unassigned", "moved", "missing, graded unseen"),
    ):
        story.work(case, 70, 90, None)
    for case in HELD:
        story.work(case, 40, 90, None, due=-4)
    story.work("unassigned single", None)
    story.work("ends later", 61, None)
    story.work("excused count", 70, 90, None)
    story.work("on time", None, None, due=LATE)
    story.work("deleted single", None)
    story.work("touched single", None)
    story.work("touched average", 70, 90, None)
    story.work("dropped", 20, 80, 90, None, group="Drops")
    story.tied.course.rules["Drops"] = {"drop_lowest": 1}
    for student in story.students[:3]:  # in Moodle the rule shows in the reports of the class alone
        for number, score in zip(story.items["dropped"], (50, 70, 90), strict=False):
            seed.give_grade(story.tied.world, story.tied.course, number, student, score)
    story.work("ends", 85, None)
    story.work("ends short", 61, None)
    story.work("ends most", 90, None)
    story.work("ends without grades", None)
    story.tied.course.ends_at = story.at(LATE)
    story.sync("first")
    with story.tied.database.write() as session:
        staff = Actor(story.tied.registration_id, story.teacher_id, Role.STAFF, story.tied.context_id)
        set_limit(session, staff, MOST, now=story.tied.clock())
    for case in story.items:
        end = story.at(DUE).date()
        more: dict[str, Any] = {"due_on": end} if case.startswith("ends") else {}
        more |= {"target": Decimal(TARGETS[case])} if case in TARGETS else {}
        if case in COUNTS:
            more |= {"measure": "count", "target": Decimal(len(story.items[case])), "baseline": None}
            more["params"] = PARAMS[COUNTS[case]]
        if case == "excused n of s":
            more["target"] = Decimal(2)
        if case in HELD:
            more |= {
                "measure": "maintain",
                "target": Decimal(100),
                "baseline": None,
                "params": PARAMS["held"],
            }
        if case in SINGLE:
            more |= {"measure": "score", "target": Decimal(80)}
        story.goal(case, **more)
    story.goal("course grade", measure="course", item_ids=[], target=Decimal(86), baseline=None)
    level: dict[str, Any] = {"measure": "level", "item_ids": [], "params": LEVELS}
    story.goal("level", target=Decimal(3), baseline=Decimal(1), **level)
    story.goal(
        "reported", measure="tally", item_ids=[], target=Decimal(20), baseline=None, params=PARAMS["ticked"]
    )


def told(story: Story) -> Story:
    """The whole story, day by day."""
    made_before(story)
    story.go(10)
    story.cell("excused").excused = True
    for case in ("excused count", "excused n of s", "streak excused"):
        story.cell(case).excused = True
    _not_theirs(story, False)
    for case in (
        "missing",
        "auto zero",
        "real zero",
        "not a grade",
        "streak broken",
        "missing, graded unseen",
    ):
        grade = story.cell(case)
        story.score(case, 0 if case in ("auto zero", "real zero") else None)
        has_come = case in ("real zero", "not a grade")
        grade.missing = story.canvas and not has_come
        grade.submitted_at = (grade.submitted_at or story.at(-6)) if has_come else None
    late = story.cell("late")
    late.assign_score, late.score, late.overridden = Decimal(80), Decimal(60), not story.canvas
    late.late, late.graded_at, late.submitted_at = story.canvas, story.at(9), story.at(-3)
    for case in ("hidden", "hidden flags"):
        story.post(case, False)
    story.score("hidden", 11)
    story.post("hidden", False)
    flags = story.cell("hidden flags")
    flags.missing, flags.state = story.canvas, "submitted"
    again = story.cell("new try")
    again.submitted_at, again.matches_submission = story.at(9), False
    again.state = "submitted" if story.canvas else again.state
    story.score("extra credit", 120)
    story.item("no points").possible = Decimal(0)
    story.item("points changed").possible = Decimal(200)
    del story.tied.course.items[story.items["deleted"][0]]
    del story.tied.course.items[story.items["deleted single"][0]]
    story.score("regraded", 80)
    for which, seconds in ((0, 0), (1, 1)):
        item, cell = story.item("on time", which), story.cell("on time", which)
        item.due_at = story.at(8).astimezone(CHICAGO).replace(hour=23, minute=59, second=59)
        cell.submitted_at = item.due_at + timedelta(seconds=seconds)
        cell.late, cell.attempt, cell.state = story.canvas and bool(seconds), 1, "submitted"
        cell.graded_at = story.at(9)
    story.score("touched single", 80)
    for case, score in (("ends", 85), ("ends short", 61), ("ends most", 90)):
        story.score(case, score, which=1)
    story.score("touched average", 80)
    story.write("reported", 7)
    story.write("level", 2)
    story.tied.course.enrolments[story.whose["leaves"]].active = False
    story.item("moved").group = "Elsewhere"
    story.tied.course.enrolments[story.whose["moved"]].sections = ["2"]
    story.tied.course.groups["Group B"] = [story.whose["moved"]]
    story.sync()
    story.sync("full")
    story.look("changed", *(case for case in story.goals if case != "leaves"))
    return _later(story)


LEVELS = Params(scale=("Beginning", "Growing", "Strong"))


def _not_theirs(story: Story, theirs: bool) -> None:
    """Work taken from one student, or given back. Moodle has no such thing: there it is excluded for them."""
    for case in ("unassigned", "unassigned single"):
        if story.canvas:
            item = story.item(case)
            item.only_for = None if theirs else {one for one in story.students if one != story.whose[case]}
        else:
            story.cell(case).excused = not theirs


def _later(story: Story) -> Story:
    story.go(11)
    story.post("hidden", True)
    story.score("missing, graded unseen", 11)
    story.post("missing, graded unseen", False)
    story.score("leaves", 100)
    story.sync("full")
    plan = f"/students/{story.tied.person_id(story.whose['leaves'])}"
    story.seen.setdefault("left", {})["leaves"] = {"teacher": plain(story.teacher().get(plan).text)}
    held = ("missing", "missing, graded unseen", "streak broken")
    story.look("posted", "hidden", "dropped", "course grade", "excused", *held)
    story.go(12)
    _not_theirs(story, True)
    story.tied.course.enrolments[story.whose["leaves"]].active = True
    story.sync("full")
    story.look("back", "leaves", "unassigned")
    ended = story.student("deleted single").post(
        f"/goals/{story.goals['deleted single']}/aside", {"how": "end"}
    )
    assert ended.status_code == 303
    story.look("replaced", "deleted single")
    story.go(13.5)
    story.look("a day and a half later", "regraded", "reported")
    return _ends(story)


def _ends(story: Story) -> Story:
    story.go(DUE + 1)
    story.settle()
    story.look("ended", "ends", "ends short", "ends most", "ends without grades", "ends later")
    story.go(DUE + 10)
    story.score("ends", 40)
    story.score("ends short", 40)
    story.score("ends later", 100, which=1)
    story.sync()
    story.settle()
    story.look("graded again", "ends", "ends later")
    story.go(DUE + 16)
    story.settle()
    story.look("after the grace", "ends without grades")
    short = story.student("ends short")
    kept = short.post(f"/goals/{story.goals['ends short']}/end", {"choice": "keep"})
    with story.tied.database.read() as session:
        carried = session.scalars(sa.select(Goal).where(Goal.follows_id == story.goals["ends short"])).one()
    story.goals["carried on"], story.whose["carried on"] = carried.id, story.whose["ends short"]
    assert kept.status_code == 303
    story.look("carried on", "carried on")
    fields = {
        "title": "x",
        "measure": "tally",
        "target": "5",
        "due_on": story.at(LATE + 1).date().isoformat(),
    }
    story.seen["carried on"]["after the term"] = {"student": plain(short.post("/goals/new", fields).text)}
    story.go(DUE + 55)
    story.score("ends most", 30)
    story.sync()
    story.settle()
    story.seen.setdefault("graded late", {})["ends most"] = {
        "teacher": plain(story.teacher().get("/doubts").text),
        "student": plain(story.student("ends most").get(f"/goals/{story.goals['ends most']}").text),
    }
    return story
