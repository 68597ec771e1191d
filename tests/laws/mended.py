"""What the owners of the network, of the preferences and of the CDK app do when they follow a remedy; worlds for it.

Each follower changes an observation as the words of the remedy say, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sm_ssh_widget.requirements.cdk_facts import CdkPolicy, CdkStack, Leftovers
from sm_ssh_widget.requirements.leftovers import cdk_statement
from sm_ssh_widget.requirements.network import Gap, gaps_of
from sm_ssh_widget.requirements.network_facts import AclRule, Network, NetworkAcl, NetworkSubnet, Route, VpcEndpoint
from sm_ssh_widget.requirements.observation import (
    Absent,
    Identity,
    Known,
    Observation,
    Reason,
    SessionKey,
    SessionSettings,
    Unknown,
)
from sm_ssh_widget.requirements.session_preferences import RUN_AS_TAG, Preferences
from tests.support.observations import allow, document, with_facts

Mend = Callable[[Observation], Observation]
Worlds = Mapping[str, Mend]


def unread(read: str) -> Unknown:
    return Unknown(Reason.DENIED, read, "AccessDenied", f"Sign in as an identity that is allowed {read}.")


# The network

FROM_INSIDE = Known(("10.0.0.0/16",), "read")
SUBNET = NetworkSubnet("subnet-1", "vpc-1", "10.0.1.0/24", "rtb-1", Known("none", "read"))


def interface(service: str, **more: Any) -> VpcEndpoint:
    return VpcEndpoint(f"vpce-{service}", service, "Interface", **{"sources": FROM_INSIDE, **more})


GATEWAY = VpcEndpoint("vpce-s3", "s3", "Gateway", tables=("rtb-1",))
WHOLE = (interface("ssm"), interface("ssmmessages"), interface("sts"), GATEWAY)


def network(route: Route | Unknown = "none", *endpoints: VpcEndpoint, **more: Any) -> Mend:
    """A network of one subnet; ``endpoints`` stand in the place of the ones of the same service."""
    given = {each.service: each for each in endpoints}
    subnet = replace(SUBNET, route=route if isinstance(route, Unknown) else Known(route, "read"))
    found = Network(subnets=(subnet,), endpoints=tuple(given.get(each.service, each) for each in WHOLE))
    found = replace(found, **{"dns": Known(True, "read"), **more})
    return lambda seen: with_facts(seen, network=Known(found, "read"))


def policy_of(**condition: Any) -> str:
    more = {"Condition": condition} if condition else {}
    return document(allow("ssm:*", Principal="*", **more)) if more else document(allow("s3:*", Principal="*"))


ALL, SOME = (AclRule(True, "0.0.0.0/0"),), (AclRule(True, "0.0.0.0/0", (40000, 65535)),)
NETWORKS: Worlds = {
    "not named": lambda seen: with_facts(seen, network=Absent()),
    "not read": lambda seen: with_facts(seen, network=unread("ec2:DescribeSubnets")),
    "route not read": network(unread("ec2:DescribeNatGateways")),
    "elsewhere": network("elsewhere"),
    "no endpoints": network("none", endpoints=()),
    "a dead end": network("nowhere", endpoints=()),
    "no public address": network("internet-gateway", endpoints=()),
    "pending": network("none", interface("sts", available=False)),
    "no private name": network("none", interface("ssm", private_dns=False)),
    "no private names": network("none", dns=Known(False, "read")),
    "no route to S3": network("none", replace(GATEWAY, tables=())),
    "no rule": network("none", interface("ssmmessages", sources=Known((), "read"))),
    "groups not known": network("none", interface("ssmmessages", sources=Known(("sg-9",), "read"))),
    "rules not read": network("none", interface("ssm", sources=unread("ec2:DescribeSecurityGroups"))),
    "a policy": network("none", interface("ssm", policy=policy_of())),
    "an open policy": network(
        "none", interface("ssm", policy=policy_of(StringEquals={"aws:PrincipalTag/Team": "data"}))
    ),
    "a network ACL": network("none", acls=Known({"subnet-1": NetworkAcl("acl-1")}, "read")),
    "some answers": network("none", acls=Known({"subnet-1": NetworkAcl("acl-1", ALL, SOME)}, "read")),
    "network ACLs not read": network("none", acls=unread("ec2:DescribeNetworkAcls")),
    "an odd policy": network("none", interface("ssm", policy="{}")),
}


def network_of(seen: Observation) -> Network:
    fact = seen.chosen.network
    return fact.value if isinstance(fact, Known) else Network(subnets=(SUBNET,), endpoints=WHOLE)


def subnets_named(seen: Observation) -> Observation:
    return with_facts(seen, network=Known(network_of(seen), "read"))


def handed_over(seen: Observation) -> Observation:
    """The network team does what the text asks of it, gap by gap."""
    found = network_of(seen)
    for gap in gaps_of(found):
        others = tuple(each for each in found.endpoints if gap.endpoint is None or each.id != gap.endpoint.id)
        dns = Known(True, "read") if gap.fix == "private-dns" else found.dns
        found = replace(found, endpoints=(*others, _filled(gap)), dns=dns)
    return with_facts(seen, network=Known(found, "read"))


def _filled(gap: Gap) -> VpcEndpoint:
    tables = tuple(subnet.table for subnet in gap.subnets)
    made = VpcEndpoint(f"vpce-{gap.service}", gap.service, "Gateway" if gap.service == "s3" else "Interface")
    existing = gap.endpoint or replace(made, sources=FROM_INSIDE, tables=tables)
    match gap.fix:
        case "create":
            return existing
        case "available":
            return replace(existing, available=True)
        case "private-dns":
            return replace(existing, private_dns=True)
        case "route-table":
            return replace(existing, tables=tables)
        case "group":
            return replace(existing, sources=FROM_INSIDE)


def asked_of_the_team(seen: Observation) -> Observation:
    """The network team says where the route leads, and which groups are let in: both as they have to be."""
    found = network_of(seen)
    subnets = tuple(
        replace(each, route=Known("nat", "read")) if each.route == Known("elsewhere", "read") else each
        for each in found.subnets
    )
    endpoints = tuple(replace(each, sources=FROM_INSIDE) for each in found.endpoints)
    return with_facts(seen, network=Known(replace(found, subnets=subnets, endpoints=endpoints), "read"))


def acls_opened(seen: Observation) -> Observation:
    """The network team lets HTTPS out and its answers in, on every edge."""
    opened = NetworkAcl("acl-1", ALL, ALL)
    found = network_of(seen)
    acls = dict.fromkeys((subnet.id for subnet in found.subnets), opened)
    return with_facts(seen, network=Known(replace(found, acls=Known(acls, "read")), "read"))


def endpoints_opened(seen: Observation) -> Observation:
    """The owner of an endpoint allows the role in its policy."""
    found = network_of(seen)
    endpoints = tuple(replace(each, policy="") for each in found.endpoints)
    return with_facts(seen, network=Known(replace(found, endpoints=endpoints), "read"))


def network_read(seen: Observation) -> Observation:
    fact = seen.chosen.network
    if isinstance(fact, Unknown):
        return subnets_named(seen)
    if not isinstance(fact, Known):
        return seen
    subnets = tuple(
        replace(each, route=Known("nat", "read")) if isinstance(each.route, Unknown) else each
        for each in fact.value.subnets
    )
    acls = (
        Known({"subnet-1": NetworkAcl("acl-1", ALL, ALL)}, "read")
        if isinstance(fact.value.acls, Unknown)
        else fact.value.acls
    )
    return with_facts(seen, network=Known(replace(fact.value, subnets=subnets, acls=acls), "read"))


# The preferences

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DELEGATES = document(allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:root"}))
OF_OTHERS = document(allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:role/KeyAdmin"}))
GOOD_KEY = SessionKey(KEY, "Enabled", "SYMMETRIC_DEFAULT", Known(DELEGATES, "read"))
ENCRYPTED_LOGS = Preferences("1", log_group="/ssm/sessions", log_group_encrypted=True)


def keyed(key: Any = GOOD_KEY) -> Mend:
    fact = Known(key, "read") if isinstance(key, SessionKey) else key
    return preferences(Preferences("1", key="alias/ssm"), keys={"alias/ssm": fact})


def preferences(*versions: Preferences, **more: Any) -> Mend:
    fact = Known(SessionSettings(versions, **more), "read")
    return lambda seen: with_facts(seen, session_settings=fact)


PREFERENCES: Worlds = {
    "not read": lambda seen: with_facts(seen, session_settings=unread("ssm:GetDocument")),
    "a key": keyed(),
    "no such key": keyed(Absent("read")),
    "key not read": keyed(unread("kms:DescribeKey")),
    "key disabled": keyed(replace(GOOD_KEY, state="Disabled")),
    "key of another kind": keyed(replace(GOOD_KEY, spec="RSA_2048")),
    "key of others": keyed(replace(GOOD_KEY, policy=Known(OF_OTHERS, "read"))),
    "key policy not read": keyed(replace(GOOD_KEY, policy=unread("kms:GetKeyPolicy"))),
    "key policy not parsable": keyed(replace(GOOD_KEY, policy=Known("[]", "read"))),
    "a bucket": preferences(Preferences("1", bucket="session-logs", bucket_encrypted=True)),
    "a log group": preferences(ENCRYPTED_LOGS, log_groups={"/ssm/sessions": Known(True, "read")}),
    "a plain log group": preferences(ENCRYPTED_LOGS, log_groups={"/ssm/sessions": Known(False, "read")}),
    "no such log group": preferences(ENCRYPTED_LOGS, log_groups={"/ssm/sessions": Absent("read")}),
    "RunAs without a user": preferences(Preferences("1", run_as=True)),
    "RunAs as root": preferences(Preferences("1", run_as=True, run_as_user="root")),
    "RunAs as somebody": preferences(Preferences("1", run_as=True, run_as_user="sagemaker-user")),
}


def settings_changed(change: Callable[[SessionSettings], SessionSettings]) -> Mend:
    def mend(seen: Observation) -> Observation:
        fact = seen.region.session_settings
        assert isinstance(fact, Known), fact
        return with_facts(seen, session_settings=Known(change(fact.value), "read"))

    return mend


another_key = settings_changed(lambda old: replace(old, keys={name: Known(GOOD_KEY, "read") for name in old.keys}))
logs_encrypted = settings_changed(
    lambda old: replace(old, log_groups={name: Known(True, "read") for name in old.log_groups})
)
default_user = settings_changed(
    lambda old: replace(old, versions=tuple(replace(each, run_as_user="ssm-user") for each in old.versions))
)


def tagged(seen: Observation) -> Observation:
    """Whoever connects gets the tag; where nobody was named, the preferences get the agent's own user."""
    if seen.user is None:
        return default_user(seen)
    user: Identity = replace(seen.user, tags={**seen.user.tags, RUN_AS_TAG: "ssm-user"})
    return replace(seen, user=user)


