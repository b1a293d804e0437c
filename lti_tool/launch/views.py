"""The addresses an LMS calls: login, launch, our keys, our configuration and registration (`/lti/...`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
import structlog
from flask import Blueprint, g, jsonify, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch import framed as framing
from lti_tool.launch import pending, states
from lti_tool.launch.admit import admit
from lti_tool.launch.again import come_again
from lti_tool.launch.claimed import facts_of_claims, facts_of_login, facts_of_token, logged_as
from lti_tool.launch.claims import Launch, parse_claims, return_url_of
from lti_tool.launch.documents import add_public_documents
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.notices import add_notice_door
from lti_tool.launch.opening import Admitted
from lti_tool.launch.origins import origin_of, same_origin
from lti_tool.launch.pylti import IdToken, Login
from lti_tool.launch.reasons import refuse
from lti_tool.launch.refusal import Refusal
from lti_tool.launch.registration_pages import add_registration_pages
from lti_tool.launch.session import frame_ancestors, read_cookie, set_cookie, set_launch_cookie
from lti_tool.records.base import table_of
from lti_tool.records.platform import Registration
from lti_tool.records.prepared import Prepared

_log = structlog.get_logger()
MAX_PARAM = 8 * 1024
LOGIN_PARAMS = ("iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint", "lti_deployment_id")
_registration = table_of(Registration)
_ISSUERS = (
    sa.select(*states.REGISTRATION.columns)
    .where(_registration.c.issuer == sa.bindparam("issuer"), _registration.c.active)
    .limit(sa.literal_column("2"))
)
_OF_ISSUER = Prepared(_ISSUERS)
_OF_CLIENT = Prepared(_ISSUERS.where(_registration.c.client_id == sa.bindparam("client_id")))


@dataclass(frozen=True)
class Doors:
    """What the launch views need; handed in by the app."""

    settings: Settings
    database: Database
    jobs: Any
    now: Callable[[], datetime]
    key_sets: KeySets
    states: states.States


def make_launch_blueprint(
    settings: Settings, database: Database, *, jobs: Any, now: Callable[[], datetime], secret_key: str
) -> Blueprint:
    """All of `/lti/...`. secret_key: signs the states of logins."""
    key_sets, made_states = KeySets(settings, database), states.States(secret_key)
    doors = Doors(settings, database, jobs, now, key_sets, made_states)
    lti = Blueprint("lti", __name__, url_prefix="/lti")

    @lti.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        with logged_as(lambda: facts_of_login(request.values)):
            return begin_login(doors, request.values)

    @lti.post("/launch")
    def launch() -> Response:
        with logged_as(lambda: facts_of_token(request.form.get("id_token", ""))):
            return finish_launch(doors, request.form)

    @lti.post("/launch/proof")
    def prove() -> Response:
        return prove_launch(doors, request.form)

    add_public_documents(lti, settings, database, now)
    add_notice_door(lti, database, doors.key_sets, now)
    add_registration_pages(lti, settings, database, now)
    return lti


def begin_login(doors: Doors, values: MultiDict[str, str]) -> Response:
    """The platform's request to log someone in → its authorization address, with state and nonce."""
    params: dict[str, str] = values.to_dict()
    _once(values, LOGIN_PARAMS, "login_incomplete")
    if not all(params.get(key) for key in ("iss", "login_hint", "target_link_uri")):
        raise refuse("login_incomplete")
    if any(len(value) > MAX_PARAM or "\x00" in value for value in params.values()):
        raise refuse("login_incomplete", detail="size")
    if not same_origin(params["target_link_uri"], doors.settings.public_url):
        raise refuse("target_elsewhere")
    registration = _registration_for(doors.database, params["iss"], params.get("client_id", ""))
    framed = framing.is_framed(request.headers)
    target = framing.storage_target(params) if framed else ""
    login = doors.states.begin(registration.id, doors.now(), storage_target=target)
    url = Login(params | {"client_id": registration.client_id}, registration, login).authorization_url(
        doors.settings.public_url + "/lti/launch"
    )
    response = _login_page(doors, params, login, url, registration, target) if framed else redirect(url, 302)
    set_cookie(
        response,
        doors.settings,
        states.cookie_name(login.state),
        login.browser,
        path=states.COOKIE_PATH,
        seconds=int(states.LIFETIME.total_seconds()),
    )
    return response


def _login_page(
    doors: Doors,
    params: dict[str, str],
    login: states.NewLogin,
    url: str,
    registration: Registration,
    target: str,
) -> Response:
    deployment_id = params.get("lti_deployment_id") or params.get("deployment_id", "")
    with doors.database.read() as session:
        origins = framing.storage_origins(session, registration, target, deployment_id)
    g.frame_origins = ("*",)  # holds no data of anyone, and no launch has told us yet who frames us
    g.form_origins = (origin_of(registration.auth_login_url),)  # where the new window's login leads
    return framing.login_page(params, login, url, target, origins)


def _registration_for(database: Database, issuer: str, client_id: str) -> Registration:
    """By (issuer, client_id); by issuer alone only where that is exactly one registration (lti.md §1)."""
    query, named = _OF_ISSUER, {"issuer": issuer}
    if client_id:
        query, named = _OF_CLIENT, named | {"client_id": client_id}
    with database.look() as connection:
        found = query.run(connection, named)
    if not found:
        raise refuse("unknown_registration", issuer=issuer[:255], client=client_id[:255])
    if len(found) > 1:
        raise refuse("client_id_needed", issuer=issuer[:255])
    (registration,) = states.REGISTRATION.split(found[0])
    return cast(Registration, registration)


