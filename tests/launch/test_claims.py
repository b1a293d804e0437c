"""Whatever stands in the claims: let in or refused, never a fault of ours (lti.md §3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.launch.claims import AGS, LTI, NRPS, Launch, parse_claims
from lti_tool.launch.refusal import Refusal
from lti_tool.launch.standing import course_number

HERE = "https://plans.example"
GOOD: dict[str, Any] = {
    "sub": "5",
    LTI + "version": "1.3.0",
    LTI + "message_type": "LtiResourceLinkRequest",
    LTI + "deployment_id": "1",
    LTI + "target_link_uri": HERE + "/lti/launch",
    LTI + "roles": [],
    LTI + "resource_link": {"id": "1"},
}
PLACES = [
    "sub", "name", "given_name", "family_name", "email", "locale", NRPS, AGS,
    *(LTI + name for name in (
        "version", "message_type", "deployment_id", "target_link_uri", "roles", "resource_link",
        "context", "tool_platform", "launch_presentation", "custom",
    )),
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "title", "guid", "return_url", "scope", "lineitems"]) | st.text(), inner
        )
    ),
    max_leaves=5,
)


def _launch_or_refusal(claims: dict[str, Any]) -> Launch | Refusal:
    try:
        return parse_claims(claims, HERE)
    except Refusal as refusal:
        return refusal


@given(st.dictionaries(st.sampled_from(PLACES), JSON, min_size=1, max_size=4))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_json_in_any_claim_is_a_launch_or_a_refusal(changes: dict[str, Any]) -> None:
    launch = _launch_or_refusal({**GOOD, **changes})
    if isinstance(launch, Refusal):
        assert 400 <= launch.status < 500
        return
    assert isinstance(launch, Launch)
    for text in (*vars(launch.names).values(), launch.locale, launch.guid, launch.resource_link.title):
        text.encode()  # can be stored
        assert "\x00" not in text
    assert 0 < len(launch.sub) <= 255


def test_names_are_cleaned_and_cut_never_refused() -> None:
    launch = parse_claims({**GOOD, "name": "A\x00na\n" + "x" * 10_000, "email": None}, HERE)
    assert launch.names.name.startswith("A na x")
    assert len(launch.names.name) == 1024
    assert launch.names.email == ""
    assert parse_claims({**GOOD, "name": "Ana \u202eÁlvarez <b>"}, HERE).names.name == "Ana \u202eÁlvarez <b>"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://lms.example/return?x=1", "https://lms.example/return?x=1"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://lms.example/\n", ""),
        ("//lms.example", ""),
        ("https://[::1", ""),
    ],
)
def test_a_return_url_is_a_web_address_or_nothing(url: str, kept: str) -> None:
    claims = {**GOOD, LTI + "launch_presentation": {"return_url": url}}
    assert parse_claims(claims, HERE).return_url == kept


def test_numbers_and_literals_in_custom_fields() -> None:
    custom = {"a": 42, "b": "43", "c": "$Canvas.user.id", "d": None, "e": True, "f": "4x", "g": [1]}
    claims = {**GOOD, LTI + "custom": custom}
    launch = parse_claims(claims, HERE)
    found = {key: launch.number_from_custom(key) for key in "abcdefg"}
    assert found == {"a": "42", "b": "43", "c": "", "d": "", "e": "", "f": "", "g": ""}


SERVICE = "https://school.example/api/lti/courses/7/names_and_roles"


@pytest.mark.parametrize(
    ("link", "services", "number"),
    [
        ("link-1", {NRPS: {"context_memberships_url": SERVICE}}, "7"),
        ("link-1", {AGS: {"lineitems": SERVICE.replace("names_and_roles", "line_items")}}, "7"),
        ("course-1", {}, "8"),
        ("link-1", {}, ""),
    ],
)
def test_no_link_makes_a_course_another_one(link: str, services: dict[str, Any], number: str) -> None:
    """Custom fields may be a link's own, made by anybody who can add one; Canvas's addresses are Canvas's."""
    said = {
        LTI + "tool_platform": {"guid": "g", "product_family_code": "canvas"},
        LTI + "custom": {"canvas_course_id": "8"},
        LTI + "context": {"id": "course-1"},
        LTI + "resource_link": {"id": link},
    }
    assert course_number(parse_claims(GOOD | said | services, HERE), "course-1") == number
