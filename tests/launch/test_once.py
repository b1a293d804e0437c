"""One id_token posted twice at the same moment: exactly one of the two comes in, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.records.launch import LaunchSession
from tests.hostile.platform import SmallPlatform
from tests.hostile.visit import Visit, is_refused
from tests.launch.rig import Rig
from tests.launch.suite import introduce

TIMES = [pytest.param(10, id="10"), pytest.param(200, id="200", marks=pytest.mark.long)]


@pytest.fixture
def platform(rig: Rig) -> Iterator[SmallPlatform]:
    with SmallPlatform(rig.url) as platform:
        introduce(rig, platform)
        yield platform


def _post_at_once(pool: ThreadPoolExecutor, visit: Visit, posts: int) -> list[int]:
    token = visit.platform.sign(visit.claims)
    answers = list(pool.map(lambda _: visit.post(token, follow=False), range(posts)))
    assert all(is_refused(answer) for answer in answers if answer.status_code != 303)
    return sorted(answer.status_code for answer in answers)


def _sessions(rig: Rig) -> int:
    with rig.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(LaunchSession)) or 0


@pytest.mark.parametrize("times", TIMES)
def test_a_double_post_has_one_winner(rig: Rig, platform: SmallPlatform, times: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, times + 1):
            assert _post_at_once(pool, Visit(platform), 2) == [303, 400]
            assert _sessions(rig) == number


def test_of_twenty_posts_at_once_one_wins(rig: Rig, platform: SmallPlatform) -> None:
    with ThreadPoolExecutor(20) as pool:
        assert _post_at_once(pool, Visit(platform), 20) == [303] + [400] * 19
    assert _sessions(rig) == 1


def test_an_unknown_kid_is_asked_for_exactly_once_a_minute(rig: Rig, platform: SmallPlatform) -> None:
    def unknown() -> bool:
        visit = Visit(platform)
        return is_refused(visit.post(platform.sign(visit.claims, kid="nobody knows it")))

    assert Visit(platform).post().status_code == 200
    assert platform.key_set_reads == 1
    rig.clock.ahead = timedelta(minutes=2)
    assert unknown()
    assert unknown()
    assert platform.key_set_reads == 2
