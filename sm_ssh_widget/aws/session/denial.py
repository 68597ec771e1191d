"""What AWS says when it denies: who, which action, on what, and which layer of policy decided.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

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
    r'"[^"]*"'  # S3 puts it in quotes: a key may have spaces
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
    """A denial in its parts, each empty where AWS does not say it.

    ``policy``: the ARN of the policy that denies; ``lacking``: the action that no policy allows, where it is another
    than the one that was called; ``authorization_id``: what AWS keeps the details of the denial under for 24 hours, in
    ``region``; ``rest``: what stands behind all that, to the letter, for whoever can read it.
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
        """Whether an identity with other policies of its own may be allowed: nothing above them denied it."""
        return self.layer in ("", "identity") and not self.explicit and "because" not in self.rest

    @property
    def remedy(self) -> str:
        """What would allow the call, in one sentence."""
        if self.another_may:
            return f"Sign in as an identity that is allowed {self._needed}, or have it added to {self.principal}."
        if "because" in self.rest:
            return f"AWS's reason is none that this program knows, so read it: {self.rest}."
        return f"No added policy helps: {_OWNER[self.layer]} has to let {self._needed} through."

    @property
    def _needed(self) -> str:
        return self.lacking or self.action


_OWNER: dict[Layer, str] = {
    "": "whoever wrote the explicit deny",
    "identity": "whoever wrote the explicit deny in the identity's own policies",
    "boundary": "whoever owns the permissions boundary",
    "scp": "the organisation's administrator (service control policy)",
    "rcp": "the organisation's administrator (resource control policy)",
    "session": "whoever issued the session with its session policy",
    "resource": "the owner of the resource's own policy",
    "vpc-endpoint": "the owner of the VPC endpoint's policy",
}


def parse_denial(message: str) -> Denial | None:
    """Read AWS's sentence; ``None`` when it is not a denial that names principal and action."""
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


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, dict[str, str | None]]:
    """The text without the first match, and what the match names; nothing where there is none.

    ``""`` stands for the whole match, so that a match that names nothing is told from none.
    """
    match = pattern.search(text)
    if match is None:
        return text, {}
    return text[: match.start()] + text[match.end() :], {"": match[0], **match.groupdict()}


def _bare(text: str) -> str:
    """A name without the quotes around it and the end of the sentence behind it."""
    return text.strip('"').rstrip(".,;")