def settings_read(seen: Observation) -> Observation:
    fact = seen.region.session_settings
    if isinstance(fact, Unknown):
        return with_facts(seen, session_settings=Absent("read"))
    return another_key(seen) if isinstance(fact, Known) else seen


# What the CDK left

_CDK = tuple(cdk_statement(f"{name}.amazonaws.com") for name in ("sagemaker", "codebuild", "ssm"))
CDK_TRUST = json.dumps({"Version": "2012-10-17", "Statement": list(_CDK)})
STACK = CdkStack("SSH-IAM-SSM-Stack", "CREATE_COMPLETE", ("SSMAdvancedTierLambdaRole",))
POLICY = CdkPolicy("SSHSageMakerClientPolicy", Known(("role DataScientist",), "read"))


def left(trust: str = "", **facts: Any) -> Mend:
    whole = {"stacks": Known((), "read"), "policies": Known((), "read"), "projects": Known((), "read")}

    def mend(seen: Observation) -> Observation:
        role = replace(seen.role, trust=Known(trust, "read")) if trust else seen.role
        return replace(seen, role=role, leftovers=Leftovers(**{**whole, **facts}))

    return mend


LEFTOVERS: Worlds = {
    "a statement": left(CDK_TRUST),
    "a stack": left(stacks=Known((STACK,), "read")),
    "a policy": left(policies=Known((POLICY,), "read")),
    "everything": left(CDK_TRUST, stacks=Known((STACK,), "read"), policies=Known((POLICY,), "read")),
    "a project": left(CDK_TRUST, projects=Known(("nightly",), "read")),
    "projects not read": left(CDK_TRUST, projects=unread("codebuild:ListProjects")),
    "stacks not read": left(stacks=unread("cloudformation:DescribeStacks")),
    "some not read": left(CDK_TRUST, policies=unread("iam:ListPolicies")),
}


