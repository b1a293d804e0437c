"""More tokens to refuse: other algorithms signed in earnest, odd encodings, odd claims (lti.md §3)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm

from tests.hostile.platform import LTI, part
from tests.hostile.rows import Change, claim, lti
from tests.hostile.visit import Visit


def _signed(alg: str, padding: Any, digest: HashAlgorithm) -> Callable[[Visit], str]:
    """By the platform's own key, as this algorithm signs."""

    def make(visit: Visit) -> str:
        said = f"{part({'alg': alg, 'kid': visit.platform.kid})}.{part(visit.claims)}"
        return f"{said}.{part(visit.platform.key.sign(said.encode(), padding, digest))}"

    return make


def _under(head: bytes) -> Callable[[Visit], str]:
    """This header, and a signature that is right for it."""

    def make(visit: Visit) -> str:
        said = f"{part(head)}.{part(visit.claims)}"
        return f"{said}.{part(visit.platform.key.sign(said.encode(), PKCS1v15(), SHA256()))}"

    return make


def _after(change: Callable[[str], str]) -> Callable[[Visit], str]:
    return lambda visit: change(visit.platform.sign(visit.claims))


def _body(change: Callable[[str], str]) -> Callable[[Visit], str]:
    return lambda visit: visit.platform.sign_bytes(change(json.dumps(visit.claims)).encode())


FORGED: dict[str, Callable[[Visit], str]] = {
    "RS384 in earnest": _signed("RS384", PKCS1v15(), SHA384()),
    "PS256 in earnest": _signed("PS256", PSS(MGF1(SHA256()), 32), SHA256()),
    "a PSS signature that calls itself RS256": _signed("RS256", PSS(MGF1(SHA256()), 32), SHA256()),
    "alg twice, the second none": _under(b'{"alg": "RS256", "alg": "none", "kid": "the-key"}'),
    "a header that is a list": _under(b'["RS256", "the-key"]'),
    "a header with a comment": _under(b'{"alg": "RS256", /* x */ "kid": "the-key"}'),
    "padding at the end": _after(lambda token: token + "="),
    "a line break at the end": _after(lambda token: token + "\n"),
    "a letter of another script": _after(lambda token: token.replace("e", "\uff45", 1)),
    "no signature": _after(lambda token: token.rpartition(".")[0] + "."),
    "half a signature": _after(lambda token: token[:-100]),
    "words after the claims": _body(lambda claims: claims + " x"),
    "claims in a list": _body(lambda claims: f"[{claims}]"),
    "a token in a token": lambda visit: visit.platform.sign_bytes(
        visit.platform.sign(visit.claims).encode(), cty="JWT"
    ),
}
ODD: dict[str, Change] = {
    "iss with a slash": lambda c: c.update(iss=c["iss"] + "/"),
    "iss in other letters": lambda c: c.update(iss=c["iss"].upper()),
    "aud in a list in a list": lambda c: c.update(aud=[[c["aud"]]]),
    "aud with a number beside us": lambda c: c.update(aud=[c["aud"], 5]),
    "exp is true": claim("exp", True),
    "exp is text of a number": lambda c: c.update(exp=str(c["exp"])),
    "nbf is to come": lambda c: c.update(nbf=int(time.time()) + 500),
    "deployment_id is a number": lti("deployment_id", 1),
    "deployment_id with a space behind": lambda c: c.update(
        {LTI + "deployment_id": c[LTI + "deployment_id"] + " "}
    ),
    "version 1.3.1": lti("version", "1.3.1"),
    "version is a number": lti("version", 1.3),
    "roles in a list in a list": lti("roles", [["Instructor"]]),
}
