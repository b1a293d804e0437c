"""What the goal form says beside its fields: the goal's sentence, "Can I get there?", words to take over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.choices import Choice, Choices
from lti_tool.planning.clear import letters_of, problems_of
from lti_tool.planning.looking import Look
from lti_tool.plans.goal import WORD_KINDS, GoalDraft
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.progress import Needed
from lti_tool.plans.rounding import number_text, shown_needed
from lti_tool.plans.smart_verdict import Letter, Verdict
from lti_tool.plans.words import reach_words, value_words
from lti_tool.web import charts
from lti_tool.web.forms import Filled
from lti_tool.web.idea_form import SAYS_WHAT, groups_in
from lti_tool.web.measure_fields import WITH_ITEMS, WITH_MILESTONE, WITH_REASON, WITH_START, Offer, kinds

BIG_STEP = 8  # per cent over the last scores that is still called a step one can see


def form_words(
    filled: Filled, choices: Choices, look: Look | None, verdict: Verdict | None, *, own: bool
) -> dict[str, Any]:
    """Everything the form's template shows besides the layout."""
    kind = filled.typed["measure"]
    return {
        "choices": choices,
        "work": [(one, _due_words(one.due_on, choices)) for one in choices.work if fits(kind, one)],
        "groups": groups_in([one for one in choices.work if fits(kind, one)]),
        "bare": not any(filled.typed[name] for name in SAYS_WHAT),
        "kinds": kinds(own),
        "kind": kind,
        "has_items": kind in WITH_ITEMS,
        "has_start": kind in WITH_START or kind not in set(MeasureKind),
        "has_milestone": kind in WITH_MILESTONE,
        "term_ends": _term_words(choices),
        "has_reason": kind in WITH_REASON,
        "letters": [(name, _letter_words(name, at)) for name, at in filled.offer.letters],
        "word_sets": _word_sets(filled.offer) if kind == MeasureKind.RANK else [],
        "scale_words": filled.offer.words.get(filled.typed["words"], ()) if kind == MeasureKind.RANK else (),
        "typed": filled.typed,
        "errors": filled.errors,
        "reach": _reach(filled, choices, own),
        "there": [] if look is None else there_words(look, filled, own=own),
        "suggestion": _words_to_take(filled, choices, verdict),
        "verdict_refused": verdict is not None and not verdict.ready,
        "clear": [] if verdict is None or look is None else clear_words(verdict),
        "nearer_day": _nearer_day(verdict, choices),
        "nearer": "" if look is None or look.nearer is None else number_text(look.nearer),
        "own": own,
    }


def _nearer_day(verdict: Verdict | None, choices: Choices) -> dict[str, str]:
    """An end to take over where the typed one is past the year: (value, as shown, words that go with it)."""
    if verdict is None or verdict.day is None:
        return {}
    return {
        "value": verdict.day.isoformat(),
        "shown": charts.day(verdict.day, today=choices.today, long=True),
        "words": "" if verdict.day_words is None else verdict.day_words(_),
    }


def feasible_mark(look: Look) -> str:
    """What the line "Can I get there?" says of what is needed, so that a form can say it was seen."""
    needed = look.figures.needed
    if needed.average is None or not needed.items:
        return ""
    return f"{shown_needed(needed.average)}-{needed.items}"


def clear_words(verdict: Verdict) -> list[tuple[bool, str]]:
    """ "Is it clear?": (yes, sentence) of each question, in the order of the page."""
    found = letters_of(verdict)
    return [(found[letter].good, found[letter].sentence(_)) for letter in Letter if letter in found]


def _words_to_take(filled: Filled, choices: Choices, verdict: Verdict | None) -> str:
    """Words the title could take over, where its own are missing or do not say enough."""
    refused = {} if verdict is None else {check.letter: check for check in verdict.refused}
    of_words = any(problem.field == "title" for problem in problems_of(refused.values()))
    if "title" not in filled.errors and not of_words:
        return ""
    if verdict is not None and verdict.words is not None:
        readable = filled.readable_draft() is not None
        return verdict.words(_) if readable else ""
    return _suggestion(filled, choices)


def fits(kind: str, work: Choice) -> bool:
    """Work graded with words alone is for grades in words, and for what only has to come in."""
    if kind == MeasureKind.RANK:
        return work.kind in WORD_KINDS
    return not work.in_words or kind == MeasureKind.COUNT


def _term_words(choices: Choices) -> str:
    """The course's last day, where it is still to come."""
    if choices.term_ends_on is None or choices.term_ends_on < choices.today:
        return ""
    return _("This course ends on %(day)s.", day=charts.day(choices.term_ends_on, today=choices.today))


def _letter_words(name: str, at: Decimal) -> str:
    return _("%(letter)s (%(number)s or more)", letter=name, number=charts.number(at))


