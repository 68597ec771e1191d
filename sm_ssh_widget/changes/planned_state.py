"""State of the role and the user while a plan is made: each change starts from the result of the one before it."""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.changes.plan import Change, RefusalCode
from sm_ssh_widget.policy.document import parse, statements
from sm_ssh_widget.policy.merge import size
from sm_ssh_widget.requirements.judge_identity import inline_text
from sm_ssh_widget.requirements.observation import HeldPolicy, Identity, Known, Observation, Quotas, Unknown


class Refused(Exception):
    """No change can be planned. ``reason`` holds the remedy too, ``elsewhere`` the changes to make outside IAM."""

    def __init__(self, code: RefusalCode, reason: str, elsewhere: Sequence[Change] = ()) -> None:
        super().__init__(code, reason, elsewhere)
        self.code, self.reason, self.elsewhere = code, reason, tuple(elsewhere)


class PlannedState:
    """State of the role and the user after the changes planned so far, and the count of existing statements."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        self.quotas = observation.account.quotas.value if isinstance(observation.account.quotas, Known) else Quotas()
        self.kept = 0
        self._trust: dict[str, str] = {}
        self._inline: dict[tuple[str, str], str] = {}
        self._attached: dict[str, set[str]] = {}

    def trust(self, identity: Identity) -> str:
        """Return the text of the trust policy after the changes so far."""
        key = str(identity.arn)
        if key not in self._trust:
            text = identity.trust.value if isinstance(identity.trust, Known) else ""
            self.kept += len(statements(parse(text)))
            self._trust[key] = text
        return self._trust[key]

    def set_trust(self, identity: Identity, text: str) -> None:
        """Record the trust policy after a change."""
        self._trust[str(identity.arn)] = text

    def inline(self, identity: Identity, policy: str) -> str | None:
        """Return the text of an inline policy after the changes so far, ``None`` if it does not exist."""
        if isinstance(identity.inline, Unknown):
            raise Refused(RefusalCode.UNKNOWN, f"{identity.inline.said} {identity.inline.remedy}")
        key = (str(identity.arn), policy)
        if key in self._inline:
            return self._inline[key]
        text = inline_text(identity, policy)
        if text is None:
            self._refuse_unread(identity, policy)
        else:
            self.kept += len(statements(parse(text)))
        return text

    @staticmethod
    def _refuse_unread(identity: Identity, policy: str) -> None:
        for held in identity.inline.value if isinstance(identity.inline, Known) else ():
            if held.name == policy and not held.through and isinstance(held.document, Unknown):
                raise Refused(RefusalCode.UNKNOWN, f"{held.document.said} {held.document.remedy}")

    def set_inline(self, identity: Identity, policy: str, text: str) -> None:
        """Record the inline policy after a change."""
        self._inline[str(identity.arn), policy] = text

    def inline_size(self, identity: Identity, policy: str, text: str) -> int:
        """Count the characters of all inline policies of the identity, with ``text`` as the one named ``policy``."""
        sizes = {held.name: _size_of(held) for held in self._own_inline(identity)}
        sizes |= {name: size(each) for (arn, name), each in self._inline.items() if arn == str(identity.arn)}
        return sum((sizes | {policy: size(text)}).values())

    @staticmethod
    def _own_inline(identity: Identity) -> tuple[HeldPolicy, ...]:
        held = identity.inline.value if isinstance(identity.inline, Known) else ()
        return tuple(policy for policy in held if not policy.through)

    def attached(self, identity: Identity) -> set[str]:
        """Return the ARNs attached to the identity itself, including those of the changes so far."""
        if isinstance(identity.attached, Unknown):
            raise Refused(RefusalCode.UNKNOWN, f"{identity.attached.said} {identity.attached.remedy}")
        held = identity.attached.value if isinstance(identity.attached, Known) else ()
        own = {policy.arn for policy in held if not policy.through}
        return self._attached.setdefault(str(identity.arn), own)


def _size_of(held: HeldPolicy) -> int:
    return size(held.document.value.text) if isinstance(held.document, Known) else 0
