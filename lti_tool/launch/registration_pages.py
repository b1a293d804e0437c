"""The pages of dynamic registration: read what will be set up, confirm, done (lti.md §8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import gettext as _

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch.config_json import scopes_wanted
from lti_tool.launch.errors import error_answer
from lti_tool.launch.invitations import find_invitation
from lti_tool.launch.origins import origin_of
from lti_tool.launch.registration import (
    Configuration,
    RegistrationRefused,
    read_configuration,
    register_with,
)
from lti_tool.launch.registration_rows import store_registration
from lti_tool.overview.registrations import Given, given_by
from lti_tool.planning.people import clean_text
from lti_tool.plans.asked import people_asked, placements_asked, scopes_asked
from lti_tool.plans.profile import band_words
from lti_tool.records.platform import Registration
from lti_tool.records.registering import Invitation

_log = structlog.get_logger()
MAX_PARAM = 16 * 1024


def add_registration_pages(
    lti: Blueprint, settings: Settings, database: Database, now: Callable[[], datetime]
) -> None:
    """`GET /lti/register` shows what will happen; `POST /lti/register` does it.

    An invited administrator comes to `/lti/register/<code>`: in the path, since every LMS adds its own
    query and not every one looks whether there is one already.
    """

    @lti.get("/register")
    @lti.get("/register/<code>")
    def register(code: str = "") -> Response:
        url, token = request.args.get("openid_configuration", ""), request.args.get("registration_token", "")
        try:
            invitation = _invitation(database, code, now())
            configuration = _read(url, token, settings)
        except RegistrationRefused as refused:
            return _refusal(refused)
        _let_the_lms_frame_it(configuration, url)
        return make_response(
            render_template(
                "pages/register.html",
                configuration=configuration,
                lms=_name(configuration),
                hosts=_other_hosts(configuration),
                asked=_asked(configuration),
                invited=invitation is not None,
                bands=band_words(_),
                code=code,
                openid_configuration=url,
                registration_token=token,
            )
        )

    @lti.post("/register")
    def confirm_registration() -> Response:
        url, token = request.form.get("openid_configuration", ""), request.form.get("registration_token", "")
        try:
            invitation = _invitation(database, request.form.get("code", ""), now())
            row, given = _do(settings, database, url, token, invitation, now)
        except RegistrationRefused as refused:
            return _refusal(refused)
        return make_response(render_template("pages/registered.html", registration=row, given=given))


def _do(
    settings: Settings,
    database: Database,
    url: str,
    token: str,
    invitation: Invitation | None,
    now: Callable[[], datetime],
) -> tuple[Registration, Given]:
    configuration = _read(url, token, settings)
    _let_the_lms_frame_it(configuration, url)
    registered = register_with(configuration, token, settings)
    with database.write() as session:
        row = store_registration(
            session,
            configuration,
            registered,
            origin=origin_of(url),
            name=_name(configuration),
            invitation=invitation,
            age_band=request.form.get("age_band", ""),
            now=now(),
        )
        return row, given_by(session, row, _)


def _invitation(database: Database, code: str, now: datetime) -> Invitation | None:
    """The invitation that came with the address; raises RegistrationRefused for one of no use."""
    if not code:
        return None
    with database.read() as session:
        found = find_invitation(session, code, now)
    if found is None:
        raise RegistrationRefused("invitation_over")
    return found


def _read(url: str, token: str, settings: Settings) -> Configuration:
    if not url:
        raise RegistrationRefused("no_configuration")
    if len(url) > MAX_PARAM or len(token) > MAX_PARAM or not token.isprintable() or not token.isascii():
        raise RegistrationRefused("configuration_malformed")
    return read_configuration(url, token, settings)


def _asked(configuration: Configuration) -> dict[str, Any]:
    """What the administrator reads: what is asked for and why; scopes with whether the LMS has them."""
    family = configuration.platform.product_family_code
    wanted = scopes_wanted(configuration.scopes_supported, family)
    return {
        "people": people_asked(_),
        "scopes": [(each, each.key in wanted) for each in scopes_asked(_, family)],
        "placements": placements_asked(_) if configuration.is_canvas else (),
    }


def _name(configuration: Configuration) -> str:
    host = origin_of(configuration.issuer).partition("://")[2][:255]
    return clean_text(configuration.platform.account_name, 255) or host


def _other_hosts(configuration: Configuration) -> list[str]:
    """Hosts beside the issuer's own that we will call; a person can see whether they belong to the LMS."""
    ends = (configuration.authorization_endpoint, configuration.token_endpoint, configuration.jwks_uri)
    hosts = {origin_of(address) for address in ends} - {origin_of(configuration.issuer)}
    return sorted(hosts)


def _let_the_lms_frame_it(configuration: Configuration, url: str) -> None:
    """Hosted Canvas shows us on the customer's domain, where it has us register."""
    hosts = (configuration.issuer, url, configuration.registration_endpoint)
    g.frame_origins = tuple(dict.fromkeys(origin for host in hosts if (origin := origin_of(host))))


def _refusal(refused: RegistrationRefused) -> Response:
    again = _("Start the registration again from your LMS. The link it makes works once, for an hour.")
    by_hand = _("Or register by hand: the install guide says how.")
    sentences = {
        "no_configuration": _("This address is for your LMS: paste it into its tool registration."),
        "invitation_over": _("This invitation was used already, or its time is over. Ask for a new one."),
        "busy": _("Other registrations are under way just now. Try again in a minute."),
        "configuration_malformed": _("What your LMS says of itself is incomplete or malformed."),
        "host_differs": _("The LMS's configuration lies on another host than the LMS itself."),
        "address_refused": _("An address in the LMS's configuration may not be called."),
        "not_reached": _("We could not reach your LMS from here."),
        "too_slow": _("Your LMS took too long to answer."),
        "too_large": _("Your LMS answered with far more than a configuration."),
        "not_json": _("Your LMS answered with something that is not a configuration."),
        "lms_refused": _("Your LMS refused the registration."),
        "answer_malformed": _("Your LMS's answer to the registration is malformed."),
        "already_active": _("This LMS is registered and active already, with other addresses."),
        "already_waiting": _("This registration waits already, and came from another address."),
        "too_many_waiting": _("Too many registrations wait to be switched on. Ask for an invitation."),
    }
    sentence = sentences[refused.code]
    if refused.said:
        sentence = f"{sentence} ({refused.said})"
    status = 429 if refused.code == "busy" else 400
    return error_answer(status, f"register_{refused.code}", sentence, f"{again} {by_hand}")