def _word_sets(offer: Offer) -> list[tuple[str, str]]:
    """(value, name) of the sets of words to choose from; none where there are only one's own."""
    names = {"letters": _("The letters of this course"), "done": _("Done or not done")}
    return [(key, names[key]) for key in offer.words] + ([("own", _("Other words"))] if offer.words else [])


def _due_words(due_on: Any, choices: Choices) -> str:
    return "" if due_on is None else _("due %(day)s", day=charts.day(due_on, today=choices.today))


def _chosen(filled: Filled, choices: Choices) -> list[str]:
    names = {str(one.id): one.name for one in choices.work}
    return [names[item_id] for item_id in filled.typed["items"] if item_id in names]


def _target_is_wrong(filled: Filled) -> bool:
    return not {"measure", "items", "target", "letter", "due_on", "scale", "floor"}.isdisjoint(filled.errors)


def _draft(filled: Filled, choices: Choices) -> tuple[GoalDraft, list[str]] | None:
    draft, names = filled.readable_draft(), _chosen(filled, choices)
    if draft is None or (draft.measure in WITH_ITEMS and not names):
        return None
    return draft, names


def _reach(filled: Filled, choices: Choices, own: bool) -> str:
    """When the goal would be reached; empty until what it needs can be read."""
    found = _draft(filled, choices)
    if found is None or _target_is_wrong(filled):
        return ""
    draft, names = found
    return reach_words(
        draft.counted,
        names,
        draft.target,
        charts.day(draft.due_on, today=choices.today, long=True),
        _,
        reader="student" if own else "staff",
        number=charts.number,
    )


def there_words(look: Look, filled: Filled, *, own: bool) -> list[str]:
    """Whether it can be reached: the start, what is needed, what came lately (domain.md A15)."""
    draft = filled.readable_draft()
    if draft is None:
        return []
    found = []
    start, needed = look.start.value, look.figures.needed
    if start is not None and look.start.how not in ("nought",):
        words = value_words(draft.counted, start, draft.target, _, number=charts.number)
        found.append(_("The start is %(start)s.", start=words))
    if look.start.provisional and draft.measure in (MeasureKind.SCORE, MeasureKind.AVERAGE):
        found.append(_("Fewer than three grades so far, so the start is a first guess."))
    if needed.at_most and needed.average is not None:
        found.append(_most_words(needed))
    elif needed.average is not None and needed.average > 100:
        found.append(
            _("More than 100 would be needed on the work to come. Choose a nearer number or a later date.")
        )
    elif needed.average is not None and needed.items:
        found.append(
            _(
                "About %(needed)s is needed on the work to come (%(count)s).",
                needed=shown_needed(needed.average),
                count=needed.items,
            )
        )
    if look.last:
        scores = ", ".join(charts.number(score) for score in look.last)
        found.append(
            _("Your last scores were %(scores)s.", scores=scores)
            if own
            else _("The last scores were %(scores)s.", scores=scores)
        )
        if needed.average is not None and needed.average <= 100 and not needed.at_most:
            found.append(_step_words(needed.average - max(look.last)))
    return found


def _most_words(needed: Needed) -> str:
    """The same where less is better: how much the work to come may be at most."""
    if needed.too_much:
        return _("Even 0 on the work to come would be too much. Choose another number or a later date.")
    most = shown_needed(min(needed.average or Decimal(0), Decimal(100)), at_most=True)
    return _("At most %(most)s on the work to come (%(count)s) is enough.", most=most, count=needed.items)


def _step_words(over: Any) -> str:
    if over <= 0:
        return _("That can be done.")
    return _("That is a stretch.") if over < BIG_STEP else _("That is a big step.")


def _suggestion(filled: Filled, choices: Choices) -> str:
    """A name for the goal to take over, made of what the other fields say."""
    found = _draft(filled, choices)
    if found is None:
        return ""
    draft, names = found
    values = {
        "item": names[0][:200] if names else "",
        "target": number_text(draft.target),
        "day": charts.day(draft.due_on, today=choices.today, long=True, weekday=False),
        "course": choices.course[:200],
    }
    if draft.measure == MeasureKind.SCORE:
        return _("%(target)s or more on “%(item)s” by %(day)s", **values)
    if draft.measure == MeasureKind.AVERAGE:
        if len(names) == 1:
            return _("Average of “%(item)s” to %(target)s by %(day)s", **values)
        return _("My average in %(course)s to %(target)s by %(day)s", **values)
    if draft.measure == MeasureKind.COURSE:
        return _("My grade in %(course)s to %(target)s by %(day)s", **values)
    if draft.measure == MeasureKind.COUNT:
        return _("Hand in %(target)s pieces of work in %(course)s by %(day)s", **values)
    if draft.measure == MeasureKind.TALLY and draft.params.unit:
        return _("%(target)s %(unit)s by %(day)s", unit=draft.params.unit, **values)
    return ""
