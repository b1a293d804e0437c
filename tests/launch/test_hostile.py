"""Whatever stands in a signed token or a form: an answer, never a fault of ours (rows: test_refused.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.launch.claims import AGS, DEEP_LINKING_SETTINGS, LTI, NRPS, PLACEMENT
from tests.hostile.platform import MEMBER
from tests.hostile.visit import Visit
from tests.launch.conftest import Running

PATIENT = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
LONG = settings(PATIENT, max_examples=1500)
# What people and platforms get wrong most often, beside anything at all.
NASTY = st.sampled_from(
    [
        *(
            "\x00",
            "a\x00b",
            "\ud800",
            "\udfff\ud800",
            "\u202e",
            "\ufeff",
            "$Canvas.user.id",
            "x" * 10_000,
            " ",
        ),
        *("null", "true", "0", "-1", "javascript:alert(1)", "http://[::1", "https://\ud800/", "//", "%00"),
        *(10**30, -(10**30), 2**63, 1e308, float("nan"), float("inf"), -0.0),
        *(
            [],
            {},
            [[]],
            [None],
            {"": ""},
            {"id": None},
            {"id": "\ud800"},
            ["\ud800"],
            [[["x"]]],
            {"a": {"b": []}},
        ),
        json.loads("[" * 200 + "]" * 200),
    ]
)
JSON = NASTY | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
# Every claim we read, with the members of those that are objects.
INSIDE: dict[str, list[str]] = {
    LTI + "context": ["id", "label", "title"],
    LTI + "resource_link": ["id", "title"],
    LTI + "custom": ["context_history", "canvas_user_id", "canvas_course_id", "observees", "plan_target"],
    LTI + "tool_platform": ["guid", "product_family_code"],
    LTI + "launch_presentation": ["return_url", "locale"],
    LTI + "for_user": ["user_id"],
    LTI + "platformnotificationservice": ["platform_notification_service_url", "notice_types_supported"],
    NRPS: ["context_memberships_url", "service_versions"],
    AGS: ["lineitems", "lineitem", "scope"],
    DEEP_LINKING_SETTINGS: [
        *("deep_link_return_url", "accept_types", "accept_multiple", "accept_lineitem", "data"),
    ],
}
PLAIN = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "email",
    "locale",
    "exp",
    "iat",
    "nbf",
    "aud",
    "azp",
    "iss",
]
PLAIN += ["nonce", "jti", PLACEMENT, LTI + "role_scope_mentor", LTI + "roles", LTI + "deployment_id"]
PLAIN += [LTI + "version", LTI + "message_type", LTI + "target_link_uri", *INSIDE]
WHOLE = st.dictionaries(st.sampled_from(PLAIN), JSON, min_size=1, max_size=3)
MEMBERS = st.sampled_from(sorted((claim, name) for claim, names in INSIDE.items() for name in names))
PARTS = st.dictionaries(MEMBERS, JSON, min_size=1, max_size=3)
MESSAGES = {
    "LtiResourceLinkRequest": "Learner",
    "LtiDeepLinkingRequest": "Instructor",
    "LtiSubmissionReviewRequest": "Instructor",
    "DataPrivacyLaunchRequest": "Learner",
}


def _good(visit: Visit, message: str) -> None:
    """Every claim we read, as this message has it."""
    visit.claims |= {
        LTI + "message_type": message,
        LTI + "for_user": {"user_id": visit.sub},
        LTI + "custom": {},
        LTI + "role_scope_mentor": [],
        LTI + "platformnotificationservice": {
            "platform_notification_service_url": "https://lms.example/n",
            "notice_types_supported": ["LtiContextCopyNotice"],
        },
        NRPS: {"context_memberships_url": "https://lms.example/m", "service_versions": ["2.0"]},
        AGS: {"lineitems": "https://lms.example/l", "scope": []},
        DEEP_LINKING_SETTINGS: {
            "deep_link_return_url": visit.platform.issuer + "/back",
            "accept_types": ["ltiResourceLink"],
        },
    }


def _answered(suite: Running, message: str, whole: dict[str, Any], parts: dict[tuple[str, str], Any]) -> None:
    visit = Visit(suite.platform, MESSAGES[message])
    _good(visit, message)
    for (claim, name), value in parts.items():
        visit.claims[claim] = {**visit.claims[claim], name: value}
    visit.claims |= whole
    page = visit.post()
    assert page.status_code < 500, (page.status_code, page.text[:500])


@pytest.mark.parametrize("message", MESSAGES)
def test_no_claims_whatever_make_a_fault_of_ours(suite: Running, message: str) -> None:
    @given(WHOLE, PARTS | st.just({}))
    @PATIENT
    def post(whole: dict[str, Any], parts: dict[tuple[str, str], Any]) -> None:
        _answered(suite, message, whole, parts)

    @given(PARTS)
    @PATIENT
    def post_parts(parts: dict[tuple[str, str], Any]) -> None:
        _answered(suite, message, {}, parts)

    post()
    post_parts()


@pytest.mark.long
@pytest.mark.parametrize("message", MESSAGES)
def test_no_claims_whatever_at_length(suite: Running, message: str) -> None:
    @given(WHOLE | st.just({}), PARTS | st.just({}))
    @LONG
    def post(whole: dict[str, Any], parts: dict[tuple[str, str], Any]) -> None:
        _answered(suite, message, whole, parts)

    post()


@pytest.mark.parametrize("claim", sorted(INSIDE))
@pytest.mark.parametrize("value", [7, "x", [], [{}], True, {"id": [], "scope": {}, "accept_types": {}}])
def test_a_claim_of_another_type(suite: Running, claim: str, value: object) -> None:
    for message, role in MESSAGES.items():
        visit = Visit(suite.platform, role)
        _good(visit, message)
        visit.claims |= {claim: value, LTI + "roles": [MEMBER + role]}
        assert visit.post().status_code < 500, message


JUNK = st.text(max_size=20) | st.sampled_from(
    [
        *(
            "\x00",
            "\u202e<b>",
            "9" * 40,
            "-1",
            "0",
            "1e999",
            "NaN",
            "2026-13-45",
            "٣",
            "x" * 5000,
            "null",
            "[]",
        ),
        *("2147483648", "9223372036854775808", "0001-01-01", "9999-12-31", "1", "on", "copy", "average"),
    ]
)
DOORS = ["/lti/login", "/lti/launch", "/lti/launch/proof", "/lti/notices", "/lti/register"]


@pytest.mark.parametrize("path", DOORS)
def test_no_public_form_whatever_makes_a_fault_of_ours(suite: Running, path: str) -> None:
    names = st.sampled_from(
        [
            *("iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint", "lti_storage_target"),
            *("lti_deployment_id", "state", "id_token", "error", "ticket", "proof", "notices", "code"),
            *("openid_configuration", "registration_token"),
        ]
    )

    @given(st.lists(st.tuples(names, JUNK), max_size=6), st.booleans())
    @PATIENT
    def post(typed: list[tuple[str, str]], in_a_frame: bool) -> None:
        fields = [(name, value.encode("utf-8", "replace")) for name, value in typed]
        headers = {"Sec-Fetch-Dest": "iframe"} if in_a_frame else {}
        answer = requests.post(suite.rig.url + path, data=fields, headers=headers, timeout=60)
        assert 400 <= answer.status_code < 500, (path, typed, answer.text[:300])

    post()
