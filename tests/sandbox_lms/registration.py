"""Dynamic registration 1.0: the configuration document and the registration endpoint.

Moodle's answers are those of recordings/dynamic-registration*.json; Canvas's follow specs/canvas.md §2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
from flask import Blueprint, Response, jsonify, request

from tests.sandbox_lms import registration_canvas, registration_moodle
from tests.sandbox_lms.lti_state import RegistrationToken
from tests.sandbox_lms.paths import CANVAS, MOODLE, door
from tests.sandbox_lms.tools import new_client_id
from tests.sandbox_lms.world import World

TOKEN_LIFE = timedelta(hours=1)


def new_registration_token(world: World) -> str:
    """A JWT that lets one tool register itself once; its subject is the future client id."""
    now = world.now()
    client_id = new_client_id(world)
    claims = {
        "sub": client_id,
        "scope": "reg",
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFE).timestamp()),
    }
    token = world.lti.sign(claims)
    with world.lock:
        world.lti.registrations[token] = RegistrationToken(client_id, now + TOKEN_LIFE)
    return token


def registration_address(world: World, tool_register_url: str) -> str:
    """What the administrator's browser opens, inside an iframe."""
    token = new_registration_token(world)
    configuration = door(world, "openid")
    if world.personality == "canvas":
        configuration += f"?registration_token={quote(token)}"
    query = urlencode({"openid_configuration": configuration, "registration_token": token})
    return f"{tool_register_url}{'&' if urlsplit(tool_register_url).query else '?'}{query}"


def make_registration_blueprint(world: World) -> Blueprint:
    registration = Blueprint("registration", __name__)
    canvas = world.personality == "canvas"
    paths = CANVAS if canvas else MOODLE

    @registration.get(paths["openid"])
    def configuration() -> Response | tuple[Response, int]:
        """Canvas wants the registration token; Moodle shows it to anybody."""
        if not canvas:
            return jsonify(registration_moodle.configuration(world))
        if _token(world) is None:
            return jsonify(errorMessage="JWT did not include expected contents"), 401
        return jsonify(registration_canvas.configuration(world))

    @registration.post(paths["register"])
    def register() -> Response:
        half = registration_canvas if canvas else registration_moodle
        body = request.get_json(force=True, silent=True)
        if not request.headers.get("Authorization"):
            return half.no_token()
        found = _token(world)
        if found is None:
            return half.bad_token()
        if found.used:
            return half.used_token()
        refusal = half.check(body)
        if refusal is not None:
            return refusal
        with world.lock:
            found.used = True
            return half.register(world, found.client_id, body)

    return registration


def _token(world: World) -> RegistrationToken | None:
    value = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    found = world.lti.registrations.get(value)
    return found if found and found.expires_at > world.now() else None


def subject_of(token: str) -> Any:
    """The client id a registration token promises."""
    return jwt.decode(token, options={"verify_signature": False})["sub"]
