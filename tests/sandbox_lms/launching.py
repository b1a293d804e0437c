"""Third-party login initiation and the id_token (LTI 1.3 Core, OpenID Connect third-party login)."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from tests.sandbox_lms import claims_canvas, claims_moodle
from tests.sandbox_lms.lti_state import PendingLaunch
from tests.sandbox_lms.messages import add_message_claims
from tests.sandbox_lms.world import Course, Tool, World

HINT_LIFE = timedelta(minutes=5)
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"


def start_launch(
    world: World,
    tool: Tool,
    course: Course,
    person_id: int,
    *,
    link_id: str | None = None,
    message_type: str = "LtiResourceLinkRequest",
    deployment_id: str | None = None,
    for_person_id: int | None = None,
    placement: str = "link_selection",
) -> dict[str, str]:
    """Remember the launch and return the fields of the login-initiation form."""
    canvas = world.personality == "canvas"
    default_link = course.lti_id if canvas else next(iter(course.links), "1")
    launch = PendingLaunch(
        client_id=tool.client_id,
        deployment_id=deployment_id or tool.deployment_ids[0],
        person_id=person_id,
        course_id=course.id,
        link_id=link_id or default_link,
        message_type=message_type,
        created_at=world.now(),
        for_person_id=for_person_id,
        placement=placement,
    )
    hint = secrets.token_urlsafe(24) if canvas else f"ltilaunch{launch.link_id}_{secrets.randbelow(10**9)}"
    with world.lock:
        world.lti.launches[hint] = launch
    return _canvas_form(world, tool, launch, hint) if canvas else _moodle_form(world, tool, launch, hint)


def _canvas_form(world: World, tool: Tool, launch: PendingLaunch, hint: str) -> dict[str, str]:
    return {
        "iss": world.issuer,
        "login_hint": world.people[launch.person_id].sub,
        "client_id": tool.client_id,
        "deployment_id": launch.deployment_id,
        "target_link_uri": tool.target_link_uri,
        "lti_message_hint": hint,
        "canvas_region": "not_configured",
        "canvas_environment": "prod",
        "lti_storage_target": "post_message_forwarding",
    }


def _moodle_form(world: World, tool: Tool, launch: PendingLaunch, hint: str) -> dict[str, str]:
    """The hint is raw JSON with quotes (recordings/login-initiation.json)."""
    message: dict[str, Any] = {"launchid": hint}
    if launch.message_type == "LtiResourceLinkRequest":
        digits = "".join(c for c in launch.link_id if c.isdigit())
        message = {"cmid": 25 + int(digits or 0), "launchid": hint}
    return {
        "iss": world.issuer,
        "target_link_uri": tool.target_link_uri,
        "login_hint": str(launch.person_id),
        "lti_message_hint": json.dumps(message, separators=(",", ":")),
        "client_id": tool.client_id,
        "lti_deployment_id": launch.deployment_id,
    }


def launch_claims(world: World, tool: Tool, launch: PendingLaunch, nonce: str) -> dict[str, Any]:
    """Every claim of the id_token, ready to be signed."""
    course = world.courses[launch.course_id]
    if world.personality == "canvas":
        claims = claims_canvas.canvas_claims(world, tool, launch)
        settings = claims_canvas.deep_linking_settings(world, course, launch.placement)
        if launch.message_type == "LtiDeepLinkingRequest":
            claims["https://www.instructure.com/placement"] = launch.placement
        life = timedelta(hours=1)
    else:
        claims = claims_moodle.moodle_claims(world, tool, launch)
        settings, life = claims_moodle.deep_linking_settings(world, tool, course), timedelta(seconds=60)
    if launch.message_type == "LtiDeepLinkingRequest":
        claims[DEEP_LINKING] = settings
    add_message_claims(world, claims, launch)
    now = world.now()
    return {**claims, **standard_claims(world, tool, nonce, now, life)}


def standard_claims(world: World, tool: Tool, nonce: str, now: datetime, life: timedelta) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "iss": world.issuer,
        "aud": tool.client_id,
        "iat": issued,
        "exp": issued + int(life.total_seconds()),
        "nonce": nonce,
    }
