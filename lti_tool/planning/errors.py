"""What a use case says when it cannot go on."""

from __future__ import annotations


class NotFound(Exception):
    """There is no such thing for this actor: unknown, of another course, or of another registration.

    The three look the same on purpose, so that nobody learns from the answer what exists elsewhere.
    """
