"""What SageMaker SSH Helper's CDK left: stacks in the Region, policies by name, and builds that use the role.

Source: https://github.com/aws-samples/sagemaker-ssh-helper/tree/main/sagemaker_ssh_helper/cdk
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.changes.removals import is_removal
from sm_ssh_widget.policy.document import PolicyError, as_list, parse, statements
from sm_ssh_widget.requirements.cdk_facts import CdkPolicy, CdkStack, Leftovers
from sm_ssh_widget.requirements.leftovers import POLICIES, REWRITING_POLICY, STACKS, codebuild_index
from sm_ssh_widget.requirements.observation import Absent, Fact, Identity, Known, Reason, Target, Unknown

Json: TypeAlias = Any

_MOST_PROJECTS = 100  # that one call of codebuild:BatchGetProjects describes


def read_leftovers(reader: AccountReader, target: Target) -> Leftovers:
    """Read the stacks and policies with the names of SSH Helper's CDK; what does not exist is in neither."""
    policies_of_cdk = [partial(_policy, reader, target, name) for name in POLICIES]
    stacks, policies = reader.in_parallel(
        partial(reader.in_parallel, *[partial(_stack, reader, target, name) for name in STACKS]),
        lambda: reader.shared("leftover policies", partial(reader.in_parallel, *policies_of_cdk)),
    )
    return Leftovers(_found(stacks), _found(policies), beside=(*_unread(stacks), *_unread(policies)))


def with_projects(found: Leftovers, role: Identity, reader: AccountReader, region: str) -> Leftovers:
    """Add the CodeBuild projects that use the role, if its trust policy has the CDK's statement for CodeBuild."""
    try:
        builds = isinstance(role.trust, Known) and codebuild_index(role.trust.value) is not None
    except PolicyError:
        builds = False  # the finding of the trust says that it could not be parsed
    return replace(found, projects=read_projects(reader, str(role.arn), region)) if builds else found


def _found(facts: Sequence[Fact[Any]]) -> Fact[tuple[Any, ...]]:
    """The things that exist; unknown if one could not be read and none exists."""
    found = tuple(fact.value for fact in facts if isinstance(fact, Known))
    unread = _unread(facts)
    return unread[0] if unread and not found else Known(found, facts[0].read)


def _unread(facts: Sequence[Fact[Any]]) -> tuple[Unknown, ...]:
    return tuple(fact for fact in facts if isinstance(fact, Unknown))


def _stack(reader: AccountReader, target: Target, name: str) -> Fact[CdkStack]:
    fact = reader.read("cloudformation", "DescribeStacks", region=target.region, StackName=name)
    if not isinstance(fact, Known):
        return fact
    status = str(fact.value["Stacks"][0]["StackStatus"])
    return Known(_with_roles(reader, target, CdkStack(name, status)), fact.read)


def _with_roles(reader: AccountReader, target: Target, stack: CdkStack) -> CdkStack:
    """Add the stack's roles that can replace the trust policy of the target's role, and the reads that failed."""
    listed = reader.read_all(
        "cloudformation", "ListStackResources", "StackResourceSummaries", region=target.region, StackName=stack.name
    )
    if isinstance(listed, Unknown):
        return replace(stack, unread=(listed,))
    resources = listed.value if isinstance(listed, Known) else ()
    roles = [each.get("PhysicalResourceId") for each in resources if each["ResourceType"] == "AWS::IAM::Role"]
    names = [str(role) for role in roles if role]  # a role whose creation failed has no name
    held = reader.in_parallel(
        *(partial(reader.read, "iam", "GetRolePolicy", RoleName=name, PolicyName=REWRITING_POLICY) for name in names)
    )
    allowed = [_allows(fact, str(target.role)) for fact in held]
    return replace(
        stack,
        rewriting=tuple(name for name, fact in zip(names, allowed, strict=True) if fact is True),
        unread=tuple(fact for fact in allowed if isinstance(fact, Unknown)),
    )


def _allows(fact: Fact[Json], role: str) -> bool | Unknown:
    """Return whether a policy of the CDK names the role; unknown if it was not read or not understood."""
    if not isinstance(fact, Known):
        return fact if isinstance(fact, Unknown) else False
    try:
        found = statements(parse(fact.value["PolicyDocument"]))
    except PolicyError as error:
        said = f"The policy {REWRITING_POLICY} could not be parsed: {error}"
        return Unknown(Reason.UNPARSABLE, fact.read, said, "Check the policy in the IAM console.")
    return any(role in as_list(statement.get("Resource")) for statement in found)


def _policy(reader: AccountReader, target: Target, name: str) -> Fact[CdkPolicy]:
    arn = f"arn:{target.partition}:iam::{target.account}:policy/{name}"
    fact = reader.read("iam", "GetPolicy", PolicyArn=arn)
    if not isinstance(fact, Known):
        return fact
    attached = partial(reader.read_all, "iam", "ListEntitiesForPolicy", PolicyArn=arn)
    roles, users = reader.in_parallel(
        partial(attached, "PolicyRoles", EntityFilter="Role"), partial(attached, "PolicyUsers", EntityFilter="User")
    )
    if isinstance(roles, Unknown) or isinstance(users, Unknown):
        return Known(CdkPolicy(name, roles if isinstance(roles, Unknown) else users), fact.read)
    names = [f"role {each['RoleName']}" for each in _items(roles)]
    names += [f"user {each['UserName']}" for each in _items(users)]
    return Known(CdkPolicy(name, Known(tuple(names), roles.read)), fact.read)


def _items(fact: Fact[tuple[Json, ...]]) -> tuple[Json, ...]:
    return fact.value if isinstance(fact, Known) else ()


# Who builds with the role


def read_projects(reader: AccountReader, role: str, region: str) -> Fact[tuple[str, ...]]:
    """Read the names of the CodeBuild projects of the Region that use a role."""
    listed = reader.read_all("codebuild", "ListProjects", "projects", region=region)
    if not isinstance(listed, Known):
        return listed
    names = listed.value
    parts = [list(names[at : at + _MOST_PROJECTS]) for at in range(0, len(names), _MOST_PROJECTS)]
    facts = reader.in_parallel(
        *(partial(reader.read, "codebuild", "BatchGetProjects", region=region, names=part) for part in parts)
    )
    unread = next((fact for fact in facts if not isinstance(fact, Known)), None)
    if unread is not None:
        return unread
    found = (each for fact in facts if isinstance(fact, Known) for each in fact.value["projects"])
    return Known(tuple(str(each["name"]) for each in found if each.get("serviceRole") == role), listed.read)


def read_use(reader: AccountReader, change: Change) -> Fact[str]:
    """Describe the CodeBuild project that uses the role whose trust for CodeBuild a change removes; else absent."""
    if not is_removal(change) or len(change.after) > len(change.before):
        return Absent()
    found = read_projects(reader, change.resource["arn"], reader.region)
    if not isinstance(found, Known):
        return found
    said = f"the CodeBuild project {found.value[0]} uses this role" if found.value else ""
    return Known(said, found.read) if said else Absent(found.read)
