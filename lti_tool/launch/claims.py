"""id_token claims → one typed Launch (lti.md §2, §3). What is malformed refuses the launch here.

Names and titles are free text: cleaned and cut, never a reason to refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lti_tool.launch.claim_shapes import (
    Claims,
    ContextClaim,
    DeepLinkingClaim,
    ResourceLinkClaim,
    web_address,
)
from lti_tool.launch.mentor_scope import students_named
from lti_tool.launch.origins import same_origin
from lti_tool.launch.reasons import refuse
from lti_tool.planning.people import Names, clean_text
from lti_tool.plans.asked import NOTICES

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
PLACEMENT = "https://www.instructure.com/placement"
HISTORY = "context_history"  # our custom field for $Context.id.history
CONTEXT_COPY = "LtiContextCopyNotice"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
DATA_PRIVACY = frozenset({"DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest"})
SERVED_MESSAGES = frozenset({RESOURCE_LINK, DEEP_LINKING, SUBMISSION_REVIEW}) | DATA_PRIVACY
KNOWN_MESSAGES = SERVED_MESSAGES | {"LtiEulaRequest", "LtiStartProctoring", "LtiEndAssessment"}


_PLAIN: frozenset[str] = frozenset({"sub", "name", "given_name", "family_name", "email", "locale"})
_FULL_NAMES = [(key if key in _PLAIN else LTI + key, key) for key in Claims.model_fields]
_NEVER_NULL = frozenset({"message_type", "version", "deployment_id", "roles"})


@dataclass(frozen=True)
class Launch:
    """A launch whose token was verified and whose claims are well-formed.

    resource_link: there for every launch of a link. deep_linking: there for every picker. for_user:
    the `sub` a submission review or a data-privacy launch is about. students: the `sub` of those a mentor
    mentors, as read from students_from.
    """

    message_type: str
    placement: str
    sub: str
    deployment_id: str
    roles: list[str]
    names: Names
    locale: str
    context: ContextClaim | None
    resource_link: ResourceLinkClaim | None
    deep_linking: DeepLinkingClaim | None
    for_user: str
    guid: str
    product_family: str
    custom: dict[str, str]
    students: list[str]
    students_from: str
    nrps_url: str
    lineitems_url: str
    notices_url: str
    scopes: list[str]
    return_url: str

    def number_from_custom(self, key: str) -> str:
        """A numeric id among the custom fields; "" for anything else, such as a literal "$Canvas.user.id"."""
        value = self.custom.get(key, "")
        return value if re.fullmatch(r"[0-9]{1,30}", value) else ""

    @property
    def copied_from(self) -> str:
        """The course this one was copied from last (`$Context.id.history`, newest first), or ""."""
        here = self.context.id if self.context else ""
        listed = [part.strip() for part in self.custom.get(HISTORY, "").split(",")]
        found = (part for part in listed if part and part != here and not part.startswith("$"))
        return clean_text(next(found, ""), 255)


def parse_claims(body: dict[str, Any], public_url: str, *, anonymous: bool = False) -> Launch:
    """The Launch in these verified claims; raises Refusal with the reason otherwise.

    anonymous: this registration lets visitors without a `sub` open a link; their Launch has an empty one.
    """
    deployment = _short(body.get(LTI + "deployment_id"))
    return_url = return_url_of(body)
    version, message_type = body.get(LTI + "version"), body.get(LTI + "message_type")
    if version != "1.3.0":
        raise refuse("version_wrong", return_url=return_url, deployment=deployment)
    if not isinstance(message_type, str) or message_type not in KNOWN_MESSAGES:
        raise refuse("message_unknown", return_url=return_url, deployment=deployment)
    try:
        claims = Claims.model_validate(_named(body))
    except ValidationError as error:
        where = ",".join(sorted({".".join(map(str, each["loc"][:2]))[:40] for each in error.errors()}))
        raise refuse("claims_malformed", return_url=return_url, deployment=deployment, detail=where) from None
    if not same_origin(claims.target_link_uri, public_url):
        raise refuse("target_elsewhere", return_url=return_url, deployment=deployment)
    if message_type not in SERVED_MESSAGES:
        raise refuse("message_not_served", return_url=return_url, detail=message_type, deployment=deployment)
    for part in _needed(message_type):
        if getattr(claims, part) is None:
            raise refuse("claims_malformed", return_url=return_url, detail=part, deployment=deployment)
    if claims.sub is None and not (anonymous and message_type == RESOURCE_LINK):
        raise refuse("anonymous", return_url=return_url, deployment=deployment)
    return _launch(claims, claims.sub or "", _placement(body))


def _needed(message_type: str) -> tuple[str, ...]:
    """The claims that this kind of message cannot be without."""
    return {
        RESOURCE_LINK: ("resource_link",),
        DEEP_LINKING: ("deep_linking",),
        SUBMISSION_REVIEW: ("context", "for_user"),
    }.get(message_type, ())


def return_url_of(body: dict[str, Any]) -> str:
    """The way back to the LMS in verified claims; empty when there is none we would link to."""
    presentation = body.get(LTI + "launch_presentation")
    url = presentation.get("return_url") if isinstance(presentation, dict) else None
    return web_address(url) if isinstance(url, str) else ""


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """Claims under their short names; a claim of null counts as not there (Moodle sends some)."""
    named: dict[str, Any] = {key: body[full] for full, key in _FULL_NAMES if full in body}
    if NRPS in body:
        named["nrps"] = body[NRPS]
    if AGS in body:
        named["ags"] = body[AGS]
    if DEEP_LINKING_SETTINGS in body:
        named["deep_linking"] = body[DEEP_LINKING_SETTINGS]
    return {key: value for key, value in named.items() if not (value is None and key not in _NEVER_NULL)}


def _placement(body: dict[str, Any]) -> str:
    """Where in the LMS this was opened from, by Canvas's own names; "" where it does not say."""
    name = body.get(PLACEMENT)
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z_]{1,64}", name) else ""


