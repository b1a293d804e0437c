"""Scopes and placements an administrator left out: seen in launches and tokens, then told (lti.md §8)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lms_sync.platforms.grants import scopes_refused
from lti_tool.commands.doctor import registration_lines
from lti_tool.launch.keys import current_signing_key
from lti_tool.overview.registrations import Given, given_by
from lti_tool.plans.asked import COURSE_NAVIGATION, LINE_ITEM, ROSTER, SCOPES, SCORE
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.registering import RegistrationAnswer
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.server import PracticeLms

PEOPLE = {
    "canvas": (seed.CANVAS_COURSE, seed.CANVAS_TEACHER),
    "moodle": (seed.MOODLE_COURSE, seed.MOODLE_TEACHER),
}


def given(rig: Rig) -> Given:
    with rig.database.read() as session:
        return given_by(session, session.scalars(sa.select(Registration)).one(), str)


def launch(rig: Rig, lms: PracticeLms, personality: str) -> None:
    issuer = lms.worlds[personality].issuer
    assert LaunchClient().launch(issuer, *PEOPLE[personality]).status_code == 200


def doctor(rig: Rig) -> dict[str, tuple[bool | None, str]]:
    """What `lti-tool doctor` says of the one registration, by what it is about."""
    with rig.database.write() as session:
        current_signing_key(session, rig.clock())
        row = session.scalars(sa.select(Registration)).one()
    lines = registration_lines(row, rig.settings, rig.database)
    return {what.rpartition(") ")[2]: (well, sentence) for what, well, sentence in lines}


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_nothing_is_missing_where_everything_is_given(rig: Rig, lms: PracticeLms, personality: str) -> None:
    rig.register(lms.worlds[personality])
    assert given(rig).scopes_seen_at is None
    launch(rig, lms, personality)
    found = given(rig)
    assert found.scopes_seen_at is not None
    assert found.missing_scopes == ()
    assert doctor(rig)["scopes"][0] is True


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_a_dropped_scope_shows_with_what_stops(rig: Rig, lms: PracticeLms, personality: str) -> None:
    tool = rig.register(lms.worlds[personality])
    launch(rig, lms, personality)
    tool.scopes = [scope for scope in tool.scopes if scope not in {ROSTER, SCORE}]
    launch(rig, lms, personality)
    assert {each.key for each in given(rig).missing_scopes} == {ROSTER, SCORE}
    said = doctor(rig)
    assert said["scope contextmembership.readonly"][0] is False
    assert "Only people who open" in said["scope contextmembership.readonly"][1]
    assert said["scope score"][0] is None
    assert "scope lineitem" not in said
    tool.scopes = list(SCOPES)
    launch(rig, lms, personality)
    assert given(rig).missing_scopes == ()


def test_the_token_service_is_asked_scope_by_scope(rig: Rig, lms: PracticeLms) -> None:
    tool = rig.register(lms.worlds["moodle"])
    with rig.database.write() as session:
        current_signing_key(session, rig.clock())
        row = session.scalars(sa.select(Registration)).one()
    assert scopes_refused(row, settings=rig.settings, database=rig.database) == []
    tool.scopes = [scope for scope in tool.scopes if scope != LINE_ITEM]
    assert scopes_refused(row, settings=rig.settings, database=rig.database) == [LINE_ITEM]
    row.token_url = "http://localhost:9/closed"
    assert scopes_refused(row, settings=rig.settings, database=rig.database) == []


def test_a_launch_says_which_place_is_left_on(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    with rig.database.write() as session:
        row = session.scalars(sa.select(Registration)).one()
        row.product_family = "canvas"
        session.add(
            RegistrationAnswer(
                registration_id=row.id, scopes=None, placements=["link_selection"], answered_at=rig.clock()
            )
        )
    before = {each.key for each in given(rig).missing_placements}
    assert before == {"course_navigation", "user_navigation", "assignment_selection"}
    days = {rig.clock().date().isoformat()}
    launch(rig, lms, "canvas")
    days.add(rig.clock().date().isoformat())  # it may have been midnight
    with rig.database.read() as session:
        places = session.scalars(sa.select(Deployment.placements)).one()
    (place,) = places
    assert places[place] in days
    assert {each.key for each in given(rig).missing_placements} == before - {place}
    assert {each.key: day for each, day in given(rig).opened_from}[place] == places[place]
    assert COURSE_NAVIGATION in {each.key for each, _ in given(rig).opened_from}
