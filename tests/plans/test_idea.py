"""What a goal's own words say of its form: the guides' examples in English and Spanish (domain.md §1.5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.plans.idea import Idea, Work, idea_of

TODAY = date(2026, 2, 23)
WORK = [
    Work(1, "Chapter 10 test", date(2026, 3, 10), "Tests"),
    Work(2, "Homework 1", None, "Homework"),
    Work(3, "Homework 2", None, "Homework"),
    Work(4, "Government quiz", date(2026, 1, 9), "Quizzes"),
    Work(5, "Prueba del capítulo 11", None, "Tests"),
]
ONE_TO_TEN = "\n".join(str(number) for number in range(1, 11))
TEST = Idea("score", (1,), {"letter": "A", "due_on": "2026-03-10"})
COURSE = Idea("course", (), {"letter": "B", "due_on": "2026-12-18"})
TABLES = Idea("list", (), {"scale": ONE_TO_TEN, "due_on": "2026-05-01"})
HABIT = {"days_a_week": "5", "amount": "30", "due_on": "2026-05-01"}
HABITO = {**HABIT, "unit": "minutos"}
SAY = [
    ("I will get an A on the Chapter 10 test", "en", TEST),
    ("Sacaré una A en la prueba del capítulo 11", "es", Idea("score", (5,), {"letter": "A"})),
    ("At least a 90% on the government quiz", "en", Idea("score", (4,), {"target": "90"})),
    ("Go from a D to a B in math by 18 Dec", "en", COURSE),
    ("Pasar de una D a una B en matemáticas para el 18 de diciembre", "es", COURSE),
    ("Raise my grade from a C to a B", "en", Idea("course", (), {"letter": "B"})),
    (
        "69% to 72% on homework average by 12 March",
        "en",
        Idea("average", (2, 3), {"target": "72", "due_on": "2026-03-12"}),
    ),
    (
        "De 69% a 72% en el promedio de tareas para el 1 de enero",
        "es",
        Idea("average", (1, 2, 3, 4, 5), {"target": "72", "due_on": "2027-01-01"}),
    ),
    ("Learn times tables through ten by 1 May", "en", TABLES),
    ("Aprender las tablas de multiplicar hasta el diez para el 1 de mayo", "es", TABLES),
    (
        "Learn 20 new Latin roots by 2026-05-03",
        "en",
        Idea("tally", (), {"target": "20", "unit": "new Latin roots", "due_on": "2026-05-03"}),
    ),
    (
        "Aprender 20 raíces latinas nuevas",
        "es",
        Idea("tally", (), {"target": "20", "unit": "raíces latinas nuevas"}),
    ),
    ("Read 30 minutes on 5 of 7 days until 1 May", "en", Idea("habit", (), {**HABIT, "unit": "minutes"})),
    (
        "Leer 30 minutos 5 de cada 7 días hasta el 1 de mayo",
        "es",
        Idea("habit", (), {**HABIT, "unit": "minutos"}),
    ),
]
NOTHING = [
    *("Get an A in math", "Improve in math", "do better", "Join the NBA", "Read thirty minutes every day"),
    *("Attend tutoring for math weekly", "Get 100% on everything always", "Beat Maria on the quiz", ""),
]


@pytest.mark.parametrize(("words", "language", "idea"), SAY, ids=[case[0] for case in SAY])
def test_words_that_say_what_is_counted_fill_the_form(words: str, language: str, idea: Idea) -> None:
    assert idea_of(words, language, WORK, ["A", "B", "C", "D"], TODAY) == idea


def test_words_that_say_nothing_to_count_fill_nothing() -> None:
    assert [idea_of(words, "en", WORK, ["A"], TODAY) for words in NOTHING] == [None] * len(NOTHING)
    assert idea_of("Learn 20 new Latin roots", "ja", WORK, [], TODAY) is None
    two = [Work(1, "Unit quiz"), Work(2, "Unit quiz again")]
    assert idea_of("I will get 90 on the quiz", "en", two, [], TODAY) is None  # which one is not said


@given(st.text(max_size=600), st.sampled_from(["en", "es"]), st.text(max_size=40))
def test_no_words_break_it(words: str, language: str, name: str) -> None:
    found = idea_of(words, language, [Work(1, name, None, name)], ["A"], TODAY)
    assert found is None or found.measure
