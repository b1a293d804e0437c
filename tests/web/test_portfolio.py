"""The portfolio through its pages: rows A5, A8, A9 of domain.md §1, with hostile files."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from PIL import Image

from lti_tool.planning.files import sweep_files
from lti_tool.plans.access import Role
from lti_tool.records.portfolio import Artifact, StoredFile
from lti_tool.storage import FileStore
from tests.statements import counted
from tests.web.about import HIDDEN, as_maya, as_teacher, entries, send, write
from tests.web.math8 import Math8, make_math8
from tests.web.rig import Opened, Rig
from tests.web.uploads import DOCX, HOSTILE_FILES, PDF, bomb, photo

HEADERS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


def add(opened: Opened, kind: str, file: tuple[str, bytes] | None = None, **fields: Any) -> requests.Response:
    """Open the form of one kind and send it, with a file where one is given."""
    path = f"/portfolio/add/{kind}"
    typed = {**dict(HIDDEN.findall(opened.get(path).text)), "title": "My piece", **fields}
    return opened.post(path, typed, headers=HEADERS, files={"file": file} if file else None)


def rows(rig: Rig, model: Any = Artifact) -> list[Any]:
    with rig.database.read() as session:
        return list(session.scalars(sa.select(model).order_by(model.id)))


def store(rig: Rig) -> FileStore:
    return FileStore(rig.settings.files_folder)


def on_disk(rig: Rig) -> list[str]:
    return sorted(path.name for path in store(rig).folder.rglob("*") if path.is_file())


def test_a5_every_kind_is_added_and_read_again(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    why = {"why": "It shows me", "ready": "1"}
    assert add(maya, "link", url="https://pages.example/mine", **why).status_code == 303
    assert add(maya, "work", item_id=school.items["h6"].id, tag="growth", **why).status_code == 303
    assert add(maya, "text", text="Dear Grandma", outside="1", tag="strength", **why).status_code == 303
    assert add(maya, "file", ("My <essay>.pdf", PDF), **why).status_code == 303
    assert add(maya, "file", ("slides.docx", DOCX), **why).status_code == 303
    assert add(maya, "audio", ("song.mp3", b"ID3" + b"\x00" * 50), **why).status_code == 303
    assert add(maya, "photo", ("p.jpg", photo()), alt="A red wall", **why).status_code == 303
    page = teacher.get(f"/students/{school.maya.id}/portfolio").text
    for words in ("https://pages.example/mine", "Homework 6", "Dear Grandma", "song.mp3", "A red wall"):
        assert words in page
    assert "A strength, outside school" in page
    assert "My essay.pdf" in page, "the name loses what no file name needs"
    assert "35.42 of 46" in page, "what the student was shown, in points"


def test_a5_a_photo_loses_its_place_and_camera(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    sent = photo()
    assert b"SecretCamera" in sent
    add(maya, "photo", ("IMG_2031.JPG", sent), alt="A wall", why="It is red", ready="1")
    (artifact,) = rows(rig)
    answer = maya.get(f"/artifacts/{artifact.id}/picture")
    assert answer.headers["Content-Type"] == "image/jpeg"
    for secret in (b"SecretCamera", b"taken at home", b"Exif"):
        assert secret not in answer.content
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (48, 64), "turned upright before the note of how it lay was dropped"
        assert not image.getexif()
    (key,) = on_disk(rig)
    assert (store(rig).path(key)).read_bytes() == answer.content, "what was sent is nowhere"


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF"])
def test_a5_other_pictures_become_jpegs(rig: Rig, school: Math8, format: str) -> None:
    maya = as_maya(rig, school)
    sent = photo(format=format, size=(2400, 1200))
    assert add(maya, "photo", ("x.png", sent), alt="x", why="y", ready="1").status_code == 303
    answer = maya.get(f"/artifacts/{rows(rig)[0].id}/picture")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (1800, 900))


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a5_a_hostile_file_is_refused_beside_the_field(rig: Rig, school: Math8, name: str) -> None:
    maya = as_maya(rig, school)
    answer = add(maya, "file", HOSTILE_FILES[name], why="kept words")
    assert answer.status_code == 422, name
    assert 'id="file-error"' in answer.text
    assert "kept words" in answer.text
    assert rows(rig) == []
    assert on_disk(rig) == []


@pytest.mark.parametrize(
    "content",
    [bomb(), photo()[:200], b"\xff\xd8\xff" + b"x" * 500, PDF, b"<svg/>", b"GIF89a" + b"\xff" * 40],
    ids=["bomb", "cut", "not a jpeg", "pdf", "svg", "broken gif"],
)
def test_a5_what_is_no_photo_is_refused(rig: Rig, school: Math8, content: bytes) -> None:
    answer = add(as_maya(rig, school), "photo", ("x.jpg", content), alt="x", why="y")
    assert answer.status_code == 422
    assert on_disk(rig) == []


def test_a5_a_file_that_is_too_large_is_refused_in_words(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    large = PDF + b" " * (rig.settings.upload_mb * 1024 * 1024)
    answer = add(maya, "file", ("big.pdf", large), why="y")
    assert answer.status_code == 422
    assert "at most 15 MB" in answer.text
    far = PDF + b" " * (3 * rig.settings.upload_mb * 1024 * 1024)
    assert add(maya, "file", ("big.pdf", far)).status_code == 413
    assert maya.post("/about/add/gap", {"text": "x" * 600_000}).status_code == 413, "only uploads are large"


def test_a5_a_full_portfolio_says_so(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    with rig.database.write() as session:
        session.add(
            StoredFile(
                registration_id=school.maya.registration_id,
                person_id=school.maya.id,
                key="0" * 40,
                name="x",
                kind="file",
                mime="application/pdf",
                size=rig.settings.portfolio_mb * 1024 * 1024,
                made_at=rig.clock(),
            )
        )
    answer = add(maya, "file", ("a.pdf", PDF), why="y")
    assert answer.status_code == 422
    assert "Your portfolio is full" in answer.text


def test_a5_a_file_is_handed_out_so_that_nothing_runs(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    add(maya, "file", ('a"; x=\r\n.pdf', PDF), why="y", ready="1")
    answer = maya.get(f"/artifacts/{rows(rig)[0].id}/file")
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert maya.get(f"/artifacts/{rows(rig)[0].id}/picture").status_code == 404, "only photos are shown"


def test_a5_a_file_is_for_those_who_may_read_the_piece(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    add(maya, "photo", ("p.jpg", photo()), alt="A wall", why="")
    (draft,) = rows(rig)
    assert teacher.get(f"/artifacts/{draft.id}/picture").status_code == 404, "a draft is its author's alone"
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    other = as_teacher(rig, make_math8(rig))
    send_again(maya, draft.id, why="red", ready="1")
    assert teacher.get(f"/artifacts/{draft.id}/picture").status_code == 200
    for opened in (ben, other):
        for path in ("picture", "file"):
            assert opened.get(f"/artifacts/{draft.id}/{path}").status_code == 404
        assert opened.get(f"/artifacts/{draft.id}").status_code == 404
    assert teacher.post(f"/artifacts/{draft.id}", {"title": "mine", "version": "9"}).status_code == 403
    assert teacher.post(f"/artifacts/{draft.id}/remove").status_code == 403


def send_again(opened: Opened, artifact_id: int, **fields: str) -> requests.Response:
    path = f"/artifacts/{artifact_id}"
    typed = {**dict(HIDDEN.findall(opened.get(path).text)), "title": "My piece", "alt": "A wall", **fields}
    return opened.post(path, typed, headers=HEADERS)


def test_a5_removing_takes_the_file_later_and_whole(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    add(maya, "file", ("a.pdf", PDF), why="y", ready="1")
    (artifact,) = rows(rig)
    assert maya.post(f"/artifacts/{artifact.id}/remove").status_code == 303
    assert "My piece" not in maya.get("/portfolio").text
    assert maya.get(f"/artifacts/{artifact.id}/file").status_code == 404
    assert len(on_disk(rig)) == 1
    assert sweep_files(rig.database, store(rig), rig.clock()) == 1
    assert on_disk(rig) == []
    assert rows(rig, StoredFile) == []
    assert sweep_files(rig.database, store(rig), rig.clock()) == 0
    assert len(rows(rig)) == 1, "that it was there stays in the history"


def test_a5_a_file_that_was_never_used_is_swept(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    assert add(maya, "file", ("a.pdf", PDF), title="", why="y").status_code == 422, "it has no name"
    assert len(on_disk(rig)) == 1
    assert sweep_files(rig.database, store(rig), rig.clock()) == 0
    assert sweep_files(rig.database, store(rig), rig.clock() + timedelta(hours=1)) == 1
    assert on_disk(rig) == []


def test_a5_a_new_file_takes_the_place_of_the_old(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    add(maya, "file", ("a.pdf", PDF), why="y")
    (artifact,) = rows(rig)
    path = f"/artifacts/{artifact.id}"
    typed = {**dict(HIDDEN.findall(maya.get(path).text)), "title": "My piece", "why": "y"}
    answer = maya.post(path, typed, headers=HEADERS, files={"file": ("b.docx", DOCX)})
    assert answer.status_code == 303
    sweep_files(rig.database, store(rig), rig.clock())
    assert maya.get(path + "/file").content == DOCX
    assert len(on_disk(rig)) == 1


def test_a5_the_same_form_twice_is_one_piece(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    typed = {**dict(HIDDEN.findall(maya.get("/portfolio/add/file").text)), "title": "Once"}
    for _time in range(2):
        answer = maya.post("/portfolio/add/file", typed, headers=HEADERS, files={"file": ("a.pdf", PDF)})
        assert answer.status_code == 303
    assert len(rows(rig)) == 1
    sweep_files(rig.database, store(rig), rig.clock() + timedelta(hours=2))
    assert len(on_disk(rig)) == 1, "the second file was never used"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example", "https://", 'https://x.example/"x']
)
def test_a5_a_link_is_a_page(rig: Rig, school: Math8, url: str) -> None:
    answer = add(as_maya(rig, school), "link", url=url)
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text


def test_a5_work_of_another_course_is_not_found(rig: Rig, school: Math8) -> None:
    other = make_math8(rig)
    assert add(as_maya(rig, school), "work", item_id=other.items["h1"].id).status_code == 404
    assert rows(rig) == []


def test_a8_without_a_reason_it_is_a_draft_and_not_ready(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    assert add(maya, "text", text="A poem", why="  ").status_code == 303, "a draft is saved without it"
    refused = add(maya, "text", text="Another", why="", ready="1")
    assert refused.status_code == 422
    assert "Say why you chose it" in refused.text
    assert [row.ready_at for row in rows(rig)] == [None, None], "and what was typed is kept as a draft"
    assert "A poem" not in teacher.get(f"/students/{school.maya.id}/portfolio").text
    assert "Say why I chose it" in maya.get("/portfolio").text
    last = rows(rig)[1]
    typed = {"title": "T", "text": "Another", "why": "rhymes", "ready": "1"}
    sent_again = maya.post(f"/artifacts/{last.id}", dict(HIDDEN.findall(refused.text)) | typed)
    assert sent_again.status_code == 303
    page = teacher.get(f"/students/{school.maya.id}/portfolio").text
    assert "Another" in page
    assert "rhymes" in page


def test_a8_a_photo_needs_words_before_anybody_sees_it(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    refused = add(maya, "photo", ("p.jpg", photo()), alt="", why="It is red", ready="1")
    assert refused.status_code == 422
    assert 'id="alt-error"' in refused.text
    assert "It is kept as a draft, with its file." in refused.text
    (draft,) = rows(rig)
    assert teacher.get(f"/artifacts/{draft.id}").status_code == 404
    assert send_again(maya, draft.id, why="It is red", ready="1").status_code == 303
    assert 'alt="A wall"' in teacher.get(f"/students/{school.maya.id}/portfolio").text
    gone = send_again(maya, draft.id, why="", alt="")
    assert gone.status_code == 422, "what is ready stays fit to be shown"


def test_a9_a_piece_becomes_a_strength_or_a_not_yet_in_one_click(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    add(maya, "text", text="A poem", title="My poem", why="It rhymes", ready="1")
    (piece,) = rows(rig)
    for _time in range(2):
        assert maya.post(f"/artifacts/{piece.id}/become", {"kind": "strength"}).status_code == 303
    (own,) = entries(rig)
    assert (own.text, own.more, own.artifact_id, own.kind) == ("My poem", "It rhymes", piece.id, "strength")
    assert teacher.post(f"/artifacts/{piece.id}/become", {"kind": "gap"}).status_code == 303
    theirs = entries(rig, kind="gap")[0]
    assert (theirs.author_role, theirs.artifact_id) == ("teacher", piece.id)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post(f"/artifacts/{piece.id}/become", {"kind": "gap"}).status_code == 404
    assert maya.post(f"/artifacts/{piece.id}/become", {"kind": "dream"}).status_code == 404


def test_the_portfolio_page_asks_a_constant_number_of_statements(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)

    def asked() -> int:
        with counted(rig.database) as sent:
            assert maya.get("/portfolio").status_code == 200
            assert maya.get("/about").status_code == 200
        return len(sent)

    few = asked()
    for number in range(5):
        add(maya, "text", text="x", title=f"T{number}", why="y", ready="1")
        write(maya, "strength", f"S{number}")
    assert asked() == few


def test_a_refused_form_says_it_once(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    assert send(maya, "/portfolio/add/work", title="x").status_code == 422
    assert maya.get("/portfolio/add/nothing").status_code == 404
    keyless = maya.post("/portfolio/add/text", {"title": "x", "text": "y"})
    assert keyless.status_code == 404
