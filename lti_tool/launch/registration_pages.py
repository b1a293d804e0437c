"""The pages of dynamic registration: read what will be set up, confirm, done (lti.md §8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import gettext as _

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch.errors import error_answer
from lti_tool.launch.origins import origin_of
from lti_tool.launch.registration import (
    Configuration,
    RegistrationRefused,
    read_configuration,
    register_with,
    store_registration,
)

_log = structlog.get_logger()
MAX_PARAM = 16 * 1024


def add_registration_pages(
    lti: Blueprint, settings: Settings, database: Database, now: Callable[[], datetime]
) -> None:
    """`GET /lti/register` shows what will happen; `POST /lti/register` does it."""

    @lti.get("/register")
    def register() -> Response:
        url, token = request.args.get("openid_configuration", ""), request.args.get("registration_token", "")
        try:
            configuration = _read(url, token, settings)
        except RegistrationRefused as refused:
            return _refusal(refused)
        _let_the_lms_frame_it(configuration, url)
        return make_response(
            render_template(
                "pages/register.html",
                configuration=configuration,
                openid_configuration=url,
                registration_token=token,
            )
        )

    @lti.post("/register")
    def confirm_registration() -> Response:
        url, token = request.form.get("openid_configuration", ""), request.form.get("registration_token", "")
        try:
            configuration = _read(url, token, settings)
            registered = register_with(configuration, token, settings)
            with database.write() as session:
                row = store_registration(
                    session, configuration, registered, name=_name(configuration), now=now()
                )
        except RegistrationRefused as refused:
            return _refusal(refused)
        _log.info("registration.stored", registration_id=row.id, active=row.active)
        _let_the_lms_frame_it(configuration, url)
        return make_response(render_template("pages/registered.html", registration=row))


def _read(url: str, token: str, settings: Settings) -> Configuration:
    if not url:
        raise RegistrationRefused("no_configuration")
    if len(url) > MAX_PARAM or len(token) > MAX_PARAM or not token.isprintable() or not token.isascii():
        raise RegistrationRefused("configuration_malformed")
    return read_configuration(url, token, settings)


def _name(configuration: Configuration) -> str:
    return origin_of(configuration.issuer).partition("://")[2][:255]


def _let_the_lms_frame_it(configuration: Configuration, url: str) -> None:
    g.frame_origins = tuple({origin_of(configuration.issuer), origin_of(url)} - {""})


def _refusal(refused: RegistrationRefused) -> Response:
    again = _("Start the registration again from your LMS. The link it makes works once, for an hour.")
    by_hand = _("Or register by hand: the install guide says how.")
    sentences = {
        "no_configuration": _("This address is for your LMS: paste it into its tool registration."),
        "configuration_malformed": _("What your LMS says of itself is incomplete or malformed."),
        "host_differs": _("The LMS's configuration lies on another host than the LMS itself."),
        "address_refused": _("An address in the LMS's configuration may not be called."),
        "not_reached": _("We could not reach your LMS from here."),
        "not_json": _("Your LMS answered with something that is not a configuration."),
        "lms_refused": _("Your LMS refused the registration."),
        "answer_malformed": _("Your LMS's answer to the registration is malformed."),
        "already_active": _("This LMS is registered and active already, with other addresses."),
    }
    sentence = sentences[refused.code]
    if refused.said:
        sentence = f"{sentence} ({refused.said})"
    return error_answer(400, f"register_{refused.code}", sentence, f"{again} {by_hand}")
