"""id_token claims → one typed Launch (lti.md §2, §3). What is malformed refuses the launch here.

Identifiers must be what the specification says (text, at most 255 characters, no control
characters). Names and titles are free text: cleaned and cut, never a reason to refuse.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lti_tool.launch.origins import origin_of, same_origin
from lti_tool.launch.reasons import refuse
from lti_tool.planning.people import Names, clean_text

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

RESOURCE_LINK = "LtiResourceLinkRequest"
KNOWN_MESSAGES = frozenset(
    {
        RESOURCE_LINK,
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
        "DataPrivacyLaunchRequest",
        "LtiDataPrivacyLaunchRequest",
        "LtiEulaRequest",
        "LtiStartProctoring",
        "LtiEndAssessment",
    }
)


def _is_identifier(value: str) -> str:
    if not value.strip() or any(unicodedata.category(char) in {"Cc", "Cs"} for char in value):
        raise ValueError("empty, or with control characters")
    return value


def _web_address(value: str) -> str:
    return value if len(value) <= 2048 and origin_of(value) and value.isprintable() else ""


def _text_or_nothing(value: Any) -> Any:
    return "" if value is None else value


Identifier = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_is_identifier)]
FreeText = Annotated[str, BeforeValidator(_text_or_nothing)]
Address = Annotated[str, BeforeValidator(_text_or_nothing), AfterValidator(_web_address)]


class _Claim(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ContextClaim(_Claim):
    """The course: id as the LMS has it, label and title for people."""

    id: Identifier
    label: FreeText = ""
    title: FreeText = ""


class ResourceLinkClaim(_Claim):
    """The place in the course the tool was opened from."""

    id: Identifier
    title: FreeText = ""


class PlatformClaim(_Claim):
    """Which installation of which LMS this is."""

    guid: Annotated[str, Field(max_length=255), BeforeValidator(_text_or_nothing)] = ""
    product_family_code: Annotated[str, Field(max_length=64), BeforeValidator(_text_or_nothing)] = ""


class PresentationClaim(_Claim):
    """How the LMS shows us; `return_url` leads back."""

    return_url: Address = ""
    locale: FreeText = ""


class NrpsClaim(_Claim):
    """Where the roster can be read."""

    context_memberships_url: Address = ""


class AgsClaim(_Claim):
    """Where our own line items live, and what we may do there."""

    lineitems: Address = ""
    scope: list[str] = []


class _Claims(_Claim):
    """The claims we read, by their short names."""

    message_type: str
    version: str
    deployment_id: Identifier
    target_link_uri: str
    roles: list[str]
    sub: Identifier | None = None
    name: FreeText = ""
    given_name: FreeText = ""
    family_name: FreeText = ""
    email: FreeText = ""
    locale: FreeText = ""
    context: ContextClaim | None = None
    resource_link: ResourceLinkClaim | None = None
    tool_platform: PlatformClaim = PlatformClaim()
    launch_presentation: PresentationClaim = PresentationClaim()
    custom: dict[str, Any] = {}
    nrps: NrpsClaim = NrpsClaim()
    ags: AgsClaim = AgsClaim()


_PLAIN: frozenset[str] = frozenset({"sub", "name", "given_name", "family_name", "email", "locale"})


class Launch(BaseModel):
    """A launch whose token was verified and whose claims are well-formed."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    sub: str
    deployment_id: str
    roles: list[str]
    names: Names
    locale: str
    context: ContextClaim | None
    resource_link: ResourceLinkClaim
    guid: str
    product_family: str
    custom: dict[str, str]
    nrps_url: str
    lineitems_url: str
    scopes: list[str]
    return_url: str

    def number_from_custom(self, key: str) -> str:
        """A numeric id among the custom fields; "" for anything else, such as a literal "$Canvas.user.id"."""
        value = self.custom.get(key, "")
        return value if re.fullmatch(r"[0-9]{1,30}", value) else ""


