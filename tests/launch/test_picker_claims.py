"""Whatever stands in `deep_linking_settings` and `for_user`: a page or a refusal, never a 5xx."""

from __future__ import annotations

import json
from typing import Any

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.visit import Visit
from tests.launch.conftest import Running
from tests.launch.picking import LTI, SETTINGS, Picker
from tests.launch.rig import Rig
from tests.sandbox_lms.server import PracticeLms

TEXT = st.text(max_size=40) | st.sampled_from(
    ["\x00", "\u202e<b>", "true", "https://lms.example/r", "http://localhost/", "ltiResourceLink"]
)
ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PICKER = ANY | st.fixed_dictionaries(
    {"deep_link_return_url": st.just("https://lms.example/r") | ANY},
    optional={
        "accept_types": st.just(["ltiResourceLink"]) | st.lists(TEXT, max_size=3) | ANY,
        "accept_multiple": st.booleans() | ANY,
        "accept_lineitem": st.booleans() | ANY,
        "data": ANY,
        "title": ANY,
    },
)
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def sendable(value: Any) -> Any:
    """As JSON would carry it; half of a surrogate pair travels as its escape."""
    return json.loads(json.dumps(value))


def launch(suite: Running, changed: dict[str, Any], role: str) -> tuple[Visit, requests.Response]:
    """One whole launch with these claims changed."""
    visit = Visit(suite.platform, role=role)
    visit.claims |= changed
    return visit, visit.post()


@MANY
@given(picker=PICKER, targets=st.lists(TEXT | st.just("check-in"), max_size=3))
def test_any_picker(suite: Running, picker: Any, targets: list[str]) -> None:
    changed = {SETTINGS: sendable(picker), LTI + "message_type": "LtiDeepLinkingRequest"}
    visit, page = launch(suite, changed, "Instructor")
    assert page.status_code < 500
    if page.status_code == 200:
        chosen = [("target", target.encode("utf-8", "ignore").decode()) for target in targets]
        assert visit.browser.post(page.url, data=chosen, timeout=60).status_code in {200, 400}


@MANY
@given(for_user=ANY | st.fixed_dictionaries({"user_id": ANY}), data_privacy=st.booleans())
def test_any_person_it_is_about(suite: Running, for_user: Any, data_privacy: bool) -> None:
    kind = "DataPrivacyLaunchRequest" if data_privacy else "LtiSubmissionReviewRequest"
    changed = {LTI + "for_user": sendable(for_user), LTI + "message_type": kind}
    _, page = launch(suite, changed, "Instructor")
    assert page.status_code < 500


def test_strange_texts_are_kept_on_both_databases(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    strange = {"data": "\x00 \ud800 \u202e", "accept_types": ["ltiResourceLink", "\x00", "\ud800"]}
    picker = Picker(rig, lms, "canvas", settings=strange)
    assert picker.page.status_code == 200
    assert picker.post("my-plan").status_code == 200
