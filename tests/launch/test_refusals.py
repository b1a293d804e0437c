"""Launches that must be refused: 4xx, a page that says why, and nothing stored (lti.md §3)."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import requests
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.launch.claims import AGS, LTI, NRPS
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.launch import LaunchSession
from lti_tool.records.platform import Deployment, Registration
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import Form, LaunchClient
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import World

Claims = dict[str, Any]


class Attempt:
    """One launch of a Moodle-like student, stopped just before the token is posted."""

    def __init__(self, rig: Rig, lms: PracticeLms) -> None:
        self.rig, self.world = rig, lms.worlds["moodle"]
        self.client = LaunchClient()
        self.form: Form = self.client.ready(lms.url("moodle"), seed.MOODLE_COURSE, seed.MOODLE_STUDENTS[0])
        self.claims: Claims = jwt.decode(self.form.fields["id_token"], options={"verify_signature": False})

    def post(self, token: str | None = None, client: LaunchClient | None = None) -> requests.Response:
        if token is not None:
            self.form.fields["id_token"] = token
        return (client or self.client).send(self.form)

    def signed(self, **header: Any) -> str:
        """With the platform's own key, whatever the claims are."""
        key = self.world.lti.signing_key()
        return jwt.api_jws.encode(
            json.dumps(self.claims).encode(), key.private_pem, "RS256", {"kid": key.kid, **header}
        )


def stored(rig: Rig) -> int:
    with rig.database.read() as session:
        tables = (LaunchSession, Person, AuditEntry)
        return sum(session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables)


def assert_refused(page: requests.Response, because: str = "") -> None:
    assert 400 <= page.status_code < 500, (because, page.status_code, page.text[:300])
    assert "What to do" in page.text, because
    assert "data-launch-user" not in page.text
    assert "frame-ancestors 'self' *" in page.headers["Content-Security-Policy"]


def without(*names: str) -> Callable[[Claims], None]:
    def change(claims: Claims) -> None:
        for name in names:
            del claims[name]

    return change


def having(**values: Any) -> Callable[[Claims], None]:
    return lambda claims: claims.update(values)


def having_lti(name: str, value: Any) -> Callable[[Claims], None]:
    return lambda claims: claims.update({LTI + name: value})


HOSTILE: dict[str, Callable[[Claims], None]] = {
    "expired": having(exp=1),
    "exp missing": without("exp"),
    "exp is text": having(exp="tomorrow"),
    "exp is huge": having(exp=10**30),
    "iat missing": without("iat"),
    "iat is over an hour old": lambda c: c.update(iat=c["iat"] - 4000),
    "iat is in the future": lambda c: c.update(iat=c["iat"] + 600),
    "nonce missing": without("nonce"),
    "nonce is not ours": having(nonce="made up"),
    "nonce is a list": having(nonce=["x"]),
    "wrong issuer": having(iss="https://elsewhere.example"),
    "wrong audience": having(aud="another tool"),
    "audience list without us": having(aud=["another tool"]),
    "audience is a number": having(aud=7),
    "audience missing": without("aud"),
    "two audiences without azp": lambda c: c.update(aud=[c["aud"], "another tool"]),
    "wrong azp": having(azp="another tool"),
    "no sub": without("sub"),
    "sub is a number": having(sub=5),
    "sub is empty": having(sub=""),
    "sub too long": having(sub="x" * 256),
    "sub with NUL": having(sub="a\x00b"),
    "no deployment": without(LTI + "deployment_id"),
    "deployment is null": having_lti("deployment_id", None),
    "no version": without(LTI + "version"),
    "version 1.1": having_lti("version", "1.1"),
    "no message type": without(LTI + "message_type"),
    "unknown message type": having_lti("message_type", "LtiSurprise"),
    "message type is a list": having_lti("message_type", ["LtiResourceLinkRequest"]),
    "message type not served": having_lti("message_type", "LtiDeepLinkingRequest"),
    "no resource link": without(LTI + "resource_link"),
    "resource link is text": having_lti("resource_link", "1"),
    "resource link without id": having_lti("resource_link", {"title": "x"}),
    "resource link id empty": having_lti("resource_link", {"id": ""}),
    "resource link id too long": having_lti("resource_link", {"id": "x" * 256}),
    "resource link id is a number": having_lti("resource_link", {"id": 1}),
    "roles missing": without(LTI + "roles"),
    "roles is text": having_lti("roles", "Instructor"),
    "roles is null": having_lti("roles", None),
    "a role is a number": having_lti("roles", [3]),
    "no target": without(LTI + "target_link_uri"),
    "target elsewhere": having_lti("target_link_uri", "https://elsewhere.example/lti/launch"),
    "context is text": having_lti("context", "2"),
    "context without id": having_lti("context", {"title": "x"}),
    "context id is an object": having_lti("context", {"id": {}}),
    "custom is a list": having_lti("custom", []),
    "platform is text": having_lti("tool_platform", "moodle"),
    "presentation is a number": having_lti("launch_presentation", 1),
    "name is an object": having(name={"first": "x"}),
    "roster address is a list": having(**{NRPS: {"context_memberships_url": []}}),
    "grade services is text": having(**{AGS: "x"}),
}