def _once(values: MultiDict[str, str], names: tuple[str, ...], code: str) -> None:
    """Refuse a parameter that came twice: which one counts is not for us to guess (RFC 6749, 3.1)."""
    for name in names:
        if len(values.getlist(name)) > 1:
            raise refuse(code, detail=f"{name} twice")


def finish_launch(doors: Doors, form: MultiDict[str, str]) -> Response:
    """The posted id_token → a session and its first page."""
    now = doors.now()
    _once(form, ("state", "id_token"), "token_malformed")
    state = form.get("state", "")
    if not state:
        raise refuse("state_missing")
    login, registration = _login_of(doors, state, now)
    facts = {"issuer": registration.issuer, "client": registration.client_id}
    try:
        body, launch, same_browser = _genuine(doors, form, login, registration, now)
        if not same_browser:
            return _ask_for_proof(doors, body, launch, state, login, registration, now)
        admitted = _let_in(doors, launch, login, now)
    except Refusal as refusal:
        refusal.facts = facts | refusal.facts
        raise
    if not admitted.public_id:
        return framing.visitor_page(launch.return_url)
    response = redirect(_first_page(admitted), 303)
    set_launch_cookie(response, doors.settings, admitted.public_id, admitted.secret)
    name = states.cookie_name(state)
    set_cookie(response, doors.settings, name, "", path=states.COOKIE_PATH, seconds=0)
    return response


def _first_page(admitted: Admitted) -> str:
    return f"/s/{admitted.public_id}/{admitted.landing}"


def _login_of(doors: Doors, state: str, now: datetime) -> tuple[states.Said, Registration]:
    with doors.database.look() as connection:
        login, registration = doors.states.find(connection, state, now)
    if not registration.active:
        raise refuse("unknown_registration", issuer=registration.issuer, client=registration.client_id)
    return login, registration


def _genuine(
    doors: Doors, form: MultiDict[str, str], login: states.Said, registration: Registration, now: datetime
) -> tuple[dict[str, Any], Launch, bool]:
    """(claims, what they say, whether this is surely the login's browser); raises Refusal."""
    try:
        if form.get("error"):
            raise refuse("platform_error", detail=form["error"][:64])
        body = IdToken(form, registration, login, doors.key_sets, now).verified_body()
        cookie = read_cookie(request, doors.settings, states.cookie_name(form["state"]))
        same_browser = states.is_same_browser(login, cookie)
        if not same_browser and not login.storage_target:
            raise refuse("browser_differs", return_url=return_url_of(body))
        launch = parse_claims(body, doors.settings.public_url, anonymous=registration.allow_anonymous)
    except Refusal:
        with doors.database.look() as door:  # whatever else is wrong, that it was opened before says more
            states.refuse_used(door, login)
        raise
    return body, launch, same_browser


def _let_in(doors: Doors, launch: Launch, login: states.Said, now: datetime) -> Admitted:
    given = {"settings": doors.settings, "jobs": doors.jobs, "now": now}
    result: Admitted | Refusal | None = come_again(doors.database, launch, login, **given)
    if result is None:
        with doors.database.write() as session:
            result = admit(session, launch, login, **given)
    return _admitted(result, login)


def _admitted(result: Admitted | Refusal, login: states.Login) -> Admitted:
    """After the commit: what a refused launch leaves behind is kept, and then it is refused."""
    if isinstance(result, Refusal):
        raise result
    _log.info("launch.admitted", registration_id=login.registration_id, launch=result.public_id)
    return result


def _ask_for_proof(
    doors: Doors,
    body: dict[str, Any],
    launch: Launch,
    state: str,
    login: states.Said,
    registration: Registration,
    now: datetime,
) -> Response:
    """No cookie came, but the login may have used Platform Storage: the launch waits for its proof."""
    with doors.database.write() as session:
        ticket = pending.keep_waiting(session, login, body, now)
        origins = framing.storage_origins(session, registration, login.storage_target, launch.deployment_id)
        deployment = framing.deployment_of(session, registration, launch.deployment_id)
        framed_by = frame_ancestors(registration, deployment)
    own = origin_of(launch.return_url)
    g.frame_origins = tuple(dict.fromkeys(origin for origin in (*framed_by, own) if origin))
    if login.storage_target == framing.PARENT and own and own not in origins:
        origins.append(own)
    return framing.proof_page(ticket, state, login.storage_target, origins, launch.return_url)


def prove_launch(doors: Doors, form: MultiDict[str, str]) -> Response:
    """The proof of a launch that waits → where it goes on and the session's secret, as JSON.

    The secret goes to the page and stays in its memory; there is no cookie in this browser.
    """
    now = doors.now()
    with doors.database.write() as session:
        login, body = pending.take(session, form.get("ticket", ""), form.get("proof", ""), now)
        registration = session.get_one(Registration, login.registration_id)
        with logged_as(lambda: facts_of_claims(body)):
            if not registration.active:
                raise refuse("unknown_registration")
            launch = parse_claims(body, doors.settings.public_url, anonymous=registration.allow_anonymous)
            result = admit(session, launch, login, settings=doors.settings, jobs=doors.jobs, now=now)
    admitted = _admitted(result, login)
    if not admitted.public_id:
        return framing.visitor_page(launch.return_url, part=True)
    return jsonify(address=_first_page(admitted), secret=admitted.secret)
