"""A goal as it is written down, and whether it can be (domain.md §1.2, §1.5, §3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lti_tool.plans.drafting import number_problems
from lti_tool.plans.measure import USABLE_KINDS, Measure, MeasureKind, Method, Params
from lti_tool.plans.problem import Problem, Sentence

__all__ = [
    "MEASURED",
    "GoalDraft",
    "GoalRefused",
    "GoalState",
    "ItemFacts",
    "Problem",
    "Sentence",
    "check_draft",
    "default_end",
]

TITLE_LONGEST = 500
ITEMS_MOST = 200
DAYS_MOST = 370
LONG = timedelta(weeks=12)
WORD_KINDS = frozenset({"scale", "letter_grade", "pass_fail"})


class GoalState(StrEnum):
    """`proposed` waits for the student; only `proposed` and `active` goals are measured; `paused` rests."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    DECLINED = "declined"
    CLOSED = "closed"


MEASURED = (GoalState.PROPOSED, GoalState.ACTIVE)


@dataclass(frozen=True)
class GoalDraft:
    """What somebody typed. item_ids: our item rows. baseline, target: in the measure's unit; baseline may
    be empty, baseline_reason says why one was typed. milestones: (day, number)."""

    title: str
    measure: str
    item_ids: Sequence[int]
    target: Decimal
    due_on: date
    method: str = Method.POINTS.value
    baseline: Decimal | None = None
    params: Params = field(default_factory=Params)
    milestones: Sequence[tuple[date, Decimal]] = ()
    baseline_reason: str = ""

    def tidy(self) -> GoalDraft:
        """Without spaces at the ends of the title and without items named twice."""
        return replace(self, title=self.title.strip(), item_ids=tuple(dict.fromkeys(self.item_ids)))

    @property
    def counted(self) -> Measure:
        """The measure it asks for; ValueError when there is none of that name."""
        return Measure(MeasureKind(self.measure), Method(self.method), self.params)


@dataclass(frozen=True)
class ItemFacts:
    """What a draft needs to know of a gradebook item. own: a column of this tool itself.

    group: the LMS's id of its group. published: students see it.
    """

    id: int
    name: str
    kind: str
    possible: Decimal | None
    own: bool = False
    gone: bool = False
    group: str | None = None
    published: bool = True


class GoalRefused(Exception):
    """The draft cannot become a goal as it is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = list(problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)


def check_draft(
    draft: GoalDraft,
    items: Mapping[int, ItemFacts],
    *,
    today: date,
    baseline: Decimal | None,
    term_ends_on: date | None = None,
) -> list[Problem]:
    """Everything that is wrong with a tidy draft; empty when it can be a goal.

    items: the chosen ones that are in the course, by id. today: in the course's time zone.
    baseline: the start that would be kept, typed or captured. term_ends_on: the course's last day, if known.
    """
    return [
        *_title_problems(draft.title),
        *_measure_problems(draft),
        *(
            problem
            for item_id in draft.item_ids
            for problem in _item_problems(items.get(item_id), draft.measure)
        ),
        *_numbers(draft, baseline),
        *_due_problems(draft, today, term_ends_on),
        *_milestone_problems(draft, today),
    ]


def _numbers(draft: GoalDraft, baseline: Decimal | None) -> Iterator[Problem]:
    """Numbers of an unknown measure are judged as a score's, so that one sending shows all that is wrong."""
    try:
        measure = draft.counted
    except ValueError:
        measure = Measure(MeasureKind.SCORE)
    return number_problems(measure, draft.target, draft.baseline, baseline, len(draft.item_ids))


def _title_problems(title: str) -> Iterator[Problem]:
    if not title:
        yield Problem("title", "title_empty", lambda _: _("Give the goal a name."))
    elif len(title) > TITLE_LONGEST:
        yield Problem(
            "title",
            "title_long",
            lambda _: _("The name is too long. Use at most %(most)s characters.", most=TITLE_LONGEST),
        )
    if "\0" in title or any("\ud800" <= letter <= "\udfff" for letter in title):
        yield Problem(
            "title",
            "title_characters",
            lambda _: _("The name has a character we cannot keep. Type it again."),
        )


