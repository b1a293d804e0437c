"""Logging in inside a frame of the LMS, where cookies may be blocked (lti.md §5).

The page of the login keeps the state in Platform Storage, else sees whether a Partitioned cookie
lives, and only then goes on to the platform, because a platform's hints work once. Where neither
works it offers a new window that begins the same login again, with cookies of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
import structlog
from flask import g, make_response, render_template
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from lti_tool.launch.origins import origin_of
from lti_tool.launch.refusal import error_number
from lti_tool.launch.session import digest
from lti_tool.launch.states import NewLogin
from lti_tool.records.platform import Deployment, Registration

_log = structlog.get_logger()
PARENT = "_parent"
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
# What the platform sent and the new window sends again; the storage target belongs to this frame only.
_AGAIN = (
    "iss",
    "login_hint",
    "target_link_uri",
    "client_id",
    "lti_message_hint",
    "lti_deployment_id",
    "deployment_id",
    "canvas_region",
    "canvas_environment",
)


def is_framed(headers: Headers) -> bool:
    """Whether the browser says that this page goes into a frame.

    A client that says nothing (no browser) is answered as in a window of its own: by a redirect.
    """
    return headers.get("Sec-Fetch-Dest", "") in _FRAMES


def storage_target(params: Mapping[str, str]) -> str:
    """The name of the frame that keeps data for us; empty where the platform offers none."""
    target = params.get("lti_storage_target", "")
    return target if len(target) <= 255 and target.isprintable() else ""


def storage_key(state: str) -> str:
    """Under which name a login's proof lies in Platform Storage.

    One of 256: logins side by side stay apart, and what they leave behind there stays little (Canvas
    gives a tool 4096 characters).
    """
    return f"plans_login_{digest(state)[:2]}"


def storage_origins(
    session: Session, registration: Registration, target: str, deployment_id: str
) -> list[str]:
    """Origins the storage frame may have: that of the platform's authorization address.

    A parent window is the LMS's page itself, which a hosted Canvas serves from the customer's own
    host: then also the hosts that signed launches of this deployment named.
    """
    origins = [origin_of(registration.auth_login_url)]
    if target == PARENT:
        origins.append(origin_of(registration.issuer))
        found = deployment_of(session, registration, deployment_id)
        origins += found.frame_origins if found else []
    return list(dict.fromkeys(origin for origin in origins if origin))


def deployment_of(session: Session, registration: Registration, lms_id: str) -> Deployment | None:
    """The deployment with this id at the platform, if we know it."""
    return session.scalar(
        sa.select(Deployment).where(
            Deployment.registration_id == registration.id, Deployment.lms_id == lms_id
        )
    )


def login_page(
    params: Mapping[str, str], login: NewLogin, platform_url: str, target: str, origins: list[str]
) -> Response:
    """The page that finds out where the state can be kept, then goes on to the platform."""
    return make_response(
        render_template(
            "pages/login.html",
            platform_url=platform_url,
            storage={
                "target": target,
                "origins": " ".join(origins),
                "key": storage_key(login.state),
                "value": login.browser if target else "",
            },
            again={name: params[name] for name in _AGAIN if params.get(name)},
        )
    )


def proof_page(ticket: str, state: str, target: str, origins: list[str], return_url: str) -> Response:
    """The page that fetches the proof from Platform Storage and sends it with its ticket."""
    number = error_number()
    _log.info("launch.waits", number=number)
    return make_response(
        render_template(
            "pages/proof.html",
            ticket=ticket,
            storage={"target": target, "origins": " ".join(origins), "key": storage_key(state)},
            return_url=return_url,
            number=number,
        )
    )


def visitor_page(return_url: str, *, part: bool = False) -> Response:
    """The page of someone the LMS does not name, where that is allowed: no data, so any site may frame it.

    part: what stands in it alone, for the page that waits for its proof.
    """
    g.frame_origins = ("*",)
    page = "partials/visitor.html" if part else "pages/visitor.html"
    return make_response(render_template(page, return_url=return_url))
