"""Words offered for a goal pass the check they are offered by, in English and in Spanish (domain.md §1.5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from babel.support import Translations

from lti_tool.plans.measure import Measure, MeasureKind, Params
from lti_tool.plans.own_words import InWords, own_words, what_words
from lti_tool.plans.school_year import is_year_end, year_end
from lti_tool.plans.smart import check_smart
from lti_tool.plans.smart_verdict import Filled
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import Translate, plain

FOLDER = Path(__file__).parents[2] / "templates" / "translations"
DAYS = {"en": "March 23", "es": "23 de marzo"}


def translator(language: str) -> Translate:
    if language == "en":
        return plain
    found = Translations.load(str(FOLDER), [language])
    return lambda text, /, **values: found.gettext(text) % values if values else found.gettext(text)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", MeasureKind)
@pytest.mark.parametrize("start", [None, Decimal(2)])
def test_offered_words_are_ready(kind: MeasureKind, language: str, start: Decimal | None) -> None:
    params = Params(scale=("Low", "Middle", "High"), unit="pages", amount=Decimal(30), floor=Decimal(85))
    terms = Terms(Measure(kind, params=params), Decimal(3), start, date(2026, 2, 1), date(2026, 3, 23))
    one = InWords(terms, ("Unit test",), "Math 8", DAYS[language])
    _ = translator(language)
    made = own_words(one)
    assert made is not None
    filled = Filled(what=what_words(one, _), whole=True, target="3", ends_on=terms.due_on, said=made)
    verdict = check_smart(made(_), filled, language)
    assert verdict.ready, [check.code for check in verdict.refused]


@pytest.mark.parametrize(
    ("said", "today", "end"),
    [
        ("06-30", date(2026, 2, 23), date(2026, 6, 30)),
        ("06-30", date(2026, 6, 30), date(2026, 6, 30)),
        ("06-30", date(2026, 7, 1), date(2027, 6, 30)),
        ("", date(2026, 2, 23), date(2026, 7, 31)),
        ("", date(2026, 7, 20), date(2027, 7, 31)),
        ("02-30", date(2026, 2, 23), date(2026, 7, 31)),
    ],
)
def test_a_school_year_ends(said: str, today: date, end: date) -> None:
    assert year_end(said, today) == end
    assert is_year_end(said) is (said == "06-30")
