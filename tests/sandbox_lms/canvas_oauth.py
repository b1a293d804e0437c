"""Canvas's OAuth2 for its own API: a consent page, codes, tokens, refresh, revocation (specs/canvas.md §6).

POST /login/oauth2/token is also the LTI service tokens' door, which takes its own grant type
(client_credentials) before it comes here.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as Answer

from tests.sandbox_lms.canvas_api_viewer import dead_token, given_token
from tests.sandbox_lms.world import ApiKey, ApiToken, OAuthCode, World

TOKEN_LIFE, CODE_LIFE = timedelta(hours=1), timedelta(minutes=10)

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Authorize</title></head>
<body><main><h1>{name} wants to use Canvas as you</h1><form method="post">{hidden}
<label>You are <select name="person_id">{people}</select></label>
<button name="answer" value="allow">Authorize</button>
<button name="answer" value="deny">Cancel</button></form></main></body></html>"""
FIELDS = ("client_id", "redirect_uri", "state", "scope", "response_type")


def make_canvas_oauth_blueprint(world: World) -> Blueprint:
    """The consent page, and the token door for people's grants and for revocation."""
    blueprint = Blueprint("canvas_oauth", __name__)

    @blueprint.get("/login/oauth2/auth")
    def ask() -> Answer:
        with world.lock:
            refused = _refused(world)
            return refused if refused is not None else _consent_page(world)

    @blueprint.post("/login/oauth2/auth")
    def answer() -> Answer:
        with world.lock:
            refused = _refused(world)
            if refused is not None:
                return refused
            if request.form.get("answer") != "allow":
                return _back(error="access_denied", error_description="The user canceled the request")
            return _grant_code(world)

    @blueprint.post("/login/oauth2/token")
    def give() -> Answer:
        return answer_user_grant(world)

    @blueprint.delete("/login/oauth2/token")
    def revoke() -> Answer:
        with world.lock:
            if world.tokens.pop(given_token(request), None) is None:
                return dead_token().response()
            return jsonify({})

    return blueprint


def _refused(world: World) -> Answer | None:
    """A page for a key or redirect_uri we cannot trust; else the error goes back to the redirect_uri."""
    key = world.api_keys.get(request.values.get("client_id", ""))
    if key is None:
        return Response("invalid_client: unknown client", 401, content_type="text/plain")
    if request.values.get("redirect_uri", "") not in key.redirect_uris:
        return Response("invalid_request: redirect_uri does not match client settings", 400)
    if request.values.get("response_type") != "code":
        return _back(
            error="unsupported_response_type", error_description="Only response_type=code is allowed"
        )
    scopes = request.values.get("scope", "").split()
    if key.scopes is not None and (not scopes or set(scopes) - set(key.scopes)):
        return _back(error="invalid_scope", error_description="A requested scope is invalid")
    return None


def _back(**params: Any) -> Answer:
    state = request.values.get("state")
    query = urlencode(params | ({"state": state} if state is not None else {}))
    target = request.values["redirect_uri"]
    return redirect(f"{target}{'&' if '?' in target else '?'}{query}", 302)


def _consent_page(world: World) -> Answer:
    key = world.api_keys[request.args["client_id"]]
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(request.args.get(name, ""))}">'
        for name in FIELDS
    )
    staff = {
        e.person_id for c in world.courses.values() for e in c.enrolments.values() if e.role == "teacher"
    }
    people = [p for p in world.people.values() if p.is_site_admin or p.id in staff]
    options = "".join(f'<option value="{p.id}">{html.escape(p.full_name)}</option>' for p in people)
    page = PAGE.format(name=html.escape(key.name), hidden=hidden, people=options)
    return Response(page, content_type="text/html; charset=utf-8")


