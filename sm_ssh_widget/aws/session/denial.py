"""Parts of an access-denied message: principal, action, resource, and the policy layer that decided.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from sm_ssh_widget.problem import Code, Problem

Layer = Literal["", "identity", "boundary", "scp", "rcp", "session", "resource", "vpc-endpoint"]

_LAYERS: dict[str, Layer] = {
    "identity-based policy": "identity",
    "permissions boundary": "boundary",
    "service control policy": "scp",
    "resource control policy": "rcp",
    "session policy": "session",
    "resource-based policy": "resource",
    "role trust policy": "resource",
    "trust policy": "resource",
    "vpc endpoint policy": "vpc-endpoint",
}
_NAMES = "|".join(_LAYERS)
_WHO = re.compile(r"(?:User|Principal): (?P<principal>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)")
_RESOURCE = re.compile(
    r" on (?:the )?resource: (?P<resource>"
    r'"[^"]*"'  # S3 quotes it: a key can contain spaces
    r"|(?:role|user|group|policy|instance profile|server certificate|SAML provider) [\w+=,.@/-]+"  # IAM's older texts
    r"|\S+)"
)
_BECAUSE = re.compile(
    rf" because no (?:applicable )?(?P<layer>{_NAMES}) allows the (?P<action>[\w-]+:\w+) action", re.IGNORECASE
)
_EXPLICIT = re.compile(
    rf" with an explicit deny(?: in (?:a|an|the) (?P<layer>{_NAMES})(?:: (?P<policy>arn:\S+))?)?", re.IGNORECASE
)
_LINK = re.compile(
    r"[.,]? Go to https://(?P<region>[\w-]+)\.console\.\S+/authorization-details/(?P<id>[0-9a-z]+)"
    r"(?: for complete details)?"
)
_IDENTITY = re.compile(
    r",?(?: or call the GetRequestAuthorizationDetails API)?(?: with the following)?"
    r" authorization id: (?P<id>[0-9a-z]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Denial:
    """Parts of an access-denied message; a part that AWS does not name is empty.

    ``policy``: the ARN of the denying policy; ``lacking``: the action that no policy allows, if it differs from the
    called action; ``authorization_id``: the id under which AWS keeps the details for 24 hours, in ``region``;
    ``rest``: the unparsed remainder of the message, unedited.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """

    principal: str
    action: str
    resource: str
    layer: Layer
    explicit: bool
    policy: str = ""
    lacking: str = ""
    authorization_id: str = ""
    region: str = ""
    rest: str = ""

    @property
    def another_may(self) -> bool:
        """Whether another identity could be allowed: only the identity's own policies decided."""
        return self.layer in ("", "identity") and not self.explicit and "because" not in self.rest

    @property
    def remedy(self) -> str:
        """What would allow the call, as an imperative."""
        if self.another_may:
            allow = f"ask an admin to allow it for {self.principal}"
            return f"Sign in as an identity that is allowed {self._needed}, or {allow}."
        if "because" in self.rest:
            return f"Read the reason that AWS gives, which this version does not recognize: {self.rest}."
        return f"Adding a policy to the identity does not help. Ask {_OWNER[self.layer]} to allow {self._needed}."

    @property
    def _needed(self) -> str:
        return self.lacking or self.action


_OWNER: dict[Layer, str] = {
    "": "the owner of the policy that contains the explicit deny",
    "identity": "the owner of the policy that contains the explicit deny (on the identity itself)",
    "boundary": "the owner of the permissions boundary",
    "scp": "the administrator of your AWS organization (service control policy)",
    "rcp": "the administrator of your AWS organization (resource control policy)",
    "session": "the issuer of the session policy",
    "resource": "the owner of the resource-based policy",
    "vpc-endpoint": "the owner of the VPC endpoint's policy",
}


def parse_denial(message: str) -> Denial | None:
    """Parse an access-denied message; ``None`` if it does not name principal and action."""
    message = " ".join(message.split())
    who = _WHO.search(message)
    if who is None:
        return None
    rest, found = message[who.end() :], {}
    for pattern in (_LINK, _IDENTITY, _BECAUSE, _EXPLICIT, _RESOURCE):
        rest, found[pattern] = _taken(pattern, rest)
    layer = found[_BECAUSE].get("layer") or found[_EXPLICIT].get("layer") or ""
    lacking = found[_BECAUSE].get("action") or ""
    return Denial(
        principal=who["principal"],
        action=who["action"],
        resource=_bare(found[_RESOURCE].get("resource") or ""),
        layer=_LAYERS[layer.lower()] if layer else "",
        explicit=bool(found[_EXPLICIT]),
        policy=_bare(found[_EXPLICIT].get("policy") or ""),
        lacking="" if lacking == who["action"] else lacking,
        authorization_id=found[_IDENTITY].get("id") or found[_LINK].get("id") or "",
        region=found[_LINK].get("region") or "",
        rest=rest.strip(" .,"),
    )


def denial_of(text: str) -> Denial:
    """Return the denial with an authorization id that ``text`` holds, which can be the id alone.

    Raises :class:`Problem` (``usage``) where there is no id.
    """
    denial = parse_denial(text) or Denial("", "", "", "", explicit=False)
    folded = " ".join(text.split())
    links, ids = _LINK.search(folded), _IDENTITY.search(folded)
    alone = folded if re.fullmatch(r"[0-9a-z]{16,256}", folded) else ""
    found = (ids or links or {"id": alone})["id"]
    if not found:
        said = "The text contains no authorization ID, which AWS adds to most denials of IAM."
        raise Problem("Reading the denial", said, "Copy the whole error message of the denied call.", Code.USAGE)
    return replace(denial, authorization_id=found, region=links["region"] if links else denial.region)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, dict[str, str | None]]:
    """Cut the first match out of the text; return the text and the groups of the match, if any.

    The key ``""`` holds the whole match, to distinguish a match without groups from no match.
    """
    match = pattern.search(text)
    if match is None:
        return text, {}
    return text[: match.start()] + text[match.end() :], {"": match[0], **match.groupdict()}


def _bare(text: str) -> str:
    """Strip quotes and the punctuation that ends the sentence."""
    return text.strip('"').rstrip(".,;")
