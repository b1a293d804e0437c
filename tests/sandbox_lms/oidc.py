"""The authorization endpoint: takes the tool's request, answers with a form that posts the id_token.

As strict as the real ones: specs/canvas.md §3; Moodle's mod/lti/auth.php (specs/moodle.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tests.sandbox_lms.launching import HINT_LIFE, launch_claims
from tests.sandbox_lms.lti_state import PendingLaunch
from tests.sandbox_lms.world import Tool, World

FIXED = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}


@dataclass(frozen=True)
class AuthAnswer:
    """page: an error page (never a redirect) when set; else `fields` are posted to `action`."""

    action: str = ""
    fields: Mapping[str, str] | None = None
    page: str = ""


def authorize(world: World, params: Mapping[str, str], person_id: int | None) -> AuthAnswer:
    """person_id: who the browser is signed in as, by its cookie."""
    if world.personality == "canvas":
        return _canvas(world, params, person_id)
    return _moodle(world, params, person_id)


def _canvas(world: World, params: Mapping[str, str], person_id: int | None) -> AuthAnswer:
    launch = world.lti.launches.get(params.get("lti_message_hint", ""))
    if launch is None:
        return AuthAnswer(page="Invalid lti_message_hint")
    tool = world.tools.get(params.get("client_id", ""))
    if tool is None or not canvas_redirect_allowed(tool, params.get("redirect_uri", "")):
        return AuthAnswer(page="Invalid redirect_uri")
    error = _canvas_error(world, tool, launch, params, person_id)
    if error:
        fields = {"error": error[0], "error_description": error[1], **_state(params)}
        return AuthAnswer(action=params["redirect_uri"], fields=fields)
    return _launch(world, tool, launch, params)


def canvas_redirect_allowed(tool: Tool, asked: str) -> bool:
    """The exact base, and every query parameter the listed one has."""
    wanted = urlsplit(asked)
    for listed in map(urlsplit, tool.redirect_uris):
        same_base = listed[:3] == wanted[:3] and not wanted.fragment
        if same_base and set(parse_qsl(listed.query)) <= set(parse_qsl(wanted.query)):
            return True
    return False


def _canvas_error(
    world: World, tool: Tool, launch: PendingLaunch, params: Mapping[str, str], person_id: int | None
) -> tuple[str, str] | None:
    for name in (*FIXED, "nonce", "login_hint"):
        if not params.get(name):
            return "invalid_request_object", f"The following parameters are missing: {name}"
    for name, value in FIXED.items():
        if params[name] != value:
            return "invalid_request_object", f"The '{name}' must be '{value}'"
    person = world.people.get(person_id) if person_id is not None else None
    if person is None or person.sub != params["login_hint"] or person.id != launch.person_id:
        return "login_required", "The user is not logged in"
    if not tool.active or launch.client_id != tool.client_id:
        return "unauthorized_client", "Client not authorized in requested context"
    with world.lock:
        if launch.used or world.now() - launch.created_at > HINT_LIFE:
            return "launch_no_longer_valid", "The launch has either expired or already been consumed"
        launch.used = True
    return None


def _moodle(world: World, params: Mapping[str, str], person_id: int | None) -> AuthAnswer:
    needed = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")
    error, about = ("", "") if all(params.get(n) for n in needed) else ("invalid_request", "")
    launch = _moodle_launch(world, params.get("lti_message_hint", ""))
    tool = world.tools.get(launch.client_id) if launch else None
    if launch is None or tool is None or params.get("redirect_uri") not in tool.redirect_uris:
        return AuthAnswer(page="Invalid request")
    if not error:
        error, about = _moodle_error(tool, launch, params, person_id)
    if error:
        description = {"error_description": about} if about else {}
        fields = {"error": error, **description, **_state(params)}
        return AuthAnswer(action=params["redirect_uri"], fields=fields)
    return _launch(world, tool, launch, params)


def _moodle_launch(world: World, hint: str) -> PendingLaunch | None:
    """Reading the launch out of the session takes it away, whatever comes next."""
    try:
        launch_id = json.loads(hint)["launchid"]
    except (ValueError, KeyError, TypeError):
        return None
    with world.lock:
        launch = world.lti.launches.get(launch_id) if isinstance(launch_id, str) else None
        if launch is None or launch.used or world.now() - launch.created_at > HINT_LIFE:
            return None
        launch.used = True
        return launch


def _moodle_error(
    tool: Tool, launch: PendingLaunch, params: Mapping[str, str], person_id: int | None
) -> tuple[str, str]:
    if params["scope"] != "openid":
        return "invalid_scope", ""
    if params["response_type"] != "id_token":
        return "unsupported_response_type", ""
    if params["client_id"] != tool.client_id or not tool.active:
        return "unauthorized_client", ""
    if person_id is None or params["login_hint"] != str(person_id) or launch.person_id != person_id:
        return "access_denied", ""
    if params.get("response_mode") != "form_post":
        known = "Invalid response_mode" if params.get("response_mode") else "Missing response_mode"
        return "invalid_request", known
    if params.get("prompt") != "none":
        return "invalid_request", "Invalid prompt"
    return "", ""


def _state(params: Mapping[str, str]) -> dict[str, str]:
    return {"state": params["state"]} if "state" in params else {}


def _launch(world: World, tool: Tool, launch: PendingLaunch, params: Mapping[str, str]) -> AuthAnswer:
    claims = launch_claims(world, tool, launch, params["nonce"])
    fields = {"id_token": world.lti.sign(claims), **_state(params)}
    return AuthAnswer(action=params["redirect_uri"], fields=fields)
