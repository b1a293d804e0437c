"""Dynamic registration: read the platform's configuration and register with it (lti.md §8).

Anyone can start this, so every address is checked, and every answer is limited in size and time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Annotated, Any

import requests
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from config.settings import Settings
from lti_tool.http import OutboundError, OutboundSession, check_url, make_session
from lti_tool.launch.config_json import CANVAS, TOOL_CONFIGURATION, registration_payload
from lti_tool.launch.origins import origin_of, same_origin
from lti_tool.planning.people import clean_text

MAX_BYTES = 1024 * 1024
# A whole request, however slowly the other side answers; and how many at once in one process, so that
# somebody who keeps us waiting cannot keep everybody waiting.
TOTAL_SECONDS = 12.0
AT_ONCE = 2
_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
# All customers of hosted Canvas share these issuers. The configuration lies under the issuer (Canvas's
# oidc_configuration_url) or on the customer's domain, where one registers; keys and login with Instructure.
_CANVAS_ISSUERS = frozenset(f"https://canvas{env}.instructure.com" for env in ("", ".beta", ".test"))
_CANVAS_HOSTS = (".instructure.com", ".canvaslms.com")
_turns = threading.BoundedSemaphore(AT_ONCE)


class RegistrationRefused(Exception):
    """We cannot register; `code` names why (its sentence: registration_pages), `said` is the LMS's word."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.said = clean_text(said, 200)


def _is_plain(value: str) -> str:
    """An address is written in plain letters, without spaces (RFC 3986, 2)."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("not an address")
    return value


def _is_issuer(value: str) -> str:
    """It has neither a query nor a fragment (OpenID Connect Core, 2), and nobody's name before its host."""
    if "?" in value or "#" in value or not origin_of(value):
        raise ValueError("not an issuer")
    return value


def _unsaid(value: Any) -> Any:
    """Null is as good as absent."""
    return "" if value is None else value


_Address = Annotated[str, Field(max_length=1024), AfterValidator(_is_plain)]
_Issuer = Annotated[str, Field(max_length=512), AfterValidator(_is_plain), AfterValidator(_is_issuer)]
_Text = Annotated[str, BeforeValidator(_unsaid)]


class _Platform(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, populate_by_name=True)

    product_family_code: _Text = Field("", max_length=64)
    version: Annotated[str, BeforeValidator(lambda said: "" if said is None else str(said)[:80])] = ""
    account_name: _Text = Field("", alias=CANVAS + "account_name")
    guid: _Text = Field("", max_length=255, alias=CANVAS + "account_lti_guid")


class Configuration(BaseModel):
    """A platform's OpenID configuration, the parts we use."""

    model_config = ConfigDict(extra="ignore", strict=True, populate_by_name=True)

    issuer: _Issuer
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    registration_endpoint: _Address
    authorization_server: _Address | None = None
    scopes_supported: Annotated[list[str], BeforeValidator(lambda said: [] if said is None else said)] = []
    platform: Annotated[_Platform, BeforeValidator(lambda said: {} if said is None else said)] = Field(
        _Platform(), alias=_PLATFORM
    )

    @property
    def is_canvas(self) -> bool:
        """Whether this is a Canvas, by its own word."""
        return self.platform.product_family_code == "canvas"


@dataclass(frozen=True)
class Registered:
    """What the platform answered. deployment_id: empty where it does not say (yet).

    scopes, placements: what it keeps of what we asked for; None where it does not say.
    """

    client_id: str
    deployment_id: str
    scopes: list[str] | None = None
    placements: list[str] | None = None


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
    check_configuration(configuration, url, settings)
    return configuration


def check_configuration(configuration: Configuration, url: str, settings: Settings) -> None:
    """Every address may be called, and the configuration, read at `url`, speaks for its own platform.

    Raises:
        RegistrationRefused: address_refused or host_differs.
    """
    endpoints = (
        configuration.authorization_endpoint,
        configuration.token_endpoint,
        configuration.jwks_uri,
        configuration.registration_endpoint,
    )
    for address in endpoints:
        _allowed(address, settings)
    if not _host_fits(configuration, url):
        raise RegistrationRefused("host_differs")


def _host_fits(configuration: Configuration, url: str) -> bool:
    """A platform speaks of itself alone; hosted Canvas, from under the issuer, of any customer's domain."""
    issuer, registers = configuration.issuer.rstrip("/"), configuration.registration_endpoint
    if issuer not in _CANVAS_ISSUERS:
        return same_origin(issuer, url) and same_origin(registers, url)
    theirs = (configuration.authorization_endpoint, configuration.jwks_uri)
    # The token service lies on the customer's domain, which may be one of the school's own.
    customers = same_origin(configuration.token_endpoint, registers) or _is_canvas(
        configuration.token_endpoint
    )
    speaks = _is_canvas(url) or same_origin(registers, url)
    return speaks and customers and all(_is_canvas(address) for address in theirs)


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
    return Registered(
        str(client_id), str(deployment or ""), _scopes_kept(body), _placements_kept(tool, configuration)
    )


def _scopes_kept(answer: dict[str, Any]) -> list[str] | None:
    scope = answer.get("scope")
    return [each[:255] for each in scope.split()[:100]] if isinstance(scope, str) else None


def _placements_kept(tool: Any, configuration: Configuration) -> list[str] | None:
    """Only Canvas has placements that we ask for; one without any is left out of the answer."""
    messages = tool.get("messages") if isinstance(tool, dict) else None
    if not configuration.is_canvas or not isinstance(messages, list):
        return None
    listed = [each.get("placements") for each in messages[:100] if isinstance(each, dict)]
    names = [name for places in listed if isinstance(places, list) for name in places[:100]]
    return [name.removeprefix(CANVAS)[:64] for name in names if isinstance(name, str)]


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()


def _allowed(url: str, settings: Settings) -> str:
    try:
        return check_url(url, settings)
    except OutboundError as error:
        raise RegistrationRefused("address_refused", str(error)) from None


def _call(
    settings: Settings, method: str, url: str, token: str, payload: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One request to the platform → its JSON object; every other outcome is a RegistrationRefused."""
    allowed = _allowed(url, settings)
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if not _turns.acquire(blocking=False):
        raise RegistrationRefused("busy")
    try:
        answer = _send(settings, method, allowed, headers, payload)
    finally:
        _turns.release()
    if answer.status_code not in {200, 201}:
        said = answer.text if len(answer.content) < 200 and "<" not in answer.text else ""
        raise RegistrationRefused("lms_refused", f"{answer.status_code} {said}")
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        raise RegistrationRefused("not_json") from None
    if not isinstance(body, dict):
        raise RegistrationRefused("not_json")
    return body


def _send(
    settings: Settings, method: str, url: str, headers: dict[str, str], payload: dict[str, Any] | None
) -> requests.Response:
    http: OutboundSession = make_session(settings)
    http.max_bytes, http.total_seconds = MAX_BYTES, TOTAL_SECONDS
    try:
        return http.request(method, url, headers=headers, json=payload)
    except OutboundError as error:
        raise RegistrationRefused(
            error.code if error.code in {"too_slow", "too_large"} else "not_reached"
        ) from None
    except (requests.RequestException, UnicodeError, ValueError) as error:
        raise RegistrationRefused("not_reached", type(error).__name__) from None
    finally:
        http.close()
