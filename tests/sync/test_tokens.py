"""Access by consent: renewed by one process at a time, and both kinds of 401 told apart (canvas.md §6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lms_sync.connections import make_wire
from lms_sync.consent import check_key
from lms_sync.platforms.canvas_course import CanvasCourse
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.wire import Wire
from lms_sync.tokens import renew
from lti_tool.http import make_session
from lti_tool.planning.consent import Key
from lti_tool.records.platform import Connection
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiKey, Fault
from tests.sync.course import Tied

Make = Callable[..., Tied]
KEY = ApiKey("10000000000777", "a secret", "Plans", ["https://tool.example/connect/callback"])


@pytest.fixture(name="tied")
def with_consent(tie_to: Make) -> Tied:
    """A course read with an access that somebody allowed."""
    tied = tie_to("canvas")
    tied.world.api_keys[KEY.client_id] = KEY
    token = tied.world.tokens[seed.CANVAS_API_TOKEN]
    token.refresh_token, token.client_id = "refresh me", KEY.client_id
    with tied.database.write() as session:
        row = session.scalars(sa.select(Connection)).one()
        row.refresh_token, row.oauth_client_id, row.oauth_secret = (
            "refresh me",
            KEY.client_id,
            KEY.client_secret,
        )
        row.token_expires_at = tied.clock() + timedelta(hours=1)
    return tied


def row_of(tied: Tied) -> Connection:
    with tied.database.read() as session:
        return session.scalars(sa.select(Connection)).one()


def asked_for_tokens(tied: Tied) -> int:
    return sum(1 for one in tied.world.requests if one["path"] == "/login/oauth2/token")


def wire_of(tied: Tied) -> Wire:
    return Wire(make_session(tied.settings), "Canvas")


def test_of_many_that_renew_at_once_one_asks(tied: Tied) -> None:
    tied.world.faults.append(Fault("slow", "/login/oauth2/token", seconds=0.5))
    rows = [row_of(tied) for _each in range(4)]
    troubles: list[BaseException] = []

    def one(row: Connection) -> None:
        try:
            renew(row, wire_of(tied), tied.database, now=tied.clock())
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=one, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not troubles
    assert asked_for_tokens(tied) == 1
    assert {row.token for row in rows} == {row_of(tied).token} <= set(tied.world.tokens)


@pytest.mark.parametrize("seconds", [60, 10**8], ids=["its time", "a clock that was wrong"])
def test_one_that_died_while_renewing_is_waited_for_a_minute(tied: Tied, seconds: int) -> None:
    with tied.database.write() as session:
        stored = session.scalars(sa.select(Connection)).one()
        stored.renew_owner, stored.renew_until = "somebody killed", tied.clock() + timedelta(seconds=seconds)
    row, waits = row_of(tied), list[float]()
    renew(row, make_wire(row, tied.settings, wait=waits.append), tied.database, now=tied.clock())
    assert sum(waits) in (60, 61)
    assert row.token == row_of(tied).token != seed.CANVAS_API_TOKEN
    assert row_of(tied).renew_owner == ""


def test_what_was_allowed_anew_meanwhile_is_used_and_not_overwritten(tied: Tied) -> None:
    row = row_of(tied)
    with tied.database.write() as session:
        session.execute(sa.update(Connection).values(token="allowed anew", refresh_token="its own"))
    renew(row, wire_of(tied), tied.database, now=tied.clock())
    assert asked_for_tokens(tied) == 0
    assert (row.token, row.refresh_token) == ("allowed anew", "its own")


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("withdrawn", "consent_gone"),
        ("withdrawn, older", "consent_gone"),
        ("other secret", "wrong_key"),
        ("down", "server_error"),
    ],
)
def test_why_no_token_came_is_told_apart(tied: Tied, harm: str, code: str) -> None:
    if harm.startswith("withdrawn"):
        tied.world.api_keys[KEY.client_id] = replace(KEY, older=harm.endswith("older"))
        tied.world.tokens[seed.CANVAS_API_TOKEN].revoked = True
    elif harm == "other secret":
        tied.world.api_keys[KEY.client_id] = ApiKey(KEY.client_id, "new secret", "Plans", KEY.redirect_uris)
    else:
        tied.world.faults.append(Fault("error", "/login/oauth2/token", times=None, status=500))
    with pytest.raises(LmsError) as raised:
        renew(row_of(tied), wire_of(tied), tied.database, now=tied.clock())
    assert raised.value.code == code
    assert row_of(tied).renew_owner == ""


@pytest.mark.parametrize("older", [False, True])
def test_whether_canvas_knows_the_key_is_told_from_its_words(tied: Tied, older: bool) -> None:
    tied.world.api_keys[KEY.client_id] = replace(KEY, older=older)
    assert check_key(Key(tied.world.issuer, KEY.client_id, KEY.client_secret), tied.settings) is None
    wrong = check_key(Key(tied.world.issuer, KEY.client_id, "another secret"), tied.settings)
    assert wrong is not None
    assert wrong.code == "wrong_key"


def test_a_consent_withdrawn_in_the_middle_of_a_run_is_said_on_the_connection(tied: Tied) -> None:
    assert tied.sync("first", "start").state == "done"
    tied.world.tokens[seed.CANVAS_API_TOKEN].revoked = True
    run = tied.sync("full")
    assert (run.state, run.error_code) == ("failed", "consent_gone")
    row = row_of(tied)
    assert (row.state, row.reason_code, row.reason_words["lms"]) == ("broken", "consent_gone", "Canvas")


def test_the_two_kinds_of_401_and_a_missing_scope(tied: Tied) -> None:
    def code(token: str) -> tuple[str, str]:
        course = CanvasCourse(
            wire_of(tied), api_url=tied.world.issuer, token=token, course_ref=str(seed.CANVAS_COURSE)
        )
        try:
            course.can_read_grades()
        except LmsError as error:
            return error.code, str(error)
        return "", ""

    assert code(seed.CANVAS_API_TOKEN)[0] == ""
    assert code("7~never given")[0] == "token_dead"
    token = tied.world.tokens[seed.CANVAS_TEACHER_TOKEN]
    token.scopes = ["url:GET|/api/v1/courses/:id"]
    found, words = code(seed.CANVAS_TEACHER_TOKEN)
    assert found == "key_scope"
    assert "url:GET|/api/v1/courses/:course_id/students/submissions" in words
    token.scopes = None
    tied.course.enrolments[seed.CANVAS_TEACHER].role = "student"
    course = CanvasCourse(
        wire_of(tied),
        api_url=tied.world.issuer,
        token=seed.CANVAS_TEACHER_TOKEN,
        course_ref=str(seed.CANVAS_COURSE),
    )
    course.can_read_grades()  # Canvas narrows a student's "all" in silence
    with pytest.raises(LmsError, match="right to see all grades"):
        course.limited_to()
    del tied.course.enrolments[seed.CANVAS_TEACHER]
    found, words = code(seed.CANVAS_TEACHER_TOKEN)
    assert found == "no_course"
    assert "does not see this course" in words
