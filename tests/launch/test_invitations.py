"""Invitations: active at once with one, once only; nothing that is there changes without one (lti.md §8)."""

from __future__ import annotations

import threading
from datetime import timedelta

import requests
import sqlalchemy as sa

from lti_tool.launch.invitations import make_invitation
from lti_tool.overview.registrations import given_by
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.registering import Invitation, RegistrationAnswer
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient, read_form
from tests.sandbox_lms.registration import registration_address
from tests.sandbox_lms.server import PracticeLms


def invite(rig: Rig, **more: int) -> str:
    """The address an operator hands on."""
    with rig.database.write() as session:
        _, code = make_invitation(
            session,
            life=timedelta(hours=2),
            note="Practice school",
            for_registration_id=more.get("registration"),
            now=rig.clock(),
        )
    return f"{rig.url}/lti/register/{code}"


def confirm(address: str) -> requests.Response:
    page = requests.get(address, timeout=60)
    return LaunchClient().send(read_form(page)) if page.status_code == 200 else page


def rows(rig: Rig) -> list[Registration]:
    with rig.database.read() as session:
        return list(session.scalars(sa.select(Registration).order_by(Registration.id)))


def test_with_an_invitation_people_can_launch_at_once(rig: Rig, lms: PracticeLms) -> None:
    for personality, course, teacher in (
        ("canvas", seed.CANVAS_COURSE, seed.CANVAS_TEACHER),
        ("moodle", seed.MOODLE_COURSE, seed.MOODLE_TEACHER),
    ):
        world = lms.worlds[personality]
        address = registration_address(world, invite(rig))
        page = requests.get(address, timeout=60)
        assert "works at once" in page.text
        for words in ("Names and roles", "A gradebook column of our own", "Every student has a plan"):
            assert words in page.text
        assert ("The account menu" in page.text) == (personality == "canvas")
        done = confirm(address)
        assert done.status_code == 200, done.text
        assert "is active" in done.text
        (tool,) = world.tools.values()
        tool.active = True
        assert LaunchClient().launch(world.issuer, course, teacher).status_code == 200
    with rig.database.read() as session:
        assert [d.active for d in session.scalars(sa.select(Deployment))] == [True, True]
        used = session.scalars(sa.select(Invitation)).all()
        assert {each.registration_id for each in used} == {row.id for row in rows(rig)}


def test_a_code_is_kept_as_a_hash_and_works_once(rig: Rig, lms: PracticeLms) -> None:
    link = invite(rig)
    code = link.rpartition("/")[2]
    with rig.database.read() as session:
        stored = session.scalars(sa.select(Invitation)).one()
        assert code not in stored.code_hash
    assert confirm(registration_address(lms.worlds["moodle"], link)).status_code == 200
    again = requests.get(registration_address(lms.worlds["canvas"], link), timeout=60)
    assert again.status_code == 400
    assert "used already" in again.text
    assert lms.worlds["canvas"].tools == {}


def test_codes_of_no_use(rig: Rig, lms: PracticeLms) -> None:
    link = invite(rig)
    rig.clock.ahead = timedelta(hours=3)
    for address in (link, rig.url + "/lti/register/x", rig.url + "/lti/register/" + "x" * 32, link + "%00"):
        answer = requests.get(registration_address(lms.worlds["moodle"], address), timeout=60)
        assert answer.status_code == 400, address
    assert rows(rig) == []
    assert lms.worlds["moodle"].tools == {}


def test_a_refused_registration_does_not_use_the_code(rig: Rig, lms: PracticeLms) -> None:
    link, world = invite(rig), lms.worlds["moodle"]
    address = registration_address(world, link)
    world.lti.registrations.clear()
    assert confirm(address).status_code == 400
    assert confirm(registration_address(world, link)).status_code == 200
    assert rows(rig)[0].active


def test_one_code_in_many_hands_makes_one_active(rig: Rig, lms: PracticeLms) -> None:
    world, link = lms.worlds["moodle"], invite(rig)
    forms = [read_form(requests.get(registration_address(world, link), timeout=60)) for _ in range(2)]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda form=form: answers.append(LaunchClient().send(form).status_code))
        for form in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 400, 429}
    assert [row.active for row in rows(rig)].count(True) == 1


def test_registering_again_updates_and_never_duplicates(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    assert confirm(registration_address(world, rig.url + "/lti/register")).status_code == 200
    (first,) = rows(rig)
    with rig.database.write() as session:
        session.execute(sa.update(Registration).values(jwks_url="https://old.example/k"))
    again = registration_address(world, rig.url + "/lti/register")
    newest = list(world.lti.registrations.values())[-1]
    newest.client_id = first.client_id
    assert confirm(again).status_code == 200
    (second,) = rows(rig)
    assert (second.id, second.active) == (first.id, False)
    assert second.jwks_url == first.jwks_url
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RegistrationAnswer)) == 1


def test_an_active_one_changes_only_by_an_invitation_made_for_it(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    assert confirm(registration_address(world, invite(rig))).status_code == 200
    (row,) = rows(rig)
    right = row.jwks_url
    with rig.database.write() as session:
        session.execute(sa.update(Registration).values(jwks_url="https://old.example/k"))
    for link, status in (
        (rig.url + "/lti/register", 400),
        (invite(rig), 400),
        (invite(rig, registration=row.id), 200),
    ):
        address = registration_address(world, link)
        list(world.lti.registrations.values())[-1].client_id = row.client_id
        answer = confirm(address)
        assert answer.status_code == status, link
        if status == 400:
            assert "active already" in answer.text
            assert rows(rig)[0].jwks_url == "https://old.example/k"
    assert [each.jwks_url for each in rows(rig)] == [right]


def test_a_new_client_id_is_a_new_registration_and_the_operator_is_told(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    for _ in range(2):
        assert confirm(registration_address(world, invite(rig))).status_code == 200
        tool = list(world.tools.values())[-1]
        tool.active = True
        client = LaunchClient()
        sent = client.launch(world.issuer, seed.CANVAS_COURSE, seed.CANVAS_TEACHER, client_id=tool.client_id)
        assert sent.status_code == 200
    first, second = rows(rig)
    assert first.client_id != second.client_id
    assert first.platform_guid == second.platform_guid is not None
    with rig.database.read() as session:
        assert given_by(session, second, str).same_platform == (first.id,)
        assert given_by(session, first, str).same_platform == (second.id,)


def test_so_many_that_wait_are_refused_but_not_the_invited(rig: Rig, lms: PracticeLms) -> None:
    with rig.database.write() as session:
        for number in range(201):
            session.add(
                Registration(
                    issuer=f"https://school{number}.example",
                    client_id="c",
                    auth_login_url="https://x.example/a",
                    token_url="https://x.example/t",
                    jwks_url="https://x.example/k",
                    active=False,
                    created_at=rig.clock(),
                )
            )
    world = lms.worlds["moodle"]
    assert confirm(registration_address(world, rig.url + "/lti/register")).status_code == 400
    assert len(rows(rig)) == 201
    assert confirm(registration_address(world, invite(rig))).status_code == 200