def _launch(claims: Claims, sub: str, placement: str) -> Launch:
    context, link = claims.context, claims.resource_link
    custom = _custom_texts(claims.custom)
    students, students_from = students_named(claims.role_scope_mentor, custom)
    scopes = [clean_text(scope, 255) for scope in claims.ags.scope[:20]]
    if claims.nrps.context_memberships_url:
        scopes.append(NRPS_SCOPE)
    notices_url = claims.platformnotificationservice.address_for(CONTEXT_COPY)
    if notices_url:
        scopes.append(NOTICES)
    locale = clean_text(claims.launch_presentation.locale or claims.locale, 32)
    return Launch(
        message_type=claims.message_type,
        placement=placement,
        sub=sub,
        deployment_id=claims.deployment_id,
        roles=[clean_text(role, 255) for role in claims.roles[:100]],
        names=Names(claims.name, claims.given_name, claims.family_name, claims.email, locale).cleaned(),
        locale=locale,
        context=context
        and ContextClaim(
            id=context.id, label=clean_text(context.label, 255), title=clean_text(context.title, 1024)
        ),
        resource_link=link and ResourceLinkClaim(id=link.id, title=clean_text(link.title, 1024)),
        deep_linking=claims.deep_linking,
        for_user=claims.for_user.user_id if claims.for_user else "",
        guid=clean_text(claims.tool_platform.guid, 255),
        product_family=clean_text(claims.tool_platform.product_family_code, 64).lower(),
        custom=custom,
        students=students,
        students_from=students_from,
        nrps_url=claims.nrps.context_memberships_url,
        lineitems_url=claims.ags.lineitems,
        notices_url=notices_url,
        scopes=scopes,
        return_url=claims.launch_presentation.return_url,
    )


def _custom_texts(custom: dict[str, Any]) -> dict[str, str]:
    """Custom fields as text; Canvas sends its numeric ids as numbers, Moodle sends some as null."""
    simple = {key: value for key, value in custom.items() if type(value) in {str, int}}
    return {key: value if isinstance(value, str) else str(value)[:40] for key, value in simple.items()}


def _short(value: Any) -> str:
    return clean_text(value, 255) if isinstance(value, str) else ""
