"""pylti1p3 2.0.0, kept behind this one module and mended (lti.md §4).

What is used of it: the OIDC login (which parameters go to the platform) and the order of the checks
of a message launch. What is ours: the registrations, single-use states and nonces, the key sets, the
signature and time checks, and the claims.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.exception import OIDCException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from lti_tool.launch import states
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.reasons import refuse
from lti_tool.launch.states import PREFIX, NewLogin, is_nonce_of
from lti_tool.records import platform

MAX_TOKEN = 64 * 1024
LEEWAY = timedelta(seconds=60)
MAX_AGE = timedelta(hours=1)
_PART = re.compile(r"[A-Za-z0-9_-]+")
_LATEST = 253402300799  # the last second of the year 9999


class Params(Request):
    """The parameters of one request, GET or POST alike."""

    def __init__(self, params: Mapping[str, str]) -> None:
        super().__init__()
        self._params = params

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._params.get(key, "")


class OneRegistration(ToolConfAbstract[Params]):
    """The registration a request belongs to, found in our table beforehand by (issuer, client_id).

    One object a request, so nothing of one customer is left for another (the class-level state of
    the base is never written).
    """

    def __init__(self, row: platform.Registration) -> None:
        self.row = row

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Registration:
        raise refuse("client_id_needed")

    def find_registration_by_params(
        self, iss: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Registration:
        row = self.row
        if iss != row.issuer:
            raise refuse("issuer_wrong")
        return (
            Registration()
            .set_issuer(row.issuer)
            .set_client_id(row.client_id)
            .set_auth_login_url(row.auth_login_url)
            .set_auth_token_url(row.token_url)
            .set_key_set_url(row.jwks_url)
        )

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return None

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Deployment | None:
        return None  # deployments are judged when the launch is admitted, in the same transaction


class _NoCookies(CookieService):
    """We set our own: Partitioned and bound to one login (lti.md §5)."""

    def get_cookie(self, name: str) -> str | None:
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        return None


class _NoSession(SessionService):
    """State and nonce are made and used up by states.py; nothing is kept in a web session."""

    def __init__(self) -> None:
        pass

    def save_nonce(self, nonce: str) -> None:
        return None


_NO_HTTP = requests.Session()  # else the library makes one a launch; nothing here is ever fetched with it


class Login(OIDCLogin[Params, OneRegistration, _NoSession, _NoCookies, Any]):
    """The third-party initiated login: from the platform's request to its authorization address."""

    def __init__(
        self, params: Mapping[str, str], registration: platform.Registration, login: NewLogin
    ) -> None:
        super().__init__(Params(params), OneRegistration(registration), _NoSession(), _NoCookies())
        self.login = login

    def get_redirect(self, url: str) -> Redirect[Any]:
        raise NotImplementedError("the view redirects")

    def _get_uuid(self) -> str:
        return self.login.state.removeprefix(PREFIX)

    def _generate_nonce(self) -> str:
        return self.login.nonce

    def authorization_url(self, launch_url: str) -> str:
        """Where to send the browser."""
        try:
            url = self._prepare_redirect_url(launch_url)
        except OIDCException as error:
            raise refuse("login_incomplete", detail=str(error)[:80]) from None
        base = self._registration.get_auth_login_url() or ""
        if "?" in base:  # the library appends "?" whatever is there already
            url = base + "&" + url[len(base) + 1 :]
        return url


