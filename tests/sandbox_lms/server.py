"""The practice LMS as a Flask app, and as running servers in threads for tests.

One app a `World`; each on its own port of `localhost`, so that the tool (127.0.0.1) is another site.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.sandbox_lms.control import make_control_blueprint
from tests.sandbox_lms.lti_doors import make_lti_blueprint
from tests.sandbox_lms.world import World

PARTS = {  # doors made elsewhere: module, name, personality ("" = both)
    "canvas_api": ("make_canvas_blueprint", "canvas"),
    "canvas_oauth": ("make_canvas_oauth_blueprint", "canvas"),
    "moodle_ws": ("make_moodle_blueprint", "moodle"),
}


def build_app(world: World) -> Flask:
    """All doors of one personality."""
    app = Flask("practice_lms", root_path=__file__.rsplit("/", 1)[0], template_folder="pages")
    app.url_map.strict_slashes = False
    install_faults = _part("faults", "install_faults")
    if install_faults:
        install_faults(app, world)
    app.register_blueprint(make_lti_blueprint(world))
    app.register_blueprint(make_control_blueprint(world))
    for module, (name, personality) in PARTS.items():
        make = _part(module, name) if world.personality == personality else None
        if make:
            app.register_blueprint(make(world))
    return app


def _part(module: str, name: str):  # type: ignore[no-untyped-def]
    try:
        return getattr(importlib.import_module(f"tests.sandbox_lms.{module}"), name)
    except ModuleNotFoundError as missing:
        if missing.name != f"tests.sandbox_lms.{module}":
            raise
        return None


class Quiet(WSGIRequestHandler):
    """Says nothing on the terminal; the world keeps its own list of requests."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


class PracticeLms:
    """Both personalities, listening. An issuer that ends in ":0" gets a free port.

    lms = PracticeLms(); lms.start([seed_canvas("http://localhost:0")]); lms.url("canvas"); lms.stop()
    """

    def __init__(self) -> None:
        self.worlds: dict[str, World] = {}
        self._servers: list[BaseWSGIServer] = []
        self._threads: list[threading.Thread] = []

    def start(self, worlds: Iterable[World]) -> PracticeLms:
        for world in worlds:
            port = int(world.issuer.rsplit(":", 1)[1].rstrip("/"))
            server = make_server("localhost", port, build_app(world), threaded=True, request_handler=Quiet)
            if port == 0:
                world.issuer = f"http://localhost:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            self.worlds[world.personality] = world
            self._servers.append(server)
            self._threads.append(thread)
        return self

    def url(self, personality: str) -> str:
        """The root address, without a slash at the end; also the issuer."""
        return self.worlds[personality].issuer

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> PracticeLms:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
