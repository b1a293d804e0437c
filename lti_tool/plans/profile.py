"""What a profile is made of, in words for the age, and who may read which part (domain.md §1.1, §5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lti_tool.plans.translate import Translate

TEXT_LONGEST = 4000
SHORT_LONGEST = 200


class Band(StrEnum):
    """Whose words the pages use. `young`: under ten or so; `college`: adults."""

    YOUNG = "young"
    SCHOOL = "school"
    COLLEGE = "college"


def band_of(*said: str | None) -> Band:
    """The first band that is said, course before registration; school where nobody says any."""
    return next((Band(one) for one in said if one in set(Band)), Band.SCHOOL)


def band_words(_: Translate) -> dict[str, str]:
    """Band → what set-up asks, the usual one first."""
    return {
        Band.SCHOOL: _("School"),
        Band.YOUNG: _("School, young children"),
        Band.COLLEGE: _("College"),
    }


class Kind(StrEnum):
    """What an entry of a profile is. A `skill` is one that homework and tests do not measure (A6)."""

    STRENGTH = "strength"
    GAP = "gap"
    SKILL = "skill"
    REFLECTION = "reflection"
    DREAM = "dream"


class Level(StrEnum):
    """How a student sees a skill of theirs."""

    OFTEN = "often"
    SOMETIMES = "sometimes"
    NOT_YET = "not_yet"


class Area(StrEnum):
    """The three areas of a reflection (B10)."""

    PERSONAL = "personal"
    ACADEMIC = "academic"
    CAREER = "career"


ONE_OF_A_TOPIC = frozenset({Kind.SKILL, Kind.REFLECTION, Kind.DREAM})  # the rest may be many
SKILLS = ("keep_trying", "together", "organise", "ask_help", "speak", "listen", "make", "care")


def skill_words(_: Translate) -> dict[str, str]:
    """Skill → what a student says of it. None asks about health, belief, family or income (PPRA)."""
    return {
        "keep_trying": _("I keep trying when it is hard"),
        "together": _("I work well with others"),
        "organise": _("I plan my time and my things"),
        "ask_help": _("I ask for help when I need it"),
        "speak": _("I say what I think"),
        "listen": _("I listen to others"),
        "make": _("I have ideas and make things"),
        "care": _("I look after something or someone"),
    }


def level_words(_: Translate) -> dict[str, str]:
    """Level → the student's word for it."""
    return {Level.OFTEN: _("Often"), Level.SOMETIMES: _("Sometimes"), Level.NOT_YET: _("Not yet")}


def area_words(_: Translate) -> dict[str, str]:
    """Area → its name."""
    return {
        Area.PERSONAL: _("Personal"),
        Area.ACADEMIC: _("Learning"),
        Area.CAREER: _("Work and career"),
    }


class Part(StrEnum):
    """A part of a profile that is read as one."""

    STRENGTHS = "strengths"
    GAPS = "gaps"
    REFLECTIONS = "reflections"
    DREAM = "dream"
    PORTFOLIO = "portfolio"
    NOTES = "conference notes"
    AGREED = "what was agreed"
    GRADES = "grades behind a gap"


_CORE = frozenset(set(Part) - {Part.GRADES})

# Reader → parts. Staff read grades of their own course only; a peer reads what the mentee shares, and
# never gaps, conference notes or grades (domain.md §5).
MAY_READ: dict[str, frozenset[Part]] = {
    "student": frozenset(Part),
    "staff": frozenset(Part),
    "guardian": frozenset(Part),
    "counselor": _CORE,
    "mentor": _CORE,
    "peer": frozenset(),
}


@dataclass(frozen=True)
class GroupGrade:
    """One grade behind a gap. version_id: the released result version it was read from."""

    item: str
    version_id: int
    score: Decimal
    possible: Decimal


@dataclass(frozen=True)
class GroupNumbers:
    """An assignment group as its student is shown it. percent: points earned of points possible, uncut."""

    name: str
    percent: Decimal
    grades: tuple[GroupGrade, ...]
    key: str = ""


def group_numbers(name: str, grades: list[GroupGrade], key: str = "") -> GroupNumbers | None:
    """The numbers of a group; None without any grade that has points."""
    counted = [one for one in grades if one.possible > 0]
    possible = sum((one.possible for one in counted), Decimal(0))
    if not possible:
        return None
    earned = sum((one.score for one in counted), Decimal(0))
    return GroupNumbers(name, 100 * earned / possible, tuple(counted), key or name)
