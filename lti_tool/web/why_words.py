"""What a goal's numbers of now and of then were made of, for plans.why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.goal import GoalView
from lti_tool.plans.letters import letter_of
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.translate import Reader
from lti_tool.plans.why import Behind, why_words
from lti_tool.web import charts


def behind_now(view: GoalView) -> Behind:
    """What the number of now is made of: the work as it stands, and of a course grade its newest sum."""
    newest = next((one.why for one in view.history if one.what == "value"), {})
    out = Counter(line.reason for line in view.card.work if not line.counted)
    behind = replace(
        Behind.of(newest, view.groups),
        counted=view.counted,
        earned=view.earned,
        possible=view.possible,
        left_out=out,
    )
    return replace(behind, letter=letter_now(view, view.card.facts.value))


def letter_now(view: GoalView, value: Decimal | None) -> str:
    """The letter of a course grade; empty for any other number."""
    if value is None or view.card.measure.kind is not MeasureKind.COURSE:
        return ""
    return letter_of(view.scheme, value)


def why_then(view: GoalView, why: Mapping[str, Any], value: Decimal | None, reader: Reader) -> str:
    """How a past number was made; empty where that is not kept."""
    if "earned" not in why or value is None:
        return ""
    behind = replace(Behind.of(why, view.groups), letter=letter_now(view, value))
    measure, target = view.card.measure, Decimal(why["target"])
    number = charts.number_of(measure)
    return why_words(measure, behind, value, target, _, reader=reader, number=number)
