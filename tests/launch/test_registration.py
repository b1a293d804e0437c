"""Dynamic registration against both personalities, and what it refuses (lti.md §8)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import sqlalchemy as sa

from lti_tool.launch.config_json import PLACEHOLDER, canvas_config
from lti_tool.records.platform import Deployment, Registration
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient, read_form
from tests.sandbox_lms.registration import registration_address
from tests.sandbox_lms.server import PracticeLms

COURSES = {
    "canvas": (seed.CANVAS_COURSE, seed.CANVAS_TEACHER),
    "moodle": (seed.MOODLE_COURSE, seed.MOODLE_TEACHER),
}


def _confirm(rig: Rig, address: str) -> requests.Response:
    """Open the page as the administrator's browser does and press its button."""
    page = requests.get(address, timeout=60)
    assert page.status_code == 200, page.text
    return LaunchClient().send(read_form(page))


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_register_confirm_activate_launch(rig: Rig, lms: PracticeLms, personality: str) -> None:
    world = lms.worlds[personality]
    address = registration_address(world, rig.url + "/lti/register")
    page = requests.get(address, timeout=60)
    assert world.issuer in page.text
    assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {world.issuer}")
    assert world.tools == {}, "opening the page registers nothing"
    done = _confirm(rig, address)
    assert done.status_code == 200, done.text
    assert "lti-close.js" in done.text
    (tool,) = world.tools.values()
    assert tool.redirect_uris == [rig.url + "/lti/launch"]
    with rig.database.read() as session:
        row = session.scalars(sa.select(Registration)).one()
        assert (row.issuer, row.client_id, row.active) == (world.issuer, tool.client_id, False)
        waiting = {d.lms_id for d in session.scalars(sa.select(Deployment))}
        assert waiting <= set(tool.deployment_ids)
    course, teacher = COURSES[personality]
    tool.active = True
    client = LaunchClient()
    assert client.login(client.initiate(world.issuer, course, teacher)).status_code == 400
    with rig.database.write() as session:
        session.execute(sa.update(Registration).values(active=True, any_deployment=True))
    assert client.launch(world.issuer, course, teacher).status_code == 200


def test_the_administrator_says_school_or_college_while_registering(rig: Rig, lms: PracticeLms) -> None:
    address = registration_address(lms.worlds["canvas"], rig.url + "/lti/register")
    page = requests.get(address, timeout=20)
    assert "Who are the students?" in page.text
    form = read_form(page)
    assert (
        LaunchClient().send(replace(form, fields={**form.fields, "age_band": "college"})).status_code == 200
    )
    with rig.database.read() as session:
        row = session.scalars(sa.select(Registration)).one()
        assert (row.age_band, row.band_said_at is not None) == ("college", True)


def test_a_registration_token_works_once(rig: Rig, lms: PracticeLms) -> None:
    address = registration_address(lms.worlds["moodle"], rig.url + "/lti/register")
    assert _confirm(rig, address).status_code == 200
    again = _confirm(rig, address)
    assert again.status_code == 400
    assert "refused the registration" in again.text


def test_what_is_no_configuration_is_refused(rig: Rig, lms: PracticeLms) -> None:
    canvas, moodle = lms.url("canvas"), lms.url("moodle")
    for address in (
        "",
        "not an address",
        "ftp://localhost/x",
        "http://localhost:1/closed",
        moodle + "/no/such/page",
        moodle + "/mod/lti/certs.php",
        canvas + "/api/lti/security/openid-configuration",
        "x" * 20_000,
    ):
        for method in ("get", "post"):
            values = {"openid_configuration": address, "registration_token": "t"}
            sent = {"params": values} if method == "get" else {"data": values}
            answer = requests.request(method, rig.url + "/lti/register", timeout=60, **sent)
            assert 400 <= answer.status_code < 500, (address[:60], answer.status_code)
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0


def test_a_configuration_on_another_host_than_its_issuer(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    address = registration_address(world, rig.url + "/lti/register")
    query = dict(parse_qsl(urlsplit(address).query))
    query["openid_configuration"] = query["openid_configuration"].replace("localhost", "127.0.0.1")
    answer = requests.get(rig.url + "/lti/register", params=query, timeout=60)
    assert 400 <= answer.status_code < 500


def test_an_active_registration_is_not_changed_from_outside(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    address = registration_address(world, rig.url + "/lti/register")
    (token,) = world.lti.registrations.values()
    with rig.database.write() as session:
        session.add(
            Registration(
                issuer=world.issuer,
                client_id=token.client_id,
                auth_login_url="https://old.example/a",
                token_url="https://old.example/t",
                jwks_url="https://old.example/k",
                active=True,
                created_at=rig.clock(),
            )
        )
    answer = _confirm(rig, address)
    assert answer.status_code == 400
    assert "active already" in answer.text
    with rig.database.read() as session:
        assert session.scalars(sa.select(Registration)).one().jwks_url == "https://old.example/k"


def test_another_site_cannot_press_the_button(rig: Rig, lms: PracticeLms) -> None:
    page = requests.get(registration_address(lms.worlds["moodle"], rig.url + "/lti/register"), timeout=60)
    form = read_form(page)
    form.origin = "https://elsewhere.example"
    assert LaunchClient().send(form).status_code == 403
    assert lms.worlds["moodle"].tools == {}


def test_canvas_json_is_the_one_at_the_root(rig: Rig) -> None:
    served = requests.get(rig.url + "/lti/config", timeout=60)
    assert "application/json" in served.headers["Content-Type"]
    assert served.json() == canvas_config(rig.url)
    file = Path(__file__).parents[2] / "tool.json"
    assert json.loads(file.read_text()) == canvas_config(PLACEHOLDER)
    assert file.read_text().replace(PLACEHOLDER, rig.url).replace("YOUR-HOST", rig.url[7:]) == (
        json.dumps(served.json(), indent=2) + "\n"
    )
