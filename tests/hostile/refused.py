"""The launches that must be refused, row by row (lti.md §3)."""

from __future__ import annotations

import gzip
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from tests.hostile.forged import FORGED, ODD
from tests.hostile.platform import AGS, LTI, NRPS, SmallPlatform, make_key, part
from tests.hostile.rows import Change, Row, claim, lti, without
from tests.hostile.visit import TIMEOUT, Send, Visit, login, new_browser

# row → what it changes in the claims, properly signed
CLAIMS: dict[str, Change] = {
    "expired": lambda c: c.update(exp=int(time.time()) - 300, iat=int(time.time()) - 600),
    "exp missing": without("exp"),
    "exp is text": claim("exp", "tomorrow"),
    "exp is huge": claim("exp", 10**30),
    "iat missing": without("iat"),
    "iat older than an hour": lambda c: c.update(iat=int(time.time()) - 3700),
    "iat older than an hour by a second": lambda c: c.update(iat=int(time.time()) - 3601),
    "exp before iat": lambda c: c.update(iat=int(time.time()) + 30, exp=int(time.time()) + 20),
    "iat over 60 s in the future": lambda c: c.update(iat=int(time.time()) + 120),
    "nonce missing": without("nonce"),
    "nonce not ours": claim("nonce", "made up"),
    "nonce is a list": lambda c: c.update(nonce=[c["nonce"]]),
    "unknown issuer in the token": claim("iss", "https://elsewhere.example"),
    "wrong aud": claim("aud", "another tool"),
    "aud missing": without("aud"),
    "aud is a list without us": claim("aud", ["another tool"]),
    "aud is a list of two without azp": lambda c: c.update(aud=[c["aud"], "another"]) or c.pop("azp"),
    "wrong azp": claim("azp", "another tool"),
    "aud is a list of two, azp is another": lambda c: c.update(aud=[c["aud"], "another"], azp="another"),
    "anonymous: no sub": without("sub"),
    "sub is empty": claim("sub", ""),
    "sub is a number": claim("sub", 5),
    "sub over 255 characters": claim("sub", "x" * 256),
    "sub with a NUL": claim("sub", "a\x00b"),
    "deployment_id missing": without(LTI + "deployment_id"),
    "deployment_id null": lti("deployment_id", None),
    "deployment not active": lti("deployment_id", "one that waits"),
    "version missing": without(LTI + "version"),
    "version 1.1": lti("version", "1.1"),
    "version 1.3": lti("version", "1.3"),
    "message_type missing": without(LTI + "message_type"),
    "message_type unknown": lti("message_type", "LtiSurprise"),
    "message_type is a list": lti("message_type", ["LtiResourceLinkRequest"]),
    "resource_link missing": without(LTI + "resource_link"),
    "resource_link is text": lti("resource_link", "link-1"),
    "resource_link is a list": lti("resource_link", [{"id": "link-1"}]),
    "resource_link.id missing": lti("resource_link", {"title": "x"}),
    "resource_link.id empty": lti("resource_link", {"id": ""}),
    "resource_link.id over 255 characters": lti("resource_link", {"id": "x" * 256}),
    "resource_link.id is a number": lti("resource_link", {"id": 1}),
    "roles missing": without(LTI + "roles"),
    "roles is text": lti("roles", "Instructor"),
    "roles is null": lti("roles", None),
    "roles is an object": lti("roles", {"0": "Instructor"}),
    "target_link_uri missing": without(LTI + "target_link_uri"),
    "target_link_uri on another host": lti("target_link_uri", "https://elsewhere.example/lti/launch"),
    "target_link_uri that a browser reads as another host": lambda c: c.update(
        {LTI + "target_link_uri": c[LTI + "target_link_uri"].replace("//", "//elsewhere.example\\@")}
    ),
    "context is text": lti("context", "course-1"),
    "context without id": lti("context", {"title": "x"}),
    "context id is an object": lti("context", {"id": {}}),
    "custom is a list": lti("custom", []),
    "a role is a number": lti("roles", [3]),
    "tool_platform is text": lti("tool_platform", "moodle"),
    "launch_presentation is a number": lti("launch_presentation", 1),
    "name is an object": claim("name", {"first": "x"}),
    "roster address is a list": claim(NRPS, {"context_memberships_url": []}),
    "grade services is text": claim(AGS, "x"),
}


