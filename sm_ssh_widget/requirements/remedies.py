"""Remedies for what an identity lacks, in a sentence each.

A role of IAM Identity Center cannot be changed in IAM, so its remedies lead to the permission set.
"""

from __future__ import annotations

from sm_ssh_widget.requirements.observation import Identity
from sm_ssh_widget.requirements.ssh_owner import is_reserved, permission_set


def attach(names: str, identity: Identity) -> str:
    """Attach managed policies."""
    if not is_reserved(identity.arn):
        return f"Attach {names}."
    return f"Add {names} to {_permission_set(identity)}."


def write(policy: str, identity: Identity) -> str:
    """Add an inline policy; a clause without its full stop."""
    if not is_reserved(identity.arn):
        return f"Add the inline policy {policy}"
    return f"Add the statements of {policy} to the inline policy of {_permission_set(identity)}"


def _permission_set(identity: Identity) -> str:
    name = permission_set(identity.arn)
    return f"the permission set {name} in IAM Identity Center" if name else "its permission set in IAM Identity Center"
