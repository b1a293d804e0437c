"""A wrong address, somebody else's token, fewer rights, a course not seen: said at once, and everywhere.

In `lti-tool connect`, in `lti-tool doctor`, and on the course page after the next reading, each naming what
is missing; the token is in none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.fernet import Fernet, MultiFernet

from lti_tool.cli import tool
from lti_tool.migrations.runner import newest_revision
from lti_tool.overview.connection import connection_of
from lti_tool.overview.place import place
from lti_tool.overview.sync import sync_state
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.consent import SCOPES
from lti_tool.records.platform import Connection
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiToken, Fault
from tests.sync.course import Tied

FERNET = Fernet.generate_key()
ITEMS = "url:GET|/api/v1/courses/:course_id/assignment_groups"
REPORT = "gradereport_user_get_grade_items"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def cipher() -> MultiFernet:
    """The commands', too."""
    return MultiFernet([Fernet(FERNET)])


@pytest.fixture
def made(tie_to: Callable[..., Tied]) -> Callable[..., Tied]:
    """tie_to, in a database that the commands take for one of this version (its tables are)."""

    def make(personality: str, **more: object) -> Tied:
        tied = tie_to(personality, **more)
        with tied.database.write() as session:
            session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            session.execute(sa.text(f"INSERT INTO alembic_version VALUES ('{newest_revision()}')"))
        return tied

    return make


def command(tied: Tied, *words: str, **more: str) -> tuple[int, str]:
    """(exit status, what was said) of a command in the same installation."""
    environment = {
        "VAR_DIR": str(tied.settings.var_dir),
        "DATABASE_URL": tied.settings.database_url,
        "ENCRYPTION_KEYS": FERNET.decode(),
        "SECRET_KEY": tied.settings.secret_key,
        "ALLOW_PRIVATE_NETWORK": "1",
        "PUBLIC_URL": "http://127.0.0.1:8900",
        "CONFIG_FILE": None,
    }
    result = CliRunner().invoke(tool, words, env={**environment, **more})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def page(tied: Tied) -> str:
    """What a teacher reads about the connection on the course page, after the next reading."""
    tied.clock.forward(hours=1)
    tied.sync("full", "button")
    actor = Actor(tied.registration_id, 0, Role.STAFF, tied.context_id)
    with tied.database.read() as session:
        words = connection_of(session, place(session, actor, tied.context_id))
        state = sync_state(session, actor, tied.context_id, now=tied.clock())
    return f"{words.sentence} {words.what_to_do} {state.error}"


def told_everywhere(tied: Tied, api_url: str, token: str, wanted: str) -> None:
    """Connect with this, ask the doctor, and look at the page."""
    where = ("connect", "--registration", str(tied.registration_id), "--kind", tied.world.personality)
    status, said = command(tied, *where, "--api-url", api_url, "--token-env", "A_TOKEN", A_TOKEN=token)
    assert (status, wanted in said) == (1, True), ("connect", wanted, said)
    assert "is stored, but it does not work yet" in said
    status, found = command(tied, "doctor")
    assert status == 1
    assert f"BAD connection 1 ({tied.world.personality}): " in found, ("doctor", wanted, found)
    assert wanted in found, ("doctor", wanted, found)
    shown = page(tied)
    assert wanted in shown, ("page", wanted, shown)
    assert token not in said + found + shown


@contextmanager
def token_of(tied: Tied, person: int, **more: object) -> Iterator[str]:
    """A token of that person, for as long as this lasts."""
    tied.world.tokens["a-token-of-theirs"] = ApiToken("a-token-of-theirs", person, **more)
    yield "a-token-of-theirs"
    del tied.world.tokens["a-token-of-theirs"]


def works_again(tied: Tied, token: str) -> None:
    where = ("connect", "--registration", str(tied.registration_id), "--kind", tied.world.personality)
    status, said = command(
        tied, *where, "--api-url", tied.world.issuer, "--token-env", "A_TOKEN", A_TOKEN=token
    )
    assert (status, "works" in said) == (0, True), said
    assert "Grades come from" in page(tied)
    with tied.database.read() as session:
        assert session.scalars(sa.select(Connection.state)).one() == "ok"


def test_what_is_wrong_with_an_access_to_canvas(made: Callable[..., Tied]) -> None:
    tied = made("canvas")
    tied.sync("first", "start")
    url = tied.world.issuer
    told_everywhere(tied, "http://127.0.0.1:1", "t0ken-t0ken", "Canvas could not be reached")
    with token_of(tied, seed.CANVAS_STUDENTS[0]) as token:  # Canvas answers them with their own grades
        told_everywhere(tied, url, token, "right to see all grades (Grades - view all grades)")
    with token_of(tied, seed.CANVAS_TEACHER, scopes=[one for one in SCOPES if one != ITEMS]) as token:
        told_everywhere(tied, url, token, ITEMS)
    works_again(tied, seed.CANVAS_API_TOKEN)


