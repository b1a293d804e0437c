"""How the tool describes itself to an LMS: Canvas's JSON and the dynamic-registration payload.

`tool.json` at the root of the project is `canvas_config` with a placeholder host; a test holds them
together (canvas.md §1, §2; lti.md §8).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lti_tool.launch.claims import NRPS_SCOPE

PLACEHOLDER = "https://YOUR-HOST"
TITLE = "Personal Plans"
DESCRIPTION = "A personal learning plan for every student, kept up to date from the course's own gradebook."
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = [NRPS_SCOPE, _AGS + "lineitem", _AGS + "result.readonly", _AGS + "score"]
CANVAS_CUSTOM = {
    "canvas_user_id": "$Canvas.user.id",
    "canvas_course_id": "$Canvas.course.id",
    "canvas_api_domain": "$Canvas.api.domain",
}


def canvas_config(public_url: str) -> dict[str, Any]:
    """The JSON a Canvas administrator pastes or links to (LTI 1.3 developer key)."""
    navigation = {
        "placement": "course_navigation",
        "message_type": "LtiResourceLinkRequest",
        "target_link_uri": public_url + "/lti/launch",
        "text": TITLE,
        "default": "disabled",
        "visibility": "members",
    }
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": public_url + "/lti/login",
        "target_link_uri": public_url + "/lti/launch",
        "public_jwk_url": public_url + "/lti/jwks",
        "scopes": SCOPES,
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": _domain(public_url),
                "tool_id": "personal-plans",
                "privacy_level": "public",
                "settings": {"text": TITLE, "placements": [navigation]},
            }
        ],
        "custom_fields": CANVAS_CUSTOM,
    }


def registration_payload(public_url: str, product_family: str, scopes_supported: list[str]) -> dict[str, Any]:
    """What we post to a platform's registration endpoint; asks only for scopes the platform has."""
    is_canvas = product_family == "canvas"
    message: dict[str, Any] = {
        "type": "LtiResourceLinkRequest",
        "target_link_uri": public_url + "/lti/launch",
        "label": TITLE,
    }
    if is_canvas:
        message["placements"] = ["course_navigation"]
        message[CANVAS + "course_navigation/default_enabled"] = False
        message[CANVAS + "visibility"] = "members"
    tool: dict[str, Any] = {
        "domain": _domain(public_url),
        "description": DESCRIPTION,
        "target_link_uri": public_url + "/lti/launch",
        "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
        "messages": [message],
        "custom_parameters": CANVAS_CUSTOM if is_canvas else {},
    }
    if is_canvas:
        tool[CANVAS + "privacy_level"] = "public"
        tool[CANVAS + "tool_id"] = "personal-plans"
    wanted = [scope for scope in SCOPES if not scopes_supported or scope in scopes_supported]
    return {
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "redirect_uris": [public_url + "/lti/launch"],
        "initiate_login_uri": public_url + "/lti/login",
        "client_name": TITLE,
        "jwks_uri": public_url + "/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted),
        TOOL_CONFIGURATION: tool,
    }


def _domain(public_url: str) -> str:
    return urlsplit(public_url).netloc
