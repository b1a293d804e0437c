"""Service tokens: client credentials with a signed assertion (LTI security framework §4.1).

Moodle's answers are those of recordings/token-responses.json; Canvas's follow specs/canvas.md §6.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import jwt
import requests
from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from tests.sandbox_lms.canvas_oauth import answer_user_grant
from tests.sandbox_lms.lti_state import ServiceToken
from tests.sandbox_lms.paths import CANVAS, MOODLE, door
from tests.sandbox_lms.world import Tool, World

GRANT = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LEEWAY = 300  # Canvas; Moodle has none


class TokenRefused(Exception):
    """Why no token is given. status and body as each platform words them."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


def make_token_blueprint(world: World) -> Blueprint:
    """Canvas gives people's tokens (code, refresh) at the same address as tools'."""
    token_door = Blueprint("lti_token", __name__)
    canvas = world.personality == "canvas"

    @token_door.post((CANVAS if canvas else MOODLE)["token"])
    def give_token() -> Answer:
        if not canvas:
            return _moodle_answer(world)
        if request.form.get("grant_type") == GRANT:
            return _canvas_answer(world)
        return answer_user_grant(world)

    return token_door


def _canvas_answer(world: World) -> Response:
    try:
        body = jsonify(_give(world, _canvas_check(world)))
    except TokenRefused as refused:
        body = jsonify(error=refused.error, error_description=refused.description)
        body.status_code = refused.status
    body.headers["Cache-Control"] = "no-store"
    return body


def _moodle_answer(world: World) -> Response:
    """JSON under text/html, written by hand: an unknown kid's quotes are not escaped."""
    try:
        given = _give(world, _moodle_check(world))
    except TokenRefused as refused:
        return Response(f'{{\n  "error" : "{refused.error}"\n}}', 400, mimetype="text/html")
    lines = ",\n".join(
        f'  "{k}" : {v if isinstance(v, int) else chr(34) + v + chr(34)}' for k, v in given.items()
    )
    return Response(f"{{\n{lines}\n}}", 200, mimetype="text/html")


def _give(world: World, checked: tuple[Tool, list[str]]) -> dict[str, Any]:
    tool, scopes = checked
    token = secrets.token_hex(16)
    with world.lock:
        expires = world.now() + timedelta(hours=1)
        world.lti.tokens[token] = ServiceToken(tool.client_id, scopes, expires)
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(scopes)}


def _moodle_check(world: World) -> tuple[Tool, list[str]]:
    """Checks in Moodle's order; audience and jti it does not look at (as recorded)."""
    form = request.form
    if not form.get("client_assertion") or not form.get("grant_type") or not form.get("scope"):
        raise TokenRefused("invalid_request")
    if form["grant_type"] != GRANT:
        raise TokenRefused("unsupported_grant_type")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefused("invalid_request")
    claims = _unverified(form["client_assertion"])
    tool = world.tools.get(str(claims.get("sub", "")))
    if tool is None or not tool.active:
        raise TokenRefused("invalid_client")
    header = jwt.get_unverified_header(form["client_assertion"])
    if "kid" not in header:
        raise TokenRefused("error/Error: kid must be provided in JWT header.")
    key = key_of(tool, header["kid"])
    if key is None:
        raise TokenRefused('"kid" invalid, unable to lookup correct key')
    _signature(form["client_assertion"], key, "Signature verification failed")
    _moodle_times(claims, world.now())
    granted = [scope for scope in sorted(tool.scopes) if scope in form["scope"].split()]
    if not granted:
        raise TokenRefused("invalid_scope")
    return tool, granted


def _moodle_times(claims: dict[str, Any], now: datetime) -> None:
    seconds = now.timestamp()
    for name in ("nbf", "iat"):
        if isinstance(claims.get(name), int | float) and claims[name] > seconds:
            when = datetime.fromtimestamp(claims[name], now.tzinfo).strftime("%Y-%m-%dT%H:%M:%S%z")
            raise TokenRefused(f"Cannot handle token prior to {when}")
    if isinstance(claims.get("exp"), int | float) and claims["exp"] <= seconds:
        raise TokenRefused("Expired token")


def _canvas_check(world: World) -> tuple[Tool, list[str]]:
    form = request.form
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefused("invalid_request", "assertion method not supported for this grant_type")
    assertion = form.get("client_assertion", "")
    claims = _unverified(assertion)
    tool = world.tools.get(str(claims.get("sub", "")))
    if tool is None or not tool.active:
        raise TokenRefused("invalid_client", "unknown client", 401)
    header = jwt.get_unverified_header(assertion)
    key = key_of(tool, header.get("kid"))
    if key is None:
        raise TokenRefused("invalid_request", "JWK Error: No JWK found with the kid of the assertion")
    _signature(assertion, key, "invalid_request")
    _canvas_claims(world, tool, claims)
    scopes = form.get("scope", "").split()
    if not scopes or not set(scopes) <= set(tool.scopes):
        about = "A requested scope is invalid, unknown, malformed, or exceeds the scope granted"
        raise TokenRefused("invalid_scope", about)
    return tool, scopes


def _canvas_claims(world: World, tool: Tool, claims: dict[str, Any]) -> None:
    now = world.now().timestamp()
    missing = [name for name in ("iss", "sub", "aud", "iat", "exp", "jti") if not claims.get(name)]
    if missing:
        about = "the following assertions are missing: " + ",".join(missing)
        raise TokenRefused("invalid_request", about)
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if door(world, "token") not in audience:
        raise TokenRefused("invalid_request", "the 'aud' is invalid")
    if claims["iss"] != tool.client_id:
        raise TokenRefused("invalid_request", "the 'iss' must be the client's id")
    if not all(isinstance(claims[name], int | float) for name in ("iat", "exp")):
        raise TokenRefused("invalid_request", "the 'exp' and 'iat' must be numbers")
    if claims["exp"] < now:
        raise TokenRefused("invalid_request", "the JWT has expired")
    if claims["iat"] > now + LEEWAY or claims["iat"] < now - 3600:
        raise TokenRefused("invalid_request", "the 'iat' must not be in the future or over an hour old")
    with world.lock:
        used = (tool.client_id, str(claims["jti"]))
        if used in world.lti.seen_jtis:
            raise TokenRefused("invalid_request", "JTI has already been used")
        world.lti.seen_jtis.add(used)


def _unverified(assertion: str) -> dict[str, Any]:
    try:
        return jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError as wrong:
        raise TokenRefused("invalid_request", "the assertion is not a JWT") from wrong


def key_of(tool: Tool, kid: Any) -> jwt.PyJWK | None:
    """The tool's public key of that id, fetched from its JWKS each time."""
    try:
        keys = requests.get(tool.jwks_url, timeout=5).json()["keys"]
        return next((jwt.PyJWK(key) for key in keys if key.get("kid") == kid), None)
    except (requests.RequestException, ValueError, KeyError, TypeError, jwt.PyJWTError):
        return None


def _signature(token: str, key: jwt.PyJWK, error: str) -> None:
    try:
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
        jwt.decode(token, key, algorithms=["RS256"], options=options)
    except jwt.PyJWTError as wrong:
        raise TokenRefused(error, "JWS signature invalid") from wrong