def test_hostile_claims_are_refused(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    for what, change in HOSTILE.items():
        attempt = Attempt(rig, lms)
        change(attempt.claims)
        assert_refused(attempt.post(attempt.signed()), what)
        assert stored(rig) == 0, what
    assert Attempt(rig, lms).post().status_code == 200


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _tampered(a: Attempt) -> str:
    head, _, signature = a.form.fields["id_token"].split(".")
    return ".".join((head, part(a.claims | {"sub": "1"}), signature))


def _hs256_with_our_public_key(a: Attempt) -> str:
    key = a.world.lti.signing_key()
    public = jwt.PyJWK(key.public_jwk()).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': key.kid})}.{part(a.claims)}"
    return f"{signed}.{part(hmac.digest(public, signed.encode(), 'sha256'))}"


def _signed_by_a_stranger(a: Attempt) -> str:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(a.claims, stranger, algorithm="RS256", headers={"kid": a.world.lti.signing_key().kid})


def _unsigned(a: Attempt) -> str:
    kid = a.world.lti.signing_key().kid
    return f"{part({'alg': 'none', 'kid': kid})}.{part(a.claims)}."


def _in_parts(*parts: Any) -> Callable[[Attempt], str]:
    return lambda a: ".".join(parts)


TOKENS: dict[str, Callable[[Attempt], str]] = {
    "empty": lambda a: "",
    "alg none": _unsigned,
    "alg none, some signature": lambda a: _unsigned(a) + "AAAA",
    "HS256 with our public key": _hs256_with_our_public_key,
    "tampered": _tampered,
    "signed by a stranger": _signed_by_a_stranger,
    "unknown kid": lambda a: a.signed(kid="another"),
    "no kid": lambda a: jwt.encode(a.claims, a.world.lti.signing_key().private_pem, algorithm="RS256"),
    "too large": lambda a: "a" * 70_000,
    "one part": lambda a: "abc",
    "four parts": lambda a: a.form.fields["id_token"] + ".x",
    "not base64": _in_parts("§§", "!!", "??"),
    "not JSON": _in_parts(part(b"{"), part(b"nope"), "AA"),
    "a list": _in_parts(part([1]), part([2]), "AA"),
    "a number": _in_parts(part(1), part(2), "AA"),
    "deep nesting": _in_parts(part({"alg": "RS256", "kid": "x"}), part(b"[" * 20_000), "AA"),
    "half a surrogate": lambda a: a.world.lti.sign(a.claims | {"sub": "\ud800"}),
    "NUL in the kid": lambda a: a.signed(kid="a\x00"),
}


def test_hostile_tokens_are_refused(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    for what, make in TOKENS.items():
        attempt = Attempt(rig, lms)
        assert_refused(attempt.post(make(attempt)), what)
        assert stored(rig) == 0, what


def test_two_keys_of_one_kid_are_no_key(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    rig.register(world)
    first = world.lti.signing_key()
    world.lti.rotate(world.now()).kid = first.kid
    assert_refused(Attempt(rig, lms).post(), "duplicate kid")


def test_key_set_out_of_reach(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    with rig.database.write() as session:
        session.scalars(sa.select(Registration)).one().jwks_url = "http://localhost:1/none"
    page = Attempt(rig, lms).post()
    assert_refused(page)
    assert "did not hand out the keys" in page.text


def test_states(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    missing = Attempt(rig, lms)
    del missing.form.fields["state"]
    assert_refused(missing.post(), "missing")
    unknown = Attempt(rig, lms)
    unknown.form.fields["state"] = "state-\x00made up"
    assert_refused(unknown.post(), "unknown")
    elsewhere = Attempt(rig, lms)
    page = elsewhere.post(client=LaunchClient())
    assert_refused(page, "another browser")
    assert "cookie" in page.text
    assert "Back to my course" in page.text  # the token was genuine, so its way back is
    swapped = Attempt(rig, lms)
    swapped.form.fields["id_token"] = Attempt(rig, lms).form.fields["id_token"]
    assert_refused(swapped.post(), "the state of one login, the nonce of another")
    assert stored(rig) == 0
    late = Attempt(rig, lms)
    rig.clock.ahead = timedelta(minutes=6)
    late.claims |= {"exp": late.claims["exp"] + 3600}
    assert_refused(late.post(late.signed()), "too late")


def test_a_token_works_once_and_a_state_too(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    assert attempt.post().status_code == 200
    before = stored(rig)
    assert_refused(attempt.post(), "replayed")
    attempt.claims["sub"] = "999"
    assert_refused(attempt.post(attempt.signed()), "a second, different token for the same login")
    assert stored(rig) == before


def test_of_twenty_posts_at_once_one_wins(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    cookies = attempt.client.browser.cookies
    answers: list[int] = []
    gate = threading.Barrier(20)

    def post() -> None:
        gate.wait()
        answer = requests.post(
            attempt.form.action,
            data=attempt.form.fields,
            cookies=cookies,
            allow_redirects=False,
            timeout=60,
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303] + [400] * 19
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LaunchSession)) == 1


def test_two_first_launches_of_one_person_at_once(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempts = [Attempt(rig, lms) for _ in range(6)]
    answers: list[int] = []
    threads = [threading.Thread(target=lambda a=a: answers.append(a.post().status_code)) for a in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1


def test_logins_that_ask_for_nothing_sensible(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    form = LaunchClient().initiate(lms.url("moodle"), seed.MOODLE_COURSE, seed.MOODLE_TEACHER)
    good = form.fields
    bad: list[dict[str, str]] = [
        {key: value for key, value in good.items() if key != name}
        for name in ("iss", "login_hint", "target_link_uri")
    ]
    bad += [good | {"iss": "https://elsewhere.example"}, good | {"client_id": "unknown"}]
    bad += [good | {"iss": good["iss"] + "\x00"}, good | {"login_hint": "x" * 9000}]
    bad += [good | {"target_link_uri": "https://elsewhere.example/"}]
    for params in bad:
        for method in ("get", "post"):
            sent = {"params": params} if method == "get" else {"data": params}
            page = requests.request(
                method,
                rig.url + "/lti/login",
                allow_redirects=False,
                timeout=10,
                **sent,  # type: ignore[arg-type]
            )
            assert_refused(page, str(params)[:80])


def test_the_platforms_own_refusal_is_shown_as_one(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    del attempt.form.fields["id_token"]
    attempt.form.fields["error"] = "login_required"
    page = attempt.post()
    assert_refused(page)
    assert "could not sign you in" in page.text


def test_a_registration_that_waits_lets_nobody_in(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    with rig.database.write() as session:
        session.scalars(sa.select(Registration)).one().active = False
    assert_refused(attempt.post())
    assert_refused(attempt.client.login(LaunchClient().initiate(attempt.world.issuer, seed.MOODLE_COURSE, 2)))


def _deployments(world: World, rig: Rig) -> list[tuple[str, bool]]:
    with rig.database.read() as session:
        return [(row.lms_id, row.active) for row in session.scalars(sa.select(Deployment))]


def test_an_unknown_deployment_waits_for_the_operator(rig: Rig, lms: PracticeLms) -> None:
    tool = rig.register(lms.worlds["moodle"], deployments=[])
    page = Attempt(rig, lms).post()
    assert page.status_code == 403
    assert "waits to be switched on" in page.text
    assert "Back to my course" in page.text
    assert _deployments(lms.worlds["moodle"], rig) == [(tool.deployment_ids[0], False)]
    assert stored(rig) == 0
    assert Attempt(rig, lms).post().status_code == 403
    with rig.database.write() as session:
        session.scalars(sa.select(Deployment)).one().active = True
    assert Attempt(rig, lms).post().status_code == 200


def test_any_deployment_is_let_in_where_the_operator_said_so(rig: Rig, lms: PracticeLms) -> None:
    tool = rig.register(lms.worlds["moodle"], deployments=[], any_deployment=True)
    assert Attempt(rig, lms).post().status_code == 200
    assert _deployments(lms.worlds["moodle"], rig) == [(tool.deployment_ids[0], True)]


def test_a_registration_stays_with_its_first_platform(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"], any_deployment=True)
    assert Attempt(rig, lms).post().status_code == 200
    attempt = Attempt(rig, lms)
    attempt.claims[LTI + "tool_platform"] = {"guid": "another", "product_family_code": "moodle"}
    page = attempt.post(attempt.signed())
    assert page.status_code == 403
    with rig.database.read() as session:
        seen = session.scalars(sa.select(AuditEntry).where(AuditEntry.act.like("refused%"))).one()
        assert seen.details["guid"] == "another"


@pytest.mark.parametrize("size", [70_000, 600_000])
def test_large_bodies(rig: Rig, lms: PracticeLms, size: int) -> None:
    rig.register(lms.worlds["moodle"])
    attempt = Attempt(rig, lms)
    page = attempt.post("a" * size)
    assert page.status_code in {400, 413}
    assert "too large" in page.text


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
