"""What guards every answer: security headers, the cross-origin check, size limits, trusted proxies.

The cross-origin check needs no cookie and no hidden field: a browser says with `Sec-Fetch-Site` or
`Origin` where a request comes from, and a client that says neither carries nobody's cookies by accident.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, g, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings
from lti_tool.launch.origins import origin_of

MAX_BODY = 512 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The LMS posts these from its own site; state, nonce and signature guard them.
CROSS_SITE = frozenset({"/lti/login", "/lti/launch"})
ANYONE = ("*",)
# Pages that take a file. A little more than the largest one arrives, to be refused in words beside the field.
UPLOADS = frozenset({"pages.add_artifact", "pages.artifact"})
UPLOAD_TIMES = 3

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action "
)
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def secure_app(app: Flask, settings: Settings) -> None:
    """Install all of it; call before any page is registered."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.config["MAX_FORM_PARTS"] = 1000
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    served = app.wsgi_app

    def whole(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return served(environ, start_response)

    app.wsgi_app = whole  # type: ignore[method-assign]

    @app.before_request
    def take_files_where_they_belong() -> None:
        if request.endpoint in UPLOADS:
            request.max_content_length = UPLOAD_TIMES * settings.upload_mb * 1024 * 1024

    @app.before_request
    def refuse_other_sites() -> None:
        if not is_from_here(settings):
            abort(403, description="cross_origin")

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        if location := headers.get("Location", ""):
            headers["Location"] = _within(location)
        if not g.get("own_policy"):  # a file is handed out under a stricter one (web/portfolio.py)
            headers.add("Content-Security-Policy", _CSP + _forms_to() + "; frame-ancestors " + _framed_by())
        headers.add("Referrer-Policy", "same-origin")
        headers.add("X-Content-Type-Options", "nosniff")
        headers.add("Permissions-Policy", _PERMISSIONS)
        if settings.is_https:
            headers.add("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response


class Body:
    """What a client sends; where it breaks off or is no HTTP, that is the client's mistake (400)."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._told(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._told(self._stream.readline, size)

    def _told(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except Exception as error:  # every server has kinds of its own
            raise ClientDisconnected from error


def _within(location: str) -> str:
    """The router's own redirects name whatever host the client claimed; they need none."""
    host = request.environ.get("HTTP_HOST", "")
    if host.isascii() and host.partition(":")[0] not in location:
        return location  # nearly always; what follows takes its time
    inside = location.removeprefix(request.host_url)
    return location if inside == location else "/" + inside.lstrip("/")


def is_from_here(settings: Settings) -> bool:
    """Whether this request may change something: safe, from our own pages, or not from a browser."""
    if request.method in SAFE_METHODS or request.path in CROSS_SITE:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or origin_of(origin) == origin_of(settings.public_url)


def allow_frames(*origins: str) -> None:
    """Let pages of these origins show this answer in a frame; `"*"` for pages without any data."""
    g.frame_origins = origins


def _forms_to() -> str:
    """The sources of `form-action`: ourselves, and where the view said a form of its page leads."""
    origins: tuple[str, ...] = g.get("form_origins", ())
    return " ".join(("'self'", *(origin for origin in origins if origin)))


def _framed_by() -> str:
    """The sources of `frame-ancestors`: what the view said, else the launch's platform, else none."""
    origins: tuple[str, ...] = g.get("frame_origins", ())
    visit = g.get("visit")
    if not origins and visit is not None:
        origins = visit.frame_ancestors
    return " ".join(("'self'", *origins)) if origins else "'none'"
