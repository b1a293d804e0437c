"""The translator that sentence makers take: `flask_babel.gettext`, or `plain` where nobody translates."""

from __future__ import annotations

from typing import Literal, Protocol

Reader = Literal["staff", "student", "guardian"]


class Translate(Protocol):
    """Turns an English sentence with %(name)s places into the reader's language."""

    def __call__(self, text: str, /, **variables: object) -> str: ...


def plain(text: str, /, **variables: object) -> str:
    """English as it stands, for the command line and for tests."""
    return text % variables if variables else text
