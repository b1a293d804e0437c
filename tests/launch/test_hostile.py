"""Whatever stands in a signed token: an answer, never a fault of ours (rows by name: test_refused.py)."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.launch.claims import AGS, LTI, NRPS
from tests.launch.attempt import Attempt, Claims
from tests.launch.rig import Rig
from tests.sandbox_lms.server import PracticeLms

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
PLACES = ["sub", "name", "email", "exp", "iat", "nbf", "aud", "azp", "iss", "locale", NRPS, AGS]
PLACES += [
    LTI + name for name in ("roles", "context", "resource_link", "custom", "tool_platform", "deployment_id")
]


def test_no_claims_whatever_make_a_fault_of_ours(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])

    @given(st.dictionaries(st.sampled_from(PLACES), JSON, min_size=1, max_size=3))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def post(changes: Claims) -> None:
        attempt = Attempt(rig, lms)
        attempt.claims |= changes
        assert attempt.post(attempt.signed()).status_code < 500

    post()
