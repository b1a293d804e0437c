"""What anyone may fetch: our public keys and our configuration for Canvas, with cache headers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch.config_json import canvas_config
from lti_tool.launch.keys import current_signing_key, public_jwks

# Far less than the hour for which a new key is published before it signs (keys.PUBLISHED_FIRST).
MAX_AGE_SECONDS = 300


def add_public_documents(
    lti: Blueprint, settings: Settings, database: Database, now: Callable[[], datetime]
) -> None:
    """`GET /lti/jwks` and `GET /lti/config`."""

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


def _public(response: Response) -> Response:
    """Anyone may read and keep it for five minutes; then the same ETag saves sending it again."""
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    return response.make_conditional(request)
