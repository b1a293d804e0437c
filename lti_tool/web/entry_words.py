"""What the form of a profile entry asks, by its kind and the age of the students."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from lti_tool.plans.profile import Band, Kind, area_words, skill_words
from lti_tool.plans.prompts import StepName, reflection_prompts, rung_prompt, step_prompt


@dataclass(frozen=True)
class Ask:
    """One text field. long: several lines."""

    name: str
    label: str
    help: str = ""
    long: bool = False


@dataclass(frozen=True)
class EntryForm:
    """The form: its heading, its fields, and whether it asks for a skill's level."""

    title: str
    fields: tuple[Ask, ...]
    levels: bool = False


def entry_form(kind: Kind, topic: str, band: Band) -> EntryForm:
    """The student's own form."""
    if kind is Kind.STRENGTH:
        ask = step_prompt(StepName.STRENGTHS, band, _)
        return EntryForm(
            _("A strength of mine"),
            (
                Ask("text", ask.ask, ask.help),
                Ask("more", _("When did it show?"), _("You can leave this empty."), long=True),
            ),
        )
    if kind is Kind.GAP:
        ask = step_prompt(StepName.GAPS, band, _)
        return EntryForm(
            _("Not yet"),
            (
                Ask("text", ask.ask),
                Ask("expected", _("What is expected?"), _("Such as “8 of 10” or “five days a week”.")),
                Ask("present", _("Where are you now?"), _("Such as “5 of 10”.")),
                Ask("more", _("What have you seen?"), _("You can leave this empty."), long=True),
            ),
        )
    if kind is Kind.SKILL:
        more = Ask("more", _("When did it show?"), _("You can leave this empty."), long=True)
        return EntryForm(skill_words(_).get(topic, ""), (more,), levels=True)
    if kind is Kind.DREAM:
        rung = rung_prompt(band, _)
        return EntryForm(
            step_prompt(StepName.DREAM, band, _).ask,
            (
                Ask("text", _("My dream"), step_prompt(StepName.DREAM, band, _).help, long=True),
                Ask("more", rung.ask, rung.help, long=True),
            ),
        )
    return EntryForm(
        area_words(_).get(topic, ""), (Ask("text", reflection_prompts(band, _).get(topic, ""), long=True),)
    )


def view_form(kind: Kind, name: str, beside: str) -> EntryForm:
    """The form of staff: about a student, or beside what the student wrote."""
    if beside:
        return EntryForm(
            _("Add your view"), (Ask("text", _("What do you see?"), _("Name what you saw."), long=True),)
        )
    if kind is Kind.GAP:
        return EntryForm(
            _("What is not there yet for %(name)s?", name=name),
            (
                Ask("text", _("Not yet"), _("Name one thing.")),
                Ask("expected", _("Expected"), _("Such as “8 of 10”.")),
                Ask("present", _("Now"), _("Such as “5 of 10”.")),
                Ask("more", _("What have you seen?"), _("You can leave this empty."), long=True),
            ),
        )
    return EntryForm(
        _("A strength of %(name)s", name=name),
        (
            Ask("text", _("What is %(name)s good at?", name=name), _("Name one thing.")),
            Ask("more", _("When did it show?"), _("You can leave this empty."), long=True),
        ),
    )
