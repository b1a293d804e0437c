"""The peer: the smallest Flask app around pylti1p3 that opens a launch, with its key set in a cache.

It keeps nonce, state and launch data in memory and nothing else: no row, no session of its own, no log.
Started by gunicorn as `tests.benchmarks.peer:make()`; the registration comes in PEER_REGISTRATION (JSON).
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from flask import Flask, render_template_string
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.launch_data_storage.cache import CacheDataStorage
from pylti1p3.tool_config import ToolConfDict
from werkzeug.wrappers import Response

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body data-launch-user="{{ sub }}"><main><h1>Hello, {{ name }}</h1><p>{{ course }}</p></main></body></html>"""


class Cache:
    """What flask-caching's SimpleCache does, as far as pylti1p3 asks for it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, key: str) -> Any:
        until, value = self._kept.get(key, (0.0, None))
        return value if until > time.time() else None

    def set(self, key: str, value: Any, seconds: int | None) -> None:
        self._kept[key] = (time.time() + (seconds or 3600), value)


class Memory(CacheDataStorage[Any]):
    """One a request, over the one cache of this process."""

    _cache = Cache()


def make() -> Flask:
    """The peer's app: POST /login, POST /launch (its answer is the page)."""
    app = Flask(__name__)
    given = json.loads(os.environ["PEER_REGISTRATION"])
    config = ToolConfDict(
        {
            given["issuer"]: [
                {
                    "default": True,
                    "client_id": given["client-id"],
                    "auth_login_url": given["auth-login-url"],
                    "auth_token_url": given["token-url"],
                    "key_set_url": given["jwks-url"],
                    "key_set": None,
                    "deployment_ids": [given["deployment-id"]],
                }
            ]
        }
    )

    @app.post("/login")
    def login() -> Response:
        found = FlaskOIDCLogin(FlaskRequest(), config, launch_data_storage=Memory())
        answer: Response = found.redirect(FlaskRequest().get_param("target_link_uri"))
        return answer

    @app.post("/launch")
    def launch() -> str:
        message = FlaskMessageLaunch(FlaskRequest(), config, launch_data_storage=Memory())
        message.set_public_key_caching(Memory(), cache_lifetime=3600)
        body = message.get_launch_data()
        course = body["https://purl.imsglobal.org/spec/lti/claim/context"]["title"]
        return render_template_string(PAGE, title="Hello", sub=body["sub"], name=body["name"], course=course)

    return app
