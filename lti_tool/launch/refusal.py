"""A refused launch: a code for logs and tests, a sentence for people, and what to do about it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that look alike


@dataclass(eq=False)
class Refusal(Exception):
    """Why the tool does not open. `facts` (issuer, client, deployment: ids only) go to the log.

    return_url is set only after the token was verified, so nobody can make our page link elsewhere.
    """

    code: str
    sentence: str
    what_to_do: str
    status: int = 400
    facts: dict[str, str] = field(default_factory=dict)
    return_url: str = ""
    open_again: str = ""  # an address of ours that may work in a window of its own

    def __str__(self) -> str:
        return self.code


def error_number() -> str:
    """A number a person can read out to a help desk, such as L-7F3K-92QD; it stands in the log too."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"L-{text[:4]}-{text[4:]}"
