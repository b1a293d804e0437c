"""Moments in rows, written by clocks of other machines, and by ours before somebody set it right.

A clock that ran ahead for a while leaves moments that would keep courses unread until they come.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

# Nothing here is put off for so long; clocks that differ by as much could not open a launch.
WRONG = timedelta(days=1)


def is_over(moment: datetime, now: datetime) -> bool:
    """Whether it is past, or too far ahead to be right. Pure."""
    return not now < moment <= now + WRONG


def over(moment: Any, now: datetime) -> sa.ColumnElement[bool]:
    """The same of a column; an empty one is not over."""
    return sa.or_(moment <= now, moment > now + WRONG)
