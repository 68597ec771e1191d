"""A seeded account of many mixed roles: a scenario file, the same for the same number and seed.

Seven roles in ten are of SageMaker, of several kinds: fresh, half set up, complete, denied, administrators, with a
boundary, with a federated trust. The others are of other services, and an audit leaves them out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any

_AWS, _OWN = "arn:{partition}:iam::aws:policy/", "arn:{partition}:iam::{account}:policy/"
_SERVICES = (
    "athena", "cloudwatch", "dynamodb", "ec2", "ecr", "glue", "kms", "lambda",
    "logs", "s3", "sagemaker", "secretsmanager", "sns", "sqs", "states",
)  # fmt: skip
_VERBS = ("BatchGet", "Create", "Delete", "Describe", "Get", "List", "Put", "Start", "Stop", "Update")
_NOUNS = ("", "Image", "Item", "Job", "Key", "Log", "Object", "Table")
_CORE, _LOGS, _STUDIO = (
    f"{_AWS}{name}"
    for name in ("AmazonSSMManagedInstanceCore", "CloudWatchLogsFullAccess", "AmazonSageMakerFullAccess")
)
_BOUNDARIES: dict[str, list[dict[str, Json]]] = {
    "Boundary-Open": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["organizations:*", "iam:CreateUser"], "Resource": "*"},
    ],
    "Boundary-NoSsm": [{"Effect": "Allow", "NotAction": ["ssm:*", "ssmmessages:*"], "Resource": "*"}],
}
PATHS = ("/", "/service-role/", "/ml/team/")


class MixedRoles:
    """Maker of the roles and of the customer's policies that they hold."""

    def __init__(self, roles: int, seed: int = 7) -> None:
        self._roles, self._random = roles, random.Random(seed)
        self._teams = max(20, roles // 12)

    def scenario(self) -> dict[str, Json]:
        """The scenario, over ``fresh-studio-role``."""
        policies = [_policy(f"Team-{number:03}-Data", self._document(2, 8)) for number in range(self._teams)]
        policies += [_policy(name, _document(statements)) for name, statements in _BOUNDARIES.items()]
        roles = [self._role(number) for number in range(self._roles)]
        title = f"{self._roles} mixed roles"
        state = {"RoleDetailList": roles, "Policies": policies}
        return {"title": title, "why": "A fleet to audit.", "extends": "fresh-studio-role", "state": state}

    def _role(self, number: int) -> dict[str, Json]:
        chance = self._random
        of_sagemaker = chance.random() < 0.7
        name = f"{'Ml' if of_sagemaker else 'App'}-{number:05}-ExecutionRole"
        role: dict[str, Json] = {
            "RoleName": name,
            "Path": chance.choice(PATHS),
            "Tags": [{"Key": "team", "Value": f"t{number % 40}"}],
            "AttachedManagedPolicies": [
                f"{_OWN}Team-{team:03}-Data" for team in chance.sample(range(self._teams), chance.randint(0, 3))
            ],
            "RolePolicyList": [_inline(f"own-{index}", self._document(1, 3)) for index in range(chance.randint(0, 2))],
        }
        return self._of_sagemaker(role) if of_sagemaker else self._of_others(role)

    def _of_others(self, role: dict[str, Json]) -> dict[str, Json]:
        service = self._random.choice(("lambda", "ec2", "glue"))
        role["AttachedManagedPolicies"].append(f"{_AWS}AmazonS3ReadOnlyAccess")
        return {**role, "AssumeRolePolicyDocument": _document([_trust(service)])}

    def _of_sagemaker(self, role: dict[str, Json]) -> dict[str, Json]:
        chance = self._random
        attached, inline = role["AttachedManagedPolicies"], role["RolePolicyList"]
        trust = [_federated()] if chance.random() < 0.15 else []
        trust.append(_trust("sagemaker"))
        attached.append(chance.choice((_STUDIO, _STUDIO, _STUDIO, f"{_AWS}AmazonS3FullAccess")))
        kind = chance.random()
        if kind < 0.25:
            trust.append(_trust("ssm"))
            attached += [_CORE, _LOGS]
            inline.append(_inline("SageMakerSSMPolicy", _document(list(_registers(role)))))
        elif kind < 0.4:
            trust.append(_trust("ssm"))
            attached.append(_CORE)
        elif kind < 0.45:
            inline.append(_inline("no-ssm", _document([_statement("ssm:CreateActivation", effect="Deny")])))
        elif kind < 0.5:
            attached.append(f"{_AWS}AdministratorAccess")
        limit = {"PermissionsBoundary": self._boundary()} if chance.random() < 0.1 else {}
        return {**role, **limit, "AssumeRolePolicyDocument": _document(trust)}

    def _boundary(self) -> dict[str, str]:
        arn = f"{_OWN}{self._random.choice(list(_BOUNDARIES))}"
        return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}

    def _document(self, least: int, most: int) -> dict[str, Json]:
        return _document([self._statement(index) for index in range(self._random.randint(least, most))])

    def _statement(self, index: int) -> dict[str, Json]:
        chance = self._random
        service = chance.choice(_SERVICES)
        actions = {
            f"{service}:{chance.choice(_VERBS)}{chance.choice(_NOUNS)}{chance.choice(('', '*'))}"
            for _ in range(chance.randint(4, 14))
        }
        where = f"arn:{{partition}}:{service}:{{region}}:{{account}}"
        resources = [
            f"{where}:team-{chance.randint(0, 99)}/{chance.randint(0, 999)}/*" for _ in range(chance.randint(1, 6))
        ]
        statement: dict[str, Json] = {
            "Sid": f"S{index}",
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": resources,
        }
        if chance.random() < 0.3:
            statement["Condition"] = {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}
        return statement


def write_scenario(folder: Path, roles: int, seed: int = 7) -> str:
    """Write the scenario to ``folder`` and return its path."""
    path = folder / f"mixed-{roles}.json"
    path.write_text(json.dumps(MixedRoles(roles, seed).scenario()))
    return str(path)


def _policy(name: str, document: Json) -> dict[str, Json]:
    return {"PolicyName": name, "Path": "/", "Arn": f"{_OWN}{name}", "PolicyVersionList": [{"Document": document}]}


def _inline(name: str, document: Json) -> dict[str, Json]:
    return {"PolicyName": name, "PolicyDocument": document}


def _document(statements: list[dict[str, Json]]) -> dict[str, Json]:
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(action: Json, resource: str = "*", effect: str = "Allow") -> dict[str, Json]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def _registers(role: dict[str, Json]) -> Iterator[dict[str, Json]]:
    arn = f"arn:{{partition}}:iam::{{account}}:role{role['Path']}{role['RoleName']}"
    yield _statement("iam:PassRole", arn)
    yield _statement("ssm:CreateActivation")
    yield _statement("ssm:AddTagsToResource", arn)


def _trust(service: str) -> dict[str, Json]:
    return {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}


def _federated() -> dict[str, Json]:
    return {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:{partition}:iam::{account}:saml-provider/corp"},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
