"""Canvas-like paging over HTTP: sizes, Link headers, opaque and case-sensitive bookmarks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.door import all_rows, canvas, links, listening
from tests.sandbox_lms.seed import CANVAS_API_TOKEN, CANVAS_COURSE, seed_big, seed_canvas
from tests.sandbox_lms.world import World

SUBMISSIONS = f"/courses/{CANVAS_COURSE}/students/submissions"
ALL = ("student_ids[]", "all")


@pytest.fixture
def world() -> World:
    return seed_canvas("http://localhost")


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


def test_ten_rows_when_no_size_is_asked(url: str) -> None:
    assert len(canvas(url, SUBMISSIONS, CANVAS_API_TOKEN, [ALL]).json()) == 10


def test_a_hundred_rows_at_most_and_the_last_size_counts(world: World, url: str) -> None:
    big = seed_big(world, 30, 5)
    path = f"/courses/{big.id}/students/submissions"
    sizes: list[tuple[str, str | int]] = [ALL, ("per_page", 50), ("per_page", 500)]
    assert len(canvas(url, path, CANVAS_API_TOKEN, sizes).json()) == 100


def test_every_submission_once_by_following_next(url: str) -> None:
    rows = all_rows(url, SUBMISSIONS, CANVAS_API_TOKEN, [ALL, ("per_page", 7)])
    assert len(rows) == 10 * 8  # ten students, eight published items
    assert len({row["id"] for row in rows}) == len(rows)
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)


def test_rels_and_the_exact_base_address(url: str) -> None:
    answer = canvas(url, SUBMISSIONS, CANVAS_API_TOKEN, [ALL])
    assert set(links(answer)) == {"current", "next", "first"}
    assert all(address.startswith(f"{url}/api/v1{SUBMISSIONS}?") for address in links(answer).values())
    assert "student_ids%5B%5D=all" in links(answer)["next"]
    while "next" in links(answer):
        answer = canvas(url, links(answer)["next"], CANVAS_API_TOKEN)
    assert "last" in links(answer)


def test_numbered_lists_name_their_last_page(url: str) -> None:
    answer = canvas(url, f"/courses/{CANVAS_COURSE}/assignments", CANVAS_API_TOKEN, [("per_page", 4)])
    assert set(links(answer)) == {"current", "next", "first", "last"}


def test_a_bookmark_in_another_case_is_refused(url: str) -> None:
    following = links(canvas(url, SUBMISSIONS, CANVAS_API_TOKEN, [ALL]))["next"]
    assert canvas(url, following, CANVAS_API_TOKEN).status_code == 200
    folded = following.replace(f"{url}/api/v1{SUBMISSIONS}", "").lower()
    assert canvas(url, f"{SUBMISSIONS}{folded}", CANVAS_API_TOKEN).status_code == 400


def test_a_made_up_bookmark_is_refused(url: str) -> None:
    for page in ("bookmark:", "bookmark:WzFd", "bookmark:!!.00000000", "nonsense"):
        answer = canvas(url, SUBMISSIONS, CANVAS_API_TOKEN, [ALL, ("page", page)])
        assert answer.status_code == 400, page


def test_a_token_in_the_address_does_not_come_back_in_links(url: str) -> None:
    params: list[tuple[str, str]] = [("student_ids[]", "all"), ("access_token", CANVAS_API_TOKEN)]
    answer = requests.get(f"{url}/api/v1{SUBMISSIONS}", params=params, timeout=60)
    assert answer.status_code == 200
    assert "access_token" not in answer.headers["Link"]
