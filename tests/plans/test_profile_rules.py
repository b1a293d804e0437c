"""The pure rules of profile and portfolio: prompts, files by their bytes, differences, invitations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lti_tool.plans.compare import round_changes, word_changes
from lti_tool.plans.conference import INVITED, invited, may_undo, slots
from lti_tool.plans.filetypes import file_name, type_of, type_of_zip
from lti_tool.plans.profile import (
    MAY_READ,
    Band,
    GroupGrade,
    Part,
    band_of,
    group_numbers,
    level_words,
    skill_words,
)
from lti_tool.plans.prompts import StepName, reflection_prompts, rung_prompt, step_prompt
from lti_tool.plans.school import talk_address
from lti_tool.plans.translate import plain

# The eight areas of the PPRA that need a family's consent first (domain.md §5), as words a prompt would use.
EIGHT_AREAS = re.compile(
    r"politic|vote|party|mental|depress|anxi|anger|sad|sex|gender|crime|illegal|drug|alcohol|steal|"
    r"lawyer|doctor|minister|church|pray|god|relig|belie|income|money|salary|rent|parents|mother|father|"
    r"divorce|famil",
    re.IGNORECASE,
)


@pytest.mark.parametrize("band", list(Band))
def test_no_prompt_asks_about_the_eight_areas(band: Band) -> None:
    prompts = [step_prompt(step, band, plain) for step in StepName] + [rung_prompt(band, plain)]
    words = [text for one in prompts for text in (one.ask, one.help)]
    words += [*reflection_prompts(band, plain).values(), *skill_words(plain).values()]
    words += level_words(plain).values()
    assert [text for text in words if EIGHT_AREAS.search(text)] == []


@pytest.mark.parametrize(
    ("said", "band"),
    [((None, "college"), "college"), (("young", "college"), "young"), ((None, ""), "school"), ((), "school")],
)
def test_the_course_says_the_age_before_the_school(said: tuple[str | None, ...], band: str) -> None:
    assert band_of(*said) == band


def test_a_peer_reads_nothing_and_grades_stay_with_their_course() -> None:
    assert MAY_READ["peer"] == frozenset()
    assert [reader for reader, parts in MAY_READ.items() if Part.GRADES in parts] == [
        "student",
        "staff",
        "guardian",
    ]


def test_a_groups_number_is_points_of_points() -> None:
    grades = [GroupGrade("a", 1, Decimal(5), Decimal(10)), GroupGrade("b", 2, Decimal(9), Decimal(10))]
    found = group_numbers("Quizzes", [*grades, GroupGrade("c", 3, Decimal(1), Decimal(0))])
    assert found is not None
    assert (found.percent, len(found.grades)) == (Decimal(70), 2)
    assert group_numbers("Nothing", []) is None


def test_words_that_differ_are_marked() -> None:
    assert word_changes("a big game", "a small game") == [
        ("same", "a "),
        ("gone", "big"),
        ("new", "small"),
        ("same", " game"),
    ]
    assert word_changes("x " * 3000, "y") == [("gone", "x " * 3000), ("new", "y")]


def test_two_rounds_differ_by_what_is_new_let_go_and_said_otherwise() -> None:
    def entry(key: int, text: str) -> dict[str, object]:
        return {"id": key, "kind": "strength", "topic": "", "text": text, "more": ""}

    before = {"entries": [entry(1, "a"), entry(2, "b"), entry(3, "c")]}
    found = round_changes(before, {"entries": [entry(2, "B"), entry(3, "c"), entry(4, "d")]})
    assert [one["text"] for one in found.new] == ["d"]
    assert [one["text"] for one in found.let_go] == ["a"]
    assert [(one.before, one.after) for one in found.turned] == [("b", "B")]
    assert found.kept == 1
    assert round_changes(before, before).none
    assert round_changes({}, {}).none


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"%PDF-1.4", "pdf"),
        (b"OggS\x00", "ogg"),
        (b"\xff\xfb\x90", "mp3"),
        (b"RIFF0000WAVE", "wav"),
        (b"\x00\x00\x00\x20ftypM4A ", "m4a"),
        ("Año nuevo\n".encode(), "txt"),
        (b"<html>", None),
        (b"  <!doctype html>", None),
        (b"#!/bin/sh", None),
        (b"MZ\x90", None),
        (b"", None),
        (b"\xff\xd8\xff", None),
    ],
)
def test_a_file_is_what_its_bytes_say(head: bytes, ending: str | None) -> None:
    found = type_of(head)
    assert (found.ending if found else None) == ending


def test_a_zip_is_an_office_file_or_nothing() -> None:
    names = ["[Content_Types].xml", "xl/workbook.xml"]
    found = type_of_zip(names, "")
    assert found is not None
    assert found.ending == "xlsx"
    assert type_of_zip([*names, "xl/vbaProject.bin"], "") is None
    assert type_of_zip(["a.txt"], "") is None
    odt = type_of_zip(["mimetype", "content.xml"], "application/vnd.oasis.opendocument.text")
    assert odt is not None
    assert odt.ending == "odt"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\Essay.final.docx", "Essay.final.pdf"),
        ("..", "file.pdf"),
        ('a"b\r\n.pdf', "a b.pdf"),
        ("Año 1 (v2).pdf", "Año 1 (v2).pdf"),
        ("x" * 400, "x" * 120 + ".pdf"),
    ],
)
def test_a_downloads_name_is_harmless(given: str, name: str) -> None:
    assert file_name(given, "pdf") == name


def test_a_college_conference_asks_no_family() -> None:
    assert "guardian" not in INVITED[Band.COLLEGE]
    assert invited(Band.COLLEGE, frozenset({"guardian"})) == ["student", "teacher"]


def test_slots_follow_one_another_or_fall_together() -> None:
    first = datetime(2026, 2, 24, 14, 30, tzinfo=UTC)
    assert slots(first, 20, 2, together=False) == [first, first + timedelta(minutes=20)]
    assert slots(first, 20, 2, together=True) == [first, first]
    assert slots(None, 20, 2, together=False) == [None, None]
    assert may_undo(first, first + timedelta(days=7))
    assert not may_undo(first, first + timedelta(days=7, seconds=1))


@pytest.mark.parametrize(
    ("to", "address"),
    [
        ("https://school.example/help", "https://school.example/help"),
        ("+1 555 0100", "tel:+15550100"),
        ("javascript:alert(1)", ""),
        ("room 12", ""),
        ("", ""),
    ],
)
def test_the_talk_link_is_a_page_or_a_phone(to: str, address: str) -> None:
    assert talk_address(to) == address
