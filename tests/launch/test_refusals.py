"""Launches that must be refused for their state, browser, keys, deployment or platform (lti.md §3)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.launch.claims import LTI
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.platform import Deployment, Registration
from tests.launch.attempt import Attempt, assert_refused, stored
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import World


def test_key_set_out_of_reach(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    with rig.database.write() as session:
        session.scalars(sa.select(Registration)).one().jwks_url = "http://localhost:1/none"
    page = Attempt(rig, lms).post()
    assert_refused(page)
    assert "did not hand out the keys" in page.text


def test_a_login_works_for_five_minutes(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    late = Attempt(rig, lms)
    rig.clock.ahead = timedelta(minutes=6)
    late.claims |= {"exp": late.claims["exp"] + 3600}
    assert_refused(late.post(late.signed()), "too late")
    assert stored(rig) == 0


def test_another_browser_is_told_about_cookies_and_the_way_back(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    page = Attempt(rig, lms).post(client=LaunchClient())
    assert_refused(page, "another browser")
    assert "cookie" in page.text
    assert "Back to my course" in page.text  # the token was genuine, so its way back is


def test_a_token_works_once_and_a_state_too(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    assert attempt.post().status_code == 200
    before = stored(rig)
    assert_refused(attempt.post(), "replayed")
    attempt.claims["sub"] = "999"
    assert_refused(attempt.post(attempt.signed()), "a second, different token for the same login")
    assert stored(rig) == before


def test_two_first_launches_of_one_person_at_once(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempts = [Attempt(rig, lms) for _ in range(6)]
    answers: list[int] = []
    threads = [threading.Thread(target=lambda a=a: answers.append(a.post().status_code)) for a in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1


def test_the_platforms_own_refusal_is_shown_as_one(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    del attempt.form.fields["id_token"]
    attempt.form.fields["error"] = "login_required"
    page = attempt.post()
    assert_refused(page)
    assert "could not sign you in" in page.text


def test_a_registration_that_waits_lets_nobody_in(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    with rig.database.write() as session:
        session.scalars(sa.select(Registration)).one().active = False
    assert_refused(attempt.post())
    assert_refused(attempt.client.login(LaunchClient().initiate(attempt.world.issuer, seed.MOODLE_COURSE, 2)))


def _deployments(world: World, rig: Rig) -> list[tuple[str, bool]]:
    with rig.database.read() as session:
        return [(row.lms_id, row.active) for row in session.scalars(sa.select(Deployment))]


def test_an_unknown_deployment_waits_for_the_operator(rig: Rig, lms: PracticeLms) -> None:
    tool = rig.register(lms.worlds["moodle"], deployments=[])
    page = Attempt(rig, lms).post()
    assert page.status_code == 403
    assert "waits to be switched on" in page.text
    assert "Back to my course" in page.text
    assert _deployments(lms.worlds["moodle"], rig) == [(tool.deployment_ids[0], False)]
    assert stored(rig) == 0
    assert Attempt(rig, lms).post().status_code == 403
    with rig.database.write() as session:
        session.scalars(sa.select(Deployment)).one().active = True
    assert Attempt(rig, lms).post().status_code == 200


def test_any_deployment_is_let_in_where_the_operator_said_so(rig: Rig, lms: PracticeLms) -> None:
    tool = rig.register(lms.worlds["moodle"], deployments=[], any_deployment=True)
    assert Attempt(rig, lms).post().status_code == 200
    assert _deployments(lms.worlds["moodle"], rig) == [(tool.deployment_ids[0], True)]


def test_a_registration_stays_with_its_first_platform(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"], any_deployment=True)
    with rig.database.write() as session:
        session.scalars(sa.select(Registration)).one().any_deployment = False
    waits = Attempt(rig, lms)
    waits.claims |= {LTI + "tool_platform": {"guid": "another"}, LTI + "deployment_id": "of another customer"}
    assert waits.post(waits.signed()).status_code == 403
    assert Attempt(rig, lms).post().status_code == 200, "who waits does not decide whose registration it is"
    attempt = Attempt(rig, lms)
    attempt.claims[LTI + "tool_platform"] = {"guid": "another", "product_family_code": "moodle"}
    page = attempt.post(attempt.signed())
    assert page.status_code == 403
    with rig.database.read() as session:
        seen = session.scalars(sa.select(AuditEntry).where(AuditEntry.act.like("refused%"))).one()
        assert seen.details["guid"] == "another"


@pytest.mark.parametrize("size", [70_000, 600_000])
def test_large_bodies(rig: Rig, lms: PracticeLms, size: int) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    page = attempt.post("a" * size)
    assert page.status_code in {400, 413}
    assert "too large" in page.text
