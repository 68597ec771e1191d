"""CloudFormation, as far as our template needs it: resolves the template, makes its resources, calls its function.

Native resources are made by the calls that their AWS handlers make. The function runs the code of the template under
the template's own role in the simulated account, so what its policy forgets is denied.
"""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
import pytest
import yaml

from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.virtual_time import VirtualTime

Json = Any


@dataclass
class Stack:
    """One deployed template."""

    account: SimulatedAccount
    template: dict[str, Json]
    monkeypatch: pytest.MonkeyPatch
    region: str
    parameters: dict[str, str] = field(default_factory=dict)
    physical: dict[str, str] = field(default_factory=dict)
    answers: list[dict[str, Json]] = field(default_factory=list)

    @classmethod
    def of(
        cls, account: SimulatedAccount, text: str, monkeypatch: pytest.MonkeyPatch, region: str = "", **given: str
    ) -> Stack:
        template = yaml.safe_load(text)
        defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", region or account.region)
        return cls(account, template, monkeypatch, region or account.region, {**defaults, **given})

    # Deploying

    def deploy(self) -> None:
        """Make every resource whose condition holds, each after those that it names."""
        for name in self._order():
            self._make(name, self.template["Resources"][name])

    def update(self, text: str) -> None:
        """Update the custom resources to those of another template."""
        old, self.template = self.template, yaml.safe_load(text)
        for name in self._order():
            resource = self.template["Resources"][name]
            if resource["Type"].startswith("Custom::"):
                was = self._resolved(old["Resources"][name]["Properties"])
                now = self._custom("Update", name, OldResourceProperties=was)
                if now != self.physical[name]:
                    self._custom("Delete", name, properties=was)
                self.physical[name] = now

    def delete(self) -> None:
        """Delete every resource, last made first."""
        for name in reversed(self._order()):
            if name in self.physical:
                self._unmake(name, self.template["Resources"][name])

    def _order(self) -> list[str]:
        resources, order = self.template["Resources"], list[str]()

        def visit(name: str) -> None:
            if name in order or not self._holds(resources[name].get("Condition")):
                return
            for other in _named(resources[name]):
                if other in resources:
                    visit(other)
            order.append(name)

        for name in resources:
            visit(name)
        return order

    def _holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        one, other = self._resolved(self.template["Conditions"][condition]["Fn::Equals"])
        return bool(one == other)

    def _make(self, name: str, resource: Mapping[str, Json]) -> None:
        properties, iam = self._resolved(resource.get("Properties", {})), self._iam
        kind = resource["Type"]
        self.physical[name] = f"made-{name}"
        if kind == "AWS::IAM::Role":
            trust = self._text(properties["AssumeRolePolicyDocument"])
            iam.create_role(RoleName=f"made-{name}", AssumeRolePolicyDocument=trust)
            for policy in properties["Policies"]:
                text = self._text(policy["PolicyDocument"])
                iam.put_role_policy(RoleName=f"made-{name}", PolicyName=policy["PolicyName"], PolicyDocument=text)
        elif kind in ("AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"):
            owner = kind[10:14]
            names = {f"{owner}Name": properties[f"{owner}Name"], "PolicyName": properties["PolicyName"]}
            getattr(iam, f"put_{owner}_policy".lower())(
                **names, PolicyDocument=self._text(properties["PolicyDocument"])
            )
        elif kind.startswith("Custom::"):
            self.physical[name] = self._custom("Create", name)
        else:
            assert kind in ("AWS::Lambda::Function", "AWS::Logs::LogGroup"), kind

    def _unmake(self, name: str, resource: Mapping[str, Json]) -> None:
        properties, iam = self._resolved(resource.get("Properties", {})), self._iam
        kind = resource["Type"]
        if kind == "AWS::IAM::Role":
            for policy in properties["Policies"]:
                iam.delete_role_policy(RoleName=f"made-{name}", PolicyName=policy["PolicyName"])
            iam.delete_role(RoleName=f"made-{name}")
        elif kind in ("AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"):
            owner = kind[10:14]
            names = {f"{owner}Name": properties[f"{owner}Name"], "PolicyName": properties["PolicyName"]}
            getattr(iam, f"delete_{owner}_policy".lower())(**names)
        elif kind.startswith("Custom::"):
            self._custom("Delete", name)
        del self.physical[name]

    # The function

    def _custom(self, what: str, name: str, properties: Json = None, **more: Json) -> str:
        """Call the function as CloudFormation does; fails where it answers with a failure."""
        resource = self.template["Resources"][name]
        event = {
            "RequestType": what,
            "LogicalResourceId": name,
            "ResourceProperties": _scalars(properties or self._resolved(resource["Properties"])),
            **({} if what == "Create" else {"PhysicalResourceId": self.physical[name]}),
            **{key: _scalars(value) for key, value in more.items()},
        }
        self.call(event)
        answer = self.answers[-1]
        if answer["status"] != "SUCCESS":
            raise StackFailed(answer["reason"])
        return str(answer["id"])

    def call(self, event: Mapping[str, Json]) -> None:
        """Run the code of the template with an event, as the role of the template."""
        self._function["handler"](event, None)

    @cached_property
    def _function(self) -> dict[str, Json]:
        """The module of the function: loaded once, as Lambda keeps one for the next event."""
        stub = types.ModuleType("cfnresponse")
        stub.send = self._answer  # type: ignore[attr-defined]
        self.monkeypatch.setitem(sys.modules, "cfnresponse", stub)
        found = self.account.world.credentials.session_of("role", "made-AdderRole", "function", 3600)
        boto3.setup_default_session(
            aws_access_key_id=found.access_key_id,
            aws_secret_access_key=found.secret,
            aws_session_token=found.token,
            region_name=self.region,
        )
        code = self.template["Resources"]["AdderFunction"]["Properties"]["Code"]["ZipFile"]
        module: dict[str, Json] = {"__name__": "index"}
        exec(compile(code, "index.py", "exec"), module)
        module["time"] = types.SimpleNamespace(sleep=VirtualTime().sleep)
        return module

    def _text(self, document: Json) -> str:
        """A document as CloudFormation gives it to IAM; the log group's ARN is one that IAM takes."""
        log_group = f"arn:{self._partition}:logs:{self.region}:123456789012:log-group:x"
        return json.dumps(document, ensure_ascii=False).replace("arn:made:AdderLog.Arn", log_group)

    @cached_property
    def _partition(self) -> str:
        return boto3.Session().get_partition_for_region(self.region)

    @cached_property
    def _iam(self) -> Json:
        return self.account.session("admin").client("iam")

    def _answer(self, event: Json, context: Json, status: str, data: Json, id: str, reason: str | None = None) -> None:
        self.answers.append({"event": event, "status": status, "id": id, "reason": reason})

    # The template's functions

    def _resolved(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self._ref(value["Ref"])
        if set(value) == {"Fn::GetAtt"}:
            return f"arn:made:{'.'.join(value['Fn::GetAtt'])}"
        if set(value) == {"Fn::Sub"}:
            found = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: self._ref(match[1]), value["Fn::Sub"])
            return found.replace("${!", "${")
        return {name: self._resolved(each) for name, each in value.items()}

    def _ref(self, name: str) -> str:
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account.account,
            "AWS::Partition": self.account.scenario.partition,
        }
        return pseudo.get(name) or self.parameters.get(name) or self.physical[name]


class StackFailed(Exception):
    """A resource answered that it failed; the message is its reason."""


def _named(value: Json) -> Iterator[str]:
    """The resources that a value names: by Ref, Fn::GetAtt or DependsOn."""
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in ("Ref", "DependsOn"):
                yield each
            elif key == "Fn::GetAtt":
                yield each[0]
            else:
                yield from _named(each)


def _scalars(value: Json) -> Json:
    """CloudFormation hands every scalar of a custom resource over as a text."""
    if isinstance(value, dict):
        return {name: _scalars(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_scalars(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)
