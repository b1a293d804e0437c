"""A platform nobody here wrote: lti1p3platform's messages, tokens and memberships behind a few routes."""

from __future__ import annotations

import threading
from html import escape
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, redirect, request
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.membership import Context
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request
from lti1p3platform.response import generate_next_link
from lti1p3platform.service_connector import NamesRoleProvisioningService
from werkzeug.serving import make_server

ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
CONTEXT_ID = "foreign-course-1"
PAGE = 2


def members() -> list[dict[str, Any]]:
    """One teacher and five learners, the fifth with no name."""
    learners = [
        {
            "user_id": f"s{n}",
            "roles": [f"{ROLE}Learner"],
            "name": f"Learner {n} & Co",
            "email": f"s{n}@x.invalid",
        }
        for n in range(1, 5)
    ]
    return [
        {"user_id": "t1", "roles": [f"{ROLE}Instructor"], "name": "Foreign Teacher"},
        *learners,
        {"user_id": "s5", "roles": ["Learner"]},
    ]


class _Request(Request):
    def build_metadata(self, asked: Any) -> Any:
        return {
            "method": asked.method,
            "form_data": asked.form.to_dict(),
            # The library adds 1 to `page`, so numbers have to be numbers.
            "get_data": {k: int(v) if v.isdigit() else v for k, v in asked.args.items()},
            "headers": asked.headers,
            "content_type": asked.content_type,
            "path": asked.path,
            "json": None,
        }


class _Conf(LTI1P3PlatformConfAbstract):
    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **_kwargs: Any) -> Registration:
        assert self._registration is not None
        return self._registration


class _Login(OIDCLoginAbstract):
    def set_lti_message_hint(self, **kwargs: Any) -> None:
        self._lti_message_hint = kwargs["hint"]

    def get_redirect(self, url: str) -> Any:
        return redirect(url)


class _Launch(LTIAdvantageMessageLaunchAbstract):
    def render_launch_form(self, launch_data: dict[str, Any], **_kwargs: Any) -> str:
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(launch_data[name])}">'
            for name in ("id_token", "state")
        )
        return f'<form action="{escape(launch_data["launch_url"])}" method="post">{fields}</form>'


class _Memberships(NamesRoleProvisioningService):
    def get_context_by_id(self) -> Context:
        return Context(id=CONTEXT_ID, label="F1", title="Foreign course")

    def get_member_data_page(self, page: int = 1, **_kwargs: Any) -> Any:
        start = (int(page) - 1) * PAGE
        rows = members()
        return {"content": rows[start : start + PAGE], "has_next": start + PAGE < len(rows)}


class ForeignPlatform:
    """The platform on a real port of `localhost`; `start_url(user)` is where a launch begins."""

    def __init__(self, tool_url: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.registration = Registration()
        self.server = make_server("localhost", 0, self._app(), threaded=True)
        self.url = f"http://localhost:{self.server.server_port}"
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.registration.set_iss(self.url).set_client_id("foreign-client").set_deployment_id("foreign-1")
        self.registration.set_launch_url(f"{tool_url}/lti/launch").set_oidc_login_url(f"{tool_url}/lti/login")
        self.registration.set_platform_private_key(pem.decode()).set_platform_public_key(public.decode())
        self.registration.set_tool_key_set_url(f"{tool_url}/lti/jwks")
        self.conf = _Conf(registration=self.registration)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()

    def start_url(self, user: str) -> str:
        return f"{self.url}/start?user={user}"

    def _app(self) -> Flask:
        app = Flask("foreign")
        app.add_url_rule("/start", view_func=self._start)
        app.add_url_rule("/auth", view_func=self._auth)
        app.add_url_rule("/jwks", "jwks", view_func=lambda: jsonify(self.conf.get_jwks()))
        app.add_url_rule(
            "/token",
            "token",
            view_func=lambda: jsonify(self.conf.get_access_token(request.form.to_dict())),
            methods=["POST"],
        )
        app.add_url_rule("/members", view_func=self._members)
        return app

    def _start(self) -> Any:
        login = _Login(_Request(request), self.conf)
        login.set_lti_message_hint(hint="link-1")
        return login.initiate_login(request.args["user"])

    def _auth(self) -> Any:
        asked = request.args.to_dict()
        who = next(m for m in members() if m["user_id"] == asked["login_hint"])
        launch = _Launch(_Request(request), self.conf)
        launch.set_user_data(who["user_id"], who["roles"], who.get("name"), who.get("email"))
        launch.set_resource_link_claim(asked["lti_message_hint"], title="Plans")
        launch.set_launch_context_claim(CONTEXT_ID, context_title="Foreign course")
        launch.set_nrps(f"{self.url}/members?course=1&limit=2")
        return launch.lti_launch()

    def _members(self) -> Any:
        service = _Memberships(_Request(request), self.conf, f"{self.url}/members")
        page = int(request.args.get("page", 1))
        found = service.handle_get_members()
        if found.code != 200:
            return found.message, found.code
        answer = jsonify({k: v for k, v in found.result.items() if k != "next"})
        answer.content_type = found.media_type
        if page * PAGE < len(members()):
            answer.headers["Link"] = generate_next_link(
                f"{self.url}/members?course=1&limit=2&page={page + 1}"
            )
        return answer
