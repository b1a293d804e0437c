"""Connecting grades by consent: the window, its answer, and everything that can go wrong (canvas.md §6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.plans.consent import SCOPES
from lti_tool.records.audit import AuditEntry
from lti_tool.records.consent import ConsentState
from lti_tool.records.course import Membership
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.launch import LaunchSession
from lti_tool.records.platform import Connection, Registration
from tests import factories
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Fault
from tests.web.consenting import KEY, Consenting, Window, consenting
from tests.web.rig import Rig


@pytest.fixture(name="at")
def at_canvas(rig: Rig) -> Iterator[Consenting]:
    with consenting(rig) as found:
        yield found


def test_a_teacher_connects_their_course(at: Consenting) -> None:
    teacher = at.open()
    window = at.press(teacher)
    asked = window.asked()
    assert asked["scope"].split() == list(SCOPES)
    assert (asked["client_id"], asked["response_type"]) == (KEY, "code")
    assert asked["redirect_uri"] == f"{at.rig.url}/connect/callback"
    done = window.allow()
    assert done.status_code == 200
    assert "You can close this window" in done.text
    own = at.own()
    assert own is not None
    assert (own.state, own.context_id, own.person_id) == ("ok", at.course.context.id, at.course.teacher.id)
    assert own.lms_user_id == str(seed.CANVAS_TEACHER)
    assert own.token in at.world.tokens
    assert own.refresh_token
    with at.rig.database.read() as session:
        raw = session.execute(sa.text("SELECT token, refresh_token FROM connection")).all()
        run = session.scalars(sa.select(SyncRun)).one()
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "connection.allowed")).one()
    assert own.token not in str(raw)
    assert own.refresh_token not in str(raw)
    assert (run.kind, run.asked_by_id) == ("full", at.course.teacher.id)
    assert entry.actor_id == at.course.teacher.id
    page = teacher.get("/setup").text
    assert "Grades come from Canvas." in page
    assert 'name="ticket"' not in page


def test_the_page_that_waits_is_told_when_it_is_done(at: Consenting) -> None:
    teacher = at.open()
    window = at.press(teacher)
    with at.rig.database.read() as session:
        mark = f"{session.scalars(sa.select(Connection.id)).one()}.waiting.0"
    waiting = teacher.get("/connecting", params={"was": mark, "what": "course"})
    assert "HX-Refresh" not in waiting.headers
    assert "every 2s" in waiting.text
    window.allow()
    assert teacher.get("/connecting", params={"was": mark, "what": "course"}).headers["HX-Refresh"] == "true"
    long_ago = int((at.rig.clock() - timedelta(minutes=20)).timestamp())
    over = teacher.get("/connecting", params={"was": mark, "what": "course", "since": long_ago})
    assert "No answer came" in over.text
    assert teacher.get("/connecting", params={"since": "9" * 30}).status_code == 200


def test_an_administrator_connects_every_course(at: Consenting) -> None:
    admin = at.open(role=Role.ADMIN, is_admin=True)
    assert "You can close this window" in at.press(admin, "/admin").allow(seed.CANVAS_ADMIN).text
    [row] = at.connections()
    assert (row.context_id, row.state, row.lms_user_id) == (None, "ok", str(seed.CANVAS_ADMIN))
    lacks = {"lms": "Canvas", "detail": "url:GET|/api/v1/courses/:course_id/groups"}
    with at.rig.database.write() as session:
        session.execute(sa.update(Connection).values(reason_code="parts_unread", reason_words=lacks))
    page = admin.get("/admin").text
    assert 'name="ticket"' not in page
    assert f"nor course totals ({lacks['detail']})" in page


def test_an_account_that_sees_none_of_the_courses_does_not_connect_them_all(at: Consenting) -> None:
    """An administrator may use another account than their own; it is looked through in started courses."""
    del at.world.courses[seed.CANVAS_COURSE].enrolments[seed.CANVAS_TEACHER_2]
    admin = at.open(role=Role.ADMIN, is_admin=True)
    page = at.press(admin, "/admin").allow(seed.CANVAS_TEACHER_2)
    assert (page.status_code, "does not see this course" in page.text) == (400, True)
    assert [row.state for row in at.connections()] == ["waiting"]
    assert not [token for token in at.world.tokens.values() if token.client_id == KEY]
    with at.rig.database.write() as session:  # the newest of them is in another part of the school
        here = session.get_one(Registration, at.course.context.registration_id)
        factories.make_context(session, here, lms_id="elsewhere", started_at=at.rig.clock())
    assert "You can close this window" in at.press(admin, "/admin").allow(seed.CANVAS_TEACHER).text


def test_a_teacher_cannot_connect_every_course(at: Consenting) -> None:
    teacher = at.open()
    window = at.press(teacher)
    assert window.page.status_code == 200
    admin = at.open(role=Role.ADMIN, is_admin=True)
    ticket = at.press(admin, "/admin").page.request.body
    assert isinstance(ticket, str)
    forged = ticket.replace(admin.launch_id, teacher.launch_id).partition("=")[2]
    assert "has ended" in at.begin(forged).page.text


BROKEN: list[tuple[str, Callable[[Window], requests.Response]]] = [
    ("You did not allow it", lambda w: w.back(w.answer(answer="deny"))),
    (
        "does not have all the scopes",
        lambda w: w.back(w.answer(scope="url:GET|/api/v1/accounts")),
    ),
    ("does not belong to anything you asked", lambda w: w.back(w.answer(state="forged"))),
    ("kept no cookie of ours", lambda w: requests.get(w.answer(), timeout=60)),
    ("answered with an error instead of access: temporarily_unavailable", lambda w: _error(w)),
    ("used before or is too old", lambda w: w.back(w.answer().replace("code=", "code=0"))),
    ("instead of access: no code", lambda w: w.back(w.answer().replace("code=", "cod="))),
]


def _error(window: Window) -> requests.Response:
    back = urlsplit(window.asked()["redirect_uri"])
    return window.back(
        f"{back.geturl()}?error=temporarily_unavailable&error_description=%3Cb%3E&state={window.asked()['state']}"
    )


@pytest.mark.parametrize(("words", "act"), BROKEN, ids=[words for words, _act in BROKEN])
def test_an_answer_that_gives_nothing_is_said(
    at: Consenting, words: str, act: Callable[[Window], requests.Response]
) -> None:
    teacher = at.open()
    page = act(at.press(teacher))
    assert page.status_code == 400
    assert words in page.text
    assert "You can close this window" in page.text
    assert at.own() is None
    assert 'name="ticket"' in teacher.get("/setup").text


def test_an_answer_is_used_once(at: Consenting) -> None:
    window = at.press(at.open())
    address = window.answer()
    assert window.back(address).status_code == 200
    again = window.back(address)
    assert again.status_code == 400
    assert "was used already" in again.text


def test_a_late_answer_and_an_ended_session_are_refused(at: Consenting) -> None:
    late, ended = at.press(at.open()), at.press(at.open())
    with at.rig.database.write() as session:
        newest = session.scalars(sa.select(ConsentState).order_by(ConsentState.id.desc())).first()
        assert newest is not None
        session.get_one(LaunchSession, newest.launch_id).ended_at = at.rig.clock()
    assert "has ended" in ended.back(ended.answer()).text
    address = late.answer()
    at.rig.clock.move(minutes=16)
    assert "too late" in late.back(address).text
    assert at.own() is None


@pytest.mark.parametrize("ticket", ["", "x", "a.b.c.d", "a" * 9000, "é.course.99999999999.0"])
def test_a_ticket_that_is_none_opens_nothing(at: Consenting, ticket: str) -> None:
    answer = at.begin(ticket).page
    assert answer.status_code == 400
    assert "Close this window" in answer.text


def test_the_key_names_another_address_to_come_back_to(at: Consenting) -> None:
    window = at.press(at.open())
    address = window.answer()
    at.world.codes[address.partition("code=")[2].partition("&")[0]].redirect_uri = "https://other.example/"
    page = window.back(address).text
    assert "the redirect address on the API key is another one" in page
    assert f"{at.rig.url}/connect/callback" in page


def test_canvas_does_not_know_the_key(at: Consenting) -> None:
    window = at.press(at.open())
    address = window.answer()
    at.world.api_keys[KEY].client_secret = "another one"
    assert "does not know the API key" in window.back(address).text


def test_a_canvas_that_answers_by_leading_back_is_understood(at: Consenting) -> None:
    """What was wrong with a code then stands in the address it leads to."""
    at.world.api_keys[KEY].older = True
    teacher = at.open()
    window = at.press(teacher)
    assert "used before or is too old" in window.back(window.answer().replace("code=", "code=0")).text
    window = at.press(teacher)
    address = window.answer()
    at.world.api_keys[KEY].client_secret = "another one"
    assert "does not know the API key" in window.back(address).text


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("error", "/login/oauth2/token", times=None, status=500), "a fault of its own"),
        (Fault("html", "/login/oauth2/token", times=None), "a web page instead of data"),
        (Fault("truncate", "/login/oauth2/token", times=None), "cut off half-way"),
    ],
    ids=["500", "html", "cut short"],
)
def test_the_token_service_is_down(at: Consenting, fault: Fault, words: str) -> None:
    window = at.press(at.open())
    address = window.answer()
    at.world.faults.append(fault)
    assert words in window.back(address).text
    assert at.own() is None


def test_a_wrong_persons_consent_is_given_back(at: Consenting) -> None:
    page = at.press(at.open()).allow(seed.CANVAS_TEACHER_2)
    assert "another Canvas account" in page.text
    assert at.own() is None
    assert not [token for token in at.world.tokens.values() if token.client_id == KEY]


def test_an_account_without_the_course_or_its_grades_is_told_what_is_missing(at: Consenting) -> None:
    teacher = at.open()
    at.world.courses[seed.CANVAS_COURSE].enrolments[seed.CANVAS_TEACHER].active = False
    assert "does not see this course" in at.press(teacher).allow().text
    at.world.courses[seed.CANVAS_COURSE].enrolments[seed.CANVAS_TEACHER].active = True
    at.world.api_keys[KEY].scopes = list(SCOPES)
    window = at.press(teacher)
    address = window.answer()
    code = address.partition("code=")[2].partition("&")[0]
    at.world.codes[code].scopes = [scope for scope in SCOPES if "submissions" not in scope]
    page = window.back(address).text
    assert "lacks a scope: url:GET|/api/v1/courses/:course_id/students/submissions" in page
    assert at.own() is None


def test_a_key_that_allows_no_include_parameters_is_told_so(at: Consenting) -> None:
    at.world.api_keys[KEY].allow_includes = False
    assert "does not allow include parameters" in at.press(at.open()).allow().text
    assert at.own() is None


def test_while_the_course_cannot_be_looked_at_the_consent_is_kept(at: Consenting) -> None:
    at.world.faults.append(Fault("error", "/students/submissions", times=None, status=502))
    page = at.press(at.open()).allow()
    assert "could not look at the course yet" in page.text
    own = at.own()
    assert own is not None
    assert own.state == "unchecked"


def test_a_limited_account_names_its_sections(at: Consenting) -> None:
    course = at.world.courses[seed.CANVAS_COURSE]
    course.enrolments[seed.CANVAS_TEACHER].limited = True
    course.enrolments[seed.CANVAS_STUDENTS[0]].sections = ["2"]
    teacher = at.open()
    assert "only these sections: Section 1" in at.press(teacher).allow().text
    own = at.own()
    assert own is not None
    assert own.sections == ["Section 1"]
    board = teacher.get("/board").text
    assert "only these sections: Section 1" in board
    assert "Connect grades with my account" in board


def test_another_teacher_takes_over_in_one_step(at: Consenting) -> None:
    teacher = at.open()
    at.press(teacher).allow()
    first = at.own()
    assert first is not None
    colleague = at.open(at.colleague)
    assert "no longer teaches" not in colleague.get("/board").text
    with at.rig.database.write() as session:
        member = session.scalars(
            sa.select(Membership).where(Membership.person_id == at.course.teacher.id)
        ).one()
        member.left_at = at.rig.clock()
    board = colleague.get("/board").text
    assert "Rosa Lind, who no longer teaches this course" in board
    assert "You can close this window" in at.press(colleague, "/board").allow(seed.CANVAS_TEACHER_2).text
    own = at.own()
    assert own is not None
    assert (own.id, own.person_id) == (first.id, at.colleague.id)
    assert first.token not in at.world.tokens  # given back: nobody needs it any more
    assert own.token in at.world.tokens
    assert "no longer teaches" not in colleague.get("/board").text


def test_a_withdrawn_consent_is_shown_with_the_button_that_mends_it(at: Consenting) -> None:
    teacher = at.open()
    at.press(teacher).allow()
    with at.rig.database.write() as session:
        own = session.scalars(sa.select(Connection).where(Connection.context_id.is_not(None))).one()
        own.state, own.reason_code, own.reason_words = "broken", "consent_gone", {"lms": "Canvas"}
    board = teacher.get("/board").text
    assert "whoever allowed it took it back" in board
    at.press(teacher, "/board").allow()
    assert "took it back" not in teacher.get("/board").text


def test_nobody_else_gets_the_button(at: Consenting) -> None:
    with at.rig.database.write() as session:
        learner = factories.make_learner(session, at.course.context, name="Somebody")
    assert at.open(learner, Role.LEARNER).get("/connecting").status_code == 403
    with at.rig.database.write() as session:
        session.execute(sa.update(Connection).values(oauth_client_id=None, oauth_secret=None, state="ok"))
        session.execute(sa.delete(Connection))
    page = at.open().get("/setup").text
    assert "has not connected the grades" in page
    assert 'name="ticket"' not in page


def test_the_window_speaks_the_teachers_language_and_no_page_frames_it(at: Consenting) -> None:
    window = at.press(at.open(locale="es"))
    assert 'lang="es"' in window.page.text
    assert "frame-ancestors 'none'" in window.page.headers["Content-Security-Policy"]
    assert "Puedes cerrar esta ventana" in window.allow().text


def test_no_secret_reaches_the_log(at: Consenting, capfd: pytest.CaptureFixture[str]) -> None:
    window = at.press(at.open())
    address = window.answer()
    window.back(address)
    own = at.own()
    assert own is not None
    told = "".join(capfd.readouterr())
    secrets = [own.token, own.refresh_token, window.asked()["state"], address.partition("code=")[2][:40]]
    assert not [secret for secret in secrets if secret and secret in told]
