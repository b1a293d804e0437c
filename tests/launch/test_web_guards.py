"""What guards every answer: headers, the cross-origin check, health, metrics, our keys, error pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.launch.keys import rotate_keys, thumbprint
from tests.launch.rig import Rig, running
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.server import PracticeLms


def test_errors_are_pages_with_a_number(rig: Rig) -> None:
    for method, path, status in (
        ("get", "/no/such/page", 404),
        ("get", "/lti/launch", 405),
        ("get", "/s/unknown-launch/", 401),
        ("get", "/s/%00/", 401),
        ("get", "/s/" + "x" * 3000 + "/", 401),
    ):
        page = requests.request(method, rig.url + path, timeout=60)
        assert page.status_code == status, path
        assert "What to do" in page.text
        assert "L-" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Request-Id"]
    part = requests.get(rig.url + "/no/such/page", headers={"HX-Request": "true"}, timeout=60)
    assert part.status_code == 404
    assert "<html" not in part.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 400),
        ({}, 400),
    ],
)
def test_other_sites_cannot_change_anything(rig: Rig, headers: dict[str, str], status: int) -> None:
    assert requests.post(rig.url + "/lti/register", headers=headers, timeout=60).status_code == status


def test_no_redirect_leads_to_a_host_the_client_made_up(rig: Rig) -> None:
    for path in ("/static//icon.svg", "/s/abcdefgh", "//static//x", "/lti//login", "/static///evil.example/"):
        asked = requests.Request("GET", rig.url, headers={"Host": "evil.example"}).prepare()
        asked.url = rig.url + path
        answer = requests.Session().send(asked, timeout=60, allow_redirects=False)
        assert answer.status_code < 500
        assert "evil.example:" not in str(answer.headers)
        location = answer.headers.get("Location", "/")
        assert location.startswith("/"), (path, location)
        assert not location.startswith("//"), (path, location)


def test_health(rig: Rig) -> None:
    assert requests.get(rig.url + "/healthz", timeout=60).json() == {"status": "ok"}
    assert requests.get(rig.url + "/readyz", timeout=60).json() == {"status": "ready"}
    metrics = requests.get(rig.url + "/metrics", timeout=60)
    assert "plans_database_up 1.0" in metrics.text
    assert "plans_oldest_queued_seconds 0.0" in metrics.text


def test_an_empty_database_is_not_ready(settings: Settings, tmp_path: object) -> None:
    database = Database(make_engine(f"sqlite:///{tmp_path}/empty.sqlite"))
    with running(settings, database) as rig:
        answer = requests.get(rig.url + "/readyz", timeout=60)
        assert answer.status_code == 503
        assert "lti-tool migrate" in answer.json()["problem"]
        assert "plans_database_up 0.0" in requests.get(rig.url + "/metrics", timeout=60).text


def test_metrics_want_their_token(settings: Settings, database: Database) -> None:
    with running(settings.model_copy(update={"metrics_token": "sesame"}), database) as rig:
        assert requests.get(rig.url + "/metrics", timeout=60).status_code == 401
        assert (
            requests.get(
                rig.url + "/metrics", headers={"Authorization": "Bearer sesame"}, timeout=10
            ).status_code
            == 200
        )


def test_our_keys_rotate_and_old_ones_stay_for_a_week(rig: Rig) -> None:
    def kids() -> list[str]:
        answer = requests.get(rig.url + "/lti/jwks", timeout=60)
        assert "max-age" in answer.headers["Cache-Control"]
        for key in answer.json()["keys"]:
            assert set(key) == {"kty", "e", "n", "alg", "use", "kid"}
            assert key["kid"] == thumbprint(key)
        return [key["kid"] for key in answer.json()["keys"]]

    (first,) = kids()
    with rig.database.write() as session:
        second = rotate_keys(session, rig.clock()).kid
    assert kids() == [second, first]
    rig.clock.ahead = timedelta(days=8)
    assert kids() == [second]


def test_https_cookies_and_headers(settings: Settings, database: Database, lms: PracticeLms) -> None:
    """Behind TLS there is no plain twin of a cookie, and browsers are told to stay on https."""
    with running(settings, database) as rig:
        tool = rig.register(lms.worlds["canvas"])
        tool.target_link_uri = "https://plans.example/lti/launch"
        with running(settings, database, public_url="https://plans.example") as behind_tls:
            client = LaunchClient()
            form = client.initiate(lms.url("canvas"), seed.CANVAS_COURSE, seed.CANVAS_TEACHER)
            form.action = behind_tls.url + "/lti/login"
            answer = client.login(form)
            assert answer.status_code == 302
            assert "redirect_uri=https%3A%2F%2Fplans.example%2Flti%2Flaunch" in answer.headers["Location"]
            (cookie,) = answer.raw.headers.getlist("Set-Cookie")
            assert "Secure" in cookie
            assert "Partitioned" in cookie
            assert answer.headers["Strict-Transport-Security"]
