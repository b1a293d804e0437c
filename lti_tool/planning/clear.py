"""Whether a goal is clear enough to start: the SMART check on what somebody begins (domain.md §1.5).

Drafts and dreams are always kept; only starting, and proposing, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from lti_tool.planning.looking import Look, Prepared, look_of, prepare
from lti_tool.planning.making import CourseWork, ReadyGoal
from lti_tool.plans.access import Actor
from lti_tool.plans.goal import GoalDraft, GoalRefused, Problem
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.own_words import InWords, own_words, starts_at_nought, what_words
from lti_tool.plans.reach import NumberText
from lti_tool.plans.rounding import number_text
from lti_tool.plans.school_year import year_end
from lti_tool.plans.smart import check_smart, nearer_day
from lti_tool.plans.smart_verdict import Check, Filled, Kind, Letter, Reach, Verdict
from lti_tool.plans.translate import Translate, plain
from lti_tool.plans.words import value_words
from lti_tool.records.platform import Registration

_REACHABLE = frozenset({MeasureKind.SCORE, MeasureKind.AVERAGE, MeasureKind.COURSE, MeasureKind.COUNT})
_FIELDS = {"out_of_reach": "target", "no_date": "due_on", "past_term": "due_on"}


@dataclass(frozen=True)
class Wording:
    """How somebody writes and reads. language: of what was typed ("es-MX"), empty: the form alone decides.

    helps: what the goal is tied to, in words (a gap, a strength, an area).
    """

    language: str = ""
    translate: Translate = plain
    number: NumberText = number_text
    day: Callable[[date], str] = date.isoformat
    helps: str = ""


class Unclear(GoalRefused):
    """The goal may not start as it is; verdict: what is missing, and words to take over."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(list(problems_of(verdict.refused)))
        self.verdict = verdict


def problems_of(checks: Iterable[Check]) -> Iterable[Problem]:
    """Each thing that is missing, beside the field where it can be mended."""
    for check in checks:
        yield Problem(_FIELDS.get(check.code, "title"), check.code, check.sentence)


def verdict_on(session: Session, found: Prepared, look: Look, wording: Wording) -> Verdict:
    """The answers for a draft whose measure, work and target say something."""
    course, goal = found.course, found.goal
    school = session.get_one(Registration, course.context.registration_id)
    filled = _filled(goal, course, look, wording, year_end(school.year_ends, course.today))
    return check_smart(goal.draft.title, filled, wording.language)


def look_at_draft(
    session: Session,
    actor: Actor,
    person_id: int | None,
    draft: GoalDraft,
    wording: Wording,
    *,
    now: datetime,
) -> tuple[Look, Verdict] | None:
    """What the draft would be for the actor, or for `person_id`, and whether it is clear; None for one that
    cannot be looked at. Nothing is stored. Raises Refused, NotFound."""
    found = prepare(session, actor, person_id, draft, now=now)
    if not found.can_be_looked_at:
        return None
    look = look_of(found.goal, found.course, found.seen, found.beside)
    return look, verdict_on(session, found, look, wording)


def require_clear(session: Session, found: Prepared, wording: Wording) -> None:
    """Raise Unclear unless the goal may start."""
    verdict = verdict_on(session, found, look_of(found.goal, found.course, found.seen, found.beside), wording)
    if not verdict.ready:
        raise Unclear(verdict)


def reach_of(look: Look) -> Reach:
    """Whether it can be reached, from what is needed and what came lately."""
    needed = look.figures.needed
    if look.figures.terms.measure.kind not in _REACHABLE:
        return Reach.FINE
    if needed.too_much:
        return Reach.NEVER
    if needed.average is not None and look.last and needed.average - max(look.last) > 0:
        return Reach.STRETCH
    return Reach.FINE


def _filled(goal: ReadyGoal, course: CourseWork, look: Look, wording: Wording, term_ends_on: date) -> Filled:
    draft, _ = goal.draft, wording.translate
    measure, terms = draft.counted, look.figures.terms
    items = tuple(course.items[one].name for one in draft.item_ids if one in course.items)
    day = wording.day(draft.due_on)
    words = InWords(terms, items, course.title, day, wording.number)
    nearer = nearer_day(course.today, term_ends_on)
    start = goal.start.value
    hides_start = start is None or starts_at_nought(measure) or measure.kind is MeasureKind.SCORE
    return Filled(
        what=what_words(words, _),
        whole=True,
        start="" if hides_start else value_words(measure, start, draft.target, _, number=wording.number),
        target=value_words(measure, draft.target, draft.target, _, number=wording.number),
        one_piece=measure.kind.one_item,
        helps=wording.helps,
        reach=reach_of(look),
        starts_on=course.today,
        ends_on=draft.due_on,
        ends_shown=day,
        term_ends_on=term_ends_on,
        milestones=len(draft.milestones),
        said=own_words(words),
        nearer_said=None if nearer is None else own_words(replace(words, day=wording.day(nearer))),
    )


def dream_in(verdict: Verdict) -> bool:
    """Whether the words are a dream."""
    return verdict.kind is Kind.DREAM


def letters_of(verdict: Verdict) -> dict[Letter, Check]:
    """Question → its answer, the first that is not good first."""
    found: dict[Letter, Check] = {}
    for check in sorted(verdict.checks, key=lambda one: one.good):
        found.setdefault(check.letter, check)
    return found
