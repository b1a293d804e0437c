"""One visitor's launch, step by step: the login at the tool, then the post that each row changes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import requests

from tests.hostile.platform import Claims, SmallPlatform

Send = Callable[[], requests.Response]
TIMEOUT = 60
NUMBER = re.compile(r"L-[2-9A-Z]{4}-[2-9A-Z]{4}")


def new_browser() -> requests.Session:
    browser = requests.Session()
    browser.trust_env = False
    return browser


def login(platform: SmallPlatform, method: str = "post", **changed: str | None) -> requests.Response:
    """The login initiation; changed: a parameter's other value, or None to leave it out."""
    return send_login(platform, new_browser(), method, **changed)


def send_login(
    platform: SmallPlatform, browser: requests.Session, method: str = "post", **changed: str | None
) -> requests.Response:
    given = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "login_hint": "hint",
        "target_link_uri": platform.tool_url + "/lti/launch",
        "lti_message_hint": "message",
        "lti_deployment_id": platform.deployment_id,
    } | changed
    sent = {name: value for name, value in given.items() if value is not None}
    address = platform.tool_url + "/lti/login"
    if method == "get":
        return browser.get(address, params=sent, allow_redirects=False, timeout=TIMEOUT)
    return browser.post(address, data=sent, allow_redirects=False, timeout=TIMEOUT)


@dataclass
class Visit:
    """A launch stopped just before its token is posted. `claims` may be changed until then."""

    platform: SmallPlatform
    role: str = "Learner"
    sub: str = field(default_factory=lambda: "someone-" + secrets.token_hex(6))
    method: str = "post"

    def __post_init__(self) -> None:
        self.browser = new_browser()
        answer = send_login(self.platform, self.browser, self.method)
        assert answer.status_code == 302, (answer.status_code, answer.text[:300])
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)
        self.state, self.nonce = asked["state"][0], asked["nonce"][0]
        self.claims: Claims = self.platform.claims(self.nonce, self.sub, self.role)

    def post(self, token: str | None = None, *, follow: bool = True) -> requests.Response:
        """Post this token, or the claims properly signed, as the platform's page would."""
        form = {"state": self.state, "id_token": self.platform.sign(self.claims) if token is None else token}
        return self.post_form(form, follow=follow)

    def post_form(self, form: dict[str, str], *, follow: bool = True) -> requests.Response:
        return self.browser.post(
            self.platform.tool_url + "/lti/launch", data=form, allow_redirects=follow, timeout=TIMEOUT
        )


def is_accepted(page: requests.Response, sub: str = "") -> bool:
    """A page of the tool for exactly this person, with nothing of the claims as live markup."""
    return (
        page.status_code == 200 and f'data-launch-user="{sub}' in page.text and "<img src=x" not in page.text
    )


def is_refused(page: requests.Response) -> bool:
    """4xx, and a page with a sentence, what to do and a number to quote; nobody is in."""
    told = "What to do" in page.text and NUMBER.search(page.text) is not None
    return 400 <= page.status_code < 500 and told and "data-launch-user" not in page.text
