"""A copied course: by its launch or by the LMS's notice; nothing of the old course comes along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from lms_sync.notices import ask_for_notices
from lms_sync.run import SyncDeps
from lti_tool.launch.keys import current_signing_key
from lti_tool.records.course import Context, Membership
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item, Result
from lti_tool.records.notices import SeenNotice
from lti_tool.records.platform import Connection, Deployment
from tests.launch.picking import BOTH, COURSE, LTI, STUDENTS, TEACHER, change_claims, words_of
from tests.launch.rig import Rig
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.copies import copy_course
from tests.sandbox_lms.lti_state import new_key
from tests.sandbox_lms.notices import copy_notice, send_notices
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.tools import NOTICES_SCOPE, notice_handlers_url
from tests.sandbox_lms.world import Course, Tool, World


def register(rig: Rig, world: World) -> Tool:
    tool = rig.register(world)
    tool.custom["context_history"] = "$Context.id.history"
    return tool


def context_of(rig: Rig, course: Course) -> Context | None:
    with rig.database.read() as session:
        return session.scalar(sa.select(Context).where(Context.lms_id == course.lti_id))


def copied(world: World, personality: str, title: str = "Algebra I, spring") -> Course:
    return copy_course(world, COURSE[personality], teacher_id=TEACHER[personality], title=title)


@pytest.mark.parametrize("personality", BOTH)
def test_a_copy_says_so_and_has_nobody_of_the_old_course(
    rig: Rig, lms: PracticeLms, personality: str
) -> None:
    world = lms.worlds[personality]
    register(rig, world)
    for person in (TEACHER[personality], *STUDENTS[personality][:2]):
        LaunchClient().launch(lms.url(personality), COURSE[personality], person)
    old = context_of(rig, world.courses[COURSE[personality]])
    assert old is not None
    with rig.database.write() as session:
        session.get_one(Context, old.id).started_at = rig.clock()
        session.add(
            Connection(
                registration_id=old.registration_id,
                context_id=old.id,
                kind=personality,
                api_url=world.issuer,
                state="ok",
                created_at=rig.clock(),
            )
        )
    copy = copied(world, personality)
    page = LaunchClient().launch(lms.url(personality), copy.id, TEACHER[personality])
    assert page.status_code == 200
    words = words_of(page)
    assert "Copied from Algebra I ; nobody’s plan came along." in words.replace("I;", "I ;")
    assert "Bringing templates from it will be possible once there are templates." in words
    new = context_of(rig, copy)
    assert new is not None
    assert new.id != old.id
    assert (new.copied_from, new.started_at) == (world.courses[COURSE[personality]].lti_id, None)
    with rig.database.read() as session:
        assert session.scalars(sa.select(Membership.role).where(Membership.context_id == new.id)).all() == [
            "staff"
        ]
        for table in (Goal, Item, Connection):
            assert session.scalar(sa.select(sa.func.count()).where(table.context_id == new.id)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Result)) == 0
        assert session.get_one(Context, old.id).copied_from is None


def test_a_copy_of_a_course_we_never_saw(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    register(rig, world)
    copy = copied(world, "moodle")
    page = LaunchClient().launch(lms.url("moodle"), copy.id, TEACHER["moodle"])
    assert "Copied from another course; nobody’s plan came along." in words_of(page)


@pytest.mark.parametrize("history", ["", "$Context.id.history", ",,", 7, None, "\x00", "x" * 5000])
def test_a_history_that_says_nothing_is_none(rig: Rig, lms: PracticeLms, history: Any) -> None:
    world = lms.worlds["moodle"]
    register(rig, world)
    client = LaunchClient()
    form = client.ready(lms.url("moodle"), COURSE["moodle"], TEACHER["moodle"])
    change_claims(world, form, lambda claims: claims[LTI + "custom"].update(context_history=history))
    assert client.send(form).status_code == 200


class Noticed:
    """A Canvas that sends notices to the running tool."""

    def __init__(self, rig: Rig, lms: PracticeLms) -> None:
        self.rig, self.world = rig, lms.worlds["canvas"]
        self.tool = register(rig, self.world)
        self.address = rig.url + "/lti/notices"

    def send(self, *claims: dict[str, Any]) -> Any:
        return send_notices(self.world, self.address, *claims)


@pytest.fixture
def noticed(rig: Rig, lms: PracticeLms) -> Noticed:
    return Noticed(rig, lms)


def test_a_notice_comes_before_the_first_launch(noticed: Noticed) -> None:
    world = noticed.world
    world.lti.handlers[noticed.tool.client_id] = {"LtiContextCopyNotice": noticed.address}
    copy = copied(world, "canvas")
    found = context_of(noticed.rig, copy)
    assert found is not None
    assert found.copied_from == world.courses[COURSE["canvas"]].lti_id
    page = LaunchClient().launch(world.issuer, copy.id, TEACHER["canvas"])
    assert "nobody’s plan came along" in words_of(page)
    with noticed.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Context)) == 1


def test_a_notice_counts_once(noticed: Noticed) -> None:
    claims = copy_notice(noticed.world, noticed.tool, copied(noticed.world, "canvas"))
    assert noticed.send(claims).json() == {"taken": 1}
    again = noticed.send(claims)
    assert again.status_code == 400
    assert again.json()["error"] == "notice_used"
    with noticed.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SeenNotice)) == 1


def test_content_brought_into_a_course_in_use_is_no_copy(noticed: Noticed) -> None:
    course = copied(noticed.world, "canvas")
    LaunchClient().launch(noticed.world.issuer, course.id, TEACHER["canvas"])
    with noticed.rig.database.write() as session:
        context = session.scalars(sa.select(Context)).one()
        context.copied_from, context.started_at = None, noticed.rig.clock()
    assert noticed.send(copy_notice(noticed.world, noticed.tool, course)).status_code == 200
    found = context_of(noticed.rig, course)
    assert found is not None
    assert found.copied_from is None


def test_a_greeting_changes_nothing(noticed: Noticed) -> None:
    claims = copy_notice(noticed.world, noticed.tool, copied(noticed.world, "canvas"))
    claims[LTI + "notice"]["type"] = "LtiHelloWorldNotice"
    assert noticed.send(claims).status_code == 200
    with noticed.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Context)) == 0


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("of another issuer", {"iss": "https://elsewhere.example"}, "unknown_registration"),
    ("for another tool", {"aud": "somebody"}, "unknown_registration"),
    ("for two without azp", {"aud": ["somebody"]}, "unknown_registration"),
    ("expired", {"exp": 1}, "expired"),
    ("old", {"iat": 1}, "too_old"),
    ("without a single-use id", {"nonce": None}, "notice_malformed"),
    ("of another version", {LTI + "version": "1.1"}, "version_wrong"),
    ("of no kind", {LTI + "notice": {}}, "notice_malformed"),
    ("of an unknown deployment", {LTI + "deployment_id": "other"}, "deployment_waiting"),
    ("of no course", {LTI + "context": None}, "notice_malformed"),
    ("with a broken course", {LTI + "context": {"id": "\x00"}}, "notice_malformed"),
    ("with half a character in iss", {"iss": "\ud800"}, "notice_malformed"),
    ("with half a character in aud", {"aud": ["\ud800"]}, "notice_malformed"),
    ("with broken origins", {LTI + "origin_contexts": [{}]}, "notice_malformed"),
]


@pytest.mark.parametrize(("what", "changed", "code"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_notice_is_refused(noticed: Noticed, what: str, changed: dict[str, Any], code: str) -> None:
    claims = copy_notice(noticed.world, noticed.tool, copied(noticed.world, "canvas"), **changed)
    answer = noticed.send(claims)
    assert 400 <= answer.status_code < 500, what
    assert answer.json()["error"] == code
    assert answer.json()["number"]
    with noticed.rig.database.read() as session:
        for table in (Context, SeenNotice):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_a_notice_signed_by_somebody_else_is_refused(noticed: Noticed) -> None:
    noticed.world.lti.signing_key()
    claims = copy_notice(noticed.world, noticed.tool, copied(noticed.world, "canvas"))
    genuine = noticed.world.lti.keys[-1]
    forged = new_key()
    forged.kid = genuine.kid
    noticed.world.lti.jwks(noticed.world.now())
    assert noticed.send(copy_notice(noticed.world, noticed.tool, copied(noticed.world, "canvas"))).ok
    noticed.world.lti.keys.append(forged)
    answer = noticed.send(claims)
    noticed.world.lti.keys.remove(forged)
    assert answer.status_code == 400
    assert answer.json()["error"] == "signature_wrong"


def test_a_good_notice_beside_a_wrong_one_is_taken(noticed: Noticed) -> None:
    good, bad = copied(noticed.world, "canvas"), copied(noticed.world, "canvas")
    wrong = copy_notice(noticed.world, noticed.tool, bad, exp=1)
    answer = noticed.send(wrong, copy_notice(noticed.world, noticed.tool, good))
    assert answer.status_code == 400
    assert context_of(noticed.rig, good) is not None
    assert context_of(noticed.rig, bad) is None


BROKEN = [
    b"",
    b"null",
    b"[]",
    b"\xff",
    b'{"notices": []}',
    b'{"notices": "x"}',
    b'{"notices": [{}]}',
    b'{"notices": [{"jwt": 7}]}',
    b'{"notices": [{"jwt": "..."}]}',
    b'{"notices": [{"jwt": "a.b.c"}]}',
    b'{"notices": ' + b"[" * 9000,
    b'{"notices": [' + b'{"jwt": "e30.e30.e30"},' * 50 + b"{}]}",
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_body_is_refused(suite: Any, body: bytes) -> None:
    answer = requests.post(
        suite.rig.url + "/lti/notices",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_two_registrations_of_one_lms_do_not_mix(noticed: Noticed) -> None:
    """A notice for one customer's tool does not touch the course of the same id of another."""
    other = noticed.rig.register(noticed.world)
    assert other.client_id != noticed.tool.client_id
    copy = copied(noticed.world, "canvas")
    assert noticed.send(copy_notice(noticed.world, other, copy)).status_code == 200
    with noticed.rig.database.read() as session:
        context = session.scalars(sa.select(Context)).one()
        deployments = sa.select(Deployment).where(Deployment.registration_id == context.registration_id)
        assert session.scalars(deployments).one().lms_id == other.deployment_ids[0]


