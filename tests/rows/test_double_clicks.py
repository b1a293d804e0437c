"""Forms that arrive twice at one moment: on PostgreSQL, where the second meets the first half-done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import MultiFernet
from sqlalchemy import event

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.plans.access import Role
from lti_tool.records.checkin import CheckIn
from lti_tool.records.group import Facilitator, GroupMember, PeerNote, StudentGroup
from lti_tool.records.lesson import Lesson, LessonCheck, LessonPart, LessonQuestion
from lti_tool.records.mentoring import CareerNote, CheckInNote, Encouragement
from lti_tool.records.structure import LmsGroup
from tests.conftest import empty_postgres
from tests.web.math8 import Math8, make_math8
from tests.web.rig import Opened, Rig, running

pytestmark = pytest.mark.postgres
BLOCKED = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
ASKED = {"text": "-2 - 3?", "qkind": "short", "right": "-2", "once": "twice"}
PAGE = "https://book.example/12"
PART = {"kind": "link", "format": "text", "name": "Page 12", "url": PAGE, "once": "twice"}


@dataclass(frozen=True)
class Here:
    """A course with a lesson for Maya, a group that Ben leads, and one of the LMS."""

    rig: Rig
    school: Math8
    theirs: int
    teacher: int
    maya: int
    ben: int

    def open(self, who: str) -> Opened:
        """They open the tool."""
        role = Role.STAFF if who == "teacher" else Role.LEARNER
        return self.rig.open(getattr(self.school, who), self.school.course, role)


@pytest.fixture(scope="module")
def here(
    postgres_database: str, tmp_path_factory: pytest.TempPathFactory, cipher: MultiFernet
) -> Iterator[Here]:
    """The running tool on PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp("clicks")
    settings = Settings(
        var_dir=folder, database_url=postgres_database, secret_key="a test secret, long enough"
    )
    engine = make_engine(postgres_database, cipher)
    empty_postgres(engine)
    with running(settings, Database(engine)) as rig:
        school = make_math8(rig)
        teacher = rig.open(school.teacher, school.course, Role.STAFF)
        for path, sent in (
            ("/groups", {"name": "Table 4", "once": "here", "person": school.maya.id}),
            ("/groups/1/leaders", {"person": school.ben.id}),
            ("/lessons/new", {"title": "Signs", "aim": "I can", "topic": "Signs", "once": "here"}),
            *(("/lessons/1/questions", {**ASKED, "once": once}) for once in "abc"),
            *(("/lessons/1/parts", {**PART, "format": one, "once": one}) for one in ("text", "video")),
            ("/lessons/1/give", {"person": school.maya.id}),
        ):
            assert teacher.post(path, sent).status_code == 303, path
        with rig.database.write() as session:
            theirs = LmsGroup(context_id=school.course.id, lms_id="7", name="Blue")
            session.add(theirs)
        yield Here(rig, school, theirs.id, school.teacher.id, school.maya.id, school.ben.id)
    engine.dispose()


@contextmanager
def half_done(engine: sa.Engine, table: str, over: threading.Event) -> Iterator[list[int]]:
    """Whoever first wrote a row of this table commits only when somebody else waits for a lock.

    Gives how many were seen to wait; none where the second was done before it met the first.
    """
    first, seen, made = threading.Lock(), list[int](), object()

    def wrote(connection: sa.Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith(f"INSERT INTO {table} "):
            connection.info[made] = True

    def commits(connection: sa.Connection) -> None:
        if connection.info.pop(made, False) and first.acquire(blocking=False):
            with engine.connect() as other:
                while not over.wait(0.005):
                    waiting = other.scalar(BLOCKED)
                    if waiting:
                        seen.append(waiting)
                        return

    event.listen(engine, "before_cursor_execute", wrote)
    event.listen(engine, "commit", commits)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", wrote)
        event.remove(engine, "commit", commits)


NAMED = {"name": "Table 5", "once": "twice"}
HEAD = {"title": "Minus", "aim": "I can", "topic": "Signs", "once": "twice"}
TALK = {"course": "1", "token": "twice", "readers": "school"}
NOTE = {"words": "Look", "once": "twice"}
# (who, where, the rows of it, what they send, words of the page it ends on).
FORMS: dict[str, tuple[str, str, Any, Callable[[Here], dict[str, Any]], str]] = {
    "a group": ("teacher", "/groups", StudentGroup, lambda h: {**NAMED, "person": h.maya}, "Table 5"),
    "of the LMS": ("teacher", "/groups", StudentGroup, lambda h: {"theirs": f"lms:{h.theirs}"}, "Blue"),
    "who leads": ("teacher", "/groups/1/leaders", Facilitator, lambda h: {"person": h.teacher}, "Rose"),
    "who is in it": ("teacher", "/groups/1/members", GroupMember, lambda h: {"person": h.ben}, "Ben"),
    "please check": ("ben", "/together/1/note", PeerNote, lambda h: {"about": h.maya, **NOTE}, "Table 4"),
    "a lesson": ("teacher", "/lessons/new", Lesson, lambda _: HEAD, "Minus"),
    "a resource": ("teacher", "/lessons/1/parts", LessonPart, lambda _: PART, "Page 12"),
    "a question": ("teacher", "/lessons/1/questions", LessonQuestion, lambda _: ASKED, "-2 - 3?"),
    "a check-in": ("teacher", "/check-ins/2", CheckInNote, lambda _: {**TALK, "well": "Signs"}, "Maya"),
    "a word": ("teacher", "/check-ins/2/words", Encouragement, lambda _: {**TALK, "words": "Good"}, "Maya"),
    "for later": (
        "teacher",
        "/check-ins/2/later",
        CareerNote,
        lambda _: {**TALK, "interest": "Nurse", "courses": "Biology"},
        "Nurse",
    ),
    "a self-check": ("maya", "/lessons/1/check", LessonCheck, lambda _: {"q1": "-5", "once": "twice"}, "1"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_sent_twice_at_one_moment_is_saved_once(here: Here, name: str) -> None:
    """Both end on the page that shows the one row."""
    who, path, record, fields, words = FORMS[name]
    sent, table = fields(here), record.__tablename__

    def rows(record: Any = record) -> int:
        with here.rig.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(record)) or 0

    before, over = rows(), threading.Event()
    opened = [here.open(who), here.open(who)]
    engine = here.rig.database.engine
    with half_done(engine, table, over) as waited, ThreadPoolExecutor(2) as both:
        posts = [both.submit(one.post, path, sent) for one in opened]
        for post in posts:
            post.add_done_callback(lambda _post: over.set())
        answers = [post.result() for post in posts]
    assert waited, "the second met the first half-done"
    assert [answer.status_code for answer in answers] == [303, 303]
    pages = [one.follow(answer).text for one, answer in zip(opened, answers, strict=True)]
    assert all(words in page for page in pages)
    assert rows() == before + 1
    assert rows(CheckIn) <= 1, "nor is it counted twice"
