"""Where each personality keeps its LTI doors (specs/canvas.md §2-4, recordings/openid-configuration)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sandbox_lms.world import World

CANVAS = {
    "auth": "/api/lti/authorize_redirect",
    "token": "/login/oauth2/token",
    "jwks": "/api/lti/security/jwks",
    "openid": "/api/lti/security/openid-configuration",
    "register": "/api/lti/registrations",
    "deep_link_return": "/deep_linking_response",
    "return": "/return",
}
MOODLE = {
    "auth": "/mod/lti/auth.php",
    "token": "/mod/lti/token.php",
    "jwks": "/mod/lti/certs.php",
    "openid": "/mod/lti/openid-configuration.php",
    "register": "/mod/lti/openid-registration.php",
    "deep_link_return": "/mod/lti/contentitem_return.php",
    "return": "/mod/lti/return.php",
}


@dataclass(frozen=True)
class Endpoints:
    """What an operator types into `lti-tool register`, and what a tool finds by dynamic registration."""

    issuer: str
    auth_login_url: str
    token_url: str
    jwks_url: str
    openid_configuration: str
    registration: str


def door(world: World, name: str) -> str:
    """The absolute address of one door, by the names of the tables above."""
    paths = CANVAS if world.personality == "canvas" else MOODLE
    return world.issuer.rstrip("/") + paths[name]


def endpoints(world: World) -> Endpoints:
    return Endpoints(
        issuer=world.issuer,
        auth_login_url=door(world, "auth"),
        token_url=door(world, "token"),
        jwks_url=door(world, "jwks"),
        openid_configuration=door(world, "openid"),
        registration=door(world, "register"),
    )


def nrps_url(world: World, course_id: int, tool_number: int = 1) -> str:
    if world.personality == "canvas":
        return f"{world.issuer}/api/lti/courses/{course_id}/names_and_roles"
    return f"{world.issuer}/mod/lti/services.php/CourseSection/{course_id}/bindings/{tool_number}/memberships"


def line_items_url(world: World, course_id: int, tool_number: int = 1) -> str:
    if world.personality == "canvas":
        return f"{world.issuer}/api/lti/courses/{course_id}/line_items"
    return f"{world.issuer}/mod/lti/services.php/{course_id}/lineitems?type_id={tool_number}"


def line_item_url(world: World, course_id: int, item_id: int, tool_number: int = 1) -> str:
    if world.personality == "canvas":
        return f"{world.issuer}/api/lti/courses/{course_id}/line_items/{item_id}"
    root = f"{world.issuer}/mod/lti/services.php/{course_id}/lineitems/{item_id}/lineitem"
    return f"{root}?type_id={tool_number}"
