"""How the tool describes itself to an LMS: Canvas's JSON and the dynamic-registration payload.

`tool.json` at the root of the project is `canvas_config` with a placeholder host; a test holds them
together (canvas.md §1, §2; lti.md §8).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lti_tool.launch.claims import DEEP_LINKING, HISTORY, RESOURCE_LINK
from lti_tool.plans.asked import (
    ASSIGNMENT_SELECTION,
    COURSE_NAVIGATION,
    LINK_SELECTION,
    SCOPES,
    USER_NAVIGATION,
    scopes_of,
)

PLACEHOLDER = "https://YOUR-HOST"
TITLE = "Personal Plans"
PICK = "Add from Personal Plans"
DESCRIPTION = "A personal learning plan for every student, kept up to date from the course's own gradebook."
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
TOOL_ID = "personal-plans"
ANY_LMS_CUSTOM = {HISTORY: "$Context.id.history"}
CANVAS_CUSTOM = {
    "canvas_user_id": "$Canvas.user.id",
    "canvas_course_id": "$Canvas.course.id",
    "canvas_api_domain": "$Canvas.api.domain",
    "observees": "$com.instructure.User.observees",
    **ANY_LMS_CUSTOM,
}
CLAIMS = ["iss", "sub", "name", "given_name", "family_name", "email"]


def canvas_config(public_url: str) -> dict[str, Any]:
    """The JSON a Canvas administrator pastes or links to (LTI 1.3 developer key)."""
    target = public_url + "/lti/launch"
    placements: list[dict[str, Any]] = [
        {
            "placement": COURSE_NAVIGATION,
            "message_type": RESOURCE_LINK,
            "target_link_uri": target,
            "text": TITLE,
            "default": "disabled",
            "visibility": "members",
        },
        {
            "placement": USER_NAVIGATION,
            "message_type": RESOURCE_LINK,
            "target_link_uri": target,
            "text": TITLE,
        },
    ]
    placements += [
        {"placement": place, "message_type": DEEP_LINKING, "target_link_uri": target, "text": PICK}
        for place in (ASSIGNMENT_SELECTION, LINK_SELECTION)
    ]
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": public_url + "/lti/login",
        "target_link_uri": target,
        "public_jwk_url": public_url + "/lti/jwks",
        "scopes": list(SCOPES),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": _domain(public_url),
                "tool_id": TOOL_ID,
                "privacy_level": "public",
                "settings": {"text": TITLE, "placements": placements},
            }
        ],
        "custom_fields": CANVAS_CUSTOM,
    }


def registration_payload(public_url: str, product_family: str, scopes_supported: list[str]) -> dict[str, Any]:
    """What we post to a platform's registration endpoint; asks only for scopes the platform has."""
    is_canvas = product_family == "canvas"
    target = public_url + "/lti/launch"
    tool: dict[str, Any] = {
        "domain": _domain(public_url),
        "description": DESCRIPTION,
        "target_link_uri": target,
        "claims": CLAIMS,
        "messages": _canvas_messages(target) if is_canvas else _messages(target),
        "custom_parameters": CANVAS_CUSTOM if is_canvas else ANY_LMS_CUSTOM,
    }
    if is_canvas:
        tool[CANVAS + "privacy_level"] = "public"
        tool[CANVAS + "tool_id"] = TOOL_ID
    return {
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "redirect_uris": [target],
        "initiate_login_uri": public_url + "/lti/login",
        "client_name": TITLE,
        "jwks_uri": public_url + "/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scopes_wanted(scopes_supported, product_family)),
        TOOL_CONFIGURATION: tool,
    }


def scopes_wanted(scopes_supported: list[str], product_family: str) -> list[str]:
    """Ours, as far as the platform has them; those of its kind of LMS where it does not say."""
    return [scope for scope in SCOPES if scope in (scopes_supported or scopes_of(product_family))]


def _messages(target: str) -> list[dict[str, Any]]:
    """Moodle and others: the picker (Moodle keeps its address), and the launch itself."""
    return [
        {"type": DEEP_LINKING, "target_link_uri": target, "label": PICK, "placements": ["ContentArea"]},
        {"type": RESOURCE_LINK, "target_link_uri": target, "label": TITLE},
    ]


def _canvas_messages(target: str) -> list[dict[str, Any]]:
    menu: dict[str, Any] = {"type": RESOURCE_LINK, "target_link_uri": target, "label": TITLE}
    picker = {"type": DEEP_LINKING, "target_link_uri": target, "label": PICK}
    return [
        {
            **menu,
            "placements": [COURSE_NAVIGATION],
            CANVAS + "course_navigation/default_enabled": False,
            CANVAS + "visibility": "members",
        },
        {**menu, "placements": [USER_NAVIGATION]},
        {**picker, "placements": [CANVAS + ASSIGNMENT_SELECTION]},
        {**picker, "placements": [CANVAS + LINK_SELECTION]},
    ]


def _domain(public_url: str) -> str:
    return urlsplit(public_url).netloc
