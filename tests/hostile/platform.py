"""A platform small enough to read whole: keys, a key set, an authorization address, good claims.

It serves on a free port of this machine, so the tool under test must run with ALLOW_PRIVATE_NETWORK=1.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm

from tests.keystock import KeyStock

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
MEMBER = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
Claims = dict[str, Any]


def make_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


_TWIN = KeyStock()


@dataclass
class SmallPlatform:
    """issuer is also its address. Its key set has one kid twice, a weak key and a secret, for their rows."""

    tool_url: str
    issuer: str = ""
    client_id: str = field(default_factory=lambda: "hostile-suite-" + secrets.token_hex(4))
    deployment_id: str = "suite-deployment"
    key: rsa.RSAPrivateKey = field(default_factory=KeyStock())
    twins: tuple[rsa.RSAPrivateKey, ...] = field(default_factory=lambda: (_TWIN(), _TWIN()))
    weak: rsa.RSAPrivateKey = field(default_factory=KeyStock(1024))
    kid: str = "the-key"
    key_set_reads: int = 0
    answer_instead: tuple[int, dict[str, str], bytes] | None = None  # status, headers, body of the key set

    def __enter__(self) -> SmallPlatform:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def registration(self) -> dict[str, str]:
        """What the tool must know of us, by the option names of `lti-tool register`."""
        return {
            "issuer": self.issuer,
            "client-id": self.client_id,
            "deployment-id": self.deployment_id,
            "auth-login-url": self.issuer + "/auth",
            "token-url": self.issuer + "/token",
            "jwks-url": self.issuer + "/jwks",
        }

    def key_set(self) -> dict[str, Any]:
        named = [(self.kid, self.key), *(("the-same-twice", twin) for twin in self.twins)]
        named.append(("the-weak-one", self.weak))
        secret: dict[str, Any] = {"kty": "oct", "kid": "the-secret-one", "k": "AAAA", "alg": "RS256"}
        return {
            "keys": [
                secret,
                *(
                    RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
                    | {"kid": kid, "alg": "RS256", "use": "sig"}
                    for kid, key in named
                ),
            ]
        }

    def claims(self, nonce: str, sub: str, role: str) -> Claims:
        """A launch nobody could object to; rows change it."""
        now = int(time.time())
        return {
            "iss": self.issuer,
            "aud": self.client_id,
            "azp": self.client_id,
            "sub": sub,
            "iat": now,
            "exp": now + 600,
            "nonce": nonce,
            "name": "Ana Suite",
            "given_name": "Ana",
            "family_name": "Suite",
            "email": "ana@suite.example",
            LTI + "version": "1.3.0",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "deployment_id": self.deployment_id,
            LTI + "target_link_uri": self.tool_url + "/lti/launch",
            LTI + "roles": [MEMBER + role],
            LTI + "resource_link": {"id": "link-1", "title": "Personal Plans"},
            LTI + "context": {"id": "course-1", "label": "S1", "title": "Suite course"},
            LTI + "tool_platform": {"guid": "suite-" + self.client_id, "product_family_code": "suite"},
            LTI + "launch_presentation": {"return_url": self.issuer + "/back", "locale": "en"},
        }

    def sign(self, claims: Claims, **header: Any) -> str:
        """RS256 with our own key, whatever the claims are; header kid=None leaves the kid out."""
        return self.sign_bytes(json.dumps(claims).encode(), **header)

    def sign_bytes(self, body: bytes, key: rsa.RSAPrivateKey | None = None, **header: Any) -> str:
        """The same over any bytes, by any key, under any header."""
        parts = {"alg": "RS256", "typ": "JWT", "kid": self.kid} | header
        named = {name: value for name, value in parts.items() if value is not None}
        signed = f"{part(named)}.{part(body)}"
        signature = (key or self.key).sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{part(signature)}"


def part(value: Any) -> str:
    """base64url of JSON, or of bytes as they are."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _handler(platform: SmallPlatform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, status = b"A practice platform; the suite plays the browser.", 200
            if self.path == "/jwks":
                platform.key_set_reads += 1
                body = json.dumps(platform.key_set()).encode()
                if platform.answer_instead is not None:
                    self.answer(*platform.answer_instead)
                    return
            elif not self.path.startswith(("/auth", "/back")):
                status = 404
            self.send_response(status)
            kind = "application/json" if self.path == "/jwks" else "text/plain"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """The table is the output."""

    return Handler