def stacks_deleted(seen: Observation) -> Observation:
    return replace(seen, leftovers=replace(seen.leftovers, stacks=Known((), "read"), policies=Known((), "read")))


def projects_changed(seen: Observation) -> Observation:
    return replace(seen, leftovers=replace(seen.leftovers, projects=Known((), "read")))


def leftovers_read(seen: Observation) -> Observation:
    found = seen.leftovers
    facts = {name: getattr(found, name) for name in ("stacks", "policies", "projects")}
    empty: dict[str, Any] = {name: Known((), "read") for name, fact in facts.items() if isinstance(fact, Unknown)}
    return replace(seen, leftovers=replace(found, **empty))


def all_read(seen: Observation) -> Observation:
    """What could not be read of the three, read by somebody who is allowed to."""
    return leftovers_read(settings_read(network_read(seen)))


MENDED: tuple[tuple[str, Mend], ...] = (
    (r"^Specify the subnets of your jobs: --subnet ID$", subnets_named),
    (r"^Hand the text for the network team over: sm-ssh-widget export", handed_over),
    (r"^Ask your network team\.$", asked_of_the_team),
    (r"^Ask your network team to allow TCP 443 out of the containers' subnets", acls_opened),
    (r"^Ask the owner of the endpoint", endpoints_opened),
    (r"^Ask the administrator of the Session Manager preferences to choose another key", another_key),
    (r"^Ask the administrator of the key", another_key),
    (r"^Ask its owner to encrypt the log group", logs_encrypted),
    (r"^Ask the administrator of the preferences for", default_user),
    (r"^Add the user \S+ to the image, or tag the identity", tagged),
    (r"^First apply the plan for this role\. Then", stacks_deleted),
    (r"belong to CloudFormation: their owner deletes them there\.$", stacks_deleted),
    (r"^CodeBuild uses this role in .* Change the service role there first\.$", projects_changed),
    (r"^The CodeBuild projects .* could not be read", leftovers_read),
)
"""The words of a remedy, and what is done when it is followed; the first that fits counts."""
