"""How people are named and ordered on pages."""

from __future__ import annotations

import unicodedata
from typing import Protocol

from flask_babel import gettext as _


class Named(Protocol):
    """A person, or a row with a person's id and names."""

    id: int
    name: str
    given_name: str
    family_name: str


def display_name(person: Named) -> str:
    """What the LMS calls them; "Student 17" where it gives no name."""
    both = f"{person.given_name} {person.family_name}".strip()
    return person.name.strip() or both or _("Student %(number)s", number=person.id)


def folded(text: str) -> str:
    """Text to compare: no accents, no case, one space at a time."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return " ".join(plain.casefold().split())


def sort_name(person: Named) -> tuple[str, str]:
    """Family name first; where none is given, the last word of the name."""
    family = person.family_name or (person.name.split() or [""])[-1]
    return folded(family), folded(person.name or person.given_name)
