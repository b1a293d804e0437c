"""Dynamic registration: read the platform's configuration, register with it, keep the answer (lti.md §8).

Anyone can start this, so a new registration stays inactive until an operator runs `lti-tool activate`,
and one that is active is never changed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.http import OutboundError, OutboundSession, check_url, make_session
from lti_tool.launch.config_json import TOOL_CONFIGURATION, registration_payload
from lti_tool.launch.origins import origin_of
from lti_tool.planning.people import clean_text
from lti_tool.records.platform import Deployment, Registration

MAX_BYTES = 1024 * 1024
_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
# All customers of hosted Canvas share these issuers; their configuration lies on the customer's own
# domain, and the keys and the login with Instructure (canvas.md §3).
_CANVAS_ISSUERS = frozenset(f"https://canvas{env}.instructure.com" for env in ("", ".beta", ".test"))
_CANVAS_HOSTS = (".instructure.com", ".canvaslms.com")


class RegistrationRefused(Exception):
    """We cannot register; `code` names why (its sentence: registration_pages), `said` is the LMS's word."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.said = clean_text(said, 200)


class _Platform(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    product_family_code: str = Field("", max_length=64)
    version: str = ""


class Configuration(BaseModel):
    """A platform's OpenID configuration, the parts we use."""

    model_config = ConfigDict(extra="ignore", strict=True, populate_by_name=True)

    issuer: str = Field(max_length=512)
    authorization_endpoint: str = Field(max_length=1024)
    token_endpoint: str = Field(max_length=1024)
    jwks_uri: str = Field(max_length=1024)
    registration_endpoint: str = Field(max_length=1024)
    authorization_server: str | None = Field(None, max_length=1024)
    scopes_supported: list[str] = []
    platform: _Platform = Field(_Platform(), alias=_PLATFORM)


@dataclass(frozen=True)
class Registered:
    """What the platform answered. deployment_id: empty where it does not say (yet)."""

    client_id: str
    deployment_id: str


def read_configuration(url: str, token: str, settings: Settings) -> Configuration:
    """The platform's configuration, fetched with the token as Bearer (Canvas needs it) and checked.

    Raises:
        RegistrationRefused: not reachable, not a configuration, or of another host than its issuer.
    """
    body = _call(settings, "GET", url, token)
    try:
        configuration = Configuration.model_validate(body)
    except ValidationError:
        raise RegistrationRefused("configuration_malformed") from None
    endpoints = (
        configuration.authorization_endpoint,
        configuration.token_endpoint,
        configuration.jwks_uri,
        configuration.registration_endpoint,
    )
    for address in endpoints:
        _allowed(address, settings)
    if origin_of(configuration.registration_endpoint) != origin_of(url):
        raise RegistrationRefused("host_differs")
    if not _host_fits(configuration, url):
        raise RegistrationRefused("host_differs")
    return configuration


def _host_fits(configuration: Configuration, url: str) -> bool:
    issuer = configuration.issuer.rstrip("/")
    if issuer in _CANVAS_ISSUERS:
        theirs = (configuration.authorization_endpoint, configuration.jwks_uri)
        return all(_is_canvas(address) for address in theirs)
    return bool(origin_of(issuer)) and origin_of(issuer) == origin_of(url)


def _is_canvas(address: str) -> bool:
    origin = origin_of(address)
    return origin.startswith("https://") and origin.endswith(_CANVAS_HOSTS)


def register_with(configuration: Configuration, token: str, settings: Settings) -> Registered:
    """Post our registration to the platform; raises RegistrationRefused with what it said."""
    payload = registration_payload(
        settings.public_url, configuration.platform.product_family_code, configuration.scopes_supported
    )
    body = _call(settings, "POST", configuration.registration_endpoint, token, payload)
    client_id = body.get("client_id")
    tool = body.get(TOOL_CONFIGURATION)
    deployment = tool.get("deployment_id") if isinstance(tool, dict) else None
    deployment = body.get("deployment_id") if deployment is None else deployment
    if not _is_id(client_id) or (deployment is not None and not _is_id(deployment)):
        raise RegistrationRefused("answer_malformed")
    return Registered(str(client_id), str(deployment or ""))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()


def store_registration(
    session: Session, configuration: Configuration, registered: Registered, *, name: str, now: datetime
) -> Registration:
    """Keep the registration, inactive if it is new; raises RegistrationRefused for an active one that
    would change (an operator changes that one with `lti-tool register`)."""
    values = {
        "auth_login_url": configuration.authorization_endpoint,
        "token_url": configuration.token_endpoint,
        "jwks_url": configuration.jwks_uri,
        "token_audience": configuration.authorization_server,
    }
    row = session.scalar(
        sa.select(Registration).where(
            Registration.issuer == configuration.issuer, Registration.client_id == registered.client_id
        )
    )
    if row is None:
        row = Registration(
            issuer=configuration.issuer,
            client_id=registered.client_id,
            name=name,
            active=False,
            product_family=clean_text(configuration.platform.product_family_code, 64).lower() or None,
            created_at=now,
            **values,
        )
        session.add(row)
        session.flush()
    elif not row.active:
        for field, value in values.items():
            setattr(row, field, value)
    elif any(getattr(row, field) != value for field, value in values.items()):
        raise RegistrationRefused("already_active")
    _keep_deployment(session, row, registered.deployment_id, now)
    return row


def _keep_deployment(session: Session, row: Registration, lms_id: str, now: datetime) -> None:
    """The deployment that came with the registration counts as soon as the registration does."""
    if not lms_id:
        return
    known = session.scalar(
        sa.select(Deployment).where(Deployment.registration_id == row.id, Deployment.lms_id == lms_id)
    )
    if known is None:
        session.add(Deployment(registration_id=row.id, lms_id=lms_id, active=not row.active, created_at=now))


def _allowed(url: str, settings: Settings) -> str:
    try:
        return check_url(url, settings)
    except OutboundError as error:
        raise RegistrationRefused("address_refused", str(error)) from None


def _call(
    settings: Settings, method: str, url: str, token: str, payload: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One request to the platform → its JSON object; every other outcome is a RegistrationRefused."""
    http: OutboundSession = make_session(settings)
    http.max_bytes = MAX_BYTES
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = http.request(method, _allowed(url, settings), headers=headers, json=payload)
        body = answer.json() if answer.status_code in {200, 201} else None
    except requests.JSONDecodeError:
        raise RegistrationRefused("not_json") from None
    except (requests.RequestException, OutboundError, UnicodeError, ValueError, RecursionError) as error:
        raise RegistrationRefused("not_reached", type(error).__name__) from None
    finally:
        http.close()
    if answer.status_code not in {200, 201}:
        said = answer.text if len(answer.text) < 200 and "<" not in answer.text else ""
        raise RegistrationRefused("lms_refused", f"{answer.status_code} {said}")
    if not isinstance(body, dict):
        raise RegistrationRefused("not_json")
    return body