def test_old_single_use_ids_are_cleared_away(noticed: Noticed) -> None:
    assert noticed.send(copy_notice(noticed.world, noticed.tool, copied(noticed.world, "canvas"))).ok
    noticed.rig.clock.ahead = timedelta(hours=4)
    later = int(noticed.rig.clock().timestamp())
    fresh = copy_notice(
        noticed.world, noticed.tool, copied(noticed.world, "canvas"), iat=later, exp=later + 9
    )
    assert noticed.send(fresh).ok
    with noticed.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SeenNotice)) == 1


def test_the_launch_says_where_notices_are_asked_for(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    tool = register(rig, world)

    def kept() -> str | None:
        with rig.database.read() as session:
            return session.scalars(sa.select(Deployment.notices_url)).one()

    LaunchClient().launch(world.issuer, COURSE["canvas"], TEACHER["canvas"])
    assert kept() == notice_handlers_url(world, tool)
    tool.scopes = [scope for scope in tool.scopes if scope != NOTICES_SCOPE]
    LaunchClient().launch(world.issuer, COURSE["canvas"], TEACHER["canvas"])
    assert kept() is None


def test_from_the_launch_to_the_notice_nobody_does_anything_by_hand(rig: Rig, lms: PracticeLms) -> None:
    """A launch brings the address, the worker asks there, and the next copy is known before it is opened."""
    world = lms.worlds["canvas"]
    register(rig, world)
    LaunchClient().launch(world.issuer, COURSE["canvas"], TEACHER["canvas"])
    with rig.database.write() as session:
        current_signing_key(session, rig.clock())
    deps = SyncDeps.make(rig.settings, rig.database, owner="tests#1", now=rig.clock)
    assert ask_for_notices(deps) == 1
    found = context_of(rig, copied(world, "canvas"))
    assert found is not None
    assert found.copied_from == world.courses[COURSE["canvas"]].lti_id


@pytest.mark.parametrize("kinds", [None, [], ["LtiHelloWorldNotice"], "LtiContextCopyNotice", {}, [7]])
def test_a_service_without_this_kind_of_notice_is_not_asked(rig: Rig, lms: PracticeLms, kinds: Any) -> None:
    world = lms.worlds["canvas"]
    register(rig, world)
    client = LaunchClient()
    form = client.ready(lms.url("canvas"), COURSE["canvas"], TEACHER["canvas"])
    service = LTI + "platformnotificationservice"
    change_claims(world, form, lambda claims: claims[service].update(notice_types_supported=kinds))
    assert client.send(form).status_code == 200
    with rig.database.read() as session:
        assert session.scalars(sa.select(Deployment.notices_url)).one() is None
