"""What a use case says when it cannot go on."""

from __future__ import annotations

from lti_tool.plans.access import NotFound

__all__ = ["NotFound"]
