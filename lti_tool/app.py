"""The web tool put together: one function that builds the app from the things it is given."""

from __future__ import annotations

import importlib.resources
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from babel import Locale
from flask import Flask, Response, g, request
from flask_babel import Babel, get_locale

from config.keys import load_cipher, load_secret_key
from config.logs import configure_logs
from config.settings import Settings, load_settings
from lms_sync.consent import CanvasConsent
from lti_tool.db import Database, make_engine
from lti_tool.jobs import Jobs
from lti_tool.launch.errors import register_error_pages
from lti_tool.launch.views import make_launch_blueprint
from lti_tool.planning.consent import ConsentDoors
from lti_tool.web import register_pages
from lti_tool.web.deps import Deps
from lti_tool.web.health import make_health_blueprint
from lti_tool.web.quick_words import quicken_templates
from lti_tool.web.ready import LANGUAGES, get_ready
from lti_tool.web.security import secure_app

_log = structlog.get_logger()


class Tool(Flask):
    """Flask without what none of our views needs."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every view is an ordinary function; asking each of them and each hook anew took its time."""
        return func


def utc_now() -> datetime:
    """The clock of a running tool; tests hand in their own."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    database: Database,
    *,
    jobs: Any,
    now: Callable[[], datetime] = utc_now,
    consent: ConsentDoors | None = None,
) -> Flask:
    """The whole web tool: launch, pages, health, headers, words and error pages.

    Args:
        jobs: asks the background half for work inside our transaction (`lti_tool.jobs.Jobs`).
        now: the clock; every time on a row comes from it.
        consent: the LMS's side of somebody's consent; the real one if none is given.
    """
    templates = Path(str(importlib.resources.files("templates")))
    app = Tool(
        "lti_tool",
        template_folder=str(templates),
        static_folder=str(templates / "static"),
        static_url_path="/static",
    )
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _log_requests(app)
    secure_app(app, settings)
    _speak(app, settings, templates)
    register_error_pages(app)
    app.register_blueprint(make_health_blueprint(settings, database, now))
    key = load_secret_key(settings, make=settings.is_sqlite)
    app.register_blueprint(make_launch_blueprint(settings, database, jobs=jobs, now=now, secret_key=key))
    doors = consent or CanvasConsent(settings, now)
    register_pages(app, Deps(settings=settings, database=database, jobs=jobs, now=now, consent=doors))
    return app


def make_app_from_environment() -> Flask:
    """The app as gunicorn starts it, in each of its processes, from environment variables."""
    settings = load_settings()
    configure_logs(settings, for_good=True)
    cipher = load_cipher(settings, make=settings.is_sqlite)
    database = Database(make_engine(settings.resolved_database_url, cipher))
    app = create_app(settings, database, jobs=Jobs(settings))
    get_ready(app, database.engine.dialect)
    return app


def _speak(app: Flask, settings: Settings, templates: Path) -> None:
    """Flask-Babel: the launch's language, else the browser's, else the default."""
    folder = templates / "translations"
    have = ["en", *sorted(path.name for path in folder.glob("*") if (path / "LC_MESSAGES").is_dir())]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)

    app.config[LANGUAGES] = have
    spoken_here = {name: Locale.parse(name) for name in {*have, settings.default_language}}

    def choose() -> Locale:
        visit = g.get("visit")
        spoken: str = visit.locale if visit else g.get("window_locale", "")
        wanted = spoken.replace("_", "-").split("-")[0].lower()
        if wanted not in have:
            wanted = request.accept_languages.best_match(have) or settings.default_language
        return spoken_here[wanted]  # read once: from its name it would be read anew for each page

    Babel(app, default_locale=settings.default_language, locale_selector=choose)
    app.jinja_env.globals["get_locale"] = get_locale
    quicken_templates(app)


def _log_requests(app: Flask) -> None:
    """One log line an answer, with an id; addresses are named by endpoint, never with their query."""

    @app.before_request
    def start() -> None:
        g.started = time.monotonic()
        g.request_id = uuid.uuid4().hex[:16]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint not in {"static", "health.alive", "health.ready"}:
            _log.info(
                "answer",
                method=request.method,
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round((time.monotonic() - g.get("started", time.monotonic())) * 1000),
            )
        return response