def parse_claims(body: dict[str, Any], public_url: str) -> Launch:
    """The Launch in these verified claims; raises Refusal with the reason otherwise."""
    deployment = _short(body.get(LTI + "deployment_id"))
    return_url = return_url_of(body)
    version, message_type = body.get(LTI + "version"), body.get(LTI + "message_type")
    if version != "1.3.0":
        raise refuse("version_wrong", return_url=return_url, deployment=deployment)
    if not isinstance(message_type, str) or message_type not in KNOWN_MESSAGES:
        raise refuse("message_unknown", return_url=return_url, deployment=deployment)
    try:
        claims = _Claims.model_validate(_named(body))
    except ValidationError as error:
        where = ",".join(sorted({".".join(map(str, each["loc"][:2]))[:40] for each in error.errors()}))
        raise refuse("claims_malformed", return_url=return_url, deployment=deployment, detail=where) from None
    if not same_origin(claims.target_link_uri, public_url):
        raise refuse("target_elsewhere", return_url=return_url, deployment=deployment)
    if message_type != RESOURCE_LINK:
        raise refuse("message_not_served", return_url=return_url, detail=message_type, deployment=deployment)
    if claims.resource_link is None:
        raise refuse("claims_malformed", return_url=return_url, detail="resource_link", deployment=deployment)
    if claims.sub is None:
        raise refuse("anonymous", return_url=return_url, deployment=deployment)
    return _launch(claims, claims.sub, claims.resource_link)


def return_url_of(body: dict[str, Any]) -> str:
    """The way back to the LMS in verified claims; empty when there is none we would link to."""
    presentation = body.get(LTI + "launch_presentation")
    url = presentation.get("return_url") if isinstance(presentation, dict) else None
    return _web_address(url) if isinstance(url, str) else ""


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """Claims under their short names; a claim of null counts as not there (Moodle sends some)."""
    named: dict[str, Any] = {key: body[key] for key in _PLAIN if key in body}
    named |= {key: body[LTI + key] for key in _Claims.model_fields.keys() - _PLAIN if LTI + key in body}
    if NRPS in body:
        named["nrps"] = body[NRPS]
    if AGS in body:
        named["ags"] = body[AGS]
    optional = {"context", "tool_platform", "launch_presentation", "custom", "nrps", "ags", "sub"}
    return {key: value for key, value in named.items() if not (value is None and key in optional)}


def _launch(claims: _Claims, sub: str, link: ResourceLinkClaim) -> Launch:
    context = claims.context
    scopes = [clean_text(scope, 255) for scope in claims.ags.scope[:20]]
    if claims.nrps.context_memberships_url:
        scopes.append(NRPS_SCOPE)
    locale = clean_text(claims.launch_presentation.locale or claims.locale, 32)
    return Launch(
        sub=sub,
        deployment_id=claims.deployment_id,
        roles=[clean_text(role, 255) for role in claims.roles[:100]],
        names=Names(claims.name, claims.given_name, claims.family_name, claims.email, locale).cleaned(),
        locale=locale,
        context=context
        and ContextClaim(
            id=context.id, label=clean_text(context.label, 255), title=clean_text(context.title, 1024)
        ),
        resource_link=ResourceLinkClaim(id=link.id, title=clean_text(link.title, 1024)),
        guid=clean_text(claims.tool_platform.guid, 255),
        product_family=clean_text(claims.tool_platform.product_family_code, 64).lower(),
        custom=_custom_texts(claims.custom),
        nrps_url=claims.nrps.context_memberships_url,
        lineitems_url=claims.ags.lineitems,
        scopes=scopes,
        return_url=claims.launch_presentation.return_url,
    )


def _custom_texts(custom: dict[str, Any]) -> dict[str, str]:
    """Custom fields as text; Canvas sends its numeric ids as numbers, Moodle sends some as null."""
    simple = {key: value for key, value in custom.items() if type(value) in {str, int}}
    return {key: value if isinstance(value, str) else str(value)[:40] for key, value in simple.items()}


def _short(value: Any) -> str:
    return clean_text(value, 255) if isinstance(value, str) else ""
