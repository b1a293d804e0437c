"""The practice LMS as a Flask app, and as running servers in threads for tests.

One app a `World`; each on its own port of `localhost`, so that the tool (127.0.0.1) is another site.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.sandbox_lms.ags_canvas import make_ags_canvas_blueprint
from tests.sandbox_lms.ags_moodle import make_ags_moodle_blueprint
from tests.sandbox_lms.canvas_api import make_canvas_blueprint
from tests.sandbox_lms.canvas_oauth import make_canvas_oauth_blueprint
from tests.sandbox_lms.control import make_control_blueprint
from tests.sandbox_lms.deep_linking import make_deep_linking_blueprint
from tests.sandbox_lms.faults import install_faults
from tests.sandbox_lms.gradebook_page import make_gradebook_blueprint
from tests.sandbox_lms.lti_doors import make_lti_blueprint
from tests.sandbox_lms.moodle_ws import make_moodle_blueprint
from tests.sandbox_lms.notices import make_notices_blueprint
from tests.sandbox_lms.nrps import make_nrps_blueprint
from tests.sandbox_lms.people_page import make_people_blueprint
from tests.sandbox_lms.registration import make_registration_blueprint
from tests.sandbox_lms.token_door import make_token_blueprint
from tests.sandbox_lms.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BOTH: list[Callable[[World], Blueprint]] = [
    make_lti_blueprint,
    make_token_blueprint,
    make_nrps_blueprint,
    make_registration_blueprint,
    make_deep_linking_blueprint,
    make_control_blueprint,
    make_people_blueprint,
    make_gradebook_blueprint,
]
OWN = {
    "canvas": [
        *BOTH,
        make_ags_canvas_blueprint,
        make_canvas_blueprint,
        make_canvas_oauth_blueprint,
        make_notices_blueprint,
    ],
    "moodle": [*BOTH, make_ags_moodle_blueprint, make_moodle_blueprint],
}


def build_app(world: World) -> Flask:
    """All doors of one personality."""
    app = Flask("practice_lms", root_path=__file__.rsplit("/", 1)[0], template_folder="pages")
    app.url_map.strict_slashes = False
    install_faults(app, world)
    for make in OWN[world.personality]:
        app.register_blueprint(make(world))
    return app


def _on_first_call(world: World, after_request: Callable[[Response], Response] | None) -> WSGIApplication:
    """The world's app, built when somebody first calls: most tests visit one of two worlds."""
    lock = threading.Lock()
    built: list[Flask] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with lock:
            if not built:
                app = build_app(world)
                if after_request:
                    app.after_request(after_request)
                built.append(app)
        return built[0](environ, start_response)

    return application


class Quiet(WSGIRequestHandler):
    """Says nothing on the terminal; the world keeps its own list of requests."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


def dated(world: World) -> type[Quiet]:
    """A handler whose answers carry the world's own time."""

    class Dated(Quiet):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(world.now().astimezone(UTC), usegmt=True)

    return Dated


class PracticeLms:
    """Both personalities, listening. An issuer that ends in ":0" gets a free port.

    lms = PracticeLms(); lms.start([seed_canvas("http://localhost:0")]); lms.url("canvas"); lms.stop()
    """

    def __init__(self) -> None:
        self.worlds: dict[str, World] = {}
        self._servers: list[BaseWSGIServer] = []
        self._threads: list[threading.Thread] = []

    def start(
        self, worlds: Iterable[World], *, after_request: Callable[[Response], Response] | None = None
    ) -> PracticeLms:
        """after_request: runs on each answer of each world. OSError when a port is taken."""
        for world in worlds:
            port = int(world.issuer.rsplit(":", 1)[1].rstrip("/"))
            server = make_server(
                "localhost",
                port,
                _on_first_call(world, after_request),
                threaded=True,
                request_handler=dated(world),
            )
            if port == 0:
                world.issuer = f"http://localhost:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
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
