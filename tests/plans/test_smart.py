"""The SMART check on the guides' own examples, in English and in Spanish (domain.md §1.5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.plans.smart import check_smart
from lti_tool.plans.smart_verdict import Filled, Kind, Reach
from lti_tool.plans.smart_words import read_words
from lti_tool.plans.translate import plain

# words, Spanish words, what they are, codes of what is missing
CASES = [
    ("Get an A in math", "Sacar una A en matemáticas", Kind.GOAL, {"course_wide", "no_date"}),
    ("I will get an A on the Chapter 10 test", "Sacaré una A en la prueba del capítulo 10", Kind.GOAL, set()),
    ("Improve in math", "Mejorar en matemáticas", Kind.GOAL, {"course_wide", "vague", "no_date"}),
    ("do better", "hacerlo mejor", Kind.GOAL, {"vague", "no_date"}),
    (
        "Go from a D to a B in math by 18 Dec",
        "Pasar de una D a una B en matemáticas para el 18 de diciembre",
        Kind.GOAL,
        set(),
    ),
    ("Raise my grade from a C to a B", "Subir mi nota de una C a una B", Kind.GOAL, {"no_date"}),
    (
        "69% to 72% on homework average by 12 March",
        "De 69% a 72% en el promedio de tareas para el 12 de marzo",
        Kind.GOAL,
        set(),
    ),
    (
        "At least a 90% on the government quiz",
        "Al menos un 90% en el examen de gobierno",
        Kind.GOAL,
        set(),
    ),
    (
        "Learn times tables through ten by 1 May",
        "Aprender las tablas de multiplicar hasta el diez para el 1 de mayo",
        Kind.GOAL,
        set(),
    ),
    (
        "Learn 20 new Latin roots by May 3",
        "Aprender 20 raíces latinas nuevas para el 3 de mayo",
        Kind.GOAL,
        set(),
    ),
    ("Join the NBA", "Jugar en la NBA", Kind.DREAM, {"dream"}),
    ("Go to the moon", "Ir a la luna", Kind.DREAM, {"dream"}),
    ("Be the next Bill Gates", "Ser el próximo Bill Gates", Kind.DREAM, {"dream"}),
    ("Read thirty minutes every day", "Leer treinta minutos todos los días", Kind.STEP, {"habit"}),
    (
        "Attend tutoring for math weekly",
        "Asistir a tutoría de matemáticas cada semana",
        Kind.STEP,
        {"step"},
    ),
    ("Get 100% on everything always", "Sacar 100% en todo siempre", Kind.GOAL, {"too_broad", "no_date"}),
    ("Beat Maria on the quiz", "Ganarle a María en el examen", Kind.GOAL, {"compares", "no_amount"}),
]


@pytest.mark.parametrize(("english", "spanish", "kind", "missing"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_guides_examples(
    english: str, spanish: str, kind: Kind, missing: set[str], language: str
) -> None:
    verdict = check_smart(english if language == "en" else spanish, Filled(), language)
    assert verdict.kind is kind
    assert {check.code for check in verdict.refused} == missing
    assert verdict.ready is (kind is Kind.GOAL and not missing)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            "Get an A in math",
            "course_wide",
            "Which test, quiz or unit? Or: from which grade to which, by when?",
        ),
        ("Improve in math", "vague", "From what to what? “improve” does not say when you are there."),
        ("Raise my grade from a C to a B", "no_date", "By when? Choose a day."),
        (
            "Get 100% on everything always",
            "too_broad",
            "“Everything” and “always” leave no room for one bad day. Which one matters most?",
        ),
        (
            "Beat Maria on the quiz",
            "compares",
            "Your goal is about you, not about another student. What do you want to reach?",
        ),
        (
            "Join the NBA",
            "dream",
            "That is a great dream. We keep it with your dreams. What could you reach by June?",
        ),
        ("Attend tutoring for math weekly", "step", "That is a good step. Which goal does it help?"),
    ],
)
def test_each_refusal_says_what_is_missing(words: str, code: str, sentence: str) -> None:
    refused = {check.code: check.sentence(plain) for check in check_smart(words, Filled(), "en").refused}
    assert refused[code] == sentence


HOMEWORK = Filled(
    what="homework average in Math 8",
    whole=True,
    start="68",
    target="80",
    helps="Math homework, not yet steady",
    reach=Reach.STRETCH,
    starts_on=date(2026, 1, 12),
    ends_on=date(2026, 3, 23),
    ends_shown="23 March",
)


def test_a_whole_form_with_vague_words_offers_words_that_are_ready() -> None:
    verdict = check_smart("Get better at math", HOMEWORK, "en")
    assert {check.code for check in verdict.refused} == {"vague"}
    assert verdict.words is not None
    words = verdict.words(plain)
    assert words == "I will raise my homework average in Math 8 from 68 to 80 by 23 March."
    assert check_smart(words, HOMEWORK, "en").ready
    assert check_smart(words, HOMEWORK, "en").words is None


def test_in_another_language_the_form_alone_decides() -> None:
    assert check_smart("数学をもっと頑張る", HOMEWORK, "ja").ready
    assert not check_smart("数学をもっと頑張る", Filled(), "ja").ready


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reach": Reach.NEVER}, "out_of_reach"),
        ({"ends_on": None}, "no_date"),
        ({"term_ends_on": date(2026, 3, 1)}, "past_term"),
        ({"whole": False, "what": "", "start": "", "target": ""}, "no_amount"),
    ],
)
def test_the_form_can_be_what_is_missing(changes: dict[str, object], code: str) -> None:
    filled = Filled(**{**HOMEWORK.__dict__, **changes})
    assert code in {check.code for check in check_smart("My homework", filled, "en").refused}


def test_a_long_goal_starts_with_a_hint_and_milestones_carry_it_past_the_term() -> None:
    long = Filled(**{**HOMEWORK.__dict__, "ends_on": date(2026, 6, 1)})
    assert "long" in {check.code for check in check_smart("", long, "en").checks}
    past = Filled(**{**long.__dict__, "term_ends_on": date(2026, 5, 1), "milestones": 2})
    assert check_smart("", past, "en").ready


@pytest.mark.parametrize(
    ("term_ends_on", "words", "day", "said"),
    [
        (date(2026, 6, 30), "My homework", date(2026, 4, 6), None),
        (date(2026, 6, 30), "From 68 to 80 by 1 May 2028", date(2026, 4, 6), "nearer"),
        (date(2026, 6, 30), "De 68 a 80 para el 1 de mayo", date(2026, 4, 6), None),
        (date(2026, 2, 1), "My homework", date(2026, 2, 1), None),
    ],
)
def test_a_day_past_the_school_year_is_refused_with_a_day_to_take(
    term_ends_on: date, words: str, day: date, said: str | None
) -> None:
    changes = {"ends_on": date(2028, 5, 1), "term_ends_on": term_ends_on, "nearer_said": lambda _: "nearer"}
    far = Filled(**{**HOMEWORK.__dict__, **changes})
    verdict = check_smart(words, far, "en")
    assert "past_term" in {check.code for check in verdict.refused}
    assert verdict.day == day
    assert (verdict.day_words and verdict.day_words(plain)) == said
    near = Filled(**{**far.__dict__, "ends_on": verdict.day})
    assert "past_term" not in {check.code for check in check_smart(words, near, "en").refused}
    assert check_smart(words, near, "en").day is None


@given(st.text(max_size=600), st.sampled_from(["en", "es", "ar", "", "es-MX", "x" * 40]))
def test_no_words_break_it(words: str, language: str) -> None:
    verdict = check_smart(words, Filled(), language)
    assert verdict.checks
    for check in verdict.checks:
        assert check.sentence(plain)
    assert len(read_words(words, language).vague) <= 600
