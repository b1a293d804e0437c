"""Asking the LMS to tell us of copied courses: once, in order, through outages, and never without right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from lms_sync.notices import ask_for_notices
from lti_tool.overview.notices import Told, told_of_copies
from lti_tool.plans.translate import plain
from lti_tool.records.notices import NoticeHandler
from lti_tool.records.platform import Deployment, Registration
from tests.sandbox_lms.tools import CANVAS_SCOPES, NOTICES_SCOPE, notice_handlers_url
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied

COPY = "LtiContextCopyNotice"


@pytest.fixture
def canvas(tie_to: Callable[..., Tied]) -> Tied:
    """A Canvas whose newest launch named its service."""
    tied = tie_to("canvas")
    tool = next(iter(tied.world.tools.values()))
    tied = replace(
        tied, settings=tied.settings.model_copy(update={"public_url": _root(tool.target_link_uri)})
    )
    with tied.database.write() as session:
        session.scalars(sa.select(Deployment)).one().notices_url = notice_handlers_url(tied.world, tool)
    return tied


def _root(url: str) -> str:
    return url.removesuffix("/lti/launch")


def handler(tied: Tied) -> NoticeHandler:
    with tied.database.read() as session:
        return session.scalars(sa.select(NoticeHandler)).one()


def told(tied: Tied) -> Told:
    with tied.database.read() as session:
        return told_of_copies(session, session.scalars(sa.select(Registration)).one(), plain)[0]


def puts(tied: Tied) -> list[str]:
    return [
        one["status"]
        for one in tied.world.requests
        if one["method"] == "PUT" and "notice-handlers" in one["path"]
    ]


def theirs(tied: Tied) -> str:
    """What stands in the LMS."""
    return next(iter(tied.world.lti.handlers.values()), {}).get(COPY, "")


def test_it_is_asked_once_and_again_after_a_week(canvas: Tied) -> None:
    assert told(canvas).well is None
    assert ask_for_notices(canvas.deps()) == 1
    assert theirs(canvas) == canvas.settings.public_url + "/lti/notices"
    assert (handler(canvas).state, handler(canvas).set_at) == ("set", canvas.clock())
    assert told(canvas).well is True
    canvas.clock.forward(days=6)
    assert ask_for_notices(canvas.deps("other#1")) == 0
    assert puts(canvas) == ["200"]
    canvas.world.lti.handlers.clear()  # a test Canvas was overwritten
    canvas.clock.forward(days=1)
    assert ask_for_notices(canvas.deps()) == 1
    assert theirs(canvas)


def test_another_address_of_ours_or_theirs_is_asked_for_at_once(canvas: Tied) -> None:
    assert ask_for_notices(canvas.deps()) == 1
    moved = canvas.settings.model_copy(update={"public_url": "https://elsewhere.example"})
    assert ask_for_notices(replace(canvas.deps(), settings=moved)) == 0
    assert handler(canvas).error_code == "notices_refused"  # not the tool's domain in the LMS
    assert ask_for_notices(canvas.deps()) == 1
    assert handler(canvas).error == ""


def test_an_outage_is_waited_out(canvas: Tied) -> None:
    canvas.world.faults.append(Fault("error", "/notice-handlers", status=503, times=3))
    assert ask_for_notices(canvas.deps()) == 0
    assert (handler(canvas).state, handler(canvas).error_code) == ("wanted", "server_error")
    assert ask_for_notices(canvas.deps()) == 0
    assert puts(canvas) == ["503"] * 3  # a passing fault is tried again at once, twice
    canvas.clock.forward(seconds=30)
    assert ask_for_notices(canvas.deps()) == 1


@pytest.mark.parametrize("why", ["scope", "switched off", "another tool's"])
def test_a_refusal_is_told_and_tried_again_the_next_day(canvas: Tied, why: str) -> None:
    tool = next(iter(canvas.world.tools.values()))
    if why == "scope":
        tool.scopes = [scope for scope in CANVAS_SCOPES if scope != NOTICES_SCOPE]
    elif why == "switched off":
        canvas.world.lti.sends_notices = False
    else:
        url = notice_handlers_url(canvas.world, tool)
        with canvas.database.write() as session:
            session.scalars(sa.select(Deployment)).one().notices_url = url[:-1] + "99"
    assert ask_for_notices(canvas.deps()) == 0
    code = "no_notice_scope" if why == "scope" else "no_notices"
    assert (handler(canvas).state, handler(canvas).error_code) == ("failed", code)
    assert told(canvas).well is False
    assert "daily" in told(canvas).error
    canvas.clock.forward(hours=23)
    asked = len(puts(canvas))
    assert ask_for_notices(canvas.deps()) == 0
    assert len(puts(canvas)) == asked
    tool.scopes, canvas.world.lti.sends_notices = list(CANVAS_SCOPES), True
    with canvas.database.write() as session:
        session.scalars(sa.select(Deployment)).one().notices_url = notice_handlers_url(canvas.world, tool)
    canvas.clock.forward(hours=1)
    assert ask_for_notices(canvas.deps()) == 1


def test_nobody_is_asked_without_an_address_or_where_nothing_is_active(canvas: Tied) -> None:
    with canvas.database.write() as session:
        session.scalars(sa.select(Deployment)).one().active = False
    assert ask_for_notices(canvas.deps()) == 0
    with canvas.database.write() as session:
        deployment = session.scalars(sa.select(Deployment)).one()
        deployment.active, deployment.notices_url = True, None
    assert ask_for_notices(canvas.deps()) == 0
    assert puts(canvas) == []
    assert "the scope for it was left out" in told(canvas).sentence


def test_moodle_sends_none_and_that_is_said(tie_to: Callable[..., Tied]) -> None:
    moodle = tie_to("moodle")
    assert ask_for_notices(moodle.deps()) == 0
    assert told(moodle).sentence.startswith("This LMS sends no notices.")