def _grant_code(world: World) -> Answer:
    key = world.api_keys[request.form["client_id"]]
    person_id = request.form.get("person_id", "")
    if not person_id.isdigit() or int(person_id) not in world.people:
        return Response("unknown user", 400)
    code = OAuthCode(
        code=secrets.token_hex(32),
        client_id=key.client_id,
        redirect_uri=request.form["redirect_uri"],
        person_id=int(person_id),
        scopes=request.form.get("scope", "").split() if key.scopes is not None else None,
        expires_at=world.now() + CODE_LIFE,
    )
    world.codes[code.code] = code
    return _back(code=code.code)


def answer_user_grant(world: World) -> Answer:
    """What the token door answers to a person's grant."""
    body, status = handle_user_grant(world, request.form)
    key = world.api_keys.get(request.form.get("client_id", ""))
    if status >= 400 and key is not None and key.older and "redirect_uri" in request.form:
        return _back(**body)
    given = jsonify(body)
    given.status_code = status
    given.headers["Cache-Control"] = "no-store"
    return given


def handle_user_grant(world: World, form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """(JSON body, status) for grant_type authorization_code or refresh_token."""
    with world.lock:
        key = world.api_keys.get(form.get("client_id", ""))
        if key is None or not secrets.compare_digest(key.client_secret, form.get("client_secret", "")):
            return {"error": "invalid_client", "error_description": "unknown client"}, 401
        if form.get("grant_type") == "authorization_code":
            return _by_code(world, key, form)
        if form.get("grant_type") == "refresh_token":
            return _by_refresh(world, key, form.get("refresh_token", ""))
    return {"error": "unsupported_grant_type", "error_description": "The grant_type is not supported"}, 400


def _invalid_grant(words: str) -> tuple[dict[str, Any], int]:
    return {"error": "invalid_grant", "error_description": words}, 400


def _by_code(world: World, key: ApiKey, form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    code = world.codes.pop(form.get("code", ""), None)  # gone whatever comes next: single use
    if code is None or code.expires_at <= world.now() or code.client_id != key.client_id:
        return _invalid_grant("authorization_code not found")
    if form.get("redirect_uri") and form["redirect_uri"] != code.redirect_uri:
        return _invalid_grant("incorrect redirect_uri")
    if form.get("replace_tokens") == "1":
        for old in [t for t in world.tokens.values() if _same(t, key, code.person_id)]:
            del world.tokens[old.token]
    token = ApiToken(
        token=_new_token(),
        person_id=code.person_id,
        scopes=code.scopes,
        expires_at=world.now() + TOKEN_LIFE,
        refresh_token=_new_token(),
        client_id=key.client_id,
        allow_includes=key.allow_includes,
    )
    world.tokens[token.token] = token
    return _answer(world, token) | {"refresh_token": token.refresh_token}, 200


def _same(token: ApiToken, key: ApiKey, person_id: int) -> bool:
    return token.client_id == key.client_id and token.person_id == person_id


def _by_refresh(world: World, key: ApiKey, refresh: str) -> tuple[dict[str, Any], int]:
    """A new access token in the old one's place; the answer names no new refresh token."""
    found = [t for t in world.tokens.values() if refresh and t.refresh_token == refresh]
    if not found or found[0].client_id != key.client_id or found[0].revoked:
        words, status = _invalid_grant("refresh_token not found")
        return words | ({"error": "invalid_request"} if key.older else {}), status
    token = found[0]
    del world.tokens[token.token]
    token.token, token.expires_at = _new_token(), world.now() + TOKEN_LIFE
    world.tokens[token.token] = token
    return _answer(world, token), 200


def _new_token() -> str:
    return f"7~{secrets.token_urlsafe(40)}"


def _answer(world: World, token: ApiToken) -> dict[str, Any]:
    person = world.people[token.person_id]
    return {
        "access_token": token.token,
        "token_type": "Bearer",
        "user": {
            "id": person.id,
            "name": person.full_name,
            "global_id": str(10_000_000_000_000 + person.id),
            "effective_locale": "en",
        },
        "canvas_region": "us-east-1",
        "expires_in": int(TOKEN_LIFE.total_seconds()),
    }
