"""What a launch costs the database: exactly these statements, on both kinds, counted in the driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from lti_tool.records.course import Membership, Person
from lti_tool.records.launch import LaunchSession
from tests.hostile.platform import LTI, SmallPlatform
from tests.hostile.visit import Visit
from tests.launch.rig import Rig
from tests.launch.suite import introduce

# A transaction's own words, and the clearing away that one login in 64 does.
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH", "BEGIN")
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "DELETE FROM login_state")


class Heard(list[str]):
    """Every statement the driver was given."""

    def take(self) -> int:
        """How many since the last time."""
        count = sum(not text.startswith(NOT_COUNTED) for text in self)
        self.clear()
        return count


@pytest.fixture
def heard(rig: Rig) -> Iterator[Heard]:
    found = Heard()

    class Listening(psycopg.Cursor[Any]):
        def execute(self, query: Any, *more: Any, **named: Any) -> Any:
            found.append(str(query))
            return super().execute(query, *more, **named)

    def listen(connection: Any, *_: Any) -> None:
        if rig.settings.is_sqlite:
            connection.set_trace_callback(found.append)
        else:
            connection.cursor_factory = Listening

    sa.event.listen(rig.database.engine, "checkout", listen)
    yield found
    sa.event.remove(rig.database.engine, "checkout", listen)


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
    login = heard.take()
    answer = visit.post(follow=False)
    launch, commits = 6 if rig.settings.is_sqlite else 3, heard.count("COMMIT")
    assert commits == (1 if rig.settings.is_sqlite else 0)  # there the statement is its own transaction
    assert heard.take() == launch
    page = visit.browser.get(rig.url + answer.headers["Location"], timeout=60)
    assert (page.status_code, platform.key_set_reads) == (200, 1)
    assert (login, heard.take()) == (1, 1)


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
