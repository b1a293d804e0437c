"""The practice LMS's Moodle-like LTI answers have the shape of a real Moodle 4.2's (shared/recordings)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.shapes import Shape, differences, learn
from tests.sandbox.test_lti_line_items import CONTAINER, RESULTS, make_item, post_score, results, under
from tests.sandbox.test_lti_registration import TOOL_CONFIG, deep_link, offered, payload, register
from tests.sandbox.tool import Caller, claims_of
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.paths import line_items_url, nrps_url
from tests.sandbox_lms.tools import ALL_SCOPES, TOOL_SETTING

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "moodle-4.2"
pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(),
    reason=f"NO RECORDINGS at {RECORDINGS}, so nothing here is compared with a real Moodle",
)
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"


@pytest.fixture
def tool(moodle_tool: Caller) -> Caller:
    """Set up as the recorded tool was: every service, three custom fields."""
    moodle_tool.tool.scopes = [*ALL_SCOPES, TOOL_SETTING]
    fields = ("course_sis", "user_sis", "username")
    moodle_tool.tool.custom = {name: moodle_tool.tool.custom[name] for name in fields}
    return moodle_tool


def recorded(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def alike(recordings: list[Any], answer: Any) -> None:
    shape = Shape()
    for recording in recordings:
        learn(shape, recording)
    assert list(differences(shape, answer)) == []


def launched(tool: Caller, person: int) -> dict[str, Any]:
    browser = LaunchClient()
    initiation = browser.initiate(tool.world.issuer, seed.MOODLE_COURSE, person)
    return claims_of(browser.authorize(tool.auth_url(initiation)).fields["id_token"])


def test_login_initiation(tool: Caller) -> None:
    form = LaunchClient().initiate(tool.world.issuer, seed.MOODLE_COURSE, seed.MOODLE_TEACHER)
    sample = recorded("login-initiation")[0]
    assert form.method.upper() == sample["method"]
    assert set(form.fields) == set(sample["params"])
    alike([json.loads(sample["params"]["lti_message_hint"])], json.loads(form.fields["lti_message_hint"]))


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (seed.MOODLE_TEACHER, "id_token-teacher1-cm27"),
        (seed.MOODLE_STUDENTS[1], "id_token-student05-cm27"),
    ],
)
def test_id_token_of_a_link_without_a_grade(tool: Caller, person: int, name: str) -> None:
    alike([recorded(name)], launched(tool, person))


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (seed.MOODLE_TEACHER, "id_token-teacher1-cm26"),
        (seed.MOODLE_TA, "id_token-ta1-cm26"),
        (seed.MOODLE_ADMIN, "id_token-admin-cm26"),
    ],
)
def test_id_token_of_a_graded_link(tool: Caller, person: int, name: str) -> None:
    make_item(tool, resourceLinkId=seed.MOODLE_LINK)
    sample, mine = recorded(name), launched(tool, person)
    for custom in (sample[CUSTOM], mine[CUSTOM]):  # "c_…": the recorded tool asked for every variable
        for field in [field for field in custom if field.startswith("c_")]:
            del custom[field]
    alike([sample], mine)
    roles = "https://purl.imsglobal.org/spec/lti/claim/roles"
    assert mine[roles] == sample[roles]


def test_id_token_with_privacy_off(tool: Caller) -> None:
    tool.tool.privacy = "anonymous"
    alike([recorded("privacy-off")["id_token"]], launched(tool, seed.MOODLE_STUDENTS[0]))
    members = tool.call(nrps_url(tool.world, seed.MOODLE_COURSE)).json()["members"]
    alike([recorded("privacy-off")["nrps_members"]], members)


def test_deep_linking_request(tool: Caller) -> None:
    alike([recorded("deep-linking")["deep_linking_request_claims"]], deep_link(tool))


def test_key_set_and_configuration(tool: Caller) -> None:
    keys = requests.get(tool.doors.jwks_url, timeout=60)
    alike([recorded("jwks")["body"]], keys.json())
    configuration = requests.get(tool.doors.openid_configuration, timeout=60).json()
    alike([recorded("openid-configuration")], configuration)


def test_registration(tool: Caller) -> None:
    _, token = offered(tool)
    body = payload(logo_uri="http://127.0.0.1:9/logo.png")
    body[TOOL_CONFIG] |= {"description": "d"}
    answer = register(tool, token, body).json()
    sample = recorded("dynamic-registration")["response"]
    for config in (sample[TOOL_CONFIG], answer[TOOL_CONFIG]):
        config["custom_parameters"] = {}
    alike([sample], answer)


def test_registration_errors(tool: Caller) -> None:
    samples = recorded("dynamic-registration-errors")

    def same(name: str, answer: requests.Response) -> None:
        sample = samples[name]
        assert (answer.status_code, answer.text) == (sample["status"], sample["body"])
        assert answer.headers["Content-Type"] == sample["headers"]["Content-Type"]

    same("no_token", register(tool, "", payload()))
    _, token = offered(tool)
    no_domain, mismatch = payload(), copy.deepcopy(payload())
    no_domain[TOOL_CONFIG] = {"target_link_uri": "http://127.0.0.1:9/x"}
    mismatch[TOOL_CONFIG]["domain"] = "127.0.0.1"
    same("no_domain", register(tool, token, no_domain))
    same("domain_without_port", register(tool, token, mismatch))
    same("no_jwks", register(tool, token, payload(jwks_uri=None)))
    same("bad_auth_method", register(tool, token, payload(token_endpoint_auth_method="x")))
    assert register(tool, token, payload()).status_code == 200
    same("token_reuse", register(tool, token, payload()))


def test_tokens(tool: Caller) -> None:
    samples = recorded("token-responses")
    answers = {
        "ok_all": tool.ask_token(),
        "unknown_only": tool.ask_token(scope="https://nowhere.example/x"),
        "unknown_client": tool.ask_token(tool.assertion(sub="nobody", iss="nobody")),
        "unknown_kid": tool.ask_token(tool.assertion(header={"kid": "nobody"})),
        "expired": tool.ask_token(tool.assertion(iat=1, exp=2)),
        "no_scope": tool.ask_token(scope=""),
        "bad_grant": tool.ask_token(grant_type="password"),
        "no_jti": tool.ask_token(tool.assertion(jti=None)),
        "wrong_aud": tool.ask_token(tool.assertion(aud="http://elsewhere.example")),
    }
    for name, answer in answers.items():
        sample = samples[name]
        assert answer.status_code == sample["status"], name
        assert answer.headers["Content-Type"] == sample["headers"]["Content-Type"], name
        if isinstance(sample["body"], str) or sample["status"] != 200:
            assert len(answer.content) == sample["bytes"], name
        else:
            alike([sample["body"]], json.loads(answer.text))


def test_memberships(tool: Caller) -> None:
    samples, url = recorded("nrps"), nrps_url(tool.world, seed.MOODLE_COURSE)
    whole = tool.call(url)
    alike([samples["full"]["body"]], whole.json())
    assert whole.headers["Content-Type"] == samples["full"]["headers"]["Content-Type"]
    paged = tool.call(f"{url}?limit=3")
    assert paged.headers["Link"] == f'<{url}?limit=3&from=3>; rel="next"'
    make_item(tool, resourceLinkId=seed.MOODLE_LINK)
    expanded = tool.call(f"{url}?rlid={seed.MOODLE_LINK}&limit=3")
    alike([samples["rlid"]["body"]], expanded.json())
    assert expanded.headers["Link"] == f'<{url}?limit=3&from=3&rlid=1>; rel="next"'
    for name, answer in {
        "accept_json": tool.call(f"{url}?limit=2", accept="application/json"),
        "rlid_bad": tool.call(f"{url}?rlid=999"),
        "other_type": tool.call(nrps_url(tool.world, seed.MOODLE_COURSE, 2)),
        "course_missing": tool.call(nrps_url(tool.world, 999)),
    }.items():
        assert (answer.status_code, answer.reason) == (samples[name]["status"], samples[name]["reason"])
        assert answer.json()["reason"] == samples[name]["body"]["reason"].replace("/2/", "/2/")
        alike([samples[name]["body"]], answer.json())


def test_line_items_and_results(tool: Caller) -> None:
    samples = recorded("ags")
    item = make_item(tool, resourceLinkId=seed.MOODLE_LINK)
    listed = tool.call(line_items_url(tool.world, seed.MOODLE_COURSE), accept=CONTAINER)
    alike([samples["list_after"]["body"], samples["list"]["body"]], listed.json())
    assert listed.headers["Content-Type"] == samples["list"]["headers"]["Content-Type"]
    taken = post_score(tool, item, comment="c")
    assert (taken.status_code, taken.text) == (200, "")
    old = post_score(tool, item)
    assert (old.status_code, old.json()) == (409, samples["score_same_ts"]["body"])
    assert old.reason.startswith("Refusing score with an earlier timestamp for item")
    alike([samples["results"]["body"], samples["coupled_results"]["body"]], results(tool, item))
    refused = tool.call(under(item, "results"), accept="application/json")
    assert refused.status_code == samples["results_accept_json"]["status"]
    alike([samples["results_accept_json"]["body"]], refused.json())
    none = tool.call(line_items_url(tool.world, seed.MOODLE_COURSE), accept=None)
    assert none.reason == samples["list_no_accept"]["reason"]
    assert tool.call(under(item, "results"), accept=RESULTS).status_code == 200