def _hs256(visit: Visit, secret: bytes, kid: str) -> str:
    signed = f"{part({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{part(visit.claims)}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _pem(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _hs256_with_the_tools_key(visit: Visit) -> str:
    published = requests.get(visit.platform.tool_url + "/lti/jwks", timeout=TIMEOUT).json()["keys"][0]
    return _hs256(visit, _pem(jwt.PyJWK(published).key), visit.platform.kid)


def _tampered(visit: Visit) -> str:
    head, _, signature = visit.platform.sign(visit.claims).split(".")
    return ".".join((head, part(visit.claims | {"sub": "the head teacher"}), signature))


def _by_another_key(visit: Visit) -> str:
    return jwt.encode(visit.claims, make_key(), algorithm="RS256", headers={"kid": visit.platform.kid})


def _by_a_twin(visit: Visit) -> str:
    twin = visit.platform.twins[0]
    return jwt.encode(visit.claims, twin, algorithm="RS256", headers={"kid": "the-same-twice"})


def _unsigned(visit: Visit, alg: str = "none") -> str:
    return f"{part({'alg': alg, 'kid': visit.platform.kid})}.{part(visit.claims)}."


def _by_own_key(visit: Visit, **header: Any) -> str:
    return visit.platform.sign_bytes(json.dumps(visit.claims).encode(), make_key(), **header)


def _with_own_key(visit: Visit) -> str:
    own = make_key()
    public = RSAAlgorithm.to_jwk(own.public_key(), as_dict=True)
    return visit.platform.sign_bytes(json.dumps(visit.claims).encode(), own, jwk=public)


def _with_text(visit: Visit, more: str) -> str:
    """One more member at the end of the claims, as text: what no Python object can say."""
    return visit.platform.sign_bytes(f"{json.dumps(visit.claims)[:-1]}, {more}}}".encode())


def _good_head(visit: Visit) -> str:
    return part({"alg": "RS256", "kid": visit.platform.kid})


# row → the token
TOKENS: dict[str, Callable[[Visit], str]] = {
    "no kid": lambda v: v.platform.sign(v.claims, kid=None),
    "kid is empty": lambda v: v.platform.sign(v.claims, kid=""),
    "unknown kid": lambda v: v.platform.sign(v.claims, kid="nobody knows it"),
    "duplicate kid in the key set": _by_a_twin,
    "alg none": _unsigned,
    "alg None, in other letters": lambda v: _unsigned(v, "NoNe"),
    "HS256 signed with the platform's public key": lambda v: _hs256(
        v, _pem(v.platform.key.public_key()), v.platform.kid
    ),
    "HS256 signed with the tool's public key": _hs256_with_the_tools_key,
    "tampered signature": _tampered,
    "signed by another key": _by_another_key,
    "id_token over 64 KiB": lambda v: v.platform.sign(v.claims | {"padding": "x" * 70_000}),
    "id_token empty": lambda v: "",
    "id_token of two parts": lambda v: v.platform.sign(v.claims).rpartition(".")[0],
    "id_token of four parts": lambda v: v.platform.sign(v.claims) + ".x",
    "id_token not base64url": lambda v: "§§.!!.??",
    "JSON that does not parse": lambda v: f"{_good_head(v)}.{part(b'{nope')}.AAAA",
    "JSON that is a list": lambda v: f"{_good_head(v)}.{part([1])}.AAAA",
    "JSON that is a number": lambda v: f"{part(1)}.{part(2)}.AAAA",
    "JSON nested 20,000 deep": lambda v: f"{_good_head(v)}.{part(b'[' * 20_000)}.AAAA",
    "kid with a NUL": lambda v: v.platform.sign(v.claims, kid="a\x00"),
    "a key of its own in the header (jwk)": _with_own_key,
    "an address of keys in the header (jku)": lambda v: _by_own_key(v, jku=v.platform.issuer + "/evil"),
    "an address of keys in the header (x5u)": lambda v: _by_own_key(v, x5u=v.platform.issuer + "/evil"),
    "a certificate in the header (x5c)": lambda v: _by_own_key(v, x5c=["MIIB"]),
    "kid is a path": lambda v: v.platform.sign(v.claims, kid="../../../../dev/null"),
    "kid is an address": lambda v: v.platform.sign(v.claims, kid="http://127.0.0.1/evil"),
    "kid is a list": lambda v: v.platform.sign(v.claims, kid=[v.platform.kid]),
    "kid is an object": lambda v: v.platform.sign(v.claims, kid={"kid": v.platform.kid}),
    "kid in other letters": lambda v: v.platform.sign(v.claims, kid=v.platform.kid.upper()),
    "kid of 5,000 characters": lambda v: v.platform.sign(v.claims, kid="x" * 5000),
    "crit names what we do not know": lambda v: v.platform.sign(v.claims, crit=["urn:x"], **{"urn:x": 1}),
    "a payload that is not encoded (b64)": lambda v: v.platform.sign(v.claims, crit=["b64"], b64=False),
    "alg RS512": lambda v: v.platform.sign(v.claims, alg="RS512"),
    "alg PS256": lambda v: v.platform.sign(v.claims, alg="PS256"),
    "alg in other letters": lambda v: v.platform.sign(v.claims, alg="rs256"),
    "alg is a list": lambda v: v.platform.sign(v.claims, alg=["RS256", "none"]),
    "alg missing": lambda v: v.platform.sign(v.claims, alg=None),
    "signed by a key of 1,024 bits": lambda v: v.platform.sign_bytes(
        json.dumps(v.claims).encode(), v.platform.weak, kid="the-weak-one"
    ),
    "a shared secret in the key set": lambda v: _hs256(v, b"\x00\x00\x00", "the-secret-one"),
    "an encrypted token, five parts": lambda v: v.platform.sign(v.claims) + ".x.y",
    "a line break in the token": lambda v: v.platform.sign(v.claims).replace(".", ".\n", 1),
    "claims that are no UTF-8": lambda v: v.platform.sign_bytes(
        json.dumps(v.claims).encode().replace(b"Ana", b"\xff\xfe")
    ),
    "exp is NaN": lambda v: v.platform.sign(v.claims | {"exp": float("nan")}),
    "exp is endless": lambda v: _with_text(v, '"exp": 1e400'),
    "aud twice, the second another tool": lambda v: _with_text(v, '"aud": "another tool"'),
    "a number of 5,000 digits": lambda v: _with_text(v, '"x": ' + "9" * 5000),
    "claims nested 9,000 deep": lambda v: _with_text(v, '"x": ' + "[" * 9000 + "]" * 9000),
    "half a surrogate in nonce": lambda v: v.platform.sign(v.claims | {"nonce": "\ud800"}),
    "half a surrogate in azp": lambda v: v.platform.sign(v.claims | {"azp": "\ud800"}),
    "half a surrogate in deployment_id": lambda v: v.platform.sign(
        v.claims | {LTI + "deployment_id": "\ud800"}
    ),
    "half a surrogate in sub": lambda v: v.platform.sign(v.claims | {"sub": "\ud800"}),
}