@pytest.mark.long
def test_what_else_may_be_wrong_with_an_access_to_canvas(made: Callable[..., Tied]) -> None:
    tied = made("canvas")
    tied.sync("first", "start")
    url = tied.world.issuer
    told_everywhere(tied, f"{url}/typed/wrong", seed.CANVAS_API_TOKEN, "or checks the address")
    told_everywhere(tied, url, "t0ken-t0ken", "Canvas no longer accepts our access")
    del tied.course.enrolments[seed.CANVAS_TEACHER_2]
    with token_of(tied, seed.CANVAS_TEACHER_2) as token:
        told_everywhere(tied, url, token, "does not see this course")
    with token_of(tied, seed.CANVAS_TEACHER, scopes=list(SCOPES), allow_includes=False) as token:
        told_everywhere(tied, url, token, "does not allow include parameters")
    works_again(tied, seed.CANVAS_API_TOKEN)


def test_a_course_that_could_not_be_read_is_named_though_the_access_works(made: Callable[..., Tied]) -> None:
    tied = made("canvas")
    tied.sync("first", "start")
    tied.world.faults.append(Fault("error", "/assignment_groups", times=None, status=404))
    tied.clock.forward(minutes=5)
    tied.sync("full")
    tied.world.faults.clear()
    _status, found = command(tied, "doctor")
    assert "ok connection 1" in found
    assert "look course 1 “Algebra I”: The account behind our access to Canvas does not see" in found
    tied.clock.forward(minutes=5)
    tied.sync("full")
    assert "look course 1" not in command(tied, "doctor")[1]


def test_a_teacher_who_is_none_any_more_is_noticed_by_the_next_whole_reading(
    made: Callable[..., Tied],
) -> None:
    """Canvas goes on answering, with their own grades alone."""
    tied = made("canvas")
    with tied.database.write() as session:
        row = session.scalars(sa.select(Connection)).one()
        row.context_id, row.token = tied.context_id, seed.CANVAS_TEACHER_TOKEN
        row.lms_user_id = str(seed.CANVAS_TEACHER)
    assert tied.sync("first", "start").state == "done"
    tied.course.enrolments[seed.CANVAS_TEACHER].role = "student"
    assert "right to see all grades" in page(tied)
    tied.course.enrolments[seed.CANVAS_TEACHER].role = "teacher"
    assert "Grades come from" in page(tied)


def test_what_is_wrong_with_an_access_to_moodle(made: Callable[..., Tied]) -> None:
    tied = made("moodle")
    tied.sync("first", "start")
    url, account, every = tied.world.issuer, seed.MOODLE_WS_USER, list(seed.MOODLE_FUNCTIONS)
    with token_of(tied, account, functions=[one for one in every if one != REPORT]) as token:
        told_everywhere(tied, url, token, REPORT)
    with token_of(tied, account, functions=every, lacks=["moodle/grade:viewall"]) as token:
        told_everywhere(tied, url, token, "moodle/grade:viewall")
    works_again(tied, seed.MOODLE_WS_TOKEN)


@pytest.mark.long
def test_what_else_may_be_wrong_with_an_access_to_moodle(made: Callable[..., Tied]) -> None:
    tied = made("moodle")
    tied.sync("first", "start")
    url, account, every = tied.world.issuer, seed.MOODLE_WS_USER, list(seed.MOODLE_FUNCTIONS)
    told_everywhere(tied, "http://127.0.0.1:1", "t0ken-t0ken", "Moodle could not be reached")
    told_everywhere(tied, url, "t0ken-t0ken", "Moodle no longer accepts our access")
    for lacking, wanted in (
        ("moodle/course:view", "does not see this course"),
        ("webservice/rest:use", "webservice/rest:use"),
    ):
        with token_of(tied, account, functions=every, lacks=[lacking]) as token:
            told_everywhere(tied, url, token, wanted)
    with token_of(tied, seed.MOODLE_STUDENTS[0], functions=every) as token:
        told_everywhere(tied, url, token, "moodle/grade:viewall")
    works_again(tied, seed.MOODLE_WS_TOKEN)


def test_without_any_access_it_says_what_it_cannot_see_and_how_to_change_that(
    made: Callable[..., Tied],
) -> None:
    tied = made("canvas", connected=False)
    run = tied.sync("first", "start")
    assert (run.state, run.ignored) == ("done", {"no connection": 10})
    shown = page(tied)
    for words in ("we see no scores, due dates or missing work", "makes an API key"):
        assert words in shown
    status, found = command(tied, "doctor")
    assert "look registration 1 grades: not connected" in found, (status, found)
    assert "scores, due dates and missing work are not seen" in found
    assert "lti-tool connect --registration 1" in found
