"""The state of a login: made by us, for five minutes; anything else is not one (lti.md §3)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.launch.refusal import Refusal
from lti_tool.launch.states import LIFETIME, States, is_nonce_of, is_same_browser

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OURS = States("the key of this installation")


def refused(state: str, states: States = OURS, after: timedelta = timedelta()) -> bool:
    try:
        states.read(state, NOW + after)
    except Refusal as refusal:
        return refusal.code == "state_unknown"
    return False


def test_a_state_says_what_its_login_was() -> None:
    login = OURS.begin(7, NOW, storage_target="_parent")
    said = OURS.read(login.state, NOW + LIFETIME - timedelta(seconds=1))
    assert (said.registration_id, said.storage_target, said.created_at) == (7, "_parent", NOW)
    assert said.expires_at == NOW + LIFETIME
    assert is_nonce_of(said, login.nonce)
    assert is_same_browser(said, login.browser)
    others = OURS.begin(7, NOW, storage_target="_parent")
    assert not is_nonce_of(said, others.nonce)
    assert not is_same_browser(said, others.browser)
    assert not is_same_browser(said, login.nonce)  # the platform knows the nonce, never the browser's secret
    assert len({login.state, login.nonce, login.browser, others.state, others.nonce, others.browser}) == 6


def test_a_state_lives_five_minutes() -> None:
    assert refused(OURS.begin(7, NOW).state, after=LIFETIME)


def test_a_state_of_another_installation_is_unknown() -> None:
    assert refused(OURS.begin(7, NOW).state, States("another key"))


def test_a_state_that_says_something_else_is_unknown() -> None:
    said, _, signature = OURS.begin(7, NOW).state.removeprefix("state-").rpartition(".")
    raw = base64.urlsafe_b64decode(said + "===").replace(b",7,", b",8,")
    other = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert refused(f"state-{other}.{signature}")
    for state in (
        f"state-{said}.{signature[:-1]}B",
        f"{said}.{signature}",
        f"state-{said}",
        f"state-.{signature}",
    ):
        assert refused(state)


@pytest.mark.parametrize(
    "state", ["", ".", "state-", "state-.", "ü" * 40, "\ud800", "x" * 5000, "state-e30.e30"]
)
def test_what_is_no_state_is_unknown(state: str) -> None:
    assert refused(state)
