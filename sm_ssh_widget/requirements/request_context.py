"""What is certain of a request before it is made: the values of condition keys, and the keys that it cannot have.

Every other key is open. An entry of ``absent`` that ends in ``/`` stands for all keys of that prefix.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/security_iam_service-with-iam.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, as_list, parse, statements
from sm_ssh_widget.policy.matching import action_pattern
from sm_ssh_widget.requirements.observation import Absent, Fact, Identity, Known

Value: TypeAlias = "str | tuple[str, ...]"

NODE_TAGS = ("SSHOwner", "SSHCreator", "SSHTimestamp", "SSHResourceName", "SSHResourceArn")
"""The tags of every node that SSH Helper registers, and no others: ``sm-init-ssm`` of SSH Helper, line 50."""

RESOURCE_TAGS = frozenset({"ssm:resourceTag/", "aws:ResourceTag/"})
_REQUEST_TAGS = frozenset({"aws:RequestTag/", "aws:TagKeys"})

_TYPES = {"role": "AssumedRole", "assumed-role": "AssumedRole", "user": "User", "root": "Account"}
# The keys of calls that a service principal makes itself, or makes on behalf of somebody
_OF_SERVICES = frozenset(
    {
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:CalledVia",
        "aws:CalledViaFirst",
        "aws:CalledViaLast",
        "aws:ChatbotSourceArn",
    }
)
# The keys of credentials that an EC2 instance delivers; a hybrid node and a SageMaker container deliver none
_OF_EC2 = frozenset(
    {
        "ec2:SourceInstanceARN",
        "ec2:RoleDelivery",
        "aws:Ec2InstanceSourceVpc",
        "aws:Ec2InstanceSourcePrivateIPv4",
    }
)


@dataclass(frozen=True)
class Certain:
    """The condition keys with their values, the ones that are absent, and the ones whose value stays open."""

    context: Mapping[str, Value] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()

    def and_then(self, other: Certain) -> Certain:
        """Both; of two values the other's counts, and what is open there is open."""
        mine = {key: value for key, value in self.context.items() if key not in other.present}
        return Certain({**mine, **other.context}, self.absent | other.absent, self.present | other.present)

    def assuming(self, values: Mapping[str, str]) -> Certain:
        """With values that a person gave for keys that are open: they never replace what is known."""
        settled = self.settled(frozenset(key.lower() for key in values))
        return self.and_then(Certain({key: value for key, value in values.items() if key.lower() not in settled}))

    def settled(self, keys: frozenset[str]) -> frozenset[str]:
        """Those of ``keys`` (in lower case) that have a value here or are absent."""
        named = {key.lower() for key in self.context} | {key.lower() for key in self.absent}
        prefixes = tuple(key for key in named if key.endswith("/"))
        open_ones = {key.lower() for key in self.present} - {key.lower() for key in self.context}
        under = {key for key in keys if prefixes and key.startswith(prefixes)}
        return frozenset((keys & named) | under) - open_ones


def same_tags(certain: Certain) -> Certain:
    """With each tag of the resource under both of its names: ``ssm:resourceTag/K`` and ``aws:ResourceTag/K``."""
    other = {_other_name(key): value for key, value in certain.context.items() if key.startswith(_OWN_NAME)}
    return Certain({**other, **certain.context}, _both_names(certain.absent), _both_names(certain.present))


_OWN_NAME = "ssm:resourceTag/"


def _other_name(key: str) -> str:
    return f"aws:ResourceTag/{key.removeprefix(_OWN_NAME)}"


def _both_names(keys: frozenset[str]) -> frozenset[str]:
    return keys | {_other_name(key) for key in keys if key.startswith(_OWN_NAME)}


def of_principal(arn: PrincipalArn, region: str) -> dict[str, Value]:
    """The keys that follow from who calls and where, on a resource of the caller's own account."""
    context: dict[str, Value] = {
        "aws:PrincipalArn": str(arn),
        "aws:PrincipalAccount": arn.account,
        "aws:PrincipalType": _TYPES.get(arn.kind, "FederatedUser"),
        "aws:ResourceAccount": arn.account,
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:PrincipalIsAWSService": "false",
    }
    return {**context, "aws:username": arn.name} if arn.kind == "user" else context


def of_identity(identity: Identity, region: str, organization: Fact[str], *, made_by_service: bool) -> Certain:
    """What every request of an identity has, whatever it asks for.

    ``made_by_service``: its sessions are made by SageMaker and Systems Manager, not by a person: they have no MFA, and
    they run on no EC2 instance of the account. ``organization`` is the id of the account's organization.
    """
    arn = identity.arn
    context = of_principal(arn, region)
    absent = set(_OF_SERVICES | _REQUEST_TAGS)
    if arn.kind == "role":
        absent.add("aws:username")
    if made_by_service:
        context["aws:MultiFactorAuthPresent"] = "false"
        absent |= {"aws:MultiFactorAuthAge", "aws:FederatedProvider", *_OF_EC2}
    found = Certain(context, frozenset(absent)).and_then(_tags_of_principal(identity, made_by_service=made_by_service))
    return found.and_then(_of_organization(organization))


def _tags_of_principal(identity: Identity, *, made_by_service: bool) -> Certain:
    """The identity's own tags, unless they were not read or a session may bring others."""
    if not identity.tags_read or (identity.arn.kind == "role" and _may_tag_sessions(identity, made_by_service)):
        return Certain()
    own = {f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()}
    return Certain(own, frozenset({"aws:PrincipalTag/"}))


def _may_tag_sessions(identity: Identity, made_by_service: bool) -> bool:
    """Whether the trust lets who assumes the role pass tags; of a service's sessions, whether it lets the service."""
    if not isinstance(identity.trust, Known):
        return True
    return _lets_tag(identity.trust.value, made_by_service)


@lru_cache(maxsize=256)
def _lets_tag(trust: str, made_by_service: bool) -> bool:
    try:
        found = statements(parse(trust))
    except PolicyError:
        return True
    return any(
        statement.get("Effect") == "Allow"
        and _allows_tagging(statement)
        and (not made_by_service or _names_services(statement))
        for statement in found
    )


def _allows_tagging(statement: Mapping[str, object]) -> bool:
    """Whether the statement is about ``sts:TagSession``; one with ``NotAction`` is taken to be."""
    if "Action" not in statement:
        return True
    patterns = [text for text in as_list(statement["Action"]) if isinstance(text, str)]
    return action_pattern(patterns).fullmatch("sts:tagsession") is not None


def _names_services(statement: Mapping[str, object]) -> bool:
    """Whether SageMaker or Systems Manager is among the principals; ``NotPrincipal`` is taken to name them."""
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return True
    named = [str(name) for name in as_list(principal.get("Service", []))]
    return any(name.startswith(("sagemaker.", "ssm.")) for name in named)


def _of_organization(organization: Fact[str]) -> Certain:
    if isinstance(organization, Known):
        return Certain({"aws:PrincipalOrgID": organization.value, "aws:ResourceOrgID": organization.value})
    if isinstance(organization, Absent) and organization.read:
        paths = ("aws:PrincipalOrgPaths", "aws:ResourceOrgPaths")
        return Certain({}, frozenset({"aws:PrincipalOrgID", "aws:ResourceOrgID", *paths}))
    return Certain()
