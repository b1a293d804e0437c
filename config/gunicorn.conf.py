"""gunicorn's settings, taken from ours. Each worker process builds its own app, engine and client.

The app is not preloaded, so nothing opened before a fork is shared across it.
"""  # noqa: N999

from __future__ import annotations

import gc
from typing import Any

from config.settings import load_settings

_settings = load_settings()

wsgi_app = "lti_tool.app:make_app_from_environment()"
bind = _settings.bind
worker_class = "config.slow_clients.Worker"  # gunicorn's gthread, with a watch
workers = _settings.web_workers
threads = _settings.web_threads
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 5
accesslog = None  # the app logs each answer itself, without query strings
limit_request_line = 8190  # login requests carry long message hints
limit_request_field_size = 8190


def post_worker_init(_worker: Any) -> None:
    """What was made at the start stays: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


# Its control socket would lie in the home folder, shared by every installation of one user.
control_socket_disable = True
