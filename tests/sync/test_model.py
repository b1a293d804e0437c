"""Random gradebooks, random faults, random restarts: after the next full reading our picture is the LMS's.

And at every moment: no student is shown a grade they could not see in the LMS when it was last read.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from cryptography.fernet import MultiFernet
from hypothesis import HealthCheck, Phase, event
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from config.settings import Settings
from lms_sync.run import run_sync
from lti_tool.db import Database, make_engine
from lti_tool.records.gradebook import SyncRun
from tests.sandbox_lms import seed
from tests.sandbox_lms.control import enrol, set_excused
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault, Item
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.picture import Cell, Killed, Mortal, is_hidden, nothing_twice, ours, theirs, versions

STUDENTS = {"canvas": seed.CANVAS_STUDENTS[:6], "moodle": seed.MOODLE_STUDENTS[:6]}
SEEDS = {"canvas": seed.seed_canvas, "moodle": seed.seed_moodle}
FAULTS: list[dict[str, Any]] = [
    {"kind": "html"},
    {"kind": "truncate"},
    {"kind": "truncate", "right_length": False},
    {"kind": "error", "status": 503},
    {"kind": "throttle", "status": 429},
]
SCORES = st.decimals(min_value=0, max_value=20, places=1)
WHO = st.integers(0, 5)
WHICH = st.integers(0, 7)


@contextmanager
def course(personality: str, folder: Path, empty_file: Path, cipher: MultiFernet) -> Iterator[Tied]:
    """A course of its own, read once."""
    folder.mkdir()
    shutil.copy(empty_file, folder / "plans.sqlite")
    settings = Settings(
        var_dir=folder,
        database_url=f"sqlite:///{folder / 'plans.sqlite'}",
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )
    database, keys = Database(make_engine(settings.resolved_database_url, cipher)), KeyServer()
    with PracticeLms().start([SEEDS[personality]("http://localhost:0")]) as lms:
        tied = tie(settings, database, lms.worlds[personality], keys)
        for number, enrolment in list(tied.course.enrolments.items()):
            if enrolment.role == "ta":  # Moodle lists them as learners without grades
                del tied.course.enrolments[number]
        yield tied
    keys.stop()
    database.dispose()


class Gradebook(RuleBasedStateMachine):
    """A term of one course: what teachers do, what goes wrong, and our readings of it."""

    personality: ClassVar[str]
    opened: ClassVar[Callable[[], Any]]

    def __init__(self) -> None:
        super().__init__()
        self.door = type(self).opened()
        self.tied: Tied = self.door.__enter__()
        self.visible: dict[Cell, set[Decimal | None]] = {}
        self.lives = 1

    @initialize()
    def first(self) -> None:
        self.note()
        assert self.tied.sync("first", "start").state == "done"

    # ---- what teachers do

    def items(self) -> list[Item]:
        kinds = ("points", "percent")
        return [item for item in self.tied.course.items.values() if item.kind in kinds] or [self.new_item()]

    def sync(self, kind: str, trigger: str = "schedule") -> SyncRun:
        """No two readings begin at the same moment."""
        self.tied.clock.forward(seconds=1)
        return self.tied.sync(kind, trigger)

    def new_item(self) -> Item:
        number = self.tied.world.new_id()
        item = Item(number, f"Extra {number}", Decimal(20), instance=number, cmid=number)
        self.tied.course.items[number] = item
        return item

    def cell(self, who: int, which: int) -> tuple[int, int]:
        items = self.items()
        return items[which % len(items)].id, STUDENTS[self.personality][who]

    def note(self) -> None:
        """Keep what each student could see in the LMS at any moment."""
        canvas = self.personality == "canvas"
        for (number, person_id), grade in self.tied.course.grades.items():
            item = self.tied.course.items.get(number)
            if item is None or (
                is_hidden(canvas, item, grade) and (grade.score is not None or grade.excused)
            ):
                continue
            score = None if canvas and grade.excused else grade.score
            sub = self.tied.world.people[person_id].sub
            self.visible.setdefault((str(number), sub), {None}).add(score)

    @rule(who=WHO, which=WHICH, score=SCORES)
    def grade(self, who: int, which: int, score: Decimal) -> None:
        item, person = self.cell(who, which)
        self.tied.world.set_score(self.tied.course, item, person, score)
        self.note()

    @rule(who=WHO, which=WHICH)
    def clear(self, who: int, which: int) -> None:
        item, person = self.cell(who, which)
        self.tied.world.set_score(self.tied.course, item, person, None)
        self.note()

    @rule(who=WHO, which=WHICH, excused=st.booleans())
    def excuse(self, who: int, which: int, excused: bool) -> None:
        item, person = self.cell(who, which)
        set_excused(self.tied.world, self.tied.course.id, item, person, excused)
        self.note()

    @rule(who=WHO, which=WHICH, posted=st.booleans())
    def post_or_hide(self, who: int, which: int, posted: bool) -> None:
        item, person = self.cell(who, which)
        self.tied.world.set_posted(self.tied.course, item, person, posted)
        self.note()

    @rule(which=WHICH, hidden=st.booleans())
    def hide_a_column(self, which: int, hidden: bool) -> None:
        item = self.items()[which % len(self.items())]
        if self.personality == "canvas":
            item.post_manually = hidden
        else:
            item.hidden = hidden
        self.note()

    @rule(which=WHICH, points=st.integers(1, 100))
    def change_points(self, which: int, points: int) -> None:
        self.items()[which % len(self.items())].possible = Decimal(points)

    @rule(which=WHICH)
    def delete_a_column(self, which: int) -> None:
        item = self.items()[which % len(self.items())]
        del self.tied.course.items[item.id]
        for cell in [cell for cell in self.tied.course.grades if cell[0] == item.id]:
            del self.tied.course.grades[cell]

    @rule()
    def add_a_column(self) -> None:
        self.new_item()

    @rule(which=WHICH)
    def unpublish_or_publish(self, which: int) -> None:
        if self.personality == "canvas":
            item = self.items()[which % len(self.items())]
            item.published = not item.published

    @rule(who=WHO, here=st.booleans())
    def drop_or_enrol(self, who: int, here: bool) -> None:
        # Never more than half at once: such a list is doubted, and staff are asked (test_roster_doubt.py).
        person = STUDENTS[self.personality][who % 4]
        enrol(self.tied.world, self.tied.course.id, person, role=None, active=here)

    @rule(who=WHO, name=st.sampled_from(["Ana", "Bo <b>", "José & Co", "李"]))
    def rename(self, who: int, name: str) -> None:
        person = self.tied.world.people[STUDENTS[self.personality][who]]
        person.given_name, person.display_name = name, ""

    # ---- what goes wrong, and our readings

    @rule(minutes=st.sampled_from([1, 11, 400]))
    def time_passes(self, minutes: int) -> None:
        self.tied.clock.forward(minutes=minutes)

    @rule(kind=st.sampled_from(["changes", "full", "roster"]))
    def read(self, kind: str) -> None:
        assert self.sync(kind).state in ("done", "failed")
        self.shows_nothing_hidden()

    @rule(at=st.integers(1, 9), fault=st.sampled_from(FAULTS), kind=st.sampled_from(["changes", "full"]))
    def read_from_a_faulty_lms(self, at: int, fault: dict[str, Any], kind: str) -> None:
        if at > 1:
            self.tied.world.faults.append(Fault("slow", "", times=at - 1))
        self.tied.world.faults.append(Fault(path="", times=3, **fault))
        run = self.sync(kind, "button")
        event(f"faulty: {run.state}")
        self.tied.world.faults.clear()
        self.shows_nothing_hidden()

    @rule(at=st.integers(1, 12), after=st.booleans(), kind=st.sampled_from(["changes", "full"]))
    def killed_while_reading(self, at: int, after: bool, kind: str) -> None:
        self.tied.clock.forward(seconds=1)
        run_id = self.tied.ask(kind, "button")
        dying = Mortal(self.tied.database.engine, at, after=after)
        try:
            run_sync(run_id, replace(self.tied.deps(f"w:0#{self.lives}"), database=dying))
        except Killed:
            event("killed")
        self.lives += 1
        self.tied.clock.forward(seconds=1)
        self.shows_nothing_hidden()
        run_sync(run_id, self.tied.deps(f"w:0#{self.lives}"))
        assert self.tied.run(run_id).state == "done"
        self.shows_nothing_hidden()

    @rule()
    def look_at_everything(self) -> None:
        """The next full reading of a healthy LMS."""
        run = self.sync("full", "button")
        assert (run.state, run.error) == ("done", "")
        assert ours(self.tied) == theirs(self.tied)
        nothing_twice(self.tied)
        self.shows_nothing_hidden()

    def shows_nothing_hidden(self) -> None:
        for cell, (current, released) in versions(self.tied).items():
            if released is None:
                continue
            assert not released.hidden
            assert released.score in self.visible.get(cell, {None}), f"{cell} was never to be seen"
            if not current.hidden:
                assert released.id == current.id

    def teardown(self) -> None:
        try:
            self.look_at_everything()
        finally:
            self.door.__exit__(None, None, None)


@pytest.fixture(params=["canvas", "moodle"])
def machine(
    request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path, cipher: MultiFernet
) -> type[Gradebook]:
    numbers = itertools.count()

    class Term(Gradebook):
        personality = request.param
        opened = staticmethod(
            lambda: course(request.param, tmp_path / f"term-{next(numbers)}", empty_file, cipher)
        )

    return Term


def run(machine: type[Gradebook], examples: int, steps: int, **more: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_a_few_terms(machine: type[Gradebook]) -> None:
    """The same few each time; what the long campaign finds becomes a test of its own."""
    run(machine, 2, 14, derandomize=True, database=None, phases=[Phase.generate])


@pytest.mark.long
def test_many_terms(machine: type[Gradebook]) -> None:
    """TERMS: how many; the default takes some minutes."""
    run(machine, int(os.environ.get("TERMS", "60")), 40, print_blob=True)
