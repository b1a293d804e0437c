"""SQLAlchemy rows, one noun family a file. Importing this package knows every table."""

from lti_tool.records import (
    audit,
    checkin,
    course,
    goal,
    gradebook,
    launch,
    notices,
    plan,
    platform,
    privacy,
    registering,
    rhythm,
    said,
    school,
    score,
    step,
    support,
)
from lti_tool.records.base import Base

__all__ = [
    "Base",
    "audit",
    "checkin",
    "course",
    "goal",
    "gradebook",
    "launch",
    "notices",
    "plan",
    "platform",
    "privacy",
    "registering",
    "rhythm",
    "said",
    "school",
    "score",
    "step",
    "support",
]
