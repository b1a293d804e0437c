"""lti-tool register, activate: which platforms and deployments may launch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.commands.base import fail, now, open_installation, print_json
from lti_tool.http import OutboundError, check_url
from lti_tool.overview.registrations import given_by
from lti_tool.plans.profile import Band
from lti_tool.records.platform import Deployment, Registration

URLS = ("auth_login_url", "token_url", "jwks_url")


@click.command()
@click.option("--issuer", required=True, help="The platform's issuer (iss).")
@click.option("--client-id", required=True)
@click.option("--deployment-id", "deployment_ids", multiple=True, help="May be given several times.")
@click.option("--auth-login-url", required=True, help="The platform's OIDC authorization address.")
@click.option("--token-url", required=True)
@click.option("--jwks-url", required=True)
@click.option("--token-audience", help="Where it differs from the token address.")
@click.option("--name", default="", help="What people call this LMS.")
@click.option("--time-zone", default=None, help="Of its courses, where the LMS does not say. Default UTC.")
@click.option("--students", type=click.Choice([*Band]), help="Who they are; else the tool asks.")
@click.option("--any-deployment", is_flag=True, help="Accept new deployments of this platform at once.")
@click.option(
    "--allow-anonymous", is_flag=True, help="Visitors the LMS does not name see a page without data."
)
def register(deployment_ids: tuple[str, ...], any_deployment: bool, **given: Any) -> None:
    """Register a platform (or update it) and print the registration as JSON."""
    installation = open_installation()
    if not deployment_ids and not any_deployment:
        fail("Give at least one --deployment-id, or --any-deployment.")
    named = [("issuer", given["issuer"]), ("client-id", given["client_id"])]
    for name, value in [*named, *(("deployment-id", value) for value in deployment_ids)]:
        if not value.strip() or not value.isprintable() or len(value) > 255:
            fail(f"--{name}: {value[:40]!r} cannot be one. It is empty, too long or has odd characters.")
    _check_zone(given["time_zone"])
    for name in URLS:
        try:
            check_url(given[name], installation.settings)
        except OutboundError as error:
            fail(f"--{name.replace('_', '-')}: {error}")
    with installation.database.write() as session:
        registration = _store(session, given, any_deployment)
        for lms_id in deployment_ids:
            _activate_deployment(session, registration, lms_id)
        session.flush()
        answer = as_json(session, registration)
    print_json(answer)


def _check_zone(name: str | None) -> None:
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        fail(f"--time-zone: {name!r} is not a time zone. Give one like America/Chicago.")


def _store(session: Session, given: dict[str, Any], any_deployment: bool) -> Registration:
    registration = session.scalars(
        sa.select(Registration).where(
            Registration.issuer == given["issuer"], Registration.client_id == given["client_id"]
        )
    ).one_or_none()
    if registration is None:
        registration = Registration(issuer=given["issuer"], client_id=given["client_id"], created_at=now())
        session.add(registration)
    for name in URLS:
        setattr(registration, name, given[name])
    registration.token_audience = given["token_audience"] or registration.token_audience
    registration.name = given["name"] or registration.name or ""
    registration.time_zone = given["time_zone"] or registration.time_zone or "UTC"
    if given["students"]:
        registration.age_band, registration.band_said_at = given["students"], now()
    registration.any_deployment = any_deployment or bool(registration.any_deployment)
    registration.allow_anonymous = given["allow_anonymous"] or bool(registration.allow_anonymous)
    registration.active = True
    session.flush()
    return registration


def _activate_deployment(session: Session, registration: Registration, lms_id: str) -> None:
    deployment = session.scalars(
        sa.select(Deployment).where(
            Deployment.registration_id == registration.id, Deployment.lms_id == lms_id
        )
    ).one_or_none()
    if deployment is None:
        session.add(Deployment(registration_id=registration.id, lms_id=lms_id, active=True, created_at=now()))
    else:
        deployment.active = True


def as_json(session: Session, registration: Registration) -> dict[str, Any]:
    """A registration as the commands print it."""
    deployments = session.scalars(
        sa.select(Deployment).where(Deployment.registration_id == registration.id).order_by(Deployment.id)
    ).all()
    return {
        "id": registration.id,
        "issuer": registration.issuer,
        "client_id": registration.client_id,
        "name": registration.name,
        "active": registration.active,
        "auth_login_url": registration.auth_login_url,
        "token_url": registration.token_url,
        "jwks_url": registration.jwks_url,
        "time_zone": registration.time_zone,
        "students": registration.age_band if registration.band_said_at else None,
        "any_deployment": registration.any_deployment,
        "allow_anonymous": registration.allow_anonymous,
        "deployments": [{"deployment_id": d.lms_id, "active": d.active} for d in deployments],
    }


def _waiting(
    session: Session, registrations: Sequence[Registration], deployments: Sequence[Deployment]
) -> dict[str, Any]:
    """What waits, with what an operator looks at before saying yes.

    same_platform: registrations this LMS has already under another client id; its people and courses stay
    with those.
    """
    return {
        "registrations": [
            {
                "id": row.id,
                "issuer": row.issuer,
                "name": row.name,
                "client_id": row.client_id,
                "auth_login_url": row.auth_login_url,
                "token_url": row.token_url,
                "jwks_url": row.jwks_url,
                "same_platform": list(given_by(session, row, str).same_platform),
            }
            for row in registrations
        ],
        "deployments": [{"registration": d.registration_id, "deployment_id": d.lms_id} for d in deployments],
    }


@click.command()
@click.option("--registration", "registration_id", type=int, help="Activate this registration.")
@click.option("--deployment-id", help="Activate this deployment (of --registration, if given).")
@click.option("--all", "everything", is_flag=True, help="Activate all that waits.")
def activate(registration_id: int | None, deployment_id: str | None, everything: bool) -> None:
    """Activate registrations and deployments that wait; without options, list them."""
    installation = open_installation()
    with installation.database.write() as session:
        registrations = session.scalars(sa.select(Registration).where(sa.not_(Registration.active))).all()
        deployments = session.scalars(sa.select(Deployment).where(sa.not_(Deployment.active))).all()
        if not (registration_id or deployment_id or everything):
            print_json(_waiting(session, registrations, deployments))
            return
        chosen: list[Registration | Deployment] = [
            r for r in registrations if everything or (r.id == registration_id and not deployment_id)
        ]
        chosen += [
            d
            for d in deployments
            if everything
            or (
                (registration_id is None or d.registration_id == registration_id)
                and (deployment_id is None or d.lms_id == deployment_id)
            )
        ]
        if not chosen and not everything:
            fail("Nothing with that number waits. `lti-tool activate` alone lists what does.")
        for row in chosen:
            row.active = True
    click.echo(f"Activated: {len(chosen)}.")
