"""Sessions without third-party cookies, by HTTP: Platform Storage, pending launches, secrets (lti.md §5)."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from structlog.testing import capture_logs

from lms_sync.schedule import tick
from lti_tool.jobs import Jobs
from lti_tool.launch.session import FIELD, HEADER
from lti_tool.records.launch import LaunchSession, LoginState, PendingLaunch
from lti_tool.records.platform import Deployment
from tests.launch.attempt import assert_refused, stored
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import Form, LaunchClient
from tests.sandbox_lms.server import PracticeLms

FRAMED = {"Sec-Fetch-Dest": "iframe"}


def in_page(page: requests.Response, name: str) -> str:
    """What the page hands to its script under data-<name>."""
    found = re.search(rf'data-{name}="([^"]*)"', page.text)
    assert found, page.text[:1000]
    return unescape(found.group(1))


class Framed:
    """A Canvas launch in a frame whose browser keeps no cookie of the tool, up to the posted token."""

    def __init__(self, rig: Rig, lms: PracticeLms, who: int = seed.CANVAS_STUDENTS[0]) -> None:
        self.rig, self.lms_browser, self.tool_browser = rig, LaunchClient(), LaunchClient()
        login = self.lms_browser.initiate(lms.url("canvas"), seed.CANVAS_COURSE, who)
        self.login_page = self.tool_browser.send(login, follow=False, **FRAMED)
        assert self.login_page.status_code == 200, self.login_page.text[:300]
        self.stored = {in_page(self.login_page, "key"): in_page(self.login_page, "value")}
        self.form: Form = self.lms_browser.authorize(in_page(self.login_page, "go"))

    def post(self) -> requests.Response:
        """Post the token from a browser that has no cookie."""
        return LaunchClient().send(self.form, follow=False, **FRAMED)

    def prove(
        self, waiting: requests.Response, proof: str | None = None, **headers: str
    ) -> requests.Response:
        found = self.stored[in_page(waiting, "key")] if proof is None else proof
        return requests.post(
            self.rig.url + in_page(waiting, "send"),
            data={"ticket": in_page(waiting, "ticket"), "proof": found},
            headers={"Sec-Fetch-Site": "same-origin", **headers},
            timeout=60,
        )

    def launched(self) -> tuple[str, str]:
        """(address of the first page, secret)."""
        said: dict[str, str] = self.prove(self.post()).json()
        return self.rig.url + said["address"], said["secret"]


@pytest.fixture
def framed(rig: Rig, lms: PracticeLms) -> Framed:
    rig.register(lms.worlds["canvas"])
    return Framed(rig, lms)


def count(rig: Rig, table: Any) -> int:
    with rig.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_login_in_a_frame_asks_the_browser_first(framed: Framed, lms: PracticeLms) -> None:
    page = framed.login_page
    assert in_page(page, "target") == "post_message_forwarding"
    assert in_page(page, "origins") == lms.url("canvas")  # of the OIDC authorization address
    assert in_page(page, "go").startswith(f"{lms.url('canvas')}/api/lti/authorize_redirect?")
    assert in_page(page, "value") not in in_page(page, "go")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "<script>" not in page.text
    assert f"form-action 'self' {lms.url('canvas')};" in policy  # the new window's login leads there
    assert "Partitioned" in page.headers["Set-Cookie"]
    assert "Open in a new window" in page.text


def test_a_login_in_a_window_of_its_own_goes_straight_on(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    client = LaunchClient()
    form = client.initiate(lms.url("canvas"), seed.CANVAS_COURSE, seed.CANVAS_TEACHER)
    answer = client.send(form, follow=False, **{"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 302
    assert count(rig, LoginState) == 0  # nothing is written for a login nobody has come back from


def test_the_parent_may_have_any_host_a_signed_launch_named(rig: Rig, lms: PracticeLms) -> None:
    tool = rig.register(lms.worlds["canvas"])
    with rig.database.write() as session:
        session.execute(sa.update(Deployment).values(frame_origins=["https://school.example"]))
    client = LaunchClient()
    form = client.initiate(lms.url("canvas"), seed.CANVAS_COURSE, seed.CANVAS_TEACHER)
    assert form.fields["deployment_id"] == tool.deployment_ids[0]
    named = client.send(form, follow=False, **FRAMED)
    form.fields["lti_storage_target"] = "_parent"
    parent = client.send(form, follow=False, **FRAMED)
    assert in_page(named, "origins") == lms.url("canvas")
    assert in_page(parent, "origins").split() == [lms.url("canvas"), "https://school.example"]


def test_storage_alone_opens_the_tool(framed: Framed, rig: Rig) -> None:
    waiting = framed.post()
    assert waiting.status_code == 200
    assert "Set-Cookie" not in waiting.headers
    assert count(rig, LaunchSession) == 0
    said = framed.prove(waiting)
    assert said.status_code == 200
    assert "Set-Cookie" not in said.headers
    address, secret = rig.url + said.json()["address"], said.json()["secret"]
    assert secret not in address
    assert requests.get(address, timeout=60).status_code == 401
    page = requests.get(address, headers={HEADER: secret}, timeout=60)
    assert page.status_code == 200
    assert "data-launch-user" in page.text
    assert secret not in page.text
    assert count(rig, PendingLaunch) == 0


def test_the_waiting_page_may_be_framed_by_the_platform_only(framed: Framed, lms: PracticeLms) -> None:
    policy = framed.post().headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors 'self' {lms.url('canvas')}")


def test_what_waits_is_not_readable_in_the_database(framed: Framed, rig: Rig, lms: PracticeLms) -> None:
    framed.post()
    with rig.database.read() as session:
        raw = bytes(session.scalar(sa.text("SELECT claims FROM pending_launch")) or b"")
    assert raw
    assert lms.worlds["canvas"].people[seed.CANVAS_STUDENTS[0]].sub.encode() not in raw


def test_another_browser_has_no_proof(framed: Framed, rig: Rig, lms: PracticeLms) -> None:
    waiting = framed.post()
    other = Framed(rig, lms)
    for proof in ("", "made up", *other.stored.values(), "x\x00" * 9000):
        with capture_logs() as lines:
            assert_refused(framed.prove(waiting, proof), proof[:20])
        (line,) = (line for line in lines if line["event"] == "refused")
        assert line["issuer"] == lms.worlds["canvas"].issuer
        assert line["deployment"]
    assert stored(rig) == 0
    assert framed.prove(waiting).status_code == 200  # the right one still opens it


def test_no_ticket_no_launch(framed: Framed, rig: Rig) -> None:
    for data in ({}, {"ticket": "x", "proof": "y"}, {"ticket": "\x00", "proof": "\ud83d"}):
        answer = requests.post(
            f"{rig.url}/lti/launch/proof",
            data={name: value.encode("utf-8", "replace") for name, value in data.items()},
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=60,
        )
        assert_refused(answer)


def test_other_sites_cannot_send_proofs(framed: Framed) -> None:
    waiting = framed.post()
    assert framed.prove(waiting, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert framed.prove(waiting).status_code == 200


def test_a_proof_opens_once(framed: Framed, rig: Rig) -> None:
    first, second = framed.post(), framed.post()  # the token posted twice: two wait, one can win
    answers: list[int] = []

    def prove(waiting: requests.Response) -> None:
        answers.append(framed.prove(waiting).status_code)

    threads = [threading.Thread(target=prove, args=(page,)) for page in (first, second) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 400, 400, 400, 400, 400]
    assert count(rig, LaunchSession) == 1


def test_a_proof_comes_within_five_minutes(framed: Framed, rig: Rig) -> None:
    waiting = framed.post()
    rig.clock.ahead = timedelta(minutes=6)
    assert_refused(framed.prove(waiting))
    assert stored(rig) == 0


def test_a_hostile_token_never_waits(framed: Framed, rig: Rig) -> None:
    framed.form.fields["id_token"] = framed.form.fields["id_token"][:-8] + "AAAAAAAA"
    assert_refused(framed.post())
    assert count(rig, PendingLaunch) == 0


def test_without_an_offered_storage_a_lost_cookie_is_refused(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    client = LaunchClient()
    form = client.initiate(lms.url("moodle"), seed.MOODLE_COURSE, seed.MOODLE_STUDENTS[0])
    page = client.send(form, follow=False, **FRAMED)
    assert in_page(page, "target") == ""
    assert in_page(page, "value") == ""
    assert_refused(LaunchClient().send(client.authorize(in_page(page, "go")), **FRAMED))


def test_the_secret_travels_as_header_or_in_a_posted_body_never_in_an_address(
    framed: Framed, rig: Rig
) -> None:
    with capture_logs() as logs:
        address, secret = framed.launched()
        same = {"Sec-Fetch-Site": "same-origin"}
        assert requests.get(address, params={FIELD: secret}, timeout=60).status_code == 401
        for wrong in ("", "x", secret[:-1], "é" * 20):
            assert requests.get(address, headers={HEADER: wrong.encode()}, timeout=60).status_code == 401
        # a student may not start plans: 403 says that the launch was known
        path = address + "start"
        assert requests.post(path, headers=same, timeout=60).status_code == 401
        assert requests.post(path, headers=same, data={FIELD: secret}, timeout=60).status_code == 403
        assert requests.post(path, headers={**same, HEADER: secret}, timeout=60).status_code == 403
    assert logs
    assert secret not in str(logs)
    assert not any(value in str(logs) for value in framed.stored.values())


def test_two_people_without_cookies_never_mix(framed: Framed, rig: Rig, lms: PracticeLms) -> None:
    mine, my_secret = framed.launched()
    theirs, their_secret = Framed(rig, lms, seed.CANVAS_TEACHER).launched()
    assert requests.get(mine, headers={HEADER: their_secret}, timeout=60).status_code == 401
    assert requests.get(theirs, headers={HEADER: my_secret}, timeout=60).status_code == 401
    for address, secret, who in (
        (mine, my_secret, seed.CANVAS_STUDENTS[0]),
        (theirs, their_secret, seed.CANVAS_TEACHER),
    ):
        page = requests.get(address, headers={HEADER: secret}, timeout=60)
        assert f'data-launch-user="{lms.worlds["canvas"].people[who].sub}"' in page.text


@pytest.mark.parametrize("wait", [timedelta(minutes=121), timedelta(hours=13)])
def test_a_session_without_cookies_ends_too(framed: Framed, rig: Rig, wait: timedelta) -> None:
    address, secret = framed.launched()
    rig.clock.ahead = wait
    assert requests.get(address, headers={HEADER: secret}, timeout=60).status_code == 401


def test_an_ended_session_gives_back_what_was_typed(framed: Framed, rig: Rig) -> None:
    address, secret = framed.launched()
    rig.clock.ahead = timedelta(minutes=121)
    typed = {
        "title": 'Read <b>two</b> "books"\nby Christmas',
        "target": "90",
        "items": ["7", "8"],
        FIELD: secret,
    }
    same = {"Sec-Fetch-Site": "same-origin"}
    with capture_logs() as logs:
        page = requests.post(address + "goals/new", data=typed, headers=same, timeout=60)
    assert page.status_code == 401
    assert "open Personal Plans again" in page.text
    box = re.search(r"<textarea[^>]* readonly>(.*?)</textarea>", page.text, re.DOTALL)
    assert box
    lines = unescape(box.group(1)).replace("\r\n", "\n").strip().split("\n\n")
    assert lines == ['Read <b>two</b> "books"\nby Christmas', "90"]
    assert "<b>two" not in page.text
    assert secret not in page.text
    assert "books" not in str(logs)
    fragment = requests.post(
        address + "goals/new", data=typed, headers={**same, "X-Plans-Page": "1"}, timeout=20
    )
    assert fragment.status_code == 401
    assert fragment.text.lstrip().startswith('<div class="notice"')
    assert "Christmas" not in fragment.text  # it stands in the form still


@pytest.mark.parametrize("allowed", [False, True])
def test_a_visitor_by_storage_alone(rig: Rig, lms: PracticeLms, allowed: bool) -> None:
    """Allowed: the same page without data as with cookies, and the login is used up. Else: why not."""
    world = lms.worlds["canvas"]
    rig.register(world, allow_anonymous=allowed)
    world.lti.visitors.add(seed.CANVAS_STUDENTS[0])
    framed = Framed(rig, lms)
    waiting = framed.post()
    if not allowed:
        assert_refused(waiting, "nobody is named")
        return
    assert "Plans belong to people" not in waiting.text
    assert_refused(framed.prove(waiting, "made up"))
    said = framed.prove(waiting)
    assert said.status_code == 200
    assert said.headers["Content-Type"].startswith("text/html")
    assert "Plans belong to people" in said.text
    assert "<html" not in said.text
    assert_refused(framed.post())
    assert stored(rig) == 0


def test_what_waited_in_vain_is_gone_with_the_worker(framed: Framed, rig: Rig) -> None:
    """A quiet site: nobody launches any more, and the claims of the last one do not stay."""
    framed.post()
    tick(rig.database, Jobs(rig.settings), rig.settings, rig.clock())
    assert count(rig, PendingLaunch) == 1
    rig.clock.ahead = timedelta(minutes=5, seconds=1)
    tick(rig.database, Jobs(rig.settings), rig.settings, rig.clock())
    assert count(rig, PendingLaunch) == 0
    assert count(rig, LoginState) == 1
