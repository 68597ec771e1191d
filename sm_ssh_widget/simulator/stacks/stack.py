"""One stack: makes the resources of a template, and deletes them in reverse.

Native resources are made by the calls that their AWS handlers make, with the keys of who deploys. Custom resources are
made by the template's function under the template's own role, so that what its policy forgets is denied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from sm_ssh_widget.simulator.stacks.function import ClientOf, TemplateFunction
from sm_ssh_widget.simulator.stacks.template import as_texts, creation_order, resolved

Json: TypeAlias = Any

_FUNCTION = "AWS::Lambda::Function"


class StackFailed(Exception):
    """A resource failed; the message is its reason."""


@dataclass(frozen=True)
class StackPlace:
    """Where a stack is deployed, and with whose clients.

    ``deployer`` are the clients of who deploys; ``clients_of`` returns those of a role by its name. ``prefix`` begins
    the names of the stack's resources.
    """

    account: str
    region: str
    partition: str
    deployer: ClientOf
    clients_of: Callable[[str], ClientOf]
    sleep: Callable[[float], object]
    prefix: str = "made-"


@dataclass
class Stack:
    """One deployed template. ``physical`` are the IDs of its resources, ``answers`` those of its function."""

    place: StackPlace
    template: dict[str, Json]
    parameters: dict[str, str] = field(default_factory=dict)
    physical: dict[str, str] = field(default_factory=dict)
    answers: list[dict[str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Fill in the defaults of the parameters."""
        defaults = {name: each["Default"] for name, each in self.template.get("Parameters", {}).items()}
        self.parameters = {**defaults, **self.parameters}

    def deploy(self) -> None:
        """Make every resource whose condition holds. Raises :class:`StackFailed`."""
        for name in self.order():
            self._make(name, self.template["Resources"][name])

    def delete(self) -> None:
        """Delete every resource that was made, last one first. Raises :class:`StackFailed`."""
        for name in reversed(self.order()):
            if name in self.physical:
                self._unmake(name, self.template["Resources"][name])

    def order(self) -> list[str]:
        """Return the names of the resources in the order in which they are made."""
        resources = self.template["Resources"]
        return creation_order(resources, lambda name: self._holds(resources[name].get("Condition")))

    def _holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        one, other = self.resolved(self.template["Conditions"][condition]["Fn::Equals"])
        return bool(one == other)

    def _make(self, name: str, resource: Mapping[str, Json]) -> None:
        kind = resource["Type"]
        if kind.startswith("Custom::"):
            self.physical[name] = self.custom("Create", name)
            return
        made, properties = f"{self.place.prefix}{name}", self.resolved(resource.get("Properties", {}))
        try:
            self._make_native(kind, made, properties)
        except self.iam.exceptions.ClientError as error:
            raise StackFailed(str(error)) from error
        self.physical[name] = made

    def _make_native(self, kind: str, name: str, properties: Json) -> None:
        if kind == "AWS::IAM::Role":
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=_text(properties["AssumeRolePolicyDocument"]))
            for policy in properties.get("Policies", ()):
                text = _text(policy["PolicyDocument"])
                self.iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=text)
            for arn in properties.get("ManagedPolicyArns", ()):
                self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        elif kind == "AWS::IAM::ManagedPolicy":
            self.iam.create_policy(PolicyName=name, PolicyDocument=_text(properties["PolicyDocument"]))
        elif kind in ("AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"):
            owner, names = _inline(kind, properties)
            text = _text(properties["PolicyDocument"])
            getattr(self.iam, f"put_{owner}_policy")(**names, PolicyDocument=text)
        elif kind not in (_FUNCTION, "AWS::Logs::LogGroup"):
            raise StackFailed(f"Unrecognized resource types: [{kind}]")

    def _unmake(self, name: str, resource: Mapping[str, Json]) -> None:
        kind, made = resource["Type"], self.physical[name]
        if kind.startswith("Custom::"):
            self.custom("Delete", name)
        else:
            self._unmake_native(kind, made, self.resolved(resource.get("Properties", {})))
        del self.physical[name]

    def _unmake_native(self, kind: str, name: str, properties: Json) -> None:
        if kind == "AWS::IAM::Role":
            for policy in properties.get("Policies", ()):
                self.iam.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
            for arn in properties.get("ManagedPolicyArns", ()):
                self.iam.detach_role_policy(RoleName=name, PolicyArn=arn)
            self.iam.delete_role(RoleName=name)
        elif kind == "AWS::IAM::ManagedPolicy":
            self.iam.delete_policy(PolicyArn=self._policy_arn(name))
        elif kind in ("AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"):
            owner, names = _inline(kind, properties)
            getattr(self.iam, f"delete_{owner}_policy")(**names)

    # The function

    def custom(self, what: str, name: str, properties: Json = None, **more: Json) -> str:
        """Call the function as CloudFormation does; return the physical ID. Raises :class:`StackFailed`."""
        resource = self.template["Resources"][name]
        event = {
            "RequestType": what,
            "LogicalResourceId": name,
            "ResourceProperties": as_texts(properties or self.resolved(resource["Properties"])),
            **({} if what == "Create" else {"PhysicalResourceId": self.physical[name]}),
            **{key: as_texts(value) for key, value in more.items()},
        }
        self.call(event)
        answer = self.answers[-1]
        if answer["status"] != "SUCCESS":
            raise StackFailed(answer["reason"])
        return str(answer["id"])

    def call(self, event: Mapping[str, Json]) -> None:
        """Run the code of the template with an event, as the role of the template."""
        self._function(event)

    @cached_property
    def _function(self) -> TemplateFunction:
        found = next(each for each in self.template["Resources"].values() if each["Type"] == _FUNCTION)
        role = self.physical[found["Properties"]["Role"]["Fn::GetAtt"][0]]
        code = found["Properties"]["Code"]["ZipFile"]
        return TemplateFunction(code, self.place.clients_of(role), self.place.sleep, self.answers)

    @cached_property
    def iam(self) -> Json:
        """Client of IAM for who deploys."""
        return self.place.deployer("iam")

    # The template's functions

    def resolved(self, value: Json) -> Json:
        """Return a value of the template without intrinsic functions."""
        return resolved(value, self._reference, self._attribute)

    def _reference(self, name: str) -> str:
        place = self.place
        pseudo = {"Region": place.region, "AccountId": place.account, "Partition": place.partition}
        if name.startswith("AWS::"):
            return pseudo[name.removeprefix("AWS::")]
        if name in self.parameters:
            return self.parameters[name]
        kind = self.template["Resources"][name]["Type"]
        return self._policy_arn(self.physical[name]) if kind == "AWS::IAM::ManagedPolicy" else self.physical[name]

    def _policy_arn(self, name: str) -> str:
        return f"arn:{self.place.partition}:iam::{self.place.account}:policy/{name}"

    def _attribute(self, name: str, attribute: str) -> str:
        if attribute != "Arn":
            raise StackFailed(f"Template error: resource {name} does not support attribute type {attribute}")
        place, made = self.place, self.physical[name]
        regional = f"{place.region}:{place.account}"
        arns = {
            "AWS::IAM::Role": f"iam::{place.account}:role/{made}",
            _FUNCTION: f"lambda:{regional}:function:{made}",
            "AWS::Logs::LogGroup": f"logs:{regional}:log-group:{made}:*",
        }
        return f"arn:{place.partition}:{arns[self.template['Resources'][name]['Type']]}"


def _inline(kind: str, properties: Mapping[str, Json]) -> tuple[str, dict[str, str]]:
    """Return the owner of an inline policy in lower case, and the parameters that name the policy."""
    owner = kind[len("AWS::IAM::") : -len("Policy")]
    names = {f"{owner}Name": properties[f"{owner}Name"], "PolicyName": properties["PolicyName"]}
    return owner.lower(), names


def _text(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False)
