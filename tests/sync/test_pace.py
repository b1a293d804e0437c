"""How fast an LMS is asked: within its own figures, back off when told, and no faster for many threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import requests

from config.settings import Settings
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.pace import MOST_IN_FLIGHT, Pace, Paces, number, retry_after
from lms_sync.platforms.wire import FAULT_PAUSES, MOST_WAITED, THROTTLE_PAUSES, Wire
from lti_tool.http import make_session
from tests.sandbox_lms.canvas_api_throttle import HIGH_WATER, Throttle


@dataclass
class Ticks:
    """A clock in seconds that moves only when somebody waits."""

    at: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds


def left(value: float) -> dict[str, str]:
    return {"X-Rate-Limit-Remaining": str(value)}


def test_an_unknown_lms_gets_a_few_at_once() -> None:
    pace = Pace(Ticks())
    assert pace.room() == MOST_IN_FLIGHT
    assert [pace.enter() for _ in range(MOST_IN_FLIGHT)] == [0] * MOST_IN_FLIGHT
    assert pace.enter() > 0
    pace.leave()
    assert pace.enter() == 0


def test_the_reserve_is_never_touched_and_time_fills_it_again() -> None:
    ticks = Ticks()
    pace = Pace(ticks)
    assert pace.enter() == 0
    pace.leave(left(600))
    assert pace.room() == MOST_IN_FLIGHT
    assert pace.enter() == 0
    pace.leave(left(240))
    assert pace.room() == 1
    assert pace.enter() == pytest.approx(1.0)  # 10 more units make 250: the reserve and one request
    ticks.at += 1
    assert pace.enter() == 0


def test_what_requests_cost_is_expected_of_the_next_ones() -> None:
    """Canvas takes 50 in advance; where answers cost more, fewer are sent at once, for some time."""
    pace = Pace(Ticks())
    pace.enter()
    pace.leave({**left(550), "X-Request-Cost": "110"})
    assert pace.room() == 3
    for _ in range(12):
        pace.enter()
        pace.leave({**left(550), "X-Request-Cost": "0.3"})
    assert pace.room() == MOST_IN_FLIGHT
    pace.enter()
    pace.leave({**left(600), "X-Request-Cost": "99999"})
    assert pace.room() == 2, "whatever it cost, there is room for one"


def test_a_small_bucket_is_used_to_two_thirds() -> None:
    pace = Pace(Ticks())
    pace.enter()
    pace.leave(left(120))
    assert pace.enter() == 0
    assert pace.enter() > 0


def test_two_processes_and_their_threads_never_reach_the_limit() -> None:
    """Each process knows only what its own answers say; the bucket is one."""
    ticks = Ticks()
    bucket, paces = Throttle(clock=ticks), [Paces(ticks), Paces(ticks)]
    lowest = HIGH_WATER
    flying: list[Pace] = []
    for turn in range(4000):
        pace = paces[turn % 2].of("api:1")
        if len(flying) >= 8 or pace.enter():
            ticks.at += 0.05
            if flying:
                _cost, remaining = bucket.leave("token", 4.0)  # a page of 100 submissions is dear
                flying.pop(0).leave(left(remaining))
            continue
        assert bucket.enter("token"), "the LMS was above its limit"
        flying.append(pace)
        lowest = min(lowest, HIGH_WATER - bucket.buckets["token"].count)
    assert lowest > 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 2.5 "}, 2.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        (
            {"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"},
            30,
        ),
        ({"Retry-After": "Sun, 01 Mar 2020 12:00:30 GMT"}, 0),
        ({"Retry-After": "Sun, 99 Mar 2026 12:00:30 GMT"}, None),
    ],
)
def test_what_an_lms_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_numbers_in_headers() -> None:
    assert [number(value) for value in ("5", "0.0", "", None, "x", "inf", "nan")] == [5, 0, *[None] * 5]


def wire(ticks: Ticks) -> Wire:
    return Wire(make_session(Settings()), "Canvas", ticks.wait, Pace(ticks), jitter=lambda most: most)


def answer(status: int, body: bytes = b"[]", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content = status, body
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def test_a_throttled_request_waits_longer_each_time_and_then_gives_up() -> None:
    ticks = Ticks()
    with pytest.raises(LmsError) as said:
        wire(ticks).call(lambda: answer(403, b"403 Forbidden (Rate Limit Exceeded)\n"))
    assert said.value.code == "throttled"
    assert ticks.waits == list(THROTTLE_PAUSES)
    assert sum(ticks.waits) <= MOST_WAITED


def test_a_passing_fault_is_tried_again_and_a_refusal_is_not() -> None:
    ticks = Ticks()
    assert wire(ticks).call(lambda: answer(502)).status_code == 502
    assert ticks.waits == list(FAULT_PAUSES)
    answers = iter([answer(503), answer(200)])
    assert wire(Ticks()).call(lambda: next(answers)).status_code == 200
    ticks = Ticks()
    assert wire(ticks).call(lambda: answer(403)).status_code == 403
    assert ticks.waits == []


def test_retry_after_is_honoured_and_too_long_a_wait_is_handed_on() -> None:
    ticks = Ticks()
    answers = iter([answer(429, Retry_After="12"), answer(200)])
    assert wire(ticks).call(lambda: next(answers)).status_code == 200
    assert ticks.waits == [13.0]
    for status in (429, 503):
        ticks = Ticks()
        with pytest.raises(LmsError) as said:
            wire(ticks).call(lambda status=status: answer(status, Retry_After="600"))
        assert (said.value.retry_in, ticks.waits) == (600, [])


def test_what_may_not_be_sent_twice_is_not() -> None:
    ticks = Ticks()
    careful = Wire(make_session(Settings()), "Canvas", ticks.wait, patient=False)
    assert careful.call(lambda: answer(500)).status_code == 500
    assert ticks.waits == []


def test_how_far_the_clock_of_the_lms_is_behind() -> None:
    one = wire(Ticks())
    one._count(answer(200, Date=datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")))
    assert one.behind.total_seconds() < 10
    one._count(answer(200, Date="Sun, 01 Mar 2020 12:00:30 GMT"))
    assert one.behind.days == 1
    one._count(answer(200, Date="Sun, 01 Mar 2099 12:00:30 GMT"))
    assert one.behind.days == 1


def test_threads_share_one_pace() -> None:
    paces = Paces()
    found: list[Pace] = []
    threads = [threading.Thread(target=lambda: found.append(paces.of("api:7"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(pace) for pace in found}) == 1
    assert paces.of("lti:7") is not found[0]
