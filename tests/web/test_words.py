"""The words people read: every one has its Spanish, and what is compiled is what is written."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lms_sync.platforms.errors import LmsError
from lti_tool.plans.access import Role
from lti_tool.plans.translate import plain
from lti_tool.plans.troubles import shown_trouble
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from tests.web.course import NOW, make_course
from tests.web.math8 import add_own_goal, make_math8
from tests.web.rig import Rig

ROOT = Path(__file__).parents[2]
SPANISH = ROOT / "templates" / "translations" / "es" / "LC_MESSAGES"
PLACE = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The words in code and templates now, collected as `make words` does."""
    pot = tmp_path_factory.mktemp("words") / "words.pot"
    folders = [str(ROOT / name) for name in ("lti_tool", "lms_sync", "templates")]
    mapping = pot.with_name("babel.cfg")
    mapping.write_text("[python: **.py]\n[jinja2: **.html]\n", encoding="utf-8")
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", "-F", str(mapping), "-k", "_l", "-o", str(pot), *folders]
    )
    with pot.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    with (SPANISH / "messages.po").open("rb") as file:
        return read_po(file, locale="es")


def texts(message: Message) -> tuple[str, ...]:
    """What a message says, for one and for many."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_every_word_has_its_spanish(collected: Catalog, spanish: Catalog) -> None:
    wanted = {message.id for message in collected if message.id}
    assert len(wanted) > 300
    done = {m.id for m in spanish if m.id and all(texts(m)) and not m.fuzzy}
    assert wanted - done == set(), "run `make words` and translate what is empty"
    assert done - wanted == set(), "run `make words` to drop what is not said any more"


def test_translations_keep_every_place(spanish: Catalog) -> None:
    for message in spanish:
        if not message.id:
            continue
        forms = (message.id,) if isinstance(message.id, str) else message.id
        for english, text in zip(forms, texts(message), strict=True):
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english)), text
            assert text.count("<bdi>") == english.count("<bdi>"), text


def test_what_is_compiled_is_what_is_written(spanish: Catalog) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, spanish)
    assert (SPANISH / "messages.mo").read_bytes() == fresh.getvalue(), "run `make words`"


def test_a_spanish_reader_reads_spanish(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER, locale="es-US")
    home = maya.get()
    assert '<html lang="es"' in home.text
    assert "Hola, <bdi>Maya</bdi>" in home.text
    assert "A qué apunto" in home.text
    goal = maya.get(f"/goals/{goal_id}").text
    assert "73,9" in goal
    assert "23 de marzo" in goal


def test_what_went_wrong_is_said_in_the_readers_language(rig: Rig) -> None:
    error = LmsError("no_course", "Canvas")
    with rig.database.write() as session:
        course = make_course(session)
        connection = session.scalars(sa.select(Connection)).one()
        connection.state, connection.reason = "broken", str(error)
        connection.reason_code, connection.reason_words = error.code, error.words
    teacher = rig.open(course.teacher, course.context, Role.STAFF, locale="es")
    assert "La cuenta de nuestro acceso a Canvas no ve este curso" in teacher.get("/board").text
    with rig.database.write() as session:
        session.scalars(sa.select(Connection)).one().state = "ok"
        late = LmsError(
            "tried_a_day", "Canvas", because=LmsError("wrong_shape", "Canvas", detail="a list was expected")
        )
        run = SyncRun(id="1", registration_id=course.registration.id, context_id=course.context.id)
        run.kind, run.trigger, run.state, run.queued_at, run.finished_at = (
            "full",
            "button",
            "failed",
            NOW,
            NOW,
        )
        run.error, run.error_code, run.error_words = late.row.values()
        session.add(run)
    said = teacher.get("/board").text
    assert "Se intentó durante un día sin éxito. Canvas respondió algo" in said
    assert "se esperaba una lista" in said


def test_a_trouble_of_another_version_is_shown_as_it_was_stored() -> None:
    assert shown_trouble("unheard_of", {"lms": "Canvas"}, "It was so.", plain) == "It was so."
    assert shown_trouble("", {}, "Old words.", plain) == "Old words."
