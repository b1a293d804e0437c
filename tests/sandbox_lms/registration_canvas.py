"""Canvas's side of dynamic registration (specs/canvas.md §2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify

from tests.sandbox_lms.canvas_placements import wrong_placement
from tests.sandbox_lms.claims_canvas import guid_of
from tests.sandbox_lms.paths import door
from tests.sandbox_lms.tools import CANVAS_SCOPES, new_deployment_id
from tests.sandbox_lms.world import Tool, World

TOOL_CONFIG = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
PLACEMENTS = [
    "account_navigation",
    "assignment_selection",
    "course_navigation",
    "link_selection",
    "user_navigation",
]
PICKERS = ["assignment_selection", "link_selection"]
DISPLAYS = {"default", "full_width", "full_width_in_context", "full_width_with_nav", "in_nav_context"}


def configuration(world: World) -> dict[str, Any]:
    return {
        "issuer": world.issuer,
        "authorization_endpoint": door(world, "auth"),
        "registration_endpoint": door(world, "register"),
        "jwks_uri": door(world, "jwks"),
        "token_endpoint": door(world, "token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "scopes_supported": CANVAS_SCOPES,
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "picture", "email", "name", "given_name", "family_name", "locale"],
        "subject_types_supported": ["public"],
        "authorization_server": urlsplit(world.issuer).netloc,
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": "canvas",
            "version": "OpenSource",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest", "placements": [CANVAS + p for p in PLACEMENTS]},
                {"type": "LtiDeepLinkingRequest", "placements": [CANVAS + p for p in PICKERS]},
            ],
            "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
            "variables": ["Canvas.user.id", "Canvas.course.id", "Canvas.api.baseUrl"],
            CANVAS + "account_name": "Practice school",
            CANVAS + "account_lti_guid": guid_of(world),
            CANVAS + "account_domain": urlsplit(world.issuer).netloc,
        },
    }


def _error(status: int, body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def no_token() -> Response:
    return _error(401, {"errorMessage": "JWT did not include expected contents"})


bad_token = no_token
used_token = no_token


def check(body: Any) -> Response | None:
    """422 with every reason, or None."""
    wrong = _reasons(body) if isinstance(body, dict) else ["the body is not a JSON object"]
    return _error(422, {"errors": wrong}) if wrong else None


def _reasons(body: dict[str, Any]) -> list[str]:
    wrong = [f"{n} is required" for n in ("initiate_login_uri", "client_name", "jwks_uri") if not body.get(n)]
    if body.get("application_type") != "web":
        wrong.append("application_type must be web")
    if not {"client_credentials", "implicit"} <= set(body.get("grant_types") or []):
        wrong.append("grant_types must contain client_credentials and implicit")
    if "id_token" not in (body.get("response_types") or []):
        wrong.append("response_types must contain id_token")
    if not body.get("redirect_uris"):
        wrong.append("redirect_uris must have one item at least")
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        wrong.append("token_endpoint_auth_method must be private_key_jwt")
    unknown = set(str(body.get("scope", "")).split()) - set(CANVAS_SCOPES) - {"openid"}
    if unknown:
        wrong.append(f"Invalid scopes: {', '.join(sorted(unknown))}")
    config = body.get(TOOL_CONFIG)
    if not isinstance(config, dict):
        return [*wrong, f"{TOOL_CONFIG} is required"]
    wrong += [f"{name} is required" for name in ("domain", "messages", "claims") if name not in config]
    if "://" in str(config.get("domain", "")):
        wrong.append("domain is a host name")
    messages = config.get("messages")
    return wrong + (_messages(messages) if isinstance(messages, list) else ["messages must be a list"])


def _messages(messages: list[Any]) -> list[str]:
    """Each message: its type, where it may stand, and Canvas's own keys (lti_tool_configuration.rb)."""
    wrong: list[str] = []
    for message in messages:
        kind = str(message.get("type", ""))
        places = message.get("placements") or ["link_selection"]
        wrong += [reason for place in places if (reason := wrong_placement(kind, str(place)))]
        enabled = message.get(CANVAS + "course_navigation/default_enabled")
        if enabled is not None and not isinstance(enabled, bool):
            wrong.append("default_enabled must be a boolean")
        if message.get(CANVAS + "visibility", "public") not in {"admins", "members", "public"}:
            wrong.append("visibility must be one of admins, members, public")
        if message.get(CANVAS + "display_type", "default") not in DISPLAYS | {"borderless", "new_window"}:
            wrong.append("display_type is not one Canvas has")
    return wrong


def register(world: World, client_id: str, body: dict[str, Any]) -> Response:
    """The key is stored, switched off until the administrator turns it on."""
    config = body[TOOL_CONFIG]
    target = config.get("target_link_uri") or body["redirect_uris"][0]
    tool = Tool(
        client_id=client_id,
        name=body["client_name"],
        redirect_uris=list(body["redirect_uris"]),
        login_url=body["initiate_login_uri"],
        jwks_url=body["jwks_uri"],
        target_link_uri=target,
        deployment_ids=[new_deployment_id(world)],
        scopes=[scope for scope in str(body.get("scope", "")).split() if scope != "openid"],
        custom={str(k): str(v) for k, v in config.get("custom_parameters", {}).items()},
        privacy=config.get(CANVAS + "privacy_level") or _privacy(config.get("claims") or []),
        active=False,
        deep_link_url=target,
    )
    world.tools[client_id] = tool
    answer = {name: value for name, value in body.items() if name != TOOL_CONFIG}
    registration = f"{door(world, 'register')}/{world.new_id()}"
    extra = {CANVAS + "registration_config_url": f"{registration}/view"}
    extra["deployment_id"] = tool.deployment_ids[0]
    answer |= {"client_id": client_id, "registration_client_uri": registration}
    answer |= {"deployment_id": tool.deployment_ids[0], TOOL_CONFIG: {**config, **extra}}
    return jsonify(answer)


def _privacy(claims: list[str]) -> str:
    """Inferred as Canvas does when the extension is not there."""
    if "picture" in claims or {"name", "email"} <= set(claims):
        return "public"
    if "name" in claims:
        return "name_only"
    return "email_only" if "email" in claims else "anonymous"