class IdToken(MessageLaunch[Params, OneRegistration, _NoSession, _NoCookies]):
    """A posted id_token, checked against the login it answers."""

    required: tuple[str, ...] = ("exp", "iat", "nonce", "aud", "iss")

    def __init__(
        self,
        params: Mapping[str, str],
        registration: platform.Registration,
        login: states.Login | None,
        key_sets: KeySets,
        now: datetime,
    ) -> None:
        super().__init__(
            Params(params),
            OneRegistration(registration),
            _NoSession(),
            _NoCookies(),
            requests_session=_NO_HTTP,
        )
        self.set_auto_validation(False)
        self._row = registration
        self._login = login
        self._key_sets = key_sets
        self._now = now
        self._header: dict[str, Any] = {}
        self._body: dict[str, Any] = {}

    def _get_jwt_body(self) -> Any:
        return self._body

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))

    def verified_body(self) -> dict[str, Any]:
        """The claims of a genuine token meant for us, now; raises Refusal otherwise."""
        self.validate_jwt_format()
        self.validate_registration()
        self.validate_jwt_signature()
        self._check_times()
        self.validate_nonce()
        return self._body

    def validate_jwt_format(self) -> IdToken:
        token = self._get_request_param("id_token")
        if not token:
            raise refuse("token_missing")
        if len(token) > MAX_TOKEN:
            raise refuse("token_too_large")
        parts = token.split(".")
        if len(parts) != 3:
            raise refuse("token_malformed", detail="parts")
        self._header, self._body = json_part(parts[0]), json_part(parts[1])
        return self

    def get_client_id(self) -> str:
        """Our client id, when the token is meant for us (`aud`, `azp`)."""
        body, ours = self._body, self._row.client_id
        audience = body.get("aud")
        meant_for = [audience] if isinstance(audience, str) else audience
        if not isinstance(meant_for, list) or ours not in meant_for:
            raise refuse("audience_wrong")
        if not all(isinstance(each, str) for each in meant_for):
            raise refuse("audience_wrong")
        if (body.get("azp") is not None or len(meant_for) > 1) and body.get("azp") != ours:
            raise refuse("azp_wrong")
        return ours

    def get_iss(self) -> str:
        issuer = self._body.get("iss")
        return issuer if isinstance(issuer, str) else ""

    def validate_jwt_signature(self) -> IdToken:
        header = self._header
        kid = header.get("kid")
        if header.get("alg") != "RS256":
            raise refuse("wrong_algorithm")
        if not isinstance(kid, str) or not kid or len(kid) > 512:
            raise refuse("kid_missing")
        key = self._key_sets.key(self._row.jwks_url, kid, self._now)
        signed, _, signature = self._get_request_param("id_token").rpartition(".")
        try:
            key.verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise refuse("signature_wrong") from None
        if "crit" in header:  # nothing that could stand there is known to us (RFC 7515, 4.1.11)
            raise refuse("token_malformed", detail="crit")
        self._check_required()
        return self

    def _check_required(self) -> None:
        for claim in self.required:
            if self._body.get(claim) is None:
                raise refuse("nonce_wrong" if claim == "nonce" else "time_missing", detail=claim)

    def validate_nonce(self) -> IdToken:
        if self._login is None or not is_nonce_of(self._login, self._body.get("nonce")):
            raise refuse("nonce_wrong")
        return self

    def _check_times(self) -> None:
        body, now = self._body, self._now.timestamp()
        expires, issued = _seconds(body.get("exp")), _seconds(body.get("iat"))
        not_before = _seconds(body["nbf"]) if body.get("nbf") is not None else issued
        leeway = LEEWAY.total_seconds()
        if expires <= now - leeway:
            raise refuse("expired")
        if issued > now + leeway or not_before > now + leeway:
            raise refuse("from_the_future")
        if issued < now - MAX_AGE.total_seconds():
            raise refuse("too_old")
        if expires <= issued:
            raise refuse("time_missing", detail="ends before it begins")


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise refuse("time_missing", detail="not a time")
    return float(value)


def _decoded(part: str) -> bytes:
    """The bytes of one part of a token: base64url without padding, nothing else."""
    try:
        if _PART.fullmatch(part):
            return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        pass
    raise refuse("token_malformed", detail="base64")


def json_part(part: str) -> dict[str, Any]:
    """One part of the token: base64url of a JSON object, nothing else."""
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise refuse("token_malformed", detail="json") from None
    if not isinstance(value, dict):
        raise refuse("token_malformed", detail="object")
    return value
