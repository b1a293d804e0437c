"""Logs: one event a line, JSON or text, with ids only; secrets and personal data never reach a sink."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog

from config.settings import Settings

# A field is dropped when one of the words in its name is one of these (`access_token`, `email`).
SECRET_WORDS = frozenset(
    {"token", "tokens", "email", "mail", "score", "grade", "password", "secret", "authorization"}
    | {"cookie", "cookies", "assertion", "pem"}
)
NAME_FIELDS = frozenset({"name", "given_name", "family_name", "full_name", "title", "names"})
LONGEST = 300
LONGEST_TRACE = 6000
_SQL_VALUES = re.compile(r"\[parameters: .*?\]$", re.MULTILINE)  # rows' values in a database error
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # one event stays one line, in text too
_QUIET = ("urllib3", "requests", "canvasapi", "dbos", "werkzeug", "sqlalchemy")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: drop fields that could hold a secret or say something of a person."""
    for key in list(event):
        if _tells(key):
            del event[key]
        elif key.lower() == "exception":
            event[key] = _SQL_VALUES.sub("[parameters left out]", str(event[key]))[-LONGEST_TRACE:]
        else:
            event[key] = _cut(event[key])
    return event


@lru_cache(maxsize=512)
def _tells(key: str) -> bool:
    """Whether a field of this name could hold a secret or say something of a person."""
    lowered = key.lower()
    return lowered in NAME_FIELDS or bool(SECRET_WORDS & set(lowered.replace("-", "_").split("_")))


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > LONGEST:
            value = value[:LONGEST] + "…"
        return value if value.isprintable() else _CONTROLS.sub(" ", value)
    if isinstance(value, dict):
        return dict(redact(None, "", dict(value)))
    if isinstance(value, (list, tuple)):
        return [_cut(item) for item in value[:50]]
    return value


def configure_logs(settings: Settings, *, for_good: bool = False) -> None:
    """Set up structlog and the standard library's logging; call once at the start of a process.

    for_good: it is never changed again, so each logger is made once and not for every line.
    """
    level = getattr(logging, settings.log_level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if settings.log_format == "text"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=for_good,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:  # their debug lines carry bodies and addresses
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def log_warnings_only() -> None:
    """For a command that answers in plain sentences: its output is its own, warnings go to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
