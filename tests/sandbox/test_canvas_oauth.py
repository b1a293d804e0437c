"""Canvas's OAuth2 for its API over HTTP: consent, single-use codes, refresh, revocation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.door import canvas, listening
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiKey, World

BACK = "http://127.0.0.1:9/connect"
KEY, SECRET = "10000000000042", "the key's secret"
SCOPE = "url:GET|/api/v1/courses/:id"


@pytest.fixture
def world() -> World:
    world = seed.seed_canvas("http://localhost")
    world.api_keys[KEY] = ApiKey(KEY, SECRET, "Personal Plans", [BACK], scopes=[SCOPE])
    return world


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


def asked(**more: str) -> dict[str, str]:
    plain = {"client_id": KEY, "redirect_uri": BACK, "response_type": "code", "scope": SCOPE, "state": "s 1"}
    return plain | more


def consent(url: str, **more: str) -> dict[str, list[str]]:
    """Answer the consent page; the parameters that come back to the redirect_uri."""
    form = asked(person_id=str(seed.CANVAS_TEACHER), answer="allow") | more
    answer = requests.post(f"{url}/login/oauth2/auth", data=form, allow_redirects=False, timeout=60)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{BACK}?")
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def redeem(url: str, **form: str) -> requests.Response:
    plain = {"client_id": KEY, "client_secret": SECRET, "redirect_uri": BACK}
    return requests.post(f"{url}/login/oauth2/token", data=plain | form, timeout=60)


def first_token(url: str) -> dict[str, Any]:
    code = consent(url)["code"][0]
    answer = redeem(url, grant_type="authorization_code", code=code)
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_consent_page_names_the_key_and_keeps_the_state(url: str) -> None:
    page = requests.get(f"{url}/login/oauth2/auth", params=asked(), timeout=60)
    assert page.status_code == 200
    assert "Personal Plans wants to use Canvas as you" in page.text
    assert 'value="s 1"' in page.text


def test_a_code_becomes_a_token_that_works_within_its_scopes(url: str) -> None:
    given = first_token(url)
    assert set(given) == {
        "access_token",
        "token_type",
        "user",
        "canvas_region",
        "refresh_token",
        "expires_in",
    }
    assert (given["token_type"], given["expires_in"], given["user"]["id"]) == (
        "Bearer",
        3600,
        seed.CANVAS_TEACHER,
    )
    path = f"/courses/{seed.CANVAS_COURSE}"
    assert canvas(url, path, given["access_token"]).status_code == 200
    assert canvas(url, f"{path}/users", given["access_token"]).status_code == 401


def test_a_code_is_used_once(url: str) -> None:
    code = consent(url)["code"][0]
    assert redeem(url, grant_type="authorization_code", code=code).status_code == 200
    again = redeem(url, grant_type="authorization_code", code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_grows_old_and_belongs_to_its_redirect_uri(world: World, url: str) -> None:
    code = consent(url)["code"][0]
    elsewhere = redeem(
        url, grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:9/other"
    )
    assert elsewhere.json()["error"] == "invalid_grant"
    code = consent(url)["code"][0]
    later = world.now() + timedelta(minutes=11)
    world.clock = lambda: later
    assert redeem(url, grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"


def test_refresh_gives_a_new_access_token_and_no_new_refresh_token(world: World, url: str) -> None:
    given = first_token(url)
    path = f"/courses/{seed.CANVAS_COURSE}"
    later = world.now() + timedelta(minutes=61)
    world.clock = lambda: later
    dead = canvas(url, path, given["access_token"])
    assert (dead.status_code, "WWW-Authenticate" in dead.headers) == (401, True)
    for _ in range(2):
        fresh = redeem(url, grant_type="refresh_token", refresh_token=given["refresh_token"]).json()
        assert "refresh_token" not in fresh
        assert canvas(url, path, fresh["access_token"]).status_code == 200
    assert canvas(url, path, given["access_token"]).status_code == 401


def test_replacing_tokens_ends_the_earlier_ones(url: str) -> None:
    given = first_token(url)
    code = consent(url)["code"][0]
    assert redeem(url, grant_type="authorization_code", code=code, replace_tokens="1").status_code == 200
    refreshed = redeem(url, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")


def test_deleting_revokes_access_and_refresh(url: str) -> None:
    given = first_token(url)
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert requests.delete(f"{url}/login/oauth2/token", headers=bearer, timeout=60).status_code == 200
    assert requests.delete(f"{url}/login/oauth2/token", headers=bearer, timeout=60).status_code == 401
    assert canvas(url, f"/courses/{seed.CANVAS_COURSE}", given["access_token"]).status_code == 401
    refreshed = redeem(url, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


def test_wrong_secrets_and_unknown_grants_are_refused(url: str) -> None:
    wrong = redeem(url, grant_type="authorization_code", code="x", client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    unknown = redeem(url, grant_type="password")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "unsupported_grant_type")


def test_refusals_come_back_with_the_state(url: str) -> None:
    assert consent(url, answer="deny") == {
        "error": ["access_denied"],
        "error_description": ["The user canceled the request"],
        "state": ["s 1"],
    }
    assert consent(url, scope="url:GET|/api/v1/accounts/:id")["error"] == ["invalid_scope"]
    assert consent(url, response_type="token")["error"] == ["unsupported_response_type"]


def test_an_unknown_key_or_address_is_never_redirected_to(url: str) -> None:
    for wrong in ({"client_id": "1"}, {"redirect_uri": "http://127.0.0.1:9/else"}):
        answer = requests.get(
            f"{url}/login/oauth2/auth", params=asked(**wrong), allow_redirects=False, timeout=10
        )
        assert answer.status_code in {400, 401}
        assert "Location" not in answer.headers
