"""Who a request says it is from, before anything is verified: ids for the log of a refusal (lti.md §3).

Never believed, never shown; cut and cleaned, because anyone can send anything.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lti_tool.launch.claims import LTI
from lti_tool.launch.refusal import Refusal
from lti_tool.planning.people import clean_text

LONGEST_TOKEN = 64 * 1024


@contextmanager
def logged_as(claimed: Callable[[], dict[str, str]]) -> Iterator[None]:
    """Give a refusal raised in here these facts, beside (and behind) those it has itself."""
    try:
        yield
    except Refusal as refusal:
        refusal.facts = claimed() | refusal.facts
        raise


def facts_of_login(params: Mapping[str, str]) -> dict[str, str]:
    """issuer, client and deployment of a login initiation; empty where it does not say."""
    deployment = params.get("lti_deployment_id") or params.get("deployment_id")
    return _facts(params.get("iss"), params.get("client_id"), deployment)


def facts_of_token(token: str) -> dict[str, str]:
    """issuer, client and deployment that stand in a posted token, genuine or not; empty otherwise."""
    return facts_of_claims(_body(token))


def facts_of_claims(body: Mapping[str, Any]) -> dict[str, str]:
    """The same of claims."""
    audience = body.get("aud")
    client = audience[0] if isinstance(audience, list) and audience else audience
    return _facts(body.get("iss"), client, body.get(LTI + "deployment_id"))


def _body(token: str) -> dict[str, Any]:
    parts = token.split(".") if len(token) <= LONGEST_TOKEN else []
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _facts(issuer: Any, client: Any, deployment: Any) -> dict[str, str]:
    said = {"issuer": issuer, "client": client, "deployment": deployment}
    return {name: clean_text(value, 255) if isinstance(value, str) else "" for name, value in said.items()}
