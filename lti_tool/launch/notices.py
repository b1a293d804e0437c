"""Notices a platform posts to us without a person (Platform Notification Service 1.0; canvas.md §4).

A body is `{"notices": [{"jwt": "..."}]}`, each JWT signed by the platform. A notice is never the only
source of truth: the LMS sends it once, so a launch tells us the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeGuard

import sqlalchemy as sa
import structlog
from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.launch.claim_shapes import NoticeClaims
from lti_tool.launch.claimed import facts_of_token, logged_as
from lti_tool.launch.claims import CONTEXT_COPY, LTI
from lti_tool.launch.copies import remember_copy
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.notice_token import NoticeToken, unverified_claims
from lti_tool.launch.reasons import refuse
from lti_tool.launch.refusal import Refusal
from lti_tool.launch.session import digest
from lti_tool.planning.people import clean_text
from lti_tool.records.notices import SeenNotice
from lti_tool.records.platform import Deployment, Registration

_log = structlog.get_logger()
MOST = 50
KEEP = timedelta(hours=3)  # longer than a token can be young enough to come again (pylti.MAX_AGE)


@dataclass(frozen=True)
class Notice:
    """A notice that is genuine. unique: what makes it count once."""

    registration_id: int
    kind: str
    unique: str
    claims: NoticeClaims


def add_notice_door(
    lti: Blueprint, database: Database, key_sets: KeySets, now: Callable[[], datetime]
) -> None:
    """`POST /lti/notices`."""

    @lti.post("/notices")
    def notices() -> Response:
        tokens = _tokens(_json_body())
        refused: list[Refusal] = []
        for token in tokens:
            try:
                with logged_as(partial(facts_of_token, token)):
                    take_notice(database, genuine_notice(token, database, key_sets, now()), now())
            except Refusal as refusal:
                refused.append(refusal)
        if refused:
            raise refused[0]  # the others are stored; the number in the answer leads to the log
        return jsonify(taken=len(tokens))


def _json_body() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _tokens(body: Any) -> list[str]:
    listed = body.get("notices") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise refuse("notice_malformed", detail="body")
    said = [each.get("jwt") for each in listed if isinstance(each, dict)]
    tokens = [token for token in said if isinstance(token, str)]
    if len(tokens) != len(listed):
        raise refuse("notice_malformed", detail="body")
    return tokens


def genuine_notice(token: str, database: Database, key_sets: KeySets, now: datetime) -> Notice:
    """The notice in this token; raises Refusal unless a platform we know sent it, to us, just now."""
    claimed = unverified_claims(token)
    registration = _registration(database, claimed)
    body = NoticeToken({"id_token": token}, registration, key_sets, now).verified_body()
    named = {key: body[LTI + key] for key in NoticeClaims.model_fields if LTI + key in body}
    unique = body.get("jti") or body.get("nonce")
    try:
        claims = NoticeClaims.model_validate(named)
    except ValidationError as error:
        where = ",".join(sorted({str(each["loc"][0])[:40] for each in error.errors()}))
        raise refuse("notice_malformed", detail=where) from None
    if not isinstance(unique, str) or len(unique) > 1024:
        raise refuse("notice_malformed", detail="jti")
    if claims.version != "1.3.0":
        raise refuse("version_wrong")
    return Notice(registration.id, claims.notice.type, unique, claims)


def _registration(database: Database, claimed: dict[str, Any]) -> Registration:
    """By what the token says of itself; its signature is checked with that registration's keys."""
    issuer, audience = claimed.get("iss"), claimed.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    clients = [each for each in audiences[:10] if _is_text(each)]
    if not _is_text(issuer) or not clients:
        raise refuse("notice_malformed", detail="iss, aud")
    query = sa.select(Registration).where(
        Registration.issuer == issuer, Registration.client_id.in_(clients), Registration.active
    )
    with database.read() as session:
        found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise refuse("unknown_registration", issuer=issuer[:255], client=clients[0][:255])
    return found[0]


def _is_text(value: object) -> TypeGuard[str]:
    """Text that a database can be asked for: no control characters, no half characters."""
    return isinstance(value, str) and value.isprintable()


def take_notice(database: Database, notice: Notice, now: datetime) -> None:
    """Store what the notice says, once; raises Refusal for a second time or a deployment not let in."""
    try:
        with database.write() as session:
            _check_deployment(session, notice)
            session.execute(sa.delete(SeenNotice).where(SeenNotice.expires_at < now))
            session.add(
                SeenNotice(
                    registration_id=notice.registration_id,
                    token_hash=digest(notice.unique),
                    kind=clean_text(notice.kind, 64),
                    expires_at=now + KEEP,
                )
            )
            session.flush()
            if notice.kind == CONTEXT_COPY:
                _copy(session, notice, now)
    except IntegrityError:
        raise refuse("notice_used") from None
    _log.info("notice.taken", registration_id=notice.registration_id, kind=clean_text(notice.kind, 64))


def _check_deployment(session: Session, notice: Notice) -> None:
    active = session.scalar(
        sa.select(Deployment.active).where(
            Deployment.registration_id == notice.registration_id,
            Deployment.lms_id == notice.claims.deployment_id,
        )
    )
    if not active:
        raise refuse("deployment_waiting", status=403, deployment=notice.claims.deployment_id)


def _copy(session: Session, notice: Notice, now: datetime) -> None:
    context, origins = notice.claims.context, notice.claims.origin_contexts
    if context is None:
        raise refuse("notice_malformed", detail="context")
    if origins:
        remember_copy(
            session,
            notice.registration_id,
            context.id,
            origins[0],
            label=clean_text(context.label, 255),
            title=clean_text(context.title, 1024),
            now=now,
        )
