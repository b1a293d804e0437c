"""What a row of the suite is, and the accepted ones (lti.md §2), as teacher and as student."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.platform import AGS, LTI, MEMBER, NRPS, Claims, SmallPlatform
from tests.hostile.seen import INSTITUTION, SEEN
from tests.hostile.visit import Send, Visit

Change = Callable[[Claims], object]
PERSONAL = ("name", "given_name", "family_name", "email")


@dataclass(frozen=True)
class Row:
    """ready makes everything ready and returns the one step that is judged."""

    name: str
    ready: Callable[[SmallPlatform], Send]


def claim(name: str, value: object) -> Change:
    return lambda claims: claims.update({name: value})


def lti(name: str, value: object) -> Change:
    return claim(LTI + name, value)


def without(*names: str) -> Change:
    return lambda claims: [claims.pop(name, None) for name in names]


def nothing(_claims: Claims) -> None:
    """A plain launch."""


def _add_role(*roles: str) -> Change:
    return lambda claims: claims[LTI + "roles"].extend(roles)


def _only(*kept: str) -> Change:
    return without(*(name for name in PERSONAL if name not in kept))


def _hostile_names(claims: Claims) -> None:
    claims["name"] = "<img src=x onerror=alert(1)>\x00\u202e" + "x" * 10_000
    claims["given_name"] = claims["family_name"] = "<img src=x>"
    claims[LTI + "context"] = claims[LTI + "context"] | {"title": "<img src=x onerror=alert(2)>\x00"}
    claims[LTI + "resource_link"] = {"id": "link-2", "title": "\u202e<img src=x>"}


# row → what it changes in a plain launch
GOOD: dict[str, Change] = {
    "plain": nothing,
    "several roles": _add_role(INSTITUTION + "Student", INSTITUTION + "Other"),
    "unknown role URIs beside known ones": _add_role("urn:x:unheard/of", "http://example.com/r#Wizard"),
    "names only": _only("name", "given_name", "family_name"),
    "e-mail only": _only("email"),
    "no personal data": _only(),
    "aud is text, no azp": without("azp"),
    "optional claims of null": lambda c: c.update(
        dict.fromkeys(("azp", "nbf", "locale", "picture", NRPS, AGS, LTI + "custom", LTI + "lis"))
    ),
    "aud is a list with us in it": lambda c: c.update(aud=[c["aud"]]),
    "aud is a list of two, azp is us": lambda c: c.update(aud=[c["aud"], "another"]),
    "iat 60 s in the future": lambda c: c.update(iat=c["iat"] + 60),
    "names with markup, NUL, right-to-left marks and 10,000 characters": _hostile_names,
}


def _changed(role: str, change: Change) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform, role)
        change(visit.claims)
        return visit.post

    return ready


def _short_role(role: str) -> Change:
    return lti("roles", [role])


def _login_by(method: str, role: str) -> Callable[[SmallPlatform], Send]:
    return lambda platform: Visit(platform, role, method=method).post


def _known_person_outside_courses(platform: SmallPlatform) -> Send:
    sub = Visit(platform).sub
    assert Visit(platform, sub=sub).post().status_code == 200
    outside = Visit(platform, sub=sub)
    without(LTI + "context")(outside.claims)
    return outside.post


def _rows() -> list[Row]:
    rows = []
    for who, role in (("teacher", "Instructor"), ("student", "Learner")):
        rows += [Row(f"{name} ({who})", _changed(role, change)) for name, change in GOOD.items()]
        rows.append(Row(f"short role name ({who})", _changed(role, _short_role(role))))
        rows += [Row(f"login by {m.upper()} ({who})", _login_by(m, role)) for m in ("get", "post")]
    rows += [Row(name, _changed("Instructor", change)) for name, change in SEEN.items()]
    rows.append(Row("no roles: an empty list, least rights", _changed("Learner", lti("roles", []))))
    rows.append(Row("no course: a person we know", _known_person_outside_courses))
    rows.append(Row("no course: anyone else", _changed("Learner", without(LTI + "context"))))
    rows.append(
        Row("a role of the institution alone", _changed("Learner", lti("roles", [INSTITUTION + "Student"])))
    )
    rows.append(Row("an observer", _changed("Learner", lti("roles", [MEMBER + "Mentor"]))))
    return rows


ACCEPTED = _rows()
