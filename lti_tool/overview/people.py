"""How people are named and ordered on pages."""

from __future__ import annotations

from typing import Protocol

from flask_babel import gettext as _

from lti_tool.plans.names import folded, is_seen

__all__ = ["Named", "display_name", "folded", "sort_name"]


class Named(Protocol):
    """A person, or a row with a person's id and names."""

    id: int
    name: str
    given_name: str
    family_name: str


def display_name(person: Named) -> str:
    """What the LMS calls them; "Student 17" where it gives no name."""
    both = f"{person.given_name} {person.family_name}"
    named = next((text.strip() for text in (person.name, both) if is_seen(text)), "")
    return named or _("Student %(number)s", number=person.id)


def sort_name(person: Named) -> tuple[str, str]:
    """Family name first; where none is given, the last word of the name."""
    family = person.family_name or (person.name.split() or [""])[-1]
    return folded(family), folded(person.name or person.given_name)
