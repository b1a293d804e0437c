"""Hostile tokens and claims: each refused with a page, nothing stored, never a 5xx (lti.md §3)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.launch.claims import AGS, LTI, NRPS
from tests.launch.attempt import Attempt, Claims, assert_refused, stored
from tests.launch.rig import Rig
from tests.sandbox_lms.server import PracticeLms


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
