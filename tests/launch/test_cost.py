"""What a launch costs the database: exactly these statements, on both kinds, counted in the driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.records.course import Membership, Person
from lti_tool.records.launch import LaunchSession
from tests.heard import Heard, hearing
from tests.hostile.platform import LTI, SmallPlatform
from tests.hostile.visit import Visit
from tests.launch.rig import Rig
from tests.launch.suite import introduce

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH", "BEGIN")
CLEARING = "DELETE FROM login_state"  # one login in 64 clears away


@pytest.fixture
def heard(rig: Rig) -> Iterator[Heard]:
    with hearing(rig.database) as heard:
        yield heard


@pytest.fixture
def platform(rig: Rig) -> Iterator[SmallPlatform]:
    with SmallPlatform(rig.url) as platform:
        introduce(rig, platform)
        yield platform


@pytest.mark.parametrize("role", ["Learner", "Instructor"])
def test_a_member_who_comes_back_costs_eight_statements(
    rig: Rig, platform: SmallPlatform, heard: Heard, role: str
) -> None:
    """On PostgreSQL five: all that is written is one of them."""
    for _ in range(2):
        assert Visit(platform, sub="ana", role=role).post().status_code == 200
    heard.clear()
    visit = Visit(platform, sub="ana", role=role)
    assert not any(text.startswith(WRITES) for text in heard)
    login = heard.take(CLEARING)
    answer = visit.post(follow=False)
    launch, commits = 6 if rig.settings.is_sqlite else 3, heard.count("COMMIT")
    assert commits == (1 if rig.settings.is_sqlite else 0)  # there the statement is its own transaction
    assert heard.take(CLEARING) == launch
    page = visit.browser.get(rig.url + answer.headers["Location"], timeout=60)
    assert (page.status_code, platform.key_set_reads) == (200, 1)
    assert (login, heard.take(CLEARING)) == (1, 1)


@pytest.mark.parametrize(
    ("changed", "stored"),
    [
        ({"name": "Ana Nova"}, lambda session: session.scalars(sa.select(Person.name)).all() == ["Ana Nova"]),
        (
            {LTI + "roles": ["Instructor"]},
            lambda session: session.scalars(sa.select(Membership.role)).all() == ["staff"],
        ),
    ],
    ids=["name", "role"],
)
def test_what_is_new_in_a_launch_is_taken_over(
    rig: Rig, platform: SmallPlatform, changed: dict[str, Any], stored: Any
) -> None:
    for claims in ({}, {}, changed):
        visit = Visit(platform, sub="ana")
        visit.claims.update(claims)
        assert visit.post().status_code == 200
    with rig.database.read() as session:
        assert stored(session)
        assert session.scalar(sa.select(sa.func.count()).select_from(LaunchSession)) == 3


def test_somebody_marked_as_gone_is_back_by_a_launch(rig: Rig, platform: SmallPlatform) -> None:
    assert Visit(platform, sub="ana").post().status_code == 200
    with rig.database.write() as session:
        session.execute(sa.update(Membership).values(left_at=rig.clock()))
    assert Visit(platform, sub="ana").post().status_code == 200
    with rig.database.read() as session:
        assert session.scalars(sa.select(Membership.left_at)).all() == [None]


def test_a_deployment_switched_off_lets_nobody_in(rig: Rig, platform: SmallPlatform) -> None:
    assert Visit(platform, sub="ana").post().status_code == 200
    with rig.database.write() as session:
        session.execute(sa.text("UPDATE deployment SET active = :no"), {"no": False})
    assert Visit(platform, sub="ana").post().status_code == 403