def _with_claims(change: Change) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform)
        change(visit.claims)
        return visit.post

    return ready


def _with_token(make: Callable[[Visit], str]) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform)
        token = make(visit)
        return lambda: visit.post(token)

    return ready


def _replayed(platform: SmallPlatform) -> Send:
    visit = Visit(platform)
    assert visit.post().status_code == 200
    return visit.post


def _another_guid(platform: SmallPlatform) -> Send:
    """The first LMS that is let in is the one; a place that waits says nothing of that."""
    waits, first, another = (Visit(platform) for _ in range(3))
    lti("deployment_id", "a place that waits")(waits.claims)
    for visit in (waits, another):
        lti("tool_platform", {"guid": "another", "product_family_code": "suite"})(visit.claims)
    assert waits.post().status_code == 403
    assert first.post().status_code == 200
    return another.post


def _second_token(platform: SmallPlatform) -> Send:
    visit = Visit(platform)
    assert visit.post().status_code == 200
    visit.claims |= {"sub": visit.sub + "-second", "jti": "another"}
    return visit.post


def _old_nonce_new_state(platform: SmallPlatform) -> Send:
    used, fresh = Visit(platform), Visit(platform)
    assert used.post().status_code == 200
    fresh.claims["nonce"] = used.nonce
    return fresh.post


def _other_browser(platform: SmallPlatform) -> Send:
    visit = Visit(platform)
    visit.browser = new_browser()
    return visit.post


def _anothers_state(platform: SmallPlatform) -> Send:
    mine, other = Visit(platform), Visit(platform)
    mine.state = other.state
    return mine.post


def _state(value: str | None) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform)
        form = {"id_token": platform.sign(visit.claims)} | ({} if value is None else {"state": value})
        return lambda: visit.post_form(form)

    return ready


