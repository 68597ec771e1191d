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
_RESOURCE = re.compile(r" on resource: (?P<resource>.+?)(?= because no | with an explicit deny|\.?\s*$)", re.DOTALL)
_WHY = re.compile(rf"(?:because no (?:applicable )?|with an explicit deny in (?:a|an|the) )({_NAMES})", re.IGNORECASE)
_POLICY = re.compile(r"with an explicit deny in [^:]*policy: (arn:\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Denial:
    """A denial in its parts. ``layer`` is empty where AWS does not say; ``policy`` is the ARN where AWS names it."""

    principal: str
    action: str
    resource: str
    layer: Layer
    explicit: bool
    policy: str = ""

    @property
    def another_may(self) -> bool:
        """Whether an identity with other policies of its own may be allowed: nothing above them denied it."""
        return self.layer in ("", "identity") and not self.explicit

    @property
    def remedy(self) -> str:
        """What would allow the call, in one sentence."""
        if self.another_may:
            return f"Sign in as an identity that is allowed {self.action}, or have it added to {self.principal}."
        return f"No added policy helps: {_OWNER[self.layer]} has to let {self.action} through."


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
    who = _WHO.search(message)
    if who is None:
        return None
    tail = message[who.end() :]
    resource, why, policy = _RESOURCE.match(tail), _WHY.search(tail), _POLICY.search(tail)
    return Denial(
        principal=who["principal"],
        action=who["action"],
        resource=resource["resource"] if resource else "",
        layer=_LAYERS[why[1].lower()] if why else "",
        explicit="with an explicit deny" in tail,
        policy=policy[1].rstrip(".") if policy else "",
    )
