"""Twelve technical terms, each explained in two lines.

A text marks a term by braces: ``the {{permissions boundary}}``.
"""

from __future__ import annotations

import re

from sm_ssh_widget.wizard.controls import Term
from sm_ssh_widget.wizard.view import View, texts

_SSM = "https://docs.aws.amazon.com/systems-manager/latest/userguide"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
TERMS = {
    term.name: term
    for term in (
        Term(
            "activation",
            "A code and an id that let a machine outside of EC2 register with Systems Manager. SSH Helper creates one "
            "for each job.",
            f"{_SSM}/hybrid-activation-managed-nodes.html",
        ),
        Term(
            "hybrid node",
            "A machine outside of EC2 that Systems Manager manages, named mi-…. The container of a job becomes one.",
            f"{_SSM}/operating-systems-and-machine-types.html",
        ),
        Term(
            "advanced-instances tier",
            "A setting of the account in a Region. On the standard tier, Session Manager refuses sessions to hybrid "
            "nodes; on this one each node is billed by the hour.",
            f"{_SSM}/fleet-manager-configure-instance-tiers.html",
        ),
        Term(
            "trust policy",
            "The policy of a role that says which services and identities can assume it.",
            f"{_IAM}/id_roles.html",
        ),
        Term(
            "permissions boundary",
            "A policy that limits what a role can be allowed, whatever else is attached to it.",
            f"{_IAM}/access_policies_boundaries.html",
        ),
        Term(
            "service control policy",
            "A policy of the AWS organization that limits what every identity of an account can be allowed.",
            "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
        ),
        Term(
            "managed policy",
            "A policy with an ARN of its own that can be attached to several roles. AWS maintains its own.",
            f"{_IAM}/access_policies_managed-vs-inline.html",
        ),
        Term(
            "inline policy",
            "A policy that is a part of one role and is deleted with it.",
            f"{_IAM}/access_policies_managed-vs-inline.html",
        ),
        Term(
            "PassRole",
            "The permission to hand a role to a service, which then acts as that role.",
            f"{_IAM}/id_roles_use_passrole.html",
        ),
        Term(
            "SSHOwner",
            "The tag by which SSH Helper marks whose node it is: the aws:userid of the person who connects.",
            "https://github.com/aws-samples/sagemaker-ssh-helper",
        ),
        Term(
            "IAM Identity Center",
            "AWS's sign-in for people, with permission sets in the place of IAM users.",
            "https://docs.aws.amazon.com/singlesignon/latest/userguide/what-is.html",
        ),
        Term(
            "device code",
            "Eight letters that this page and the sign-in page both show, so that you approve the right sign-in.",
            "https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_StartDeviceAuthorization.html",
        ),
    )
}
_MARKED = re.compile(r"\{\{([^{}]+)\}\}")


def explained(shown: View) -> tuple[Term, ...]:
    """The terms that a view marks, in the order of the screen."""
    names = [name for text in texts(shown) if "{{" in text for name in _MARKED.findall(text)]
    return tuple(TERMS[name] for name in dict.fromkeys(names) if name in TERMS)
