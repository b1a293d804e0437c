"""What the pages are given: settings, database, the door to the worker, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.planning.consent import ConsentDoors


@dataclass(frozen=True)
class Deps:
    """The things every page may need. jobs: `lti_tool.jobs.Jobs`; now: the clock, aware.

    consent: the LMS's side of somebody's consent (`lms_sync.consent.CanvasConsent`).
    """

    settings: Settings
    database: Database
    jobs: Any
    now: Callable[[], datetime]
    consent: ConsentDoors
