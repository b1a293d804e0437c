"""Launches without a `sub`: refused with the reason, or a page without data where the operator allows it."""

from __future__ import annotations

import pytest

from lti_tool.launch.claims import LTI
from tests.hostile.platform import SmallPlatform
from tests.hostile.visit import Visit, is_refused
from tests.launch.rig import Rig
from tests.launch.suite import introduce, kept


@pytest.mark.parametrize("allowed", [False, True])
def test_an_anonymous_visitor(rig: Rig, allowed: bool) -> None:
    with SmallPlatform(rig.url) as platform:
        introduce(rig, platform, allow_anonymous=allowed)
        visit = Visit(platform)
        del visit.claims["sub"]
        page = visit.post()
        assert "did not say who you are" in page.text
        assert page.status_code == (200 if allowed else 400)
        assert is_refused(page) is not allowed
        assert "data-launch-user" not in page.text
        assert set(kept(rig).values()) == {0}
        assert is_refused(visit.post())  # the login is used up, or still nobody


def test_a_visitor_of_a_waiting_deployment_stays_outside(rig: Rig) -> None:
    with SmallPlatform(rig.url) as platform:
        introduce(rig, platform, allow_anonymous=True)
        visit = Visit(platform)
        del visit.claims["sub"]
        visit.claims[LTI + "deployment_id"] = "one that waits"
        assert is_refused(visit.post())
        assert set(kept(rig).values()) == {0}