def _measure_problems(draft: GoalDraft) -> Iterator[Problem]:
    if draft.method not in set(Method):
        yield Problem("method", "method_unknown", lambda _: _("Choose how the average is made."))
    if draft.measure not in set(MeasureKind):
        yield Problem("measure", "measure_unknown", lambda _: _("Choose how it is counted."))
        return
    kind, count = MeasureKind(draft.measure), len(draft.item_ids)
    if kind.is_manual:
        if count:
            yield Problem(
                "items", "items_by_hand", lambda _: _("This goal is counted by hand. Choose no work for it.")
            )
    elif count == 0 and kind is not MeasureKind.COURSE:
        yield Problem("items", "items_none", lambda _: _("Choose the work that counts."))
    elif kind.one_item and count > 1:
        yield Problem(
            "items", "items_one", lambda _: _("A score goal looks at one piece of work. Choose it.")
        )
    elif count > ITEMS_MOST:
        yield Problem(
            "items", "items_many", lambda _: _("Choose at most %(most)s pieces of work.", most=ITEMS_MOST)
        )


def _item_problems(item: ItemFacts | None, measure: str) -> Iterator[Problem]:
    if item is None or item.gone:
        yield Problem(
            "items",
            "item_unknown",
            lambda _: _("Some of the chosen work is not in this course now."),
        )
        return
    name, kind = item.name, item.kind
    if item.own:
        yield Problem(
            "items",
            "item_own",
            lambda _: _("“%(name)s” is a column of this tool. Choose the course's own work.", name=name),
        )
    elif measure == MeasureKind.COUNT or (measure == MeasureKind.RANK and kind in WORD_KINDS):
        return
    elif measure == MeasureKind.RANK:
        yield Problem(
            "items",
            "item_points",
            lambda _: _("“%(name)s” is graded in points. Choose work graded with words.", name=name),
        )
    elif kind == "pass_fail":
        yield Problem(
            "items",
            "item_pass_fail",
            lambda _: _("“%(name)s” is graded as done or not done. Choose work with points.", name=name),
        )
    elif kind == "not_graded":
        yield Problem(
            "items",
            "item_not_graded",
            lambda _: _("“%(name)s” is not graded. Choose work with points.", name=name),
        )
    elif kind not in USABLE_KINDS:
        yield Problem(
            "items",
            "item_scale",
            lambda _: _("“%(name)s” is graded with words. Choose work with points.", name=name),
        )
    elif item.possible is None or item.possible <= 0:
        yield Problem(
            "items",
            "item_no_points",
            lambda _: _("“%(name)s” has no points to reach. Choose work with points.", name=name),
        )


def _milestone_problems(draft: GoalDraft, today: date) -> Iterator[Problem]:
    if any(not today < day < draft.due_on for day, _number in draft.milestones):
        yield Problem(
            "milestones",
            "milestone_day",
            lambda _: _("A milestone is a number and a day between now and the end."),
        )


def default_end(today: date, term_ends_on: date | None) -> date | None:
    """The end a new goal has before anybody chose one: that of the term, at most twelve weeks away (A16)."""
    if term_ends_on is None or term_ends_on <= today:
        return None
    return min(term_ends_on, today + LONG)


def _due_problems(draft: GoalDraft, today: date, term_ends_on: date | None) -> Iterator[Problem]:
    due_on = draft.due_on
    if due_on <= today:
        yield Problem("due_on", "due_past", lambda _: _("Choose a date after today."))
    elif due_on > today + timedelta(days=DAYS_MOST):
        yield Problem(
            "due_on",
            "due_far",
            lambda _: _("That is too far away. Choose a date within %(days)s days.", days=DAYS_MOST),
        )
    elif term_ends_on is not None and today <= term_ends_on < due_on and not draft.milestones:
        yield Problem(
            "due_on",
            "due_after_term",
            lambda _: _(
                "This course ends before that day. Choose an earlier day, or add a milestone on the way."
            ),
        )
