"""The token of a platform's notice: checked as an id_token is, but nobody logged in for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lti_tool.launch.keysets import KeySets
from lti_tool.launch.pylti import MAX_TOKEN, IdToken, json_part
from lti_tool.launch.reasons import refuse
from lti_tool.records import platform


class NoticeToken(IdToken):
    """A platform's notice: signed and timed as an id_token, but nobody logged in for it."""

    required = ("exp", "iat", "aud", "iss")

    def __init__(
        self, params: Mapping[str, str], registration: platform.Registration, key_sets: KeySets, now: datetime
    ) -> None:
        super().__init__(params, registration, None, key_sets, now)

    def validate_nonce(self) -> NoticeToken:
        return self  # the caller takes each notice once


def unverified_claims(token: str) -> dict[str, Any]:
    """What a token says of itself; enough to find the registration whose keys must have signed it."""
    parts = token.split(".")
    if len(token) > MAX_TOKEN or len(parts) != 3:
        raise refuse("token_malformed", detail="parts")
    return json_part(parts[1])
