"""A browser stand-in: performs a launch as a browser does, one step at a time if a test wants to meddle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.sandbox_lms.world import World


@dataclass
class Form:
    """The (first) form of a page: where it goes, what it carries, the origin of the page it stands on."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    origin: str = ""


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form is None:
            self.form = Form(found.get("action", ""), found.get("method", "get").lower())
            self._inside = True
        elif tag == "input" and self._inside and self.form and found.get("name"):
            self.form.fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def read_form(page: requests.Response) -> Form:
    """The auto-submitted form of a page. AssertionError with the page's start when there is none."""
    reader = _FormReader()
    reader.feed(page.text)
    assert reader.form is not None, f"{page.status_code}, no form in: {page.text[:300]}"
    reader.form.action = urljoin(page.url, reader.form.action)
    reader.form.origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    return reader.form


class LaunchClient:
    """One browser: one cookie jar, several people and courses after one another if you like."""

    def __init__(self) -> None:
        self.browser = requests.Session()
        self.browser.headers["User-Agent"] = "practice browser"
        self.browser.trust_env = False
        self.timeout = 60

    def sign_in(self, base_url: str, person_id: int) -> None:
        answer = self.browser.post(
            f"{base_url}/control/sign-in", json={"person_id": person_id}, timeout=self.timeout
        )
        answer.raise_for_status()

    def initiate(
        self, base_url: str, course_id: int, person_id: int, *, link: str | None = None, **more: str
    ) -> Form:
        """Sign in and press the link: the login-initiation form, not sent yet.

        more: tool (client id), deployment, message="deep-linking" ("submission-review", "data-privacy"),
            placement (Canvas's pickers), and `for`, the person it is about.
        """
        self.sign_in(base_url, person_id)
        params = {**({"link": link} if link else {}), **more}
        page = self.browser.get(f"{base_url}/open/{course_id}", params=params, timeout=self.timeout)
        return read_form(page)

    def login(self, form: Form) -> requests.Response:
        """Send the login initiation to the tool; its redirect is NOT followed (see `Location`)."""
        return self.send(form, follow=False)

    def authorize(self, location: str) -> Form:
        """Follow the tool's redirect to the platform: the form with id_token and state, not sent yet."""
        return read_form(self.browser.get(location, timeout=self.timeout))

    def send(self, form: Form, *, follow: bool = True, **headers: str) -> requests.Response:
        """Submit a form as a browser does, with the Origin of the page the form stands on."""
        method = "POST" if form.method == "post" else "GET"
        here = form.origin == "{0.scheme}://{0.netloc}".format(urlsplit(form.action))
        sent = {"Origin": form.origin, "Sec-Fetch-Site": "same-origin" if here else "cross-site"}
        data = {"data": form.fields} if method == "POST" else {"params": form.fields}
        return self.browser.request(
            method,
            form.action,
            allow_redirects=follow,
            timeout=self.timeout,
            headers={**sent, **headers},
            **data,
        )

    def ready(self, base_url: str, course_id: int, person_id: int, **more: Any) -> Form:
        """Everything up to the form that posts the id_token."""
        answer = self.login(self.initiate(base_url, course_id, person_id, **more))
        assert answer.is_redirect, f"the login did not redirect: {answer.status_code} {answer.text[:300]}"
        return self.authorize(urljoin(answer.url, answer.headers["Location"]))

    def launch(
        self, base_url: str, course_id: int, person_id: int, *, link: str | None = None, **more: str
    ) -> requests.Response:
        """The whole launch: the landing page (or the tool's refusal)."""
        return self.send(self.ready(base_url, course_id, person_id, link=link, **more))


def sign(world: World, claims: Mapping[str, Any], **header: Any) -> str:
    """An id_token with the platform's own key and whatever claims: for hostile launches."""
    return world.lti.sign(dict(claims), **header)
