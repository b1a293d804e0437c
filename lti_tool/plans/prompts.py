"""What a self-assessment asks, in words for the age (domain.md A2, A10, B10).

No prompt asks about health, belief, politics, family, income or the law: those need a family's consent
first (PPRA, domain.md §5). Strengths are asked for first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lti_tool.plans.profile import Area, Band
from lti_tool.plans.translate import Translate


class StepName(StrEnum):
    """The steps of a self-assessment, in order."""

    STRENGTHS = "strengths"
    SKILLS = "skills"
    GAPS = "not-yet"
    REFLECTIONS = "reflections"
    DREAM = "dream"
    DONE = "done"


@dataclass(frozen=True)
class Prompt:
    """A question and a line of help under it."""

    ask: str
    help: str = ""


def step_words(_: Translate) -> dict[str, str]:
    """Step → its short name."""
    return {
        StepName.STRENGTHS: _("Good at"),
        StepName.SKILLS: _("How I work"),
        StepName.GAPS: _("Not yet"),
        StepName.REFLECTIONS: _("My year"),
        StepName.DREAM: _("My dream"),
        StepName.DONE: _("Share"),
    }


def step_prompt(step: StepName, band: Band, _: Translate) -> Prompt:
    """What a step asks."""
    if band is Band.YOUNG:
        return _young(step, _)
    if band is Band.COLLEGE:
        return _college(step, _)
    return {
        StepName.STRENGTHS: Prompt(
            _("What are you good at?"),
            _("Think of class, of home, of friends. Small things count. One is enough to start."),
        ),
        StepName.SKILLS: Prompt(
            _("How do you work?"), _("Tests do not measure these. Say how it is now, and when it showed.")
        ),
        StepName.GAPS: Prompt(
            _("What is not there yet?"),
            _("One thing you want to get better at. You can leave this empty."),
        ),
        StepName.REFLECTIONS: Prompt(
            _("What do you want from this year?"), _("A few sentences each. You can change them later.")
        ),
        StepName.DREAM: Prompt(_("What is your dream?"), _("Think big. A dream does not have to be a goal.")),
        StepName.DONE: Prompt(_("Do you want to share what you wrote?"), ""),
    }[step]


def _young(step: StepName, _: Translate) -> Prompt:
    return {
        StepName.STRENGTHS: Prompt(_("What can you do well?"), _("Write one thing. More if you like.")),
        StepName.SKILLS: Prompt(_("How do you work?"), _("Pick what fits you today.")),
        StepName.GAPS: Prompt(_("What do you want to learn?"), _("Write one thing. You can skip this.")),
        StepName.REFLECTIONS: Prompt(_("What do you want this year?"), _("A few words are enough.")),
        StepName.DREAM: Prompt(_("What do you dream of?"), _("Think big!")),
        StepName.DONE: Prompt(_("Do you want to share it?"), ""),
    }[step]


def _college(step: StepName, _: Translate) -> Prompt:
    return {
        StepName.STRENGTHS: Prompt(
            _("Which strengths do you bring?"),
            _("From courses, work, or life outside them. One is enough to start."),
        ),
        StepName.SKILLS: Prompt(
            _("How do you work?"), _("Grades do not measure these. Add an example where you can.")
        ),
        StepName.GAPS: Prompt(
            _("What would you like to strengthen?"),
            _("One area in which you want to go further. Optional."),
        ),
        StepName.REFLECTIONS: Prompt(
            _("What do you want from this term?"), _("A few sentences each. You can revise them later.")
        ),
        StepName.DREAM: Prompt(
            _("Where do you want to be in the long run?"), _("An ambition does not have to be a goal yet.")
        ),
        StepName.DONE: Prompt(_("Do you want to share what you wrote?"), ""),
    }[step]


def reflection_prompts(band: Band, _: Translate) -> dict[str, str]:
    """Area → the question of its reflection."""
    if band is Band.YOUNG:
        return {
            Area.PERSONAL: _("What would make you proud of yourself?"),
            Area.ACADEMIC: _("What do you want to learn in school?"),
            Area.CAREER: _("What jobs look fun to you?"),
        }
    if band is Band.COLLEGE:
        return {
            Area.PERSONAL: _("What matters to you personally this term?"),
            Area.ACADEMIC: _("What do you want to achieve in your studies?"),
            Area.CAREER: _("Which work do you want your studies to lead to?"),
        }
    return {
        Area.PERSONAL: _("What would you like to do or be better at, for yourself?"),
        Area.ACADEMIC: _("What do you want to reach in your classes?"),
        Area.CAREER: _("Which jobs or fields would you like to know more about?"),
    }


def rung_prompt(band: Band, _: Translate) -> Prompt:
    """The first rung of the ladder to the dream (A10)."""
    if band is Band.COLLEGE:
        return Prompt(
            _("What could you reach by the end of this year?"),
            _("A first rung on the way there, such as an internship or a first published piece."),
        )
    return Prompt(
        _("What could you reach by June?"),
        _("A first rung. To the NBA: make the local team this year. To the moon: join the astronomy club."),
    )
