"""Plans made by hand, with a change of every kind, and names that nobody should have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan, Refusal, RefusalCode
from sm_ssh_widget.policy.merge import append

ACCOUNT, REGION = "123456789012", "eu-west-1"
TIER = "/ssm/managed-instance/activation-tier"
TRUST_SSM = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}

NASTY = (
    "$(touch /tmp/owned)",
    "`id`",
    "'; rm -rf ~; '",
    '"quoted"',
    "\\",
    "two\nlines",
    "a\r\nb",
    "\ttab",
    "DOCUMENT_0123456789ab",
    "EOF",
    "--help",
    "-n",
    "file:///etc/passwd",
    "${aws:userid}",
    "%{ if true }",
    "{{resolve:ssm:secret}}",
    "| cell |",
    "[link](http://example.com)",
    "<script>",
    "é🙂",
    "\u202egnp.exe",
    "\u2028",
    "\x1b[31m",
    "# heading",
    "```",
    "#{x}",
    "!Ref",
    "@STEPS@",
    "null",
    "*bold*",
    " leading",
    "trailing ",
    "%s",
    "!!",
)
# Any text that a document in AWS can hold: no NUL, no half of a surrogate pair.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
hostile = st.lists(st.one_of(st.sampled_from(NASTY), texts), min_size=1, max_size=3).map("".join)


def plan(
    *,
    role: str = "ExecutionRole",
    path: str = "/service-role/",
    user: str = "jane",
    policy: str = "SageMakerSSMPolicy",
    trust: str = TRUST,
    tag: str = "value",
    reason: str = "It is too long.",
    partition: str = "aws",
) -> Plan:
    """A plan with one change of every kind, two for the trust policy."""
    role_arn = f"arn:{partition}:iam::{ACCOUNT}:role{path}{role}"
    user_arn = f"arn:{partition}:iam::{ACCOUNT}:user/{user}"
    ours = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": role_arn,
        "Condition": {"StringEquals": {"aws:x": tag}},
    }
    target = {"role": role_arn, "account": ACCOUNT, "partition": partition, "region": REGION, "user": user_arn}
    first = append(trust, [TRUST_SSM]).after
    second = append(
        first,
        [{**TRUST_SSM, "Principal": {"Service": "sagemaker.amazonaws.com"}, "Condition": {"Bool": {tag: "true"}}}],
    ).after
    written = append(None, [ours]).after
    held = append(None, [READ]).after
    return Plan(
        target={**target, "sources": {}},
        baseline="classic",
        options=(),
        changes=(
            _trust("trust.ssm", role, role_arn, trust, first),
            _trust("trust.sagemaker", role, role_arn, first, second),
            _attachment(
                "role.managed-instance-core", "Role", role, role_arn, f"arn:{partition}:iam::aws:policy/{policy}"
            ),
            _inline("role.sagemaker-ssm-policy", "Role", role, role_arn, policy, None, written),
            _inline("user.owner-guard", "User", user, user_arn, policy, held, append(held, [ours]).after),
            _attachment("user.permissions", "User", user, user_arn, f"arn:{partition}:iam::aws:policy/{policy}"),
            _tier(partition),
        ),
        refused=(Refusal("ssm.host-management", RefusalCode.BLOCKED, reason),),
        kept=2,
    )


def _trust(id: str, role: str, arn: str, before: str, after: str) -> Change:
    def call(text: str) -> Call:
        return Call("iam", "UpdateAssumeRolePolicy", {"RoleName": role, "PolicyDocument": text})

    return _change(id, Kind.TRUST, {"role": role, "arn": arn}, before, after, call(after), call(before))


def _attachment(id: str, noun: str, name: str, arn: str, policy: str) -> Change:
    kind = Kind.ATTACH_ROLE_POLICY if noun == "Role" else Kind.ATTACH_USER_POLICY
    parameters = {f"{noun}Name": name, "PolicyArn": policy}
    calls = (Call("iam", f"{verb}{noun}Policy", parameters) for verb in ("Attach", "Detach"))
    return _change(id, kind, {noun.lower(): name, "arn": arn, "policy_arn": policy}, False, True, *calls)


def _inline(id: str, noun: str, name: str, arn: str, policy: str, before: str | None, after: str) -> Change:
    kind = Kind.ROLE_INLINE if noun == "Role" else Kind.USER_INLINE
    where = {f"{noun}Name": name, "PolicyName": policy}
    back = Call("iam", f"Delete{noun}Policy", where)
    if before is not None:
        back = Call("iam", f"Put{noun}Policy", {**where, "PolicyDocument": before})
    put = Call("iam", f"Put{noun}Policy", {**where, "PolicyDocument": after})
    return _change(id, kind, {noun.lower(): name, "arn": arn, "policy": policy}, before, after, put, back)


def _tier(partition: str) -> Change:
    arn = f"arn:{partition}:ssm:{REGION}:{ACCOUNT}:servicesetting{TIER}"
    return _change(
        "ssm.tier",
        Kind.SERVICE_SETTING,
        {"setting_id": TIER, "region": REGION, "arn": arn},
        {"value": "standard", "status": "Default"},
        {"value": "advanced", "status": "Customized"},
        Call("ssm", "UpdateServiceSetting", {"SettingId": TIER, "SettingValue": "advanced"}),
        Call("ssm", "ResetServiceSetting", {"SettingId": TIER}),
        cost="USD 0.00695 an hour for each hybrid node.",
    )


def _change(
    id: str, kind: Kind, resource: Mapping[str, str], before: Any, after: Any, *calls: Call, cost: str | None = None
) -> Change:
    call, back = calls
    return Change(id, id, kind, resource, before, after, (call,), (back,), cost, "It may.", "exact")


def long_plan(**names: str) -> Plan:
    """The same plan with what has to be waited for: host management, which makes a role, and the temporary instance."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/Deploys"
    made = _trust("ssm.host-management:Deploys", "Deploys", arn, TRUST, TRUST)
    definition = {"Type": "HostMgmt", "LocalDeploymentAdministrationRoleArn": arn}
    create = Call(
        "ssm-quicksetup", "CreateConfigurationManager", {"Name": "ours", "ConfigurationDefinitions": [definition]}
    )
    delete = Call("ssm-quicksetup", "DeleteConfigurationManager", {"ManagerArn": {"known-later": "manager"}})
    end = Call("ec2", "TerminateInstances", {"InstanceIds": [{"known-later": "instance"}]})
    where = {"name": "ours", "region": REGION}
    changes = (
        replace(made, kind=Kind.ROLE, before=None),
        _inline("ssm.host-management:policy", "Role", "Deploys", arn, "Assume", None, append(None, [READ]).after),
        _change(
            "ssm.host-management",
            Kind.QUICK_SETUP,
            {**where, "arn": f"arn:aws:ssm-quicksetup:{REGION}:{ACCOUNT}:configuration-manager/*"},
            None,
            {"name": "ours"},
            create,
            delete,
        ),
        _change(
            "ssm.instance-check",
            Kind.INSTANCE,
            {**where, "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"},
            None,
            {"instance": "terminated"},
            end,
            end,
        ),
    )
    of_findings = tuple(replace(change, finding=change.id.partition(":")[0]) for change in changes)
    planned = plan(**names)
    return replace(planned, changes=(*planned.changes, *of_findings), refused=())
