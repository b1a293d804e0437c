"""Moodle's side of dynamic registration (recordings/openid-configuration, dynamic-registration*)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify

from tests.sandbox_lms.paths import door
from tests.sandbox_lms.tools import AGS_SCOPES, NRPS_SCOPE, TOOL_SETTING, new_deployment_id
from tests.sandbox_lms.world import Tool, World

TOOL_CONFIG = "https://purl.imsglobal.org/spec/lti-tool-configuration"
GRANTED = [*AGS_SCOPES, NRPS_SCOPE, TOOL_SETTING]
VARIABLES = [
    "basic-lti-launch-request",
    "ContentItemSelectionRequest",
    "ToolProxyRegistrationRequest",
    "Context.id",
    "Context.title",
    "Context.label",
    "Context.id.history",
    "Context.sourcedId",
    "Context.longDescription",
    "Context.timeFrame.begin",
    "CourseSection.title",
    "CourseSection.label",
    "CourseSection.sourcedId",
    "ResourceLink.id",
    "ResourceLink.title",
    "ResourceLink.description",
    "User.id",
    "User.username",
    "Person.name.full",
    "Person.name.given",
    "Person.name.family",
    "Person.email.primary",
    "Person.sourcedId",
    "Membership.role",
    "Moodle.Person.userGroupIds",
]


def configuration(world: World) -> dict[str, Any]:
    return {
        "issuer": world.issuer,
        "token_endpoint": door(world, "token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": door(world, "jwks"),
        "authorization_endpoint": door(world, "auth"),
        "registration_endpoint": door(world, "register"),
        "scopes_supported": [
            "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
            *GRANTED,
            "openid",
        ],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": "moodle",
            "version": "4.2.3 (Build: 20231009)",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
            ],
            "variables": VARIABLES,
        },
    }


def _text(body: str, status: int) -> Response:
    return Response(body, status, mimetype="text/html")


def no_token() -> Response:
    return _text("missing_registration_token", 401)


def bad_token() -> Response:
    """A token that is no token ends in Moodle's own error page."""
    return _text("<!DOCTYPE html>\n\n<html><title>Error | practice</title><p>Wrong token</p></html>", 404)


def used_token() -> Response:
    return _text("token_already_used", 401)


def check(body: Any) -> Response | None:
    """A refusal in Moodle's plain words, or None."""
    if not isinstance(body, dict):
        return _text("missing required attribute initiate_login_uri", 400)
    for name in ("initiate_login_uri", "redirect_uris", "client_name", "jwks_uri"):
        if not body.get(name):
            return _text(f"missing required attribute {name}", 400)
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        return _text("invalid_token_endpoint_auth_method", 400)
    config = body.get(TOOL_CONFIG)
    if not isinstance(config, dict) or not config.get("domain"):
        return _text("missing_domain", 400)
    target = config.get("target_link_uri")
    if target and urlsplit(target).netloc != config["domain"]:
        return _text("domain_targetlinkuri_mismatch", 400)
    return None


def register(world: World, client_id: str, body: dict[str, Any]) -> Response:
    """The tool is stored, pending until the administrator activates it."""
    config = body[TOOL_CONFIG]
    asked = str(body.get("scope", "")).split()
    target = config.get("target_link_uri") or f"http://{config['domain']}"
    deep = [m for m in config.get("messages", []) if m.get("type") == "LtiDeepLinkingRequest"]
    tool = Tool(
        client_id=client_id,
        name=body["client_name"],
        redirect_uris=list(body["redirect_uris"]),
        login_url=body["initiate_login_uri"],
        jwks_url=body["jwks_uri"],
        target_link_uri=target,
        deployment_ids=[new_deployment_id(world)],
        scopes=[scope for scope in GRANTED if scope in asked],
        custom={str(k): str(v) for k, v in config.get("custom_parameters", {}).items()},
        active=False,
        deep_link_url=deep[0].get("target_link_uri", target) if deep else "",
    )
    world.tools[client_id] = tool
    return jsonify(_answer(tool, body, config, deep))


def _answer(tool: Tool, body: dict[str, Any], config: dict[str, Any], deep: list[Any]) -> dict[str, Any]:
    known = ("iss", "sub", "name", "given_name", "family_name", "email")
    messages = [{"type": m["type"], "target_link_uri": tool.deep_link_url} for m in deep]
    return {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": tool.jwks_url,
        "initiate_login_uri": tool.login_url,
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": tool.redirect_uris,
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": tool.name,
        "logo_uri": body.get("logo_uri", ""),
        "scope": " ".join(tool.scopes),
        TOOL_CONFIG: {
            "version": "1.3.0",
            "deployment_id": tool.deployment_ids[0],
            "target_link_uri": tool.target_link_uri,
            "domain": config["domain"],
            "description": config.get("description", ""),
            "messages": messages,
            "custom_parameters": tool.custom,
            "claims": [claim for claim in known if claim in (config.get("claims") or known)],
        },
    }