def _no_token(platform: SmallPlatform) -> Send:
    visit = Visit(platform)
    return lambda: visit.post_form({"state": visit.state})


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _form(fields: Callable[[Visit, str], list[tuple[str, str]]]) -> Callable[[SmallPlatform], Send]:
    return _sent(lambda visit, token: {"data": fields(visit, token)})


def _sent(how: Callable[[Visit, str], dict[str, Any]]) -> Callable[[SmallPlatform], Send]:
    """A good token in a form that no platform makes; how: the arguments of the POST."""

    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform)
        more = how(visit, platform.sign(visit.claims))
        address = platform.tool_url + "/lti/launch"
        return lambda: visit.browser.post(address, timeout=TIMEOUT, **more)

    return ready


def _login(method: str, **changed: str | None) -> Callable[[SmallPlatform], Send]:
    return lambda platform: lambda: login(platform, method, **changed)


def _login_misread(method: str) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        target = platform.tool_url.replace("//", "//elsewhere.example\\@") + "/lti/launch"
        return lambda: login(platform, method, target_link_uri=target)

    return ready


STEPS: dict[str, Callable[[SmallPlatform], Send]] = {
    "another platform guid": _another_guid,
    "nonce used before: the same token again": _replayed,
    "nonce used before: a second, different token": _second_token,
    "nonce used before: under a new state": _old_nonce_new_state,
    "state missing": _state(None),
    "state unknown": _state("state-made-up"),
    "state with a NUL": _state("state-\x00"),
    "state used before": _replayed,
    "state of another browser": _other_browser,
    "state of another login": _anothers_state,
    "id_token missing": _no_token,
    "state twice": _form(lambda v, t: [("state", v.state), ("state", "another"), ("id_token", t)]),
    "id_token twice": _form(lambda v, t: [("state", v.state), ("id_token", t), ("id_token", t)]),
    "an error of the platform beside a token": _form(
        lambda v, t: [("state", v.state), ("id_token", t), ("error", "<b>no</b>")]
    ),
    "state in brackets": _form(lambda v, t: [("state[]", v.state), ("id_token", t)]),
    "parameters in the address": _sent(lambda v, t: {"params": {"state": v.state, "id_token": t}}),
    "JSON instead of a form": _sent(lambda v, t: {"json": {"state": v.state, "id_token": t}}),
    "plain text instead of a form": _sent(
        lambda v, t: {"data": f"state={v.state}&id_token={t}", "headers": {"Content-Type": "text/plain"}}
    ),
    "uploads instead of fields": _sent(lambda v, t: {"files": {"state": v.state, "id_token": t}}),
    "a form that is cut off": _sent(
        lambda v, t: {"data": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}
    ),
    "a packed body": _sent(
        lambda v, t: {
            "data": gzip.compress(f"state={v.state}&id_token={t}".encode()),
            "headers": {**FORM, "Content-Encoding": "gzip"},
        }
    ),
    "broken percent signs": _sent(
        lambda v, t: {"data": "state=%ff%fe%00%zz&id_token=%u1234", "headers": FORM}
    ),
}
LOGINS: dict[str, dict[str, str | None]] = {
    "login without iss": {"iss": None},
    "login without login_hint": {"login_hint": None},
    "login without target_link_uri": {"target_link_uri": None},
    "login from an unknown issuer": {"iss": "https://elsewhere.example"},
    "login with an unknown client_id": {"client_id": "nobody"},
    "login for a target on another host": {"target_link_uri": "https://elsewhere.example/lti/launch"},
    "login with a NUL": {"login_hint": "a\x00"},
    "login for a target behind an at sign": {"target_link_uri": "http://127.0.0.1@elsewhere.example/"},
    "login for a target without a scheme": {"target_link_uri": "//elsewhere.example/lti/launch"},
    "login for a script": {"target_link_uri": "javascript:alert(1)"},
    "login for a broken address": {"target_link_uri": "http://[::1"},
    "login for another port": {"target_link_uri": "http://127.0.0.1:1/lti/launch"},
}
REFUSED = [
    *(Row(name, _with_token(make)) for name, make in {**TOKENS, **FORGED}.items()),
    *(Row(name, _with_claims(change)) for name, change in {**CLAIMS, **ODD}.items()),
    *(Row(name, ready) for name, ready in STEPS.items()),
    *(
        Row(f"{name} ({method.upper()})", _login(method, **changed))
        for name, changed in LOGINS.items()
        for method in ("get", "post")
    ),
    *(
        Row(f"login for a target that a browser reads otherwise ({method.upper()})", _login_misread(method))
        for method in ("get", "post")
    ),
]
