"""A tool as the practice platform meets it: its key set on a real port, and its side of each call."""

from __future__ import annotations

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import jwt
import requests

from tests.sandbox_lms.client import Form
from tests.sandbox_lms.lti_state import LtiState
from tests.sandbox_lms.paths import endpoints
from tests.sandbox_lms.tools import ALL_SCOPES, add_tool
from tests.sandbox_lms.world import Tool, World

NRPS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


class KeyServer:
    """Publishes the tool's public keys at /lti/jwks of 127.0.0.1."""

    def __init__(self) -> None:
        self.keys = LtiState()
        keys = self.keys

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"keys": [key.public_jwk() for key in keys.keys]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Tests keep their output to themselves."""

        keys.signing_key()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Caller:
    """The tool, registered with one world, calling the platform's doors."""

    def __init__(self, world: World, keys: KeyServer, **more: Any) -> None:
        self.world, self.keys = world, keys
        self.tool: Tool = add_tool(world, keys.url, **more)
        self.doors = endpoints(world)

    def auth_request(self, initiation: Form, **changed: str | None) -> dict[str, str]:
        """A right authorization request; `changed` replaces a parameter, None leaves it out."""
        params: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": self.tool.client_id,
            "redirect_uri": self.tool.redirect_uris[0],
            "login_hint": initiation.fields["login_hint"],
            "lti_message_hint": initiation.fields["lti_message_hint"],
            "nonce": uuid.uuid4().hex,
            "state": "the-state",
            **changed,
        }
        return {name: value for name, value in params.items() if value is not None}

    def auth_url(self, initiation: Form, **changed: str | None) -> str:
        return f"{self.doors.auth_login_url}?{urlencode(self.auth_request(initiation, **changed))}"

    def assertion(self, *, keys: LtiState | None = None, header: Any = None, **changed: Any) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.tool.client_id,
            "sub": self.tool.client_id,
            "aud": self.doors.token_url,
            "iat": now - 30,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return (keys or self.keys.keys).sign(claims, **(header or {}))

    def ask_token(self, assertion: str | None = None, **changed: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion if assertion is not None else self.assertion(),
            "scope": " ".join(ALL_SCOPES),
            **changed,
        }
        return requests.post(self.doors.token_url, data=form, timeout=60)

    def call(
        self, url: str, *, method: str = "GET", accept: str | None = NRPS, scope: str = "", **more: Any
    ) -> requests.Response:
        """A service call with a fresh token. accept=None: requests' own `*/*`."""
        token = json.loads(self.ask_token(**({"scope": scope} if scope else {})).text)["access_token"]
        headers = {"Authorization": f"Bearer {token}", **({"Accept": accept} if accept else {})}
        headers |= more.pop("headers", {})
        return requests.request(method, url, headers=headers, timeout=60, **more)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, unverified."""
    return jwt.decode(token, options={"verify_signature": False})
