"""The minimum policy of a plan: what it grants on which resource, and nothing that the plan does not need."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sm_ssh_widget.changes.plan import Call, Kind, Plan
from sm_ssh_widget.export.admin_policy import admin_policy
from sm_ssh_widget.export.long_step_grants import LONG_STEP_GRANTS
from sm_ssh_widget.export.resource_writes import resource_writes

from .plans import ACCOUNT, REGION, TIER, TRUST, TRUST_SSM, long_plan, plan

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/ExecutionRole"
JANE = f"arn:aws:iam::{ACCOUNT}:user/jane"
GROUPS = f"arn:aws:iam::{ACCOUNT}:group/*"
SETTING = f"arn:aws:ssm:{REGION}:{ACCOUNT}:servicesetting{TIER}"
POLICY = "arn:aws:iam::aws:policy/SageMakerSSMPolicy"
LIMITED = {"ArnEquals": {"iam:PolicyARN": [POLICY]}}
OF_ROLE = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies"]
OF_USER = ["iam:GetUserPolicy", "iam:ListGroupsForUser", "iam:ListUserPolicies"]
OF_GROUPS = ["iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies"]
TEXTS = ["iam:GetPolicy", "iam:GetPolicyVersion"]
CHECK = ["ssm:DeleteActivation", "ssm:GetServiceSetting"]
LEAST = {"baseline": "least-privilege"}


def granted(planned: Plan) -> list[Any]:
    value = json.loads(admin_policy(planned))
    assert list(value) == ["Version", "Statement"]
    assert value["Version"] == "2012-10-17"
    assert {each["Effect"] for each in value["Statement"]} <= {"Allow"}
    return [{name: part for name, part in each.items() if name != "Effect"} for each in value["Statement"]]


def on(actions: list[str], resource: str, **condition: Any) -> dict[str, Any]:
    return {"Action": sorted(actions), "Resource": resource, **condition}


def only(*ids: str, **fields: Any) -> Plan:
    made = plan()
    return replace(made, changes=tuple(each for each in made.changes if each.id in ids), **fields)


def without_user(planned: Plan) -> Plan:
    return replace(planned, target={**planned.target, "user": None})


def test_the_whole_plan() -> None:
    assert granted(plan()) == [
        on(
            [*OF_ROLE, "iam:ListAttachedRolePolicies", "iam:PutRolePolicy", "iam:DeleteRolePolicy",
             "iam:UpdateAssumeRolePolicy"],
            ROLE,
        ),
        on(["iam:AttachRolePolicy", "iam:DetachRolePolicy"], ROLE, Condition=LIMITED),
        on([*OF_USER, "iam:ListAttachedUserPolicies", "iam:PutUserPolicy"], JANE),
        on(["iam:AttachUserPolicy", "iam:DetachUserPolicy"], JANE, Condition=LIMITED),
        on(["ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"], SETTING),
        on([*TEXTS, *CHECK], "*"),
        on([*OF_GROUPS, "iam:GetGroupPolicy"], GROUPS),
    ]  # fmt: skip


def test_it_is_written_for_people() -> None:
    text = admin_policy(plan())
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


def test_a_plan_without_changes_may_be_checked() -> None:
    assert granted(without_user(replace(plan(), changes=()))) == [
        on(CHECK + TEXTS, "*"),
        on([*OF_ROLE, "iam:ListAttachedRolePolicies"], ROLE),
    ]


def test_texts_are_read_only_where_something_else_may_grant_it() -> None:
    every = only("role.sagemaker-ssm-policy", **LEAST)
    made = replace(every, changes=tuple(replace(each, finding="role.capabilities") for each in every.changes))
    assert granted(without_user(made)) == [
        on([*OF_ROLE, "iam:PutRolePolicy", "iam:DeleteRolePolicy"], ROLE),
        on(CHECK, "*"),
    ]
    other = without_user(only("ssm.tier", **LEAST))
    assert granted(other)[1:] == [on([*CHECK, *TEXTS], "*"), on([*OF_ROLE, "iam:ListAttachedRolePolicies"], ROLE)]


def test_of_a_person_whose_needs_are_all_planned() -> None:
    made = only("role.sagemaker-ssm-policy", "user.owner-guard", **LEAST)
    findings = ("role.capabilities", "user.permissions")
    changes = tuple(replace(each, finding=finding) for each, finding in zip(made.changes, findings, strict=True))
    found = granted(replace(made, changes=changes))
    assert on([*OF_USER, "iam:PutUserPolicy"], JANE) in found
    assert on(OF_GROUPS, GROUPS) in found
    assert on(CHECK, "*") in found


def test_of_a_person_whose_managed_policies_are_planned_the_texts_are_read_too() -> None:
    ids = ("role.sagemaker-ssm-policy", "role.managed-instance-core", "user.permissions")
    found = granted(only(*ids))
    assert on([*CHECK, *TEXTS], "*") in found
    assert on([*OF_GROUPS, "iam:GetGroupPolicy"], GROUPS) in found


def test_of_a_role_that_connects_no_group_is_read() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/DataScientist"
    made = replace(plan(), changes=(), target={**plan().target, "user": role})
    own = [each for each in OF_ROLE if each != "iam:GetRole"]
    assert on([*own, "iam:ListAttachedRolePolicies"], role) in granted(made)
    assert not [each for each in granted(made) if each["Resource"] == GROUPS]


def test_a_session_is_that_of_its_role_at_any_path() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/DataScientist/jane"
    made = replace(plan(), changes=(), target={**plan().target, "user": session})
    resources = {each["Resource"] for each in granted(made)}
    assert f"arn:aws:iam::{ACCOUNT}:role/*DataScientist" in resources


def test_of_the_root_user_nothing_is_read() -> None:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    made = replace(plan(), changes=(), target={**plan().target, "user": root})
    assert granted(made) == granted(without_user(made))


def test_managed_policies_that_differ_in_nothing_else_stand_together() -> None:
    (first,) = only("role.managed-instance-core").changes
    other = "arn:aws:iam::aws:policy/Other"
    second = replace(first, id="role.cloudwatch-logs", resource={**first.resource, "policy_arn": other})
    found = granted(without_user(replace(plan(), changes=(first, second))))
    assert (
        on(
            ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            ROLE,
            Condition={"ArnEquals": {"iam:PolicyARN": [POLICY, other]}},
        )
        in found
    )


def test_a_setting_that_names_a_role_passes_it() -> None:
    name = "/ssm/managed-instance/default-ec2-instance-management-role"
    (tier,) = only("ssm.tier").changes
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:servicesetting{name}"
    default = replace(tier, resource={"setting_id": name, "region": REGION, "arn": arn})
    found = granted(without_user(replace(plan(), changes=(default,))))
    role = f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
    assert found[0] == on(["iam:PassRole"], role)
    assert on(["ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"], arn) in found
    assert not [each for each in granted(plan()) if "iam:PassRole" in each["Action"]]


def test_a_removal_reads_the_builds_that_it_concerns() -> None:
    codebuild = {**TRUST_SSM, "Principal": {"Service": "codebuild.amazonaws.com"}}
    before = json.dumps({"Version": "2012-10-17", "Statement": [json.loads(TRUST)["Statement"][0], codebuild]})
    first = plan().changes[0]
    call = Call("iam", "UpdateAssumeRolePolicy", {"RoleName": "ExecutionRole", "PolicyDocument": TRUST})
    gone = replace(
        first, id="account.leftovers", finding="account.leftovers", before=before, after=TRUST, calls=(call,)
    )
    found = granted(without_user(replace(plan(), changes=(gone,))))
    builds = f"arn:aws:codebuild:*:{ACCOUNT}:project/*"
    assert on(["codebuild:BatchGetProjects"], builds) in found
    assert any("codebuild:ListProjects" in each["Action"] and each["Resource"] == "*" for each in found)
    assert not [each for each in granted(plan()) if "codebuild" in str(each["Action"])]


def test_a_plan_for_shell_sessions_reads_what_the_preferences_name() -> None:
    (inline,) = only("role.sagemaker-ssm-policy").changes
    made = without_user(replace(plan(), changes=(replace(inline, finding="ssm.session-preferences"),)))
    reads = {
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "logs:DescribeLogGroups",
        "s3:GetEncryptionConfiguration",
        "ssm:GetDocument",
    }
    assert reads <= set(next(each for each in granted(made) if each["Resource"] == "*")["Action"])
    assert not reads & set(next(each for each in granted(plan()) if each["Resource"] == "*")["Action"])


def test_the_steps_that_wait_for_aws_have_grants_of_their_own() -> None:
    made = long_plan()
    write = next(each for each in resource_writes(made) if each.kind is Kind.QUICK_SETUP)
    quick = replace(made, changes=write.changes)
    assert json.loads(admin_policy(quick))["Statement"][-4:] == LONG_STEP_GRANTS[Kind.QUICK_SETUP](quick, write)
    resources = [each["Resource"] for each in granted(quick)]
    assert resources[:2] == ["*", ROLE]  # of the configuration itself there is nothing among the ordinary grants


def test_a_role_of_quick_setup_is_made_and_deleted_at_its_own_arn() -> None:
    made = long_plan()
    changes = tuple(each for each in made.changes if each.kind is Kind.ROLE)
    found = granted(without_user(replace(made, changes=changes)))
    assert found[0]["Resource"] == f"arn:aws:iam::{ACCOUNT}:role/Deploys"
    assert "iam:GetRole" in found[0]["Action"]
