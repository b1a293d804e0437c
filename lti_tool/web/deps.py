"""What the pages are given: settings, database, the door to the worker, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.settings import Settings
from lti_tool.db import Database


@dataclass(frozen=True)
class Deps:
    """The things every page may need. jobs: `lti_tool.jobs.Jobs`; now: the clock, aware."""

    settings: Settings
    database: Database
    jobs: Any
    now: Callable[[], datetime]
