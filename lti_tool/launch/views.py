"""The addresses an LMS calls: login, launch, our keys, our configuration and registration (`/lti/...`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Blueprint, jsonify, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch import states
from lti_tool.launch.admit import Admitted, admit
from lti_tool.launch.claims import parse_claims, return_url_of
from lti_tool.launch.config_json import canvas_config
from lti_tool.launch.keys import current_signing_key, public_jwks
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.origins import same_origin
from lti_tool.launch.pylti import IdToken, Login
from lti_tool.launch.reasons import refuse
from lti_tool.launch.refusal import Refusal
from lti_tool.launch.registration_pages import add_registration_pages
from lti_tool.launch.session import read_cookie, set_cookie, set_launch_cookie
from lti_tool.records.launch import LoginState
from lti_tool.records.platform import Registration

_log = structlog.get_logger()
MAX_PARAM = 8 * 1024


@dataclass(frozen=True)
class Doors:
    """What the launch views need; handed in by the app."""

    settings: Settings
    database: Database
    jobs: Any
    now: Callable[[], datetime]
    key_sets: KeySets


def make_launch_blueprint(
    settings: Settings, database: Database, *, jobs: Any, now: Callable[[], datetime]
) -> Blueprint:
    """All of `/lti/...`."""
    doors = Doors(settings, database, jobs, now, KeySets(settings, database))
    lti = Blueprint("lti", __name__, url_prefix="/lti")

    @lti.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        return begin_login(doors, request.values)

    @lti.post("/launch")
    def launch() -> Response:
        return finish_launch(doors, request.form)

    @lti.get("/jwks")
    def jwks() -> Response:
        with database.read() as session:
            keys = public_jwks(session, now())
        if not keys["keys"]:
            with database.write() as session:
                current_signing_key(session, now())
                keys = public_jwks(session, now())
        return _public(jsonify(keys))

    @lti.get("/config")
    def config() -> Response:
        return _public(jsonify(canvas_config(settings.public_url)))

    add_registration_pages(lti, settings, database, now)
    return lti


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def begin_login(doors: Doors, values: MultiDict[str, str]) -> Response:
    """The platform's request to log someone in → its authorization address, with state and nonce."""
    params = {key: values.get(key, "") for key in values}
    if not all(params.get(key) for key in ("iss", "login_hint", "target_link_uri")):
        raise refuse("login_incomplete")
    if any(len(value) > MAX_PARAM or "\x00" in value for value in params.values()):
        raise refuse("login_incomplete", detail="size")
    if not same_origin(params["target_link_uri"], doors.settings.public_url):
        raise refuse("target_elsewhere")
    registration = _registration_for(doors.database, params["iss"], params.get("client_id", ""))
    url, login = Login(params | {"client_id": registration.client_id}, registration).authorization_url(
        doors.settings.public_url + "/lti/launch"
    )
    with doors.database.write() as session:
        states.save_login(session, login, registration.id, doors.now())
    response = redirect(url, 302)
    set_cookie(
        response,
        doors.settings,
        states.cookie_name(login.state),
        login.browser,
        path=states.COOKIE_PATH,
        seconds=int(states.LIFETIME.total_seconds()),
    )
    return response


def _registration_for(database: Database, issuer: str, client_id: str) -> Registration:
    """By (issuer, client_id); by issuer alone only where that is exactly one registration (lti.md §1)."""
    query = sa.select(Registration).where(Registration.issuer == issuer, Registration.active)
    if client_id:
        query = query.where(Registration.client_id == client_id)
    with database.read() as session:
        found = session.scalars(query.limit(2)).all()
    if not found:
        raise refuse("unknown_registration", issuer=issuer[:255], client=client_id[:255])
    if len(found) > 1:
        raise refuse("client_id_needed", issuer=issuer[:255])
    return found[0]


def finish_launch(doors: Doors, form: MultiDict[str, str]) -> Response:
    """The posted id_token → a session and its first page."""
    now = doors.now()
    state = form.get("state", "")
    if not state:
        raise refuse("state_missing")
    login, registration = _login_of(doors, state, now)
    facts = {"issuer": registration.issuer, "client": registration.client_id}
    try:
        result = _judge(doors, form, login, registration, now)
    except Refusal as refusal:
        refusal.facts = facts | refusal.facts
        raise
    if isinstance(result, Refusal):
        raise result
    _log.info("launch.admitted", registration_id=registration.id, launch=result.public_id)
    response = redirect(f"/s/{result.public_id}/", 303)
    set_launch_cookie(response, doors.settings, result.public_id, result.secret)
    name = states.cookie_name(state)
    set_cookie(response, doors.settings, name, "", path=states.COOKIE_PATH, seconds=0)
    return response


def _login_of(doors: Doors, state: str, now: datetime) -> tuple[LoginState, Registration]:
    with doors.database.read() as session:
        login = states.find_login(session, state, now)
        registration = session.get_one(Registration, login.registration_id)
    if not registration.active:
        raise refuse("unknown_registration", issuer=registration.issuer, client=registration.client_id)
    return login, registration


def _judge(
    doors: Doors,
    form: MultiDict[str, str],
    login: LoginState,
    registration: Registration,
    now: datetime,
) -> Admitted | Refusal:
    if form.get("error"):
        raise refuse("platform_error", detail=form["error"][:64])
    body = IdToken(form, registration, login, doors.key_sets, now).verified_body()
    cookie = read_cookie(request, doors.settings, states.cookie_name(form["state"]))
    if not states.is_same_browser(login, cookie):
        raise refuse("browser_differs", return_url=return_url_of(body))
    launch = parse_claims(body, doors.settings.public_url)
    with doors.database.write() as session:
        return admit(
            session,
            launch,
            login_id=login.id,
            registration_id=registration.id,
            settings=doors.settings,
            jobs=doors.jobs,
            now=now,
        )
