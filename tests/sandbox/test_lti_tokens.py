"""The practice platform's token door: it looks at every part of our assertion that a real one looks at."""

from __future__ import annotations

import json
import time

import pytest
import requests

from tests.hostile.platform import make_key
from tests.sandbox.tool import Caller
from tests.sandbox_lms.lti_state import LtiState, new_key
from tests.sandbox_lms.tools import AGS, NRPS_SCOPE


def test_a_right_assertion_gets_a_token(caller: Caller) -> None:
    answer = caller.ask_token()
    assert answer.status_code == 200
    body = json.loads(answer.text)
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert NRPS_SCOPE in body["scope"].split()
    expected = "application/json" if caller.world.personality == "canvas" else "text/html; charset=utf-8"
    assert answer.headers["Content-Type"] == expected


def test_another_key_is_refused(caller: Caller) -> None:
    stranger = LtiState([new_key(make_key())])
    stranger.signing_key().kid = caller.keys.keys.signing_key().kid
    assert caller.ask_token(caller.assertion(keys=stranger)).status_code == 400


def test_an_unpublished_kid_is_refused(caller: Caller) -> None:
    answer = caller.ask_token(caller.assertion(header={"kid": "nobody"}))
    assert answer.status_code == 400
    if caller.world.personality == "moodle":  # as the real one: not even JSON
        assert answer.text == '{\n  "error" : ""kid" invalid, unable to lookup correct key"\n}'


def test_an_expired_assertion_is_refused(caller: Caller) -> None:
    now = int(time.time())
    assert caller.ask_token(caller.assertion(iat=now - 120, exp=now - 1)).status_code == 400


def test_an_unknown_client_is_refused(caller: Caller) -> None:
    assert caller.ask_token(caller.assertion(sub="nobody", iss="nobody")).status_code in (400, 401)


def test_a_wrong_grant_type_is_refused(caller: Caller) -> None:
    assert caller.ask_token(grant_type="password").status_code in (400, 401)


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "iat", "exp", "jti"])
def test_canvas_wants_every_claim(canvas_tool: Caller, name: str) -> None:
    answer = canvas_tool.ask_token(canvas_tool.assertion(**{name: None}))
    assert answer.status_code in (400, 401)


def test_canvas_refuses_another_audience(canvas_tool: Caller) -> None:
    assertion = canvas_tool.assertion(aud="http://elsewhere.example/token")
    assert canvas_tool.ask_token(assertion).status_code == 400
    both = canvas_tool.assertion(aud=["http://elsewhere.example", canvas_tool.doors.token_url])
    assert canvas_tool.ask_token(both).status_code == 200


def test_canvas_takes_an_assertion_once(canvas_tool: Caller) -> None:
    assertion = canvas_tool.assertion()
    assert canvas_tool.ask_token(assertion).status_code == 200
    again = canvas_tool.ask_token(assertion)
    assert again.status_code == 400
    assert "already been used" in again.json()["error_description"]


def test_canvas_refuses_a_scope_the_key_does_not_have(canvas_tool: Caller) -> None:
    canvas_tool.tool.scopes = [NRPS_SCOPE]
    assert canvas_tool.ask_token().json()["error"] == "invalid_scope"


def test_moodle_gives_fewer_scopes_than_asked(moodle_tool: Caller) -> None:
    moodle_tool.tool.scopes = [NRPS_SCOPE]
    assert json.loads(moodle_tool.ask_token().text)["scope"] == NRPS_SCOPE
    only_unknown = moodle_tool.ask_token(scope="https://nowhere.example/scope")
    assert (only_unknown.status_code, json.loads(only_unknown.text)) == (400, {"error": "invalid_scope"})


def test_moodle_has_no_leeway_on_iat(moodle_tool: Caller) -> None:
    answer = moodle_tool.ask_token(moodle_tool.assertion(iat=int(time.time()) + 10))
    assert answer.status_code == 400
    assert "Cannot handle token prior to" in answer.text


def test_a_token_opens_only_its_scopes(caller: Caller) -> None:
    url = f"{caller.world.issuer}/api/lti/courses/11/line_items"
    if caller.world.personality == "moodle":
        url = f"{caller.world.issuer}/mod/lti/services.php/2/lineitems"
    accept = "application/vnd.ims.lis.v2.lineitemcontainer+json"
    assert caller.call(url, accept=accept, scope=NRPS_SCOPE).status_code == 401
    assert caller.call(url, accept=accept, scope=AGS + "lineitem.readonly").status_code == 200
    assert requests.get(url, headers={"Accept": accept}, timeout=60).status_code == 401
