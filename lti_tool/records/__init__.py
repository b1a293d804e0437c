"""SQLAlchemy rows, one noun family a file. Importing this package knows every table."""

from lti_tool.records import (
    audit,
    checkin,
    conference,
    course,
    goal,
    gradebook,
    history,
    launch,
    notices,
    plan,
    platform,
    portfolio,
    privacy,
    profile,
    registering,
    score,
    support,
)
from lti_tool.records.base import Base

__all__ = [
    "Base",
    "audit",
    "checkin",
    "conference",
    "course",
    "goal",
    "gradebook",
    "history",
    "launch",
    "notices",
    "plan",
    "platform",
    "portfolio",
    "privacy",
    "profile",
    "registering",
    "score",
    "support",
]
